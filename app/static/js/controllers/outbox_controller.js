import { Controller } from "@hotwired/stimulus";

import { Courier } from "../lib/courier.js";
import { gettext } from "../lib/i18n.js";
import { Outbox } from "../lib/outbox.js";
import { pageId } from "../lib/page_life.js";
import { toast } from "../lib/toast.js";

/** Takes messages from the composer, shows how each stands until the server has it, and keeps what it has not. */
export default class extends Controller {
  static targets = ["alert"];
  static outlets = ["chat", "timeline"];

  connect() {
    this.chat = this.chatOutlet; // looked for each time it is named, and needed with every message
    this.outbox = new Outbox(this.chat.storage);
    this.courier = this.#hire();
    /** The uploads whose steps are followed here. */
    this.followed = new Set();
    this.tidy();
    this.outbox.recover();
    this.#takeFiles();
    this.draw();
    this.changedElsewhere = (event) => event.key === `${this.chat.storage.prefix}outbox` && this.#changedElsewhere();
    this.warn = (event) => this.chat.uploads.wouldLose && event.preventDefault();
    window.addEventListener("storage", this.changedElsewhere);
    window.addEventListener("beforeunload", this.warn);
  }

  disconnect() {
    this.courier.stop();
    window.removeEventListener("storage", this.changedElsewhere);
    window.removeEventListener("beforeunload", this.warn);
  }

  submit({ detail: { body, reply_to, thread_id, leave = false, uploads = [] } }) {
    const draft = this.outbox.draft(this.chat.room.id, body, { reply_to, thread_id, leave });
    this.outbox.put(uploads.length ? this.#withFiles(draft, uploads) : draft);
    this.draw();
    if (!thread_id) this.timelineOutlet.toEnd();
    this.courier.deliver(draft.room_id);
  }

  /** The connection is back: what waited goes out, in the order of writing; also what was written in other rooms. */
  flush() {
    this.courier.deliverAll();
    this.draw();
  }

  /** A message of mine came by broadcast: whatever its ack says or does not say, it is there. */
  settle({ detail: { message } }) {
    const entry = message.sender.id === this.chat.me.id && this.outbox.find(message.client_message_id);
    if (!entry) return;
    this.#done(entry);
    this.courier.hurry(message.room_id);
  }

  /** A send whose answer was lost may turn out, in the history, to have arrived. */
  tidy() {
    for (const entry of this.outbox.of(this.chat.room.id)) {
      if (this.timelineOutlet.hasMine(entry.client_message_id)) this.#done(entry);
    }
  }

  /** A button on a message that was not sent, wherever that is drawn. */
  press(event) {
    const action = event.target.closest?.("[data-outbox]")?.dataset.outbox;
    if (action === "retry") this.#retry(event);
    if (action === "discard") this.#discard(event);
  }

  #retry(event) {
    const entry = this.outbox.update(pendingId(event), { state: "queued", reason: undefined });
    if (!entry) return;
    for (const upload of this.#uploadsOf(entry)) if (upload.state !== "done") upload.start();
    this.draw();
    this.courier.hurry(entry.room_id);
  }

  #discard(event) {
    const id = pendingId(event);
    this.chat.uploads.remove(this.outbox.find(id)?.uploads ?? []);
    this.outbox.remove(id);
    const field = event.target.closest("#panel") ? "thread-body" : "body";
    this.timelineOutlet.removePending(id);
    document.getElementById(field)?.focus();
    this.courier.hurry(this.chat.room.id);
    this.draw();
  }

  /** @param {string} threadId */
  waitingIn(threadId) {
    return this.entries.filter((entry) => entry.thread_id === threadId);
  }

  /** The messages of this room that are on their way, and how each stands. */
  get entries() {
    return this.outbox.of(this.chat.room.id).map((entry) => this.#stand(entry));
  }

  draw() {
    for (const entry of this.entries) this.timelineOutlet.showPending(entry);
  }

  #hire() {
    const courier = new Courier(this.outbox, this.chat.connection, this.chat.uploads);
    const on = (type, handle) => courier.addEventListener(type, (event) => handle(event.detail));
    on("sent", ({ entry, message }) => {
      this.#done(entry);
      this.timelineOutlet.receive({ detail: { message } });
      this.draw();
    });
    on("refused", (entry) => this.#refused(entry));
    on("moved", (roomId) => roomId === this.chat.room.id && this.draw());
    on("login", () => this.#renewLogin());
    return courier;
  }

  #refused(entry) {
    this.draw();
    const isHere = entry.room_id === this.chat.room.id;
    if (isHere) this.alertTarget.textContent = `${gettext("Your message was not sent.")} ${entry.reason}`;
    else toast(`${gettext("A message of yours in another room was not sent.")} ${entry.reason}`);
  }

  /** The server has it. */
  #done(entry) {
    this.outbox.remove(entry.client_message_id);
    if (entry.uploads) this.chat.uploads.finish(entry.uploads);
  }

  #withFiles(draft, uploads) {
    this.chat.uploads.goWith(uploads, draft.client_message_id);
    for (const upload of uploads) if (upload.state === "failed") upload.start();
    // What a page without the files shows of them: a picture that the browser made lives as long as its page does.
    const files = uploads.map(({ file: { name, size } }) => ({ id: "", name, size, type: "application/octet-stream", url: "" }));
    return { ...draft, uploads: uploads.map(({ id }) => id), page: pageId, files };
  }

  /** The files that an earlier page left with its messages to this room. */
  async #takeFiles() {
    const entries = this.outbox.of(this.chat.room.id).filter((entry) => entry.uploads);
    await Promise.all(entries.map((entry) => this.chat.uploads.of(entry)));
    if (entries.length) this.draw();
  }

  #uploadsOf({ uploads = [] }) {
    return uploads.flatMap((id) => this.chat.uploads.get(id) ?? []);
  }

  /** How an entry stands, and how far its files are. */
  #stand(entry) {
    const standing = this.courier.stand(entry);
    const uploads = this.#uploadsOf(entry);
    this.#follow(uploads);
    const files = uploads.length === entry.uploads?.length ? uploads.map((upload) => upload.shown) : entry.files;
    if (!["sending", "waiting"].includes(standing.state) || uploads.every(({ state }) => state === "done")) return { ...standing, files };
    const paused = uploads.find(({ state }) => state === "paused");
    if (paused) return { ...standing, files, state: "paused", reason: `${paused.file.name}: ${paused.reason}` };
    return { ...standing, files, state: "uploading", progress: progressOf(uploads) };
  }

  #follow(uploads) {
    for (const upload of uploads) {
      if (this.followed.has(upload)) continue;
      this.followed.add(upload);
      upload.addEventListener("change", () => this.draw());
    }
  }

  async #renewLogin() {
    if ((await this.chat.session.refresh()) === "refreshed") this.chat.connection.reopen();
  }

  /** Another tab sent something, deleted it, or wrote more; if it goes away before it has sent that, this one does. */
  #changedElsewhere() {
    const kept = this.outbox.of(this.chat.room.id).map((entry) => entry.client_message_id);
    this.timelineOutlet.keepPending(new Set(kept));
    this.courier.look();
    this.draw();
  }
}

function progressOf(uploads) {
  const total = uploads.reduce((sum, { file }) => sum + file.size, 0);
  const sent = uploads.reduce((sum, { file, state, progress }) => sum + file.size * (state === "done" ? 1 : progress), 0);
  return total ? sent / total : 0;
}

const pendingId = (event) => event.target.closest("[data-pending]").dataset.pending;
