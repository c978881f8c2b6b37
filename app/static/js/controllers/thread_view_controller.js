import { Controller } from "@hotwired/stimulus";

import { fetchMessage, fetchMessages } from "../lib/catch_up.js";
import { ScrollKeeper } from "../lib/scroll_keeper.js";
import { setText } from "../lib/slots.js";
import { Timeline } from "../lib/timeline.js";

const PAGE = 100;

/**
 * One thread in the panel: the message that began it and all that was said in it, live. The timeline hears every change
 * of the room, also those that are caught up with, and passes them on; so nothing is missing here once it was loaded.
 */
export default class extends Controller {
  static targets = ["scroller", "list", "note"];
  static values = { root: String, message: String };
  static outlets = ["chat", "timeline", "outbox"];

  connect() {
    this.timeline = new Timeline(this.listTarget, { ...this.timelineOutlet.look, isThread: true });
    this.keeper = new ScrollKeeper(this.scrollerTarget, this.listTarget);
    for (const entry of this.outboxOutlet.waitingIn(this.rootValue)) this.timeline.showPending(entry);
    this.load();
  }

  disconnect() {
    this.keeper.disconnect();
  }

  /** From the beginning, page by page. What comes live meanwhile is there already, and stays as it is. */
  async load() {
    try {
      const { session, room } = this.chatOutlet;
      const root = await fetchMessage(session, this.rootValue);
      this.timelineOutlet.threads.begin(root.message, root.change);
      this.#show([root.message]);
      for (let after = 0, isMore = true; isMore; ) {
        const { messages } = await fetchMessages(session, room.id, { thread: this.rootValue, after, limit: PAGE });
        this.#show(messages);
        after = messages.at(-1)?.seq ?? after;
        isMore = messages.length === PAGE;
      }
      setText(this.noteTarget, this.timeline.confirmed.length > 1 ? "" : "No replies yet.");
      this.#point();
    } catch (error) {
      setText(this.noteTarget, "The thread could not be loaded. It is tried again when the connection is back.");
      console.warn("A thread could not be loaded", error);
    }
  }

  hear({ detail: { message } }) {
    if (message.thread_id === this.rootValue) this.#show([message]);
    else this.refresh({ detail: { message } });
  }

  receive({ detail: { message } }) {
    this.hear({ detail: { message } });
  }

  refresh({ detail: { message } }) {
    this.keeper.hold(this.timeline.entries, () => this.timeline.update(message));
  }

  showPending({ detail: { entry } }) {
    if (entry.thread_id !== this.rootValue) return;
    const isNew = !this.timeline.pendingIds.includes(entry.client_message_id);
    this.timeline.showPending(entry);
    if (isNew) this.keeper.toEnd();
  }

  discard({ detail: { clientMessageId } }) {
    this.timeline.removePending(clientMessageId);
  }

  redraw() {
    this.timeline.redraw();
  }

  recall({ detail: { threadId } }) {
    const message = threadId === this.rootValue && this.timeline.lastOfMine;
    if (message) this.timelineOutlet.dispatch("recalled", { detail: { message, threadId } });
  }

  scrolled() {
    this.keeper.scrolled();
  }

  #show(messages) {
    this.keeper.hold(this.timeline.entries, () => this.timeline.insert(messages));
    if (this.timeline.confirmed.length > 1) setText(this.noteTarget, "");
  }

  /** The message for whose sake the thread was opened. */
  #point() {
    const entry = this.messageValue && this.timeline.entryOf(this.messageValue);
    if (!entry || this.hasPointed) return;
    this.hasPointed = true;
    this.keeper.to(entry);
    entry.setAttribute("data-pointed", "");
    /** @type {HTMLElement} */ (entry.querySelector(":scope > .message")).focus({ preventScroll: true });
    setTimeout(() => entry.removeAttribute("data-pointed"), 4_000);
  }
}
