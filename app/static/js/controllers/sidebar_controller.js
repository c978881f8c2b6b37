import { Controller } from "@hotwired/stimulus";

/** On a narrow page the sidebar slides in over the conversation, which cannot be used meanwhile. */
export default class extends Controller {
  static targets = ["panel", "toggle", "close", "scrim"];

  connect() {
    this.narrow = matchMedia("(width < 48rem)");
    this.adapt = () => this.#set(false);
    this.narrow.addEventListener("change", this.adapt);
    this.#set(false);
  }

  disconnect() {
    this.narrow.removeEventListener("change", this.adapt);
  }

  open() {
    this.#set(true);
    this.closeTarget.focus();
  }

  close(event) {
    // Escape in the dialog above closes the dialog only.
    if (!this.isOpen || event?.target.closest("dialog, :popover-open")) return;
    event?.preventDefault();
    this.#set(false);
    this.toggleTarget.focus();
  }

  #set(isOpen) {
    this.isOpen = isOpen && this.narrow.matches;
    this.element.toggleAttribute("data-sidebar-open", this.isOpen);
    this.panelTarget.inert = this.narrow.matches && !this.isOpen;
    document.getElementById("conversation").inert = this.isOpen;
    this.toggleTarget.setAttribute("aria-expanded", String(this.isOpen));
    this.scrimTarget.hidden = !this.isOpen;
  }
}
