import { Controller } from "@hotwired/stimulus";

import { formatList } from "../lib/format.js";
import { setText } from "../lib/slots.js";

const NAMED = 3;

/** Who is here, in one line under the room's name. */
export default class extends Controller {
  static outlets = ["chat"];

  connect() {
    this.draw();
  }

  draw() {
    const names = this.chatOutlet.others.filter((person) => person.is_online).map((person) => person.name);
    const more = names.length - NAMED;
    const shown = more > 1 ? [...names.slice(0, NAMED), `${more} others`] : names;
    setText(this.element, names.length ? `${formatList(shown)} ${names.length === 1 ? "is" : "are"} here` : "Nobody else is here right now");
  }
}
