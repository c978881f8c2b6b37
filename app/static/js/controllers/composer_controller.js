import { Controller } from "@hotwired/stimulus";

import { Drafts } from "../lib/drafts.js";
import { gettext } from "../lib/i18n.js";
import { unmarked } from "../lib/inline_marks.js";
import { quoteOf } from "../lib/quote_view.js";
import { setText } from "../lib/slots.js";
import { charactersLeft, lengthOf, speakerOf } from "../lib/text.js";

const WARN_AT = 0.9;
const isTouch = matchMedia("(hover: none) and (pointer: coarse)");

/**
 * Where messages are written, answered and edited: in the room, or in one thread of it. Tells the page
 * `composer:typed`, `composer:send`, `composer:edit`, and `composer:recall` when the last message is wanted back.
 */
export default class extends Controller {
  static targets = ["input", "count", "send", "context", "contextTitle", "contextText"];
  static values = { limit: Number, thread: String, focus: Boolean };
  static outlets = ["chat", "emoji-picker"];

  connect() {
    this.drafts = new Drafts(this.chatOutlet.storage);
    /** What the text is for, beside being said: `{kind: "reply" | "edit", message}`. */
    this.purpose = null;
    this.inputTarget.value = this.drafts.read(this.#draftName);
    this.#draw();
    if (!isTouch.matches && this.focusValue) this.inputTarget.focus({ preventScroll: true });
  }

  disconnect() {
    this.keepDraft();
  }

  typed() {
    this.keepDraft();
    this.#draw();
  }

  /** Enter sends, except while an input method composes a word, with Shift, and on touch, where only the button does. */
  key(event) {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || this.inputTarget.hasAttribute("aria-activedescendant")) return;
    if (event.key === "Escape" && this.purpose) this.cancel();
    else if (event.key === "ArrowUp" && !event.shiftKey && !event.altKey && !this.inputTarget.value && !this.purpose) this.dispatch("recall", { detail: { threadId: this.threadValue } });
    else if (event.key === "Enter" && !event.shiftKey && (this.#sendsByEnter || event.ctrlKey || event.metaKey)) this.element.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  send(event) {
    event.preventDefault();
    this.inputTarget.focus();
    if (!this.#canSend) return;
    const body = this.inputTarget.value.trim();
    const { kind, message } = this.purpose ?? {};
    if (kind === "edit") return this.#save(message, body);
    this.inputTarget.value = "";
    this.#setPurpose(null);
    this.typed();
    this.dispatch("send", { detail: { body, reply_to: kind === "reply" ? quoteOf(message) : null, thread_id: this.threadValue || null } });
  }

  /** From the menu of a message: the next text answers it. */
  reply({ detail: { message, element } }) {
    if (!this.#isFor(element)) return;
    if (this.purpose?.kind === "edit") this.cancel();
    this.#setPurpose({ kind: "reply", message });
    this.inputTarget.focus();
  }

  /** From the menu of a message, or by arrow up: its text, to be changed. What was being written waits. */
  edit({ detail: { message, element, threadId = "" } }) {
    if (element ? this.#isFor(element) : threadId === this.threadValue) this.#beginEdit(message, message.body);
  }

  /** A changed text could not be saved: here it is again, unless something else is being written. */
  restore({ detail: { message, body } }) {
    if ((message.thread_id ?? "") === this.threadValue && !this.purpose && !this.inputTarget.value.trim()) this.#beginEdit(message, body);
  }

  cancel() {
    const wasEdit = this.purpose?.kind === "edit";
    this.#setPurpose(null);
    if (wasEdit) this.inputTarget.value = this.drafts.read(this.#draftName);
    this.typed();
    this.inputTarget.focus();
  }

  /** What could be sent later, beside files, or null: a text that is being changed cannot. */
  get draft() {
    const { kind, message } = this.purpose ?? {};
    if (!this.#canSend || kind === "edit") return null;
    const body = this.inputTarget.value.trim();
    return { body, ...(kind === "reply" && { reply_to: message.id }), ...(this.threadValue && { thread_id: this.threadValue }) };
  }

  /** It is on another way than by sending it now. */
  clear() {
    this.inputTarget.value = "";
    this.#setPurpose(null);
    this.typed();
    this.inputTarget.focus();
  }

  pickEmoji(event) {
    const { selectionStart, selectionEnd } = this.inputTarget;
    this.emojiPickerOutlet.open(event.currentTarget, (emoji) => {
      this.inputTarget.setRangeText(emoji, selectionStart, selectionEnd, "end");
      this.inputTarget.dispatchEvent(new Event("input", { bubbles: true }));
      this.inputTarget.focus();
    });
  }

  /** A text that is being changed is no draft. */
  keepDraft() {
    if (this.purpose?.kind !== "edit") this.drafts.write(this.#draftName, this.inputTarget.value);
  }

  /** On touch Enter begins a line, and so it does while the bar of formatting is open. */
  get #sendsByEnter() {
    return !isTouch.matches && !this.element.hasAttribute("data-formatting");
  }

  get #draftName() {
    return this.threadValue ? `${this.chatOutlet.room.id}:${this.threadValue}` : this.chatOutlet.room.id;
  }

  get #length() {
    return lengthOf(this.inputTarget.value.trim());
  }

  get #canSend() {
    const hasFiles = this.element.hasAttribute("data-has-files") && this.purpose?.kind !== "edit";
    return (this.#length > 0 || hasFiles) && this.#length <= this.limitValue;
  }

  /** Whether a message stands in the list that this field belongs to. */
  #isFor(element) {
    return Boolean(element.closest("#panel")) === Boolean(this.threadValue);
  }

  #beginEdit(message, body) {
    this.keepDraft();
    this.#setPurpose({ kind: "edit", message });
    this.inputTarget.value = body;
    this.#draw();
    this.inputTarget.focus();
    this.inputTarget.setSelectionRange(body.length, body.length);
  }

  #save(message, body) {
    this.cancel();
    if (body !== message.body) this.dispatch("edit", { detail: { message, body } });
  }

  #setPurpose(purpose) {
    this.purpose = purpose;
    this.contextTarget.hidden = !purpose;
    this.element.toggleAttribute("data-editing", purpose?.kind === "edit");
    if (!purpose) return;
    const { kind, message } = purpose;
    const quote = quoteOf(message);
    const whose = message.origin === "standin" ? gettext("Editing your stand-in's answer") : gettext("Editing your message");
    setText(this.contextTitleTarget, kind === "edit" ? whose : gettext("Replying to {name}", { name: speakerOf(quote.sender) }));
    setText(this.contextTextTarget, unmarked(quote.body));
    this.contextTextTarget.setAttribute("href", `/rooms/${message.room_id}/messages/${message.id}`);
  }

  #draw() {
    for (const button of this.sendTargets) button.setAttribute("aria-disabled", String(!this.#canSend));
    this.#grow();
    this.#count();
    this.dispatch("typed", { detail: { text: this.inputTarget.value } });
  }

  #grow() {
    const input = this.inputTarget;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }

  #count() {
    const left = this.limitValue - this.#length;
    const isNear = this.#length > this.limitValue * WARN_AT;
    this.countTarget.textContent = !isNear ? "" : charactersLeft(left);
    this.countTarget.toggleAttribute("data-over", left < 0);
    this.inputTarget.setAttribute("aria-invalid", String(left < 0));
  }
}
