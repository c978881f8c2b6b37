import { Controller } from "@hotwired/stimulus";

import { fetchMessage, fetchMessages } from "../lib/catch_up.js";
import { gettext } from "../lib/i18n.js";
import { ScrollKeeper } from "../lib/scroll_keeper.js";
import { RequestFailed, SessionEnded } from "../lib/session.js";
import { setText } from "../lib/slots.js";
import { Timeline } from "../lib/timeline.js";

const PAGE = 100;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/**
 * One thread in the panel: the message that began it and all that was said in it, live. The timeline hears every change
 * of the room, also those that are caught up with, and passes them on; so nothing is missing here once all was loaded.
 * Until it is, it is tried again.
 */
export default class extends Controller {
  static targets = ["scroller", "list", "note"];
  static values = { root: String, message: String };
  static outlets = ["chat", "timeline", "outbox"];

  connect() {
    this.timeline = new Timeline(this.listTarget, { ...this.timelineOutlet.look, isThread: true });
    this.keeper = new ScrollKeeper(this.scrollerTarget, this.listTarget);
    for (const entry of this.outboxOutlet.waitingIn(this.rootValue)) this.timeline.showPending(entry);
    /** Up to which seq the thread is loaded, and whether that is all of it. */
    this.loadedTo = 0;
    this.isComplete = false;
    this.tries = 0;
    this.load();
  }

  disconnect() {
    clearTimeout(this.again);
    this.isGone = true;
    this.keeper.disconnect();
  }

  /** From where it was broken off, page by page. What comes live meanwhile is there already, and stays as it is. */
  async load() {
    if (this.isComplete || this.isLoading) return;
    clearTimeout(this.again);
    this.isLoading = true;
    try {
      await this.#loadRoot();
      while (!this.isComplete) await this.#loadPage();
      setText(this.noteTarget, this.timeline.confirmed.length > 1 ? "" : gettext("No replies yet."));
      this.#point();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.isLoading = false;
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

  async #loadRoot() {
    const { message, change } = await fetchMessage(this.chatOutlet.session, this.rootValue);
    this.timelineOutlet.threads.begin(message, change);
    this.#show([message]);
  }

  async #loadPage() {
    const { session, room } = this.chatOutlet;
    const { messages } = await fetchMessages(session, room.id, { thread: this.rootValue, after: this.loadedTo, limit: PAGE });
    this.#show(messages);
    this.loadedTo = messages.at(-1)?.seq ?? this.loadedTo;
    this.isComplete = messages.length < PAGE;
  }

  #failed(error) {
    if (this.isGone || error instanceof SessionEnded) return;
    if (error instanceof RequestFailed && error.status === 404) {
      this.isComplete = true;
      return setText(this.noteTarget, gettext("This thread is not there, or not for you to see."));
    }
    setText(this.noteTarget, gettext("The thread could not be loaded. Trying again…"));
    console.warn("A thread could not be loaded", error);
    this.again = setTimeout(() => this.load(), Math.min(FIRST_PAUSE * 2 ** this.tries, LONGEST_PAUSE) * (0.75 + Math.random() / 2));
    this.tries += 1;
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
