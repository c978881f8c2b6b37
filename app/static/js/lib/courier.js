import { Interrupted, Unanswered } from "./connection.js";
import { gettext } from "./i18n.js";
import { withLock } from "./lock.js";
import { pageId, whenGone } from "./page_life.js";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** A fault of the server may pass. One that does not is not waited for, with all that is behind it. */
const MOST_FAULTS = 4;
const LOGIN_TROUBLE = new Set(["not_authenticated", "token_expired", "session_revoked"]);

const SILENT = gettext("The server does not answer. Trying again…");
const AWAY = gettext("The server is not available at the moment. Trying again…");
const BEHIND = gettext("Waiting for the message before it");
const FILES_GONE = gettext("Not all of its files are in this browser any more. Attach them again.");
const TOO_MANY = gettext("Too many at once. The rest follows in a moment.");

/**
 * Takes what is in the outbox to the server: one message of a room at a time, in the order of writing, and by one tab
 * for all of them; what has files by the tab that has these. What has no answer, or one that may soon be another, is tried
 * again under the same id while those behind it wait. What is refused for good stands aside.
 *
 * Events: `sent` (detail {entry, message}), `refused` (detail the entry), `moved` (detail the id of a room: what is told
 * of its messages may have changed) and `login` (it has to be renewed).
 */
export class Courier extends EventTarget {
  /** Of each room: whether it is being seen to, and since when and why it waits. */
  #ways = new Map();
  /** The pages whose end is waited for. */
  #awaited = new Set();

  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {import("./connection.js").Connection} connection
   * @param {import("./uploads.js").Uploads} uploads
   */
  constructor(outbox, connection, uploads) {
    super();
    this.outbox = outbox;
    this.connection = connection;
    this.uploads = uploads;
  }

  /** The connection is back: on with every room, without waiting any longer. */
  deliverAll() {
    for (const roomId of this.#rooms) this.hurry(roomId);
  }

  /** Another tab changed what there is to do. */
  look() {
    for (const roomId of this.#rooms) this.deliver(roomId);
  }

  /**
   * What a room waited for has come.
   * @param {string} roomId
   */
  hurry(roomId) {
    const way = this.#wayTo(roomId);
    if (way.isLimited) return;
    this.#clear(way);
    this.deliver(roomId);
  }

  /**
   * On with a room, unless it waits for its next try.
   * @param {string} roomId
   */
  async deliver(roomId) {
    const way = this.#wayTo(roomId);
    way.isAsked = true;
    if (way.isBusy || way.timer) return;
    way.isBusy = true;
    try {
      while (way.isAsked && !way.timer && this.connection.isReady) {
        way.isAsked = false;
        await withLock(`outbox:${roomId}`, () => this.#work(roomId, way));
      }
    } finally {
      way.isBusy = false;
    }
  }

  stop() {
    for (const way of this.#ways.values()) this.#clear(way);
  }

  /**
   * How an entry stands at this moment.
   * @param {import("./outbox.js").Entry} entry
   * @returns {import("./outbox.js").Entry}
   */
  stand(entry) {
    if (entry.state === "failed") return entry;
    if (!this.connection.isReady) return { ...entry, state: "queued" };
    const { reason, isLoading } = this.#wayTo(entry.room_id);
    const isFirst = this.outbox.next(entry.room_id)?.client_message_id === entry.client_message_id;
    if (!isFirst && (reason || isLoading)) return { ...entry, state: "queued", reason: BEHIND };
    return reason ? { ...entry, state: "waiting", reason } : { ...entry, state: "sending" };
  }

  async #work(roomId, way) {
    for (let entry; this.connection.isReady && !way.timer && (entry = this.outbox.next(roomId)); ) {
      const files = entry.uploads ? await this.#load(entry, way) : [];
      if (!files) return;
      const next = this.outbox.next(roomId);
      if (next?.client_message_id !== entry.client_message_id) continue; // deleted or refused meanwhile
      try {
        this.#answered(entry, await this.#send(entry, files), way);
      } catch (error) {
        if (error instanceof Unanswered) this.#pause(roomId, way, SILENT);
        else if (error instanceof Interrupted) return this.#tell("moved", roomId);
        else throw error;
      }
    }
  }

  /** The files of a message, when the server has them. None at all if they are with another tab, which sees to it. */
  async #load(entry, way) {
    const uploads = await this.uploads.of(entry);
    if (!uploads) return this.#awaitEnd(entry);
    if (entry.page !== pageId) this.outbox.update(entry.client_message_id, { page: pageId });
    if (uploads.length < entry.uploads.length) this.#refuse(entry, FILES_GONE);
    way.isLoading = uploads.some(({ state }) => state !== "done");
    if (way.isLoading) this.#tell("moved", entry.room_id);
    await Promise.all(uploads.map((upload) => upload.ended));
    way.isLoading = false;
    const failed = uploads.find(({ state }) => state === "failed");
    if (failed) this.#refuse(entry, `${failed.file.name}: ${failed.reason}`);
    return uploads.map(({ result }) => result);
  }

  /** If that tab goes before it has sent it, this one does. */
  #awaitEnd({ page, room_id: roomId }) {
    if (!this.#awaited.has(page)) whenGone(page).then(() => this.deliver(roomId));
    this.#awaited.add(page);
    return null;
  }

  #send({ room_id, client_message_id, body, reply_to, thread_id, leave }, files) {
    const where = { ...(reply_to && { reply_to: reply_to.id }), ...(thread_id && { thread_id }), ...(leave && { leave }) };
    const file_ids = files.map((file) => file.id);
    return this.connection.send("message:send", { room_id, body, file_ids, client_message_id, ...where });
  }

  #answered(entry, ack, way) {
    const { room_id: roomId, client_message_id: id } = entry;
    const { code, message, retry_after: after } = ack.error ?? {};
    if (ack.ok) {
      this.outbox.remove(id);
      this.#clear(way);
      this.#tell("sent", { entry, message: ack.message });
    } else if (LOGIN_TROUBLE.has(code)) {
      this.#pause(roomId, way, AWAY);
      this.#tell("login");
    } else if (after) {
      this.#pause(roomId, way, TOO_MANY, after * 1_000);
    } else if (code === "file_not_found" && this.#canRenew(entry)) {
      this.#tell("moved", roomId);
    } else if (code === "unavailable" || (code === "internal_error" && way.tries < MOST_FAULTS)) {
      this.#pause(roomId, way, AWAY);
    } else {
      this.#clear(way);
      this.#refuse(entry, message ?? gettext("The server refused it."));
    }
  }

  #refuse({ client_message_id: id }, reason) {
    const refused = this.outbox.find(id) && this.outbox.update(id, { state: "failed", reason });
    if (refused) this.#tell("refused", refused);
  }

  /** The server keeps files for a day. Those that waited longer are sent again, once. */
  #canRenew({ client_message_id: id, uploads, wasRenewed }) {
    if (!uploads || wasRenewed) return false;
    this.outbox.update(id, { wasRenewed: true });
    for (const each of uploads) this.uploads.get(each)?.start();
    return true;
  }

  #pause(roomId, way, reason, least = 0) {
    const pause = Math.min(FIRST_PAUSE * 2 ** way.tries, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
    const again = () => {
      way.timer = null;
      way.isLimited = false;
      this.deliver(roomId);
    };
    way.tries += 1;
    way.reason = reason;
    way.isLimited = least > 0;
    way.timer = setTimeout(again, Math.max(least, pause));
    this.#tell("moved", roomId);
  }

  #clear(way) {
    clearTimeout(way.timer);
    Object.assign(way, { timer: null, tries: 0, reason: "", isLimited: false });
  }

  get #rooms() {
    return new Set(this.outbox.entries.map((entry) => entry.room_id));
  }

  #wayTo(roomId) {
    if (!this.#ways.has(roomId)) this.#ways.set(roomId, { isBusy: false, isAsked: false, isLoading: false, timer: null, tries: 0, reason: "", isLimited: false });
    return this.#ways.get(roomId);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
