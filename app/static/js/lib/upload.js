import { readCookie } from "./cookies.js";
import { gettext } from "./i18n.js";
import { newId } from "./ids.js";

const AT_ONCE = 3;
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;
/** A fault of the server may pass; one that does not is told. */
const MOST_FAULTS = 4;
const LOST = gettext("The connection was lost. It goes on by itself.");
const BUSY = gettext("The server is busy. It goes on by itself.");

/** @type {Upload[]} those whose turn has not come */
const queue = [];
let underWay = 0;

/**
 * One file on its way to the server. Tells of every step by `change`.
 *
 * `state` is "waiting" for its turn, "sending", "paused" (with `reason`; it goes on by itself, or by `start`), "failed"
 * (with `reason`), "cancelled" or "done" (with `result`, the file as the server has it).
 */
export class Upload extends EventTarget {
  /** @type {XMLHttpRequest | null} */
  #request = null;
  #hasRenewed = false;
  #tries = 0;
  #timer = null;

  /**
   * @param {File} file
   * @param {object} options
   * @param {import("./session.js").Session} options.session
   * @param {string} options.roomId
   * @param {string | null} [options.threadId]
   * @param {string} [options.id] what it was called on an earlier page
   * @param {import("./file_view.js").ChatFile} [options.result] what came of it there
   */
  constructor(file, { session, roomId, threadId = null, id = newId(), result }) {
    super();
    this.id = id;
    this.file = file;
    this.session = session;
    this.roomId = roomId;
    this.threadId = threadId;
    /** The message with which it goes, once that is on its way. */
    this.messageId = null;
    this.state = result ? "done" : "waiting";
    this.progress = 0;
    this.reason = "";
    /** @type {import("./file_view.js").ChatFile | null} */
    this.result = result ?? null;
    /** Whether trying again can help. */
    this.canRetry = true;
    /** Whether it outlives the page. */
    this.isKept = false;
    this.preview = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : "";
  }

  /** The file as it can be shown until a message holds it. */
  get shown() {
    const { name, size, type } = this.file;
    const pixels = this.width ? { width: this.width, height: this.height, thumbnail_url: this.preview } : {};
    return { id: "", name, type: pixels.width ? type : "application/octet-stream", size, url: "", ...pixels };
  }

  /** @returns {Promise<void>} when it is done, has failed, or is not wanted any more */
  get ended() {
    return new Promise((resolve) => {
      const look = () => {
        if (!["done", "failed", "cancelled"].includes(this.state)) return;
        this.removeEventListener("change", look);
        resolve();
      };
      this.addEventListener("change", look);
      look();
    });
  }

  /** Find out how large a picture is; one that the browser cannot read is shown like any other file. */
  async measure() {
    if (!this.preview) return;
    const image = new Image();
    image.src = this.preview;
    try {
      await image.decode();
      [this.width, this.height] = [image.naturalWidth, image.naturalHeight];
    } catch {
      URL.revokeObjectURL(this.preview);
      this.preview = "";
    }
    this.#changed();
  }

  start() {
    clearTimeout(this.#timer);
    if (queue.includes(this) || this.#request) return;
    this.canRetry = true;
    this.result = null;
    this.#become("waiting");
    queue.push(this);
    next();
  }

  /** @param {string} reason why it is not even tried */
  refuse(reason) {
    this.canRetry = false;
    this.#become("failed", reason);
  }

  cancel() {
    clearTimeout(this.#timer);
    const place = queue.indexOf(this);
    if (place >= 0) queue.splice(place, 1);
    this.#become("cancelled");
    this.#request?.abort();
    this.release();
  }

  /** The browser need not keep the picture any more. */
  release() {
    if (this.preview) URL.revokeObjectURL(this.preview);
  }

  send() {
    const request = new XMLHttpRequest();
    this.#request = request;
    request.open("POST", "/api/files");
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-TOKEN", readCookie("csrf_access_token") ?? "");
    request.upload.onprogress = ({ loaded, total }) => {
      this.progress = total ? loaded / total : 0;
      this.#changed();
    };
    const seen = this.session.proof;
    request.onloadend = () => this.#ended(request, seen);
    const form = new FormData();
    form.append("room_id", this.roomId);
    form.append("file", this.file, this.file.name);
    this.progress = 0;
    this.#become("sending");
    request.send(form);
  }

  async #ended(request, seen) {
    underWay -= 1;
    this.#request = null;
    next();
    if (this.state === "cancelled") return;
    const { status } = request;
    if (status === 201) {
      this.#tries = 0;
      this.#hasRenewed = false;
      this.result = request.response.file;
      this.#become("done");
    } else if (status === 401 && !this.#hasRenewed) {
      this.#hasRenewed = true;
      if ((await this.session.refresh(seen)) === "refreshed") this.start();
      else this.#pause(LOST);
    } else if (status === 0) {
      this.#pause(LOST);
    } else if ([408, 429, 502, 503, 504].includes(status) || (status >= 500 && this.#tries < MOST_FAULTS)) {
      this.#pause(BUSY, Number(request.getResponseHeader("Retry-After") ?? 0) * 1_000);
    } else {
      this.canRetry = ![400, 403, 404, 409, 413].includes(status);
      this.#become("failed", request.response?.error?.message ?? gettext("The server refused it."));
    }
  }

  #pause(reason, least = 0) {
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#tries, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
    this.#tries += 1;
    this.#timer = setTimeout(() => this.start(), Math.max(least, pause));
    this.#become("paused", reason);
  }

  #become(state, reason = "") {
    this.state = state;
    this.reason = reason;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function next() {
  while (underWay < AT_ONCE && queue.length) {
    underWay += 1;
    queue.shift().send();
  }
}
