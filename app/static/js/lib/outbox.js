import { gettext } from "./i18n.js";
import { newId } from "./ids.js";

const NAME = "outbox";
const STILL_FRESH = 12 * 3_600_000;

/**
 * @typedef {object} Entry a message on its way
 * @property {string} client_message_id
 * @property {string} room_id
 * @property {string} body
 * @property {import("./catch_up.js").Quote | null} [reply_to] what it answers
 * @property {string | null} [thread_id] the message in whose thread it is said
 * @property {boolean} [leave] whether no stand-in is to answer it
 * @property {string} created_at
 * @property {"uploading" | "paused" | "queued" | "waiting" | "sending" | "failed"} state "queued" or "failed" where it is stored; the
 * others are how it stands at this moment
 * @property {string[]} [uploads] the ids of its files, in `Uploads`
 * @property {string} [page] the page that sees to them
 * @property {boolean} [wasRenewed] whether they were sent again because the server had them no more
 * @property {import("./file_view.js").ChatFile[]} [files] how they look
 * @property {number} [progress] of the files, from 0 to 1
 * @property {string} [reason] why it failed, or waits
 */

/** Messages that the server has not confirmed, in the order of writing. Kept over a reload, shared by all tabs. */
export class Outbox {
  /** @param {import("./storage.js").UserStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.storage.read(NAME) ?? [];
  }

  /** @param {string} roomId */
  of(roomId) {
    return this.entries.filter((entry) => entry.room_id === roomId);
  }

  /**
   * What goes next of a room.
   * @param {string} roomId
   */
  next(roomId) {
    return this.of(roomId).find((entry) => entry.state !== "failed");
  }

  /** @param {string} id */
  find(id) {
    return this.entries.find((entry) => entry.client_message_id === id);
  }

  /**
   * An entry that is not kept yet.
   * @param {string} roomId
   * @param {string} body
   * @param {{reply_to?: Entry["reply_to"], thread_id?: string | null, leave?: boolean}} [where]
   * @returns {Entry}
   */
  draft(roomId, body, where = {}) {
    const created_at = new Date().toISOString();
    return { ...where, client_message_id: newId(), room_id: roomId, body, created_at, state: "queued" };
  }

  /** @param {Entry} entry */
  put(entry) {
    this.storage.write(NAME, [...this.entries, entry]);
    return entry;
  }

  /**
   * @param {string} id
   * @param {Partial<Entry>} change
   * @returns {Entry | undefined} the changed entry, if there still is one
   */
  update(id, change) {
    this.storage.write(NAME, this.entries.map((entry) => (entry.client_message_id === id ? { ...entry, ...change } : entry)));
    return this.find(id);
  }

  /** @param {string} id */
  remove(id) {
    const rest = this.entries.filter((entry) => entry.client_message_id !== id);
    this.storage.write(NAME, rest.length ? rest : null);
  }

  /**
   * What an earlier page left behind. It is sent now, under the same id, so that it cannot come twice; what is half a day
   * old waits for a word of its writer, for whom the moment may have passed.
   * @param {number} [now] in milliseconds since 1970
   */
  recover(now = Date.now()) {
    const isOld = ({ state, created_at: at }) => state !== "failed" && now - Date.parse(at) > STILL_FRESH;
    for (const { client_message_id: id } of this.entries.filter(isOld)) {
      this.update(id, { state: "failed", reason: gettext("It was not sent before you left.") });
    }
    return this.entries;
  }
}
