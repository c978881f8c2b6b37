/** Up to which change of a room all is here. Changes may come out of order: those ahead wait for what is before them. */
export class Place {
  #ahead = new Set();

  /** @param {number} change */
  constructor(change) {
    this.change = change;
  }

  get hasGap() {
    return this.#ahead.size > 0;
  }

  /** @param {number} change one that came */
  note(change) {
    if (change > this.change) this.#ahead.add(change);
    while (this.#ahead.delete(this.change + 1)) this.change += 1;
  }

  /** @param {number} change everything up to it came */
  reach(change) {
    this.change = Math.max(this.change, change);
    for (const each of this.#ahead) if (each <= this.change) this.#ahead.delete(each);
    this.note(this.change);
  }
}
