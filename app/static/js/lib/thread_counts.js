/** @typedef {import("./catch_up.js").Message} Message */

/**
 * How many messages hang on each that began a thread. A reply does not change the message that it hangs on, so they are
 * counted here: from a number that was right as of some change, each reply that came later and each that was deleted.
 */
export class ThreadCounts {
  /** @type {Map<string, {count: number, change: number}>} */
  #bases = new Map();
  /** By thread, what each change did to its number. A change that comes twice is there once. @type {Map<string, Map<number, number>>} */
  #heard = new Map();

  /**
   * @param {Message} message as a page of history has it
   * @param {number} change as of which the page is
   */
  begin(message, change) {
    const known = this.#bases.get(message.id);
    if (!known || known.change < change) this.#bases.set(message.id, { count: message.thread_count, change });
  }

  /** @param {import("./catch_up.js").Change} change */
  note({ change, kind, message }) {
    if (kind === "created" && !message.thread_id) this.begin({ ...message, thread_count: 0 }, change);
    const effect = { created: 1, deleted: -1 }[kind];
    if (!message.thread_id || !effect) return;
    const heard = this.#heard.get(message.thread_id) ?? new Map();
    this.#heard.set(message.thread_id, heard.set(change, effect));
  }

  /** @param {Message} message */
  of(message) {
    const base = this.#bases.get(message.id);
    if (!base) return message.thread_count ?? 0;
    let count = base.count;
    for (const [change, effect] of this.#heard.get(message.id) ?? []) if (change > base.change) count += effect;
    return count;
  }
}
