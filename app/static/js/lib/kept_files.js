import { createStore, delMany, entries, set, update } from "idb-keyval";

/**
 * @typedef {object} Kept a file that no message holds yet
 * @property {string} id
 * @property {string} user
 * @property {string} room
 * @property {string | null} thread
 * @property {string} page the page that sees to it
 * @property {string | null} message the client_message_id of the message with which it goes, once that is on its way
 * @property {number} at
 * @property {File} file
 * @property {import("./file_view.js").ChatFile} [result] the file as the server has it
 */

/** Files of one user, kept over a reload. Where the browser has no place for them, they live as long as the page does. */
export class KeptFiles {
  /** @param {string} userId */
  constructor(userId) {
    this.userId = userId;
    this.store = createStore("standin", "files");
  }

  /** @returns {Promise<Kept[]>} in the order in which they were chosen */
  async all() {
    const found = (await this.#try(() => entries(this.store))) ?? [];
    const mine = found.map(([, kept]) => kept).filter((kept) => kept.user === this.userId);
    return mine.sort((one, two) => one.at - two.at);
  }

  /**
   * @param {Omit<Kept, "user">} kept
   * @returns {Promise<boolean>} whether there was a place for it
   */
  async keep(kept) {
    return (await this.#try(() => set(kept.id, { ...kept, user: this.userId }, this.store).then(() => true))) ?? false;
  }

  /**
   * Change one that is kept, if it still is as `expected` says.
   * @param {string} id
   * @param {Partial<Kept>} change
   * @param {Partial<Kept>} [expected]
   * @returns {Promise<boolean>} whether it was
   */
  async change(id, change, expected = {}) {
    let isChanged = false;
    const changed = (kept) => {
      isChanged = Boolean(kept) && Object.entries(expected).every(([name, value]) => kept[name] === value);
      return isChanged ? { ...kept, ...change } : kept;
    };
    await this.#try(() => update(id, changed, this.store));
    return isChanged;
  }

  /** @param {string[]} ids */
  async forget(ids) {
    await this.#try(() => delMany(ids, this.store));
  }

  /** Forget everything of this user. */
  async clear() {
    await this.forget((await this.all()).map(({ id }) => id));
  }

  /** A store that is full, forbidden or broken keeps nothing, and the page goes on without it. */
  async #try(work) {
    try {
      return await work();
    } catch (error) {
      console.warn("Files cannot be kept over a reload", error);
      return null;
    }
  }
}
