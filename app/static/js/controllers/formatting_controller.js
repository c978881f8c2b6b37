import { Controller } from "@hotwired/stimulus";

import { format } from "../lib/formatting.js";

const KEPT_AS = "formatting";
const KEYS = { b: "bold", i: "italic" };

/** The bar of Markdown over the field. While it is open Enter begins a line (composer_controller). */
export default class extends Controller {
  static targets = ["input", "bar", "toggle"];
  static outlets = ["chat"];

  connect() {
    this.#show(this.chatOutlet.storage.read(KEPT_AS) === true);
  }

  toggle() {
    const isOpen = this.barTarget.hidden;
    this.chatOutlet.storage.write(KEPT_AS, isOpen || null);
    this.#show(isOpen);
    this.inputTarget.focus();
  }

  apply({ currentTarget }) {
    this.#format(currentTarget.dataset.format);
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    // With Alt a Mac writes another letter, so the key itself counts.
    const kind = event.altKey ? { KeyK: "link" }[event.code] : KEYS[event.key.toLowerCase()];
    if (!kind || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.#format(kind);
  }

  /** Arrows go through the bar, as in every toolbar. */
  walk(event) {
    const buttons = [...this.barTarget.querySelectorAll("button")];
    const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#enter(buttons, (next + buttons.length) % buttons.length).focus();
  }

  #enter(buttons, index) {
    buttons.forEach((button, each) => (button.tabIndex = each === index ? 0 : -1));
    return buttons[index];
  }

  #show(isOpen) {
    this.barTarget.hidden = !isOpen;
    this.element.toggleAttribute("data-formatting", isOpen);
    this.toggleTarget.setAttribute("aria-expanded", String(isOpen));
  }

  #format(kind) {
    const input = this.inputTarget;
    const { text, start, end } = format({ text: input.value, start: input.selectionStart, end: input.selectionEnd }, kind);
    input.value = text;
    input.focus();
    input.setSelectionRange(start, end);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
