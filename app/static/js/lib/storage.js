/**
 * JSON in localStorage under names of one user. A full or forbidden store loses what was to be kept over a reload,
 * and nothing else: the page goes on from memory.
 */
export class UserStorage {
  #memory = new Map();

  /** @param {string} userId */
  constructor(userId) {
    this.prefix = `standin:${userId}:`;
  }

  /**
   * @param {string} name
   * @returns {any} what was kept, or null
   */
  read(name) {
    const key = this.prefix + name;
    // What could not be stored is newer than what is stored.
    if (this.#memory.has(key)) return this.#memory.get(key);
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  /**
   * @param {string} name
   * @param {any} value kept as JSON; null forgets it
   */
  write(name, value) {
    const key = this.prefix + name;
    this.#memory.delete(key);
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      this.#memory.set(key, value);
    }
  }

  /** Forget everything of this user. */
  clear() {
    this.#memory.clear();
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(this.prefix)) localStorage.removeItem(key);
    } catch {
      // A store that cannot be used holds nothing.
    }
  }
}
