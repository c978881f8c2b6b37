import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { presenceOf, statusText } from "../lib/busy.js";
import { complain } from "../lib/complaint.js";
import { gettext, locale } from "../lib/i18n.js";
import { attempt, patch, sentenceOf } from "../lib/requests.js";
import { setText, slot } from "../lib/slots.js";
import { initials } from "../lib/text.js";

const ROLES = { administrator: gettext("Administrator"), member: "", guest: gettext("Guest"), bot: gettext("Bot") };
const HALF_A_MINUTE = 30_000;

/** The card of a person, with a way to write to them; one's own can be changed. */
export default class extends Controller {
  static targets = ["card", "form", "edit", "write", "roles", "role", "zones", "error"];
  static outlets = ["chat"];

  disconnect() {
    clearInterval(this.clock);
  }

  async open({ detail: { id } }) {
    this.person = { bio: "", time_zone: null, ...this.chatOutlet.directory.get(id), id };
    this.#show(false);
    complain(this.errorTarget);
    this.#draw();
    if (!this.element.open) this.element.showModal();
    (this.writeTarget.hidden ? this.editTarget : this.writeTarget).focus();
    await this.#load(id);
  }

  async write() {
    const answer = await attempt(this.chatOutlet.connection, "room:create", { kind: "direct", member_ids: [this.person.id] });
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    location.assign(`/rooms/${answer.room.id}`);
  }

  edit() {
    const { name, bio, time_zone } = this.formTarget.elements;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    name.value = this.person.name;
    bio.value = this.person.bio;
    time_zone.value = this.person.time_zone ?? here ?? "";
    if (!this.zonesTarget.children.length) this.#listZones();
    this.#show(true);
    name.focus();
  }

  stopEditing() {
    this.#show(false);
    complain(this.errorTarget);
    this.editTarget.focus();
  }

  async save(event) {
    event.preventDefault();
    const { name, bio, time_zone } = this.formTarget.elements;
    const change = { name: name.value, bio: bio.value, time_zone: time_zone.value.trim() };
    const answer = await patch(this.chatOutlet.session, "/users/me", change);
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    const { name: saved, bio: told, time_zone: zone } = answer.user;
    Object.assign(this.person, { name: saved, bio: told, time_zone: zone });
    this.#draw();
    this.stopEditing();
  }

  async changeRole() {
    const answer = await patch(this.chatOutlet.session, `/api/users/${this.person.id}`, { role: this.roleTarget.value });
    complain(this.errorTarget, answer.ok ? "" : sentenceOf(answer.error));
    if (answer.ok) this.person.role = answer.user.role;
    this.#draw();
  }

  async #load(id) {
    try {
      const { user } = await this.chatOutlet.session.getJSON(`/api/users/${id}`);
      if (this.person.id !== id) return;
      this.person = user;
      this.#draw();
    } catch {
      complain(this.errorTarget, gettext("The rest of this profile could not be loaded."));
    }
  }

  #show(isForm) {
    this.formTarget.hidden = !isForm;
    this.cardTarget.hidden = isForm;
  }

  #draw() {
    const { person } = this;
    const isMe = person.id === this.chatOutlet.me.id;
    const mayChangeRoles = this.chatOutlet.me.role === "administrator";
    this.#fill("initials", initials(person.name));
    this.#fill("name", person.name);
    this.#fill("role", ROLES[person.role] ?? "");
    this.#fill("status", this.#status(person));
    this.#fill("bio", person.bio);
    slot(this.cardTarget, "avatar").dataset.hue = person.id.slice(-1);
    showPicture(slot(this.cardTarget, "avatar"), person.avatar_url);
    slot(this.cardTarget, "dot").dataset.presence = presenceOf(isMe ? { ...person, is_online: true } : person);
    this.editTarget.hidden = !isMe;
    this.writeTarget.hidden = isMe;
    this.rolesTarget.hidden = !mayChangeRoles || person.role === "bot";
    this.roleTarget.value = person.role;
    this.#tell();
    clearInterval(this.clock);
    this.clock = setInterval(() => this.#tell(), HALF_A_MINUTE);
  }

  /** What time it is where the person is. */
  #tell() {
    const { time_zone } = this.person;
    let time = "";
    try {
      time = time_zone ? new Intl.DateTimeFormat(locale, { timeZone: time_zone, weekday: "short", hour: "numeric", minute: "2-digit" }).format() : "";
    } catch {
      // A zone that this browser does not know of yet.
    }
    this.#fill("time", time && gettext("{time} in {place}", { time, place: time_zone.split("/").at(-1).replaceAll("_", " ") }));
  }

  #status(person) {
    if (person.role === "bot") return gettext("A program that writes here. It reads nothing, and no stand-in answers it.");
    const note = person.status_note ? ` · ${person.status_note}` : "";
    return presenceOf(person) === "offline" ? gettext("Offline") : statusText(person) + note;
  }

  #fill(name, text) {
    const element = slot(this.cardTarget, name);
    setText(element, text);
    element.hidden = !text;
  }

  #listZones() {
    const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
    this.zonesTarget.append(...zones.map((zone) => new Option("", zone)));
  }
}
