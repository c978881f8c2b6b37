import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { attempt, sentenceOf } from "../lib/requests.js";
import { setText } from "../lib/slots.js";

/** The dialog in which a room is made, or a direct conversation begun. */
export default class extends Controller {
  static targets = ["form", "kinds", "named", "name", "error", "submit"];
  static outlets = ["chat", "people-picker"];

  open({ detail }) {
    this.formTarget.reset();
    this.formTarget.elements.kind.value = detail?.kind ?? "open";
    // Guests begin direct conversations only.
    this.kindsTarget.hidden = this.chatOutlet.me.role === "guest";
    this.peoplePickerOutlet.reset();
    complain(this.errorTarget);
    this.adapt();
    this.element.showModal();
    if (this.#isDirect) this.peoplePickerOutlet.filterTarget.focus();
    else this.nameTarget.focus();
  }

  adapt() {
    for (const field of this.namedTargets) field.hidden = this.#isDirect;
    this.nameTarget.disabled = this.#isDirect;
    setText(this.submitTarget, this.#isDirect ? gettext("Start") : gettext("Make the room"));
  }

  async save(event) {
    event.preventDefault();
    const { kind, name, description } = this.formTarget.elements;
    const member_ids = this.peoplePickerOutlet.ids;
    if (this.#isDirect && member_ids.length === 0) return complain(this.errorTarget, gettext("Choose at least one person."));
    const named = this.#isDirect ? {} : { name: name.value, description: description.value };
    const answer = await attempt(this.chatOutlet.connection, "room:create", { kind: kind.value, ...named, member_ids });
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    location.assign(`/rooms/${answer.room.id}`);
  }

  get #isDirect() {
    return this.formTarget.elements.kind.value === "direct";
  }
}
