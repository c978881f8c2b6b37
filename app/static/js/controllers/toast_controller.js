import { Controller } from "@hotwired/stimulus";

const LASTS = { done: 3_000, trouble: 8_000 };

/** Shows what lib/toast.js is asked to say, until the pointer or the focus has left it; news until it is closed. */
export default class extends Controller {
  static targets = ["text"];

  disconnect() {
    clearTimeout(this.timer);
  }

  show({ detail: { text, kind } }) {
    this.element.dataset.kind = kind;
    // Said anew also when it is the same text again.
    this.textTarget.textContent = "";
    this.element.hidden = false;
    requestAnimationFrame(() => (this.textTarget.textContent = text));
    clearTimeout(this.timer);
    if (LASTS[kind]) this.#hideIn(LASTS[kind]);
  }

  hide() {
    this.element.hidden = true;
  }

  #hideIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.element.matches(":hover, :focus-within")) this.#hideIn(1_000);
      else this.hide();
    }, milliseconds);
  }
}
