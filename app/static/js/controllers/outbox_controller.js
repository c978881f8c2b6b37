import { Controller } from "@hotwired/stimulus";

import { Interrupted, Unanswered } from "../lib/connection.js";
import { Outbox } from "../lib/outbox.js";

const RETRY_LOGIN = new Set(["not_authenticated", "token_expired", "session_revoked"]);

/** Sends messages, keeps those that are not confirmed, and sends them again when the connection is back. */
export default class extends Controller {
  static targets = ["alert"];
  static outlets = ["chat", "timeline"];

  connect() {
    this.outbox = new Outbox(this.chatOutlet.storage);
    this.inFlight = new Set();
    this.tidy();
    for (const entry of this.outbox.recover(this.chatOutlet.room.id)) this.#show(entry);
    this.changedElsewhere = (event) => event.key === `${this.chatOutlet.storage.prefix}outbox` && this.#redraw();
    window.addEventListener("storage", this.changedElsewhere);
  }

  disconnect() {
    window.removeEventListener("storage", this.changedElsewhere);
  }

  submit({ detail: { body, reply_to, thread_id } }) {
    const entry = this.outbox.add(this.chatOutlet.room.id, body, { reply_to, thread_id });
    this.#show({ ...entry, state: this.chatOutlet.connection.isReady ? "sending" : "queued" });
    if (!thread_id) this.timelineOutlet.toEnd();
    this.#send(entry);
  }

  /** The connection is back: what waited goes out, in the order of writing. */
  flush() {
    for (const entry of this.outbox.of(this.chatOutlet.room.id)) if (entry.state !== "failed") this.#send(entry);
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
    const entry = this.outbox.update(pendingId(event), { state: "queued", reason: undefined });
    if (!entry) return;
    this.#show(entry);
    this.#send(entry);
  }

  #discard(event) {
    const id = pendingId(event);
    this.outbox.remove(id);
    const field = event.target.closest("#panel") ? "thread-body" : "body";
    this.timelineOutlet.removePending(id);
    document.getElementById(field)?.focus();
  }

  /** @param {string} threadId */
  waitingIn(threadId) {
    return this.outbox.of(this.chatOutlet.room.id).filter((entry) => entry.thread_id === threadId);
  }

  async #send(entry) {
    const id = entry.client_message_id;
    const { connection } = this.chatOutlet;
    if (!connection.isReady || this.inFlight.has(id)) return;
    this.inFlight.add(id);
    this.#change(id, { state: "sending" });
    try {
      const { room_id, body, reply_to, thread_id } = entry;
      const where = { ...(reply_to && { reply_to: reply_to.id }), ...(thread_id && { thread_id }) };
      this.#answered(id, await connection.send("message:send", { room_id, body, client_message_id: id, ...where }));
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
    this.timelineOutlet.showPending(entry);
  }

  #redraw() {
    const entries = this.outbox.of(this.chatOutlet.room.id);
    this.timelineOutlet.keepPending(new Set(entries.map((entry) => entry.client_message_id)));
    for (const entry of entries) this.#show(entry);
  }
}

const pendingId = (event) => event.target.closest("[data-pending]").dataset.pending;
