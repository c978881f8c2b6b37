import { lengthOf } from "./text.js";

/** @typedef {import("./catch_up.js").Message} Message */

const MOST = 4_000;
const KEPT = 2_000;

/** The messages that this page knows, each as it was after the latest change of it that was heard of. */
export class MessageStore {
  /** @type {Map<string, Message>} */
  #known = new Map();

  /** @param {string | undefined} id */
  get(id) {
    return this.#known.get(id ?? "");
  }

  /**
   * Of two states of one message the one with the greater change holds, whichever came first: a page of history may
   * be older than what was heard while it was on its way.
   * @param {Message} message
   * @returns {Message} the state that holds now
   */
  put(message) {
    const known = this.#known.get(message.id);
    if (known && known.change >= message.change) return known;
    this.#known.set(message.id, message);
    if (this.#known.size > MOST) this.#forgetOld();
    return message;
  }

  /**
   * A piece of an answer that is being written. One that does not fit what is here is left out: the end has it all.
   * @param {{message_id: string, offset: number, text: string}} piece `offset` counts characters, as the server does
   * @returns {Message | null} the message with it
   */
  grow({ message_id, offset, text }) {
    const known = this.#known.get(message_id);
    if (known?.state !== "streaming" || lengthOf(known.body) !== offset) return null;
    const grown = { ...known, body: known.body + text, html: null };
    this.#known.set(message_id, grown);
    return grown;
  }

  /**
   * Show a change before the server has confirmed it.
   * @param {string} id
   * @param {Partial<Message>} change
   * @returns {() => boolean} takes it back, unless the server has spoken since; says whether it did
   */
  pretend(id, change) {
    const before = /** @type {Message} */ (this.#known.get(id));
    const guess = { ...before, ...change };
    this.#known.set(id, guess);
    return () => {
      if (this.#known.get(id) !== guess) return false;
      this.#known.set(id, before);
      return true;
    };
  }

  /** What is not on the page can be fetched again. */
  #forgetOld() {
    const entries = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-message-id]"));
    const shown = new Set(Array.from(entries, (entry) => entry.dataset.messageId));
    for (const id of this.#known.keys()) {
      if (this.#known.size <= KEPT) return;
      if (!shown.has(id)) this.#known.delete(id);
    }
  }
}
