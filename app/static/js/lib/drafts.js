/** What was being written in each room, kept over a reload. */
export class Drafts {
  /** @param {import("./storage.js").UserStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {string} roomId */
  read(roomId) {
    return this.storage.read(`draft:${roomId}`) ?? "";
  }

  /**
   * @param {string} roomId
   * @param {string} text
   */
  write(roomId, text) {
    this.storage.write(`draft:${roomId}`, text.trim() ? text : null);
  }
}
