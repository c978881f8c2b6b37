import { KeptFiles } from "./kept_files.js";
import { isGone, pageId } from "./page_life.js";
import { Upload } from "./upload.js";

/** After this time the server's pictures stand where those of the browser stood. */
const SHOWN_LONG_ENOUGH = 60_000;
const A_WEEK = 7 * 24 * 3_600_000;

/**
 * The files on this page that no message holds yet: chosen for one, or on their way with one. Each is kept in the browser
 * until then; what an earlier page left is taken over, and goes on.
 */
export class Uploads {
  /** @type {Map<string, Upload>} */
  #live = new Map();

  /**
   * @param {import("./session.js").Session} session
   * @param {string} userId
   */
  constructor(session, userId) {
    this.session = session;
    this.kept = new KeptFiles(userId);
  }

  /** Whether leaving the page would lose one. */
  get wouldLose() {
    return [...this.#live.values()].some((upload) => !upload.isKept && upload.state !== "failed");
  }

  /** @param {string} id */
  get(id) {
    return this.#live.get(id);
  }

  /**
   * One that was just chosen.
   * @param {File} file
   * @param {{roomId: string, threadId: string | null}} where
   */
  add(file, { roomId, threadId }) {
    return this.#take(new Upload(file, { session: this.session, roomId, threadId }));
  }

  /**
   * Keep one over a reload.
   * @param {Upload} upload
   */
  async keep(upload) {
    const { id, file, roomId, threadId } = upload;
    const record = { id, file, room: roomId, thread: threadId, page: pageId, message: null, at: Date.now() };
    upload.isKept = await this.kept.keep(record);
    if (!this.#live.has(id)) this.kept.forget([id]);
    else this.kept.change(id, { message: upload.messageId, ...(upload.result && { result: upload.result }) });
  }

  /**
   * Those that were chosen for the next message somewhere, here or on a page that is gone.
   * @param {{roomId: string, threadId: string | null}} where
   * @returns {Promise<Upload[]>}
   */
  async chosenFor({ roomId, threadId }) {
    const isHere = (upload) => upload.roomId === roomId && upload.threadId === threadId && !upload.messageId;
    const here = [...this.#live.values()].filter(isHere);
    const all = await this.kept.all();
    this.kept.forget(all.filter(({ at }) => Date.now() - at > A_WEEK).map(({ id }) => id));
    const left = all.filter(({ id, room, thread, message }) => !this.#live.has(id) && room === roomId && thread === threadId && !message);
    return [...here, ...(await this.#takeOver(left))];
  }

  /**
   * They go with a message from now on.
   * @param {Upload[]} uploads
   * @param {string} messageId
   */
  goWith(uploads, messageId) {
    for (const upload of uploads) {
      upload.messageId = messageId;
      this.kept.change(upload.id, { message: messageId });
    }
  }

  /**
   * Those of a message that is on its way.
   * @param {import("./outbox.js").Entry} entry
   * @returns {Promise<Upload[] | null>} null if they are with another page, which sees to them; fewer if some were lost
   */
  async of({ uploads: ids = [], page }) {
    if (!ids.every((id) => this.#live.has(id))) {
      if (page && !(await isGone(page))) return null;
      const lacking = (await this.kept.all()).filter(({ id }) => ids.includes(id) && !this.#live.has(id));
      await this.#takeOver(lacking);
    }
    return ids.flatMap((id) => this.#live.get(id) ?? []);
  }

  /**
   * They are not wanted any more.
   * @param {string[]} ids
   */
  remove(ids) {
    for (const id of ids) {
      this.#live.get(id)?.cancel();
      this.#live.delete(id);
    }
    this.kept.forget(ids);
  }

  /**
   * A message holds them.
   * @param {string[]} ids
   */
  finish(ids) {
    for (const id of ids) {
      const upload = this.#live.get(id);
      if (upload) setTimeout(() => upload.release(), SHOWN_LONG_ENOUGH);
      this.#live.delete(id);
    }
    this.kept.forget(ids);
  }

  /** The network is back: what was broken off goes on. */
  resume() {
    for (const upload of this.#live.values()) if (upload.state === "paused") upload.start();
  }

  async #takeOver(left) {
    const taken = [];
    for (const { id, file, room, thread, page, message, result } of left) {
      if (!(await isGone(page)) || !(await this.kept.change(id, { page: pageId }, { page }))) continue;
      const upload = this.#take(new Upload(file, { session: this.session, roomId: room, threadId: thread, id, result }));
      Object.assign(upload, { messageId: message, isKept: true });
      upload.measure();
      if (!result) upload.start();
      taken.push(upload);
    }
    return taken;
  }

  #take(upload) {
    this.#live.set(upload.id, upload);
    upload.addEventListener("change", () => {
      if (upload.state === "done" && upload.isKept) this.kept.change(upload.id, { result: upload.result });
    });
    return upload;
  }
}
