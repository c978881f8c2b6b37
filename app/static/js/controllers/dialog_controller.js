import { Controller } from "@hotwired/stimulus";

/** A modal dialog is closed by its buttons for that, and by a click beside it. */
export default class extends Controller {
  click(event) {
    const isBeside = event.target === this.element && event.detail > 0;
    if (isBeside || event.target.closest("[data-dialog-close]")) this.element.close();
  }
}
