import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { attempt, sentenceOf } from "../lib/requests.js";

/** The dialog in which people are invited into the room that is open. */
export default class extends Controller {
  static targets = ["error"];
  static outlets = ["chat", "people-picker"];

  /** `member_ids`: who is in the room already. */
  open({ detail: { member_ids } }) {
    complain(this.errorTarget);
    this.peoplePickerOutlet.reset(member_ids);
    this.element.showModal();
    this.peoplePickerOutlet.filterTarget.focus();
  }

  async save(event) {
    event.preventDefault();
    const user_ids = this.peoplePickerOutlet.ids;
    if (user_ids.length === 0) return complain(this.errorTarget, gettext("Choose at least one person."));
    const answer = await attempt(this.chatOutlet.connection, "room:invite", { room_id: this.chatOutlet.room.id, user_ids });
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    this.element.close();
    this.dispatch("invited");
  }
}
