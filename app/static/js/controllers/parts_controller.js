import { Controller } from "@hotwired/stimulus";

import { withParts } from "../lib/parts.js";

/** Whoever opens a dialog before the dialogs are here: they come, and are told then. */
export default class extends Controller {
  bring(event) {
    if (this.areHere) return;
    withParts(() => {
      this.areHere = true;
      event.target.dispatchEvent(new CustomEvent(event.type, { detail: event.detail, bubbles: true, cancelable: true }));
    });
  }
}
