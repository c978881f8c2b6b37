import { Controller } from "@hotwired/stimulus";

import { Interrupted, Unanswered } from "../lib/connection.js";
import { Outbox } from "../lib/outbox.js";

/** After this time the server's pictures stand where those of the browser stood. */
const SHOWN_LONG_ENOUGH = 60_000;
const RETRY = 3_000;
const RETRY_LOGIN = new Set(["not_authenticated", "token_expired", "session_revoked"]);

/** Sends messages, keeps those that are not confirmed, and sends them again when the connection is back. */
export default class extends Controller {
  static targets = ["alert"];
  static outlets = ["chat", "timeline"];

  connect() {
    this.outbox = new Outbox(this.chatOutlet.storage);
    this.inFlight = new Set();
    /** Messages whose files are on their way, by their ids. They live as long as the page does. */
    this.uploading = new Map();
    this.tidy();
    for (const entry of this.outbox.recover()) this.#show(entry);
    this.changedElsewhere = (event) => event.key === `${this.chatOutlet.storage.prefix}outbox` && this.#redraw();
    this.warn = (event) => this.uploading.size && event.preventDefault();
    window.addEventListener("storage", this.changedElsewhere);
    window.addEventListener("beforeunload", this.warn);
  }

  disconnect() {
    clearTimeout(this.again);
    window.removeEventListener("storage", this.changedElsewhere);
    window.removeEventListener("beforeunload", this.warn);
  }

  submit({ detail: { body, reply_to, thread_id, leave = false, uploads = [] } }) {
    const where = { reply_to, thread_id, leave };
    if (uploads.length) return this.#upload(this.outbox.draft(this.chatOutlet.room.id, body, where), uploads);
    const entry = this.outbox.add(this.chatOutlet.room.id, body, where);
    this.#show({ ...entry, state: this.chatOutlet.connection.isReady ? "sending" : "queued" });
    if (!thread_id) this.timelineOutlet.toEnd();
    this.#send(entry);
  }

  /** The connection is back: what waited goes out, in the order of writing; also what was written in other rooms. */
  flush() {
    clearTimeout(this.again);
    for (const entry of this.outbox.entries) if (entry.state !== "failed") this.#send(entry);
  }

  /** A message of mine came by broadcast: whatever its ack says or does not say, it is there. */
  settle({ detail: { message } }) {
    if (message.sender.id === this.chatOutlet.me.id) this.outbox.remove(message.client_message_id);
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
    this.#send(entry);
  }

  #discard(event) {
    const id = pendingId(event);
    this.uploading.get(id)?.uploads.forEach((upload) => upload.cancel());
    this.uploading.delete(id);
    this.outbox.remove(id);
    const field = event.target.closest("#panel") ? "thread-body" : "body";
    this.timelineOutlet.removePending(id);
    document.getElementById(field)?.focus();
  }

  /** @param {string} threadId */
  waitingIn(threadId) {
    return this.outbox.of(this.chatOutlet.room.id).filter((entry) => entry.thread_id === threadId);
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
      const ready = this.outbox.put({ ...entry, files });
      this.#show({ ...ready, state: this.chatOutlet.connection.isReady ? "sending" : "queued" });
      this.#send(ready);
    } else if (failed && !uploads.some((upload) => upload.state === "sending" || upload.state === "waiting")) {
      const reason = `${failed.file.name}: ${failed.reason}`;
      this.#show({ ...entry, files, state: "failed", reason });
      this.alertTarget.textContent = `Your message was not sent. ${reason}`;
    } else {
      const total = uploads.reduce((sum, upload) => sum + upload.file.size, 0);
      const sent = uploads.reduce((sum, upload) => sum + upload.file.size * (upload.state === "done" ? 1 : upload.progress), 0);
      this.#show({ ...entry, files, state: "uploading", progress: total ? sent / total : 0 });
    }
  }

  async #send(entry) {
    const id = entry.client_message_id;
    const { connection } = this.chatOutlet;
    if (!connection.isReady || this.inFlight.has(id)) return;
    this.inFlight.add(id);
    this.#change(id, { state: "sending" });
    try {
      const { room_id, body, reply_to, thread_id, leave, files = [] } = entry;
      const where = { ...(reply_to && { reply_to: reply_to.id }), ...(thread_id && { thread_id }), ...(leave && { leave }) };
      const file_ids = files.map((file) => file.id);
      this.#answered(id, await connection.send("message:send", { room_id, body, file_ids, client_message_id: id, ...where }));
    } catch (error) {
      this.#unanswered(id, error);
    } finally {
      this.inFlight.delete(id);
    }
  }

  #answered(id, ack) {
    if (ack.ok) {
      this.outbox.remove(id);
      this.timelineOutlet.receive({ detail: { message: ack.message } });
    } else if (RETRY_LOGIN.has(ack.error?.code)) {
      this.#change(id, { state: "queued" });
      this.#renewLogin();
    } else if (ack.error?.code === "unavailable") {
      // It may be stored or not: under the same id it is one message either way.
      this.#change(id, { state: "queued" });
      clearTimeout(this.again);
      this.again = setTimeout(() => this.flush(), RETRY);
    } else {
      this.#fail(id, ack.error?.message ?? "The server refused it.");
    }
  }

  #unanswered(id, error) {
    if (error instanceof Interrupted) this.#change(id, { state: "queued" });
    else if (error instanceof Unanswered) this.#fail(id, "The server did not answer.");
    else throw error;
  }

  #fail(id, reason) {
    if (!this.#change(id, { state: "failed", reason })) return;
    this.alertTarget.textContent = `Your message was not sent. ${reason}`;
  }

  async #renewLogin() {
    if ((await this.chatOutlet.session.refresh()) === "refreshed") this.chatOutlet.connection.reopen();
  }

  /** Changes an entry that is still there: a broadcast may have settled it meanwhile. */
  #change(id, change) {
    const entry = this.outbox.find(id) && this.outbox.update(id, change);
    if (entry) this.#show(entry);
    return entry;
  }

  #show(entry) {
    if (entry.room_id === this.chatOutlet.room.id) this.timelineOutlet.showPending(entry);
  }

  #redraw() {
    const entries = this.outbox.of(this.chatOutlet.room.id);
    this.timelineOutlet.keepPending(new Set([...this.uploading.keys(), ...entries.map((entry) => entry.client_message_id)]));
    for (const entry of entries) this.#show(entry);
  }
}

const pendingId = (event) => event.target.closest("[data-pending]").dataset.pending;
