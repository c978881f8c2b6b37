import { Controller } from "@hotwired/stimulus";

/** Shows a password while its writer wants to see it. */
export default class extends Controller {
  static targets = ["input", "button", "on", "off"];

  connect() {
    this.buttonTarget.hidden = false;
    this.hide = () => this.#show(false);
    // Browsers offer to save only what is a password when the form goes.
    this.inputTarget.form?.addEventListener("submit", this.hide);
  }

  disconnect() {
    this.inputTarget.form?.removeEventListener("submit", this.hide);
  }

  toggle() {
    this.#show(this.inputTarget.type === "password");
    this.inputTarget.focus();
  }

  #show(isShown) {
    this.inputTarget.type = isShown ? "text" : "password";
    this.buttonTarget.setAttribute("aria-pressed", String(isShown));
    this.onTarget.hidden = !isShown;
    this.offTarget.hidden = isShown;
  }
}
