import { Controller } from "@hotwired/stimulus";

/** Shows that a form is on its way, and lets it go only once. */
export default class extends Controller {
  static targets = ["button", "label", "spinner"];

  busy(event) {
    if (this.buttonTarget.getAttribute("aria-disabled") === "true") return event.preventDefault();
    this.text = this.labelTarget.textContent;
    this.labelTarget.textContent = this.labelTarget.dataset.progress;
    this.#set(true);
  }

  /** Back from the next page by the browser's back button: the form can be sent again. */
  reset(event) {
    if (!event.persisted || !this.text) return;
    this.labelTarget.textContent = this.text;
    this.#set(false);
  }

  #set(isBusy) {
    this.spinnerTarget.hidden = !isBusy;
    this.buttonTarget.setAttribute("aria-disabled", String(isBusy));
  }
}
