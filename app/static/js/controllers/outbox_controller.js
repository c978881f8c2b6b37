import { Controller } from "@hotwired/stimulus";

import { Courier } from "../lib/courier.js";
import { Outbox } from "../lib/outbox.js";
import { toast } from "../lib/toast.js";

/** After this time the server's pictures stand where those of the browser stood. */
const SHOWN_LONG_ENOUGH = 60_000;

/** Takes messages from the composer, shows how each stands until the server has it, and keeps what it has not. */
export default class extends Controller {
  static targets = ["alert"];
  static outlets = ["chat", "timeline"];

  connect() {
    this.outbox = new Outbox(this.chatOutlet.storage);
    this.courier = this.#hire();
    /** Messages whose files are on their way, by their ids. They live as long as the page does. */
    this.uploading = new Map();
    this.tidy();
    for (const entry of this.outbox.recover()) this.#show(entry);
    this.changedElsewhere = (event) => event.key === `${this.chatOutlet.storage.prefix}outbox` && this.#changedElsewhere();
    this.warn = (event) => this.uploading.size && event.preventDefault();
    window.addEventListener("storage", this.changedElsewhere);
    window.addEventListener("beforeunload", this.warn);
  }

  disconnect() {
    this.courier.stop();
    window.removeEventListener("storage", this.changedElsewhere);
    window.removeEventListener("beforeunload", this.warn);
  }

  submit({ detail: { body, reply_to, thread_id, leave = false, uploads = [] } }) {
    const where = { reply_to, thread_id, leave };
    if (uploads.length) return this.#upload(this.outbox.draft(this.chatOutlet.room.id, body, where), uploads);
    this.#queue(this.outbox.draft(this.chatOutlet.room.id, body, where));
    if (!thread_id) this.timelineOutlet.toEnd();
  }

  /** The connection is back: what waited goes out, in the order of writing; also what was written in other rooms. */
  flush() {
    this.courier.deliverAll();
    this.draw();
  }

  /** A message of mine came by broadcast: whatever its ack says or does not say, it is there. */
  settle({ detail: { message } }) {
    if (message.sender.id !== this.chatOutlet.me.id || !this.outbox.find(message.client_message_id)) return;
    this.outbox.remove(message.client_message_id);
    this.courier.hurry(message.room_id);
  }

  /** A send whose answer was lost may turn out, in the history, to have arrived. */
  tidy() {
    for (const { client_message_id: id } of this.outbox.of(this.chatOutlet.room.id)) {
      if (this.timelineOutlet.hasMine(id)) this.outbox.remove(id);
    }
  }

  /** A button on a message that was not sent, wherever that is drawn. */
  press(event) {
    const action = event.target.closest?.("[data-outbox]")?.dataset.outbox;
    if (action === "retry") this.#retry(event);
    if (action === "discard") this.#discard(event);
  }

  #retry(event) {
    const uploading = this.uploading.get(pendingId(event));
    if (uploading) return uploading.uploads.filter((upload) => upload.state === "failed").forEach((upload) => upload.start());
    const entry = this.outbox.update(pendingId(event), { state: "queued", reason: undefined });
    if (!entry) return;
    this.#show(entry);
    this.courier.hurry(entry.room_id);
  }

  #discard(event) {
    const id = pendingId(event);
    this.uploading.get(id)?.uploads.forEach((upload) => upload.cancel());
    this.uploading.delete(id);
    this.outbox.remove(id);
    const field = event.target.closest("#panel") ? "thread-body" : "body";
    this.timelineOutlet.removePending(id);
    document.getElementById(field)?.focus();
    this.courier.hurry(this.chatOutlet.room.id);
  }

  /** @param {string} threadId */
  waitingIn(threadId) {
    return this.entries.filter((entry) => entry.thread_id === threadId);
  }

  /** The messages of this room that are on their way, and how each stands. */
  get entries() {
    return this.outbox.of(this.chatOutlet.room.id).map((entry) => this.courier.stand(entry));
  }

  draw() {
    for (const entry of this.entries) this.timelineOutlet.showPending(entry);
  }

  #hire() {
    const courier = new Courier(this.outbox, this.chatOutlet.connection);
    const on = (type, handle) => courier.addEventListener(type, (event) => handle(event.detail));
    on("sent", (message) => {
      this.timelineOutlet.receive({ detail: { message } });
      this.draw();
    });
    on("refused", (entry) => this.#refused(entry));
    on("moved", (roomId) => roomId === this.chatOutlet.room.id && this.draw());
    on("login", () => this.#renewLogin());
    return courier;
  }

  #queue(entry) {
    this.#show(this.outbox.put(entry));
    this.courier.deliver(entry.room_id);
  }

  #refused(entry) {
    this.draw();
    const isHere = entry.room_id === this.chatOutlet.room.id;
    if (isHere) this.alertTarget.textContent = `Your message was not sent. ${entry.reason}`;
    else toast(`A message of yours in another room was not sent. ${entry.reason}`);
  }

  /** The message waits for its files, and for its writer where one of them failed. */
  #upload(entry, uploads) {
    const id = entry.client_message_id;
    this.uploading.set(id, { entry, uploads });
    for (const upload of uploads) {
      if (upload.state === "failed") upload.start();
      upload.addEventListener("change", () => this.#uploaded(id));
    }
    this.#uploaded(id);
    if (!entry.thread_id) this.timelineOutlet.toEnd();
  }

  #uploaded(id) {
    if (!this.uploading.has(id)) return;
    const { entry, uploads } = this.uploading.get(id);
    const files = uploads.map((upload) => upload.shown);
    const failed = uploads.find((upload) => upload.state === "failed");
    if (uploads.every((upload) => upload.state === "done")) {
      this.uploading.delete(id);
      setTimeout(() => uploads.forEach((upload) => upload.release()), SHOWN_LONG_ENOUGH);
      this.#queue({ ...entry, files });
    } else if (failed && !uploads.some((upload) => upload.state === "sending" || upload.state === "waiting")) {
      const reason = `${failed.file.name}: ${failed.reason}`;
      this.timelineOutlet.showPending({ ...entry, files, state: "failed", reason });
      this.alertTarget.textContent = `Your message was not sent. ${reason}`;
    } else {
      const total = uploads.reduce((sum, upload) => sum + upload.file.size, 0);
      const sent = uploads.reduce((sum, upload) => sum + upload.file.size * (upload.state === "done" ? 1 : upload.progress), 0);
      this.timelineOutlet.showPending({ ...entry, files, state: "uploading", progress: total ? sent / total : 0 });
    }
  }

  async #renewLogin() {
    if ((await this.chatOutlet.session.refresh()) === "refreshed") this.chatOutlet.connection.reopen();
  }

  #show(entry) {
    if (entry.room_id === this.chatOutlet.room.id) this.timelineOutlet.showPending(this.courier.stand(entry));
  }

  /** Another tab sent something, deleted it, or wrote more; if it goes away before it has sent that, this one does. */
  #changedElsewhere() {
    const kept = this.outbox.of(this.chatOutlet.room.id).map((entry) => entry.client_message_id);
    this.timelineOutlet.keepPending(new Set([...this.uploading.keys(), ...kept]));
    this.courier.look();
    this.draw();
  }
}

const pendingId = (event) => event.target.closest("[data-pending]").dataset.pending;
