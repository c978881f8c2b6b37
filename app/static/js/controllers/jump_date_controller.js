import { Controller } from "@hotwired/stimulus";

import { placeBeside } from "../lib/popup.js";

/** Asks for a day and tells `jump-date:chosen`, with the moment at which that day begins here. */
export default class extends Controller {
  static targets = ["box", "day"];

  open(event) {
    this.anchor = event.target.closest(".day__button");
    const shown = new Date(this.anchor.querySelector("time").getAttribute("datetime"));
    this.dayTarget.value = dayOf(shown);
    this.dayTarget.max = dayOf(new Date());
    this.boxTarget.showPopover();
    placeBeside(this.boxTarget, this.anchor.getBoundingClientRect());
    this.dayTarget.focus();
  }

  close() {
    if (!this.#isOpen) return;
    const hadFocus = this.boxTarget.contains(document.activeElement);
    this.boxTarget.hidePopover();
    if (hadFocus && this.anchor.isConnected) this.anchor.focus({ preventScroll: true });
  }

  dismiss(event) {
    if (this.#isOpen && !this.boxTarget.contains(event.target)) this.close();
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  go(event) {
    event.preventDefault();
    const [year, month, day] = this.dayTarget.value.split("-").map(Number);
    this.#tell(new Date(year, month - 1, day));
  }

  goBack({ params: { days } }) {
    const now = new Date();
    this.#tell(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days));
  }

  goToBeginning() {
    this.#tell(new Date(0));
  }

  get #isOpen() {
    return this.boxTarget.matches(":popover-open");
  }

  #tell(moment) {
    this.close();
    this.dispatch("chosen", { detail: { moment } });
  }
}

/** A day as <input type="date"> wants it, in local time. */
function dayOf(moment) {
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
