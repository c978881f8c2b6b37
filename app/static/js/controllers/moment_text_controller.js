import { Controller } from "@hotwired/stimulus";

import { formatMoment } from "../lib/format.js";

/** Writes a time as its reader writes times. */
export default class extends Controller {
  connect() {
    this.element.textContent = formatMoment(new Date(this.element.dateTime));
  }
}
