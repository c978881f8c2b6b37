import { Controller } from "@hotwired/stimulus";

const SOON = 400;

/** How the reader has arranged the sidebar, kept by the server: which sections are folded, in which order rooms stand. */
export default class extends Controller {
  static targets = ["fold"];
  static values = { order: Array, folded: Array };
  static outlets = ["chat"];

  disconnect() {
    clearTimeout(this.timer);
    if (this.timer) this.#save();
  }

  fold({ currentTarget }) {
    const { section } = currentTarget.dataset;
    const isFolded = !this.foldedValue.includes(section);
    this.foldedValue = isFolded ? [...this.foldedValue, section] : this.foldedValue.filter((each) => each !== section);
    this.#soon();
  }

  foldedValueChanged() {
    for (const button of this.foldTargets) {
      const isFolded = this.foldedValue.includes(button.dataset.section);
      button.setAttribute("aria-expanded", String(!isFolded));
      button.closest(".section").toggleAttribute("data-folded", isFolded);
    }
  }

  /** @returns {string[]} ids of rooms */
  get order() {
    return this.orderValue;
  }

  set order(ids) {
    this.orderValue = ids;
    this.#soon();
  }

  /** A few moves are told as one. */
  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#save(), SOON);
  }

  async #save() {
    this.timer = null;
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ order: this.orderValue, folded: this.foldedValue });
    try {
      await this.chatOutlet.session.request("/api/sidebar", { method: "PUT", headers, body, keepalive: true });
    } catch (error) {
      // It stays as it is on this page, and is told with the next change.
      console.warn("The sidebar could not be kept", error);
    }
  }
}
