import { Controller } from "@hotwired/stimulus";

import { Drafts } from "../lib/drafts.js";
import { lengthOf } from "../lib/text.js";

const WARN_AT = 0.9;
const isTouch = matchMedia("(hover: none) and (pointer: coarse)");

/** Where messages are written. Tells the page `composer:typed` and `composer:send`. */
export default class extends Controller {
  static targets = ["input", "count", "send"];
  static values = { limit: Number };
  static outlets = ["chat"];

  connect() {
    this.drafts = new Drafts(this.chatOutlet.storage);
    this.inputTarget.value = this.drafts.read(this.chatOutlet.room.id);
    this.#draw();
    if (!isTouch.matches) this.inputTarget.focus({ preventScroll: true });
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
    if (event.key !== "Enter" || event.shiftKey || isTouch.matches || event.defaultPrevented) return;
    if (event.isComposing || event.keyCode === 229 || this.inputTarget.hasAttribute("aria-activedescendant")) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  send(event) {
    event.preventDefault();
    this.inputTarget.focus();
    if (!this.#canSend) return;
    const body = this.inputTarget.value.trim();
    this.inputTarget.value = "";
    this.typed();
    this.dispatch("send", { detail: { body } });
  }

  keepDraft() {
    this.drafts.write(this.chatOutlet.room.id, this.inputTarget.value);
  }

  get #length() {
    return lengthOf(this.inputTarget.value.trim());
  }

  get #canSend() {
    return this.#length > 0 && this.#length <= this.limitValue;
  }

  #draw() {
    this.sendTarget.setAttribute("aria-disabled", String(!this.#canSend));
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
    this.countTarget.textContent = !isNear ? "" : left >= 0 ? `${left} characters left` : `${-left} characters too many`;
    this.countTarget.toggleAttribute("data-over", left < 0);
    this.inputTarget.setAttribute("aria-invalid", String(left < 0));
  }
}
