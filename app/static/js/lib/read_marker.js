/** Up to where this browser has shown a room to its reader: the later of what the server and this store know. */
export class ReadMarker {
  /**
   * @param {import("./storage.js").UserStorage} storage
   * @param {{id: string, last_read_seq: number}} room
   */
  constructor(storage, room) {
    this.storage = storage;
    this.room = room;
  }

  /** @returns {number} 0 for a room that was never read here: then nothing in it counts as new */
  get seq() {
    return Math.max(this.room.last_read_seq ?? 0, this.storage.read(`read:${this.room.id}`) ?? 0);
  }

  /** @param {number} seq */
  advance(seq) {
    if (seq > this.seq) this.storage.write(`read:${this.room.id}`, seq);
  }
}
