import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { write } from "../lib/requests.js";
import { setText } from "../lib/slots.js";

/** Sends a form as JSON, and shows what the server says of each field beside it. */
export default class extends Controller {
  static targets = ["error", "trouble", "submit", "state"];
  static outlets = ["settings"];
  static values = { method: String, saved: String, reset: Boolean };

  async save(event) {
    event.preventDefault();
    if (this.submitTarget.getAttribute("aria-disabled") === "true") return;
    this.#calm();
    this.submitTarget.setAttribute("aria-disabled", "true");
    const answer = await write(this.settingsOutlet.session, this.methodValue, this.element.getAttribute("action"), this.#values());
    this.submitTarget.removeAttribute("aria-disabled");
    if (!answer.ok) return this.#refuse(answer.error);
    setText(this.stateTarget, this.savedValue);
    if (this.resetValue) this.element.reset();
    this.dispatch("saved", { detail: answer });
  }

  /** What is being changed is not saved, and no longer wrong. */
  mend({ target }) {
    setText(this.stateTarget, "");
    const place = this.errorTargets.find(({ dataset }) => dataset.field === target.name);
    if (place) this.#mark(place, "");
  }

  #values() {
    const values = {};
    for (const field of this.element.elements) {
      if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
      values[field.name] = field.type === "checkbox" ? field.checked : field.type === "password" ? field.value : field.value.trim();
    }
    return values;
  }

  #refuse({ message, fields = {} }) {
    const places = this.errorTargets.filter((place) => fields[place.dataset.field]);
    for (const place of places) this.#mark(place, fields[place.dataset.field]);
    if (places.length) this.element.elements[places[0].dataset.field].focus();
    else complain(this.troubleTarget, message);
  }

  #calm() {
    setText(this.stateTarget, "");
    complain(this.troubleTarget);
    for (const place of this.errorTargets) this.#mark(place, "");
  }

  #mark(place, text) {
    complain(place, text);
    const field = this.element.elements[place.dataset.field];
    for (const each of field instanceof RadioNodeList ? field : [field]) each.toggleAttribute("aria-invalid", Boolean(text));
  }
}
