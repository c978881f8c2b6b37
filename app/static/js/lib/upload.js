import { readCookie } from "./cookies.js";
import { newId } from "./ids.js";

const AT_ONCE = 3;
const LOST = "The connection was lost.";

/** @type {Upload[]} those whose turn has not come */
const queue = [];
let underWay = 0;

/**
 * One file on its way to the server. Tells of every step by `change`.
 *
 * `state` is "waiting", "sending", "failed" (with `reason`; the file is kept, `start` tries again) or "done" (with
 * `result`, the file as the server has it).
 */
export class Upload extends EventTarget {
  /** @type {XMLHttpRequest | null} */
  #request = null;
  #hasRenewed = false;

  /**
   * @param {File} file
   * @param {{session: import("./session.js").Session, roomId: string}} to
   */
  constructor(file, { session, roomId }) {
    super();
    this.id = newId();
    this.file = file;
    this.session = session;
    this.roomId = roomId;
    this.state = "waiting";
    this.progress = 0;
    this.reason = "";
    /** @type {import("./file_view.js").ChatFile | null} */
    this.result = null;
    /** Whether trying again can help. */
    this.canRetry = true;
    this.preview = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : "";
  }

  /** The file as it can be shown before the server has it. */
  get shown() {
    const { name, size, type } = this.file;
    const pixels = this.width ? { width: this.width, height: this.height, thumbnail_url: this.preview } : {};
    return this.result ?? { id: "", name, type: pixels.width ? type : "application/octet-stream", size, url: "", ...pixels };
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
    this.canRetry = true;
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
    const place = queue.indexOf(this);
    if (place >= 0) queue.splice(place, 1);
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
    if (request.status === 201) {
      this.result = request.response.file;
      this.#become("done");
    } else if (request.status === 401 && !this.#hasRenewed) {
      this.#hasRenewed = true;
      if ((await this.session.refresh(seen)) === "refreshed") this.start();
      else this.#become("failed", LOST);
    } else {
      this.canRetry = ![400, 403, 404, 409, 413].includes(request.status);
      this.#become("failed", request.response?.error?.message ?? LOST);
    }
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
