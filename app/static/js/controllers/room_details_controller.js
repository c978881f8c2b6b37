import { Controller } from "@hotwired/stimulus";

import { ask } from "../lib/ask.js";
import { complain } from "../lib/complaint.js";
import { findPeople } from "../lib/find_people.js";
import { gettext } from "../lib/i18n.js";
import { fillPerson } from "../lib/person_view.js";
import { attempt, sentenceOf } from "../lib/requests.js";
import { clone, setText, slot } from "../lib/slots.js";

const PAGE = 100;
const MOST_SHOWN = 200;
const FILTER_FROM = 8;

/** The open room in the panel: what it is, what one hears of it, who is in it, and what one may do about that. */
export default class extends Controller {
  static targets = ["about", "description", "edit", "form", "involvement", "order", "count", "invite", "filter", "members", "state", "error",
    "leave", "archive", "archiveText", "template"];
  static outlets = ["chat", "panel"];

  connect() {
    this.members = [];
    this.may = new Set();
    this.#drawRoom();
    this.load();
  }

  /** Everyone in the room, page by page, and what one may do in it. */
  async load() {
    const round = (this.round = Symbol("round"));
    const found = [];
    try {
      for (let more = true; more; ) {
        const after = found.length ? `&after=${found.at(-1).user.id}` : "";
        const page = await this.chatOutlet.session.getJSON(`/api/rooms/${this.#room.id}/members?limit=${PAGE}${after}`);
        if (this.round !== round) return;
        found.push(...page.members);
        ({ more } = page);
        if (page.members.length === 0) more = false;
        this.may = new Set(page.may);
      }
      this.members = found;
      setText(this.stateTarget, "");
    } catch {
      if (this.round === round) setText(this.stateTarget, gettext("The members could not be loaded. Close this and try again."));
    }
    this.draw();
  }

  changed({ detail: { room } }) {
    if (room.id !== this.#room.id) return;
    this.panelOutlet.rename(this.#room.name);
    this.#drawRoom();
    this.load();
  }

  draw() {
    const people = this.members.map(({ user, role }) => ({ ...(this.chatOutlet.directory.get(user.id) ?? user), place: role }));
    people.sort((a, b) => a.name.localeCompare(b.name));
    const found = findPeople(people, this.filterTarget.value);
    this.membersTarget.replaceChildren(...found.slice(0, MOST_SHOWN).map((person) => this.#item(person)));
    this.filterTarget.hidden = people.length < FILTER_FROM;
    setText(this.countTarget, people.length ? String(people.length) : "");
    this.#drawRights();
  }

  /** A member's profile, or out with them. */
  choose({ target }) {
    const item = target.closest("[data-user-id]");
    if (target.closest("[data-profile-button]")) this.dispatch("profile", { detail: { id: item.dataset.userId } });
    if (target.closest('[data-slot="remove"]')) this.#remove(item.dataset.userId);
  }

  invite() {
    this.dispatch("invite", { detail: { member_ids: this.members.map(({ user }) => user.id) } });
  }

  edit() {
    const { name, description } = this.formTarget.elements;
    name.value = this.#room.name;
    description.value = this.#room.description;
    this.#edit(true);
    name.focus();
  }

  stopEditing() {
    this.#edit(false);
    this.editTarget.focus();
  }

  async save(event) {
    event.preventDefault();
    const { name, description } = this.formTarget.elements;
    const change = { name: name.value, description: description.value };
    if (await this.#send("room:update", change)) this.stopEditing();
  }

  involve({ target }) {
    this.#send("room:involve", { involvement: target.value });
  }

  /** Up or down among the rooms in the sidebar. */
  step({ params: { step } }) {
    this.dispatch("step", { detail: { room_id: this.#room.id, step } });
  }

  async leave() {
    const text = this.#room.kind === "open" ? gettext("You can join it again at any time.") : gettext("Somebody must invite you to come back.");
    if (!(await ask({ title: gettext("Leave {room}?", { room: this.#room.name }), text, yes: gettext("Leave room") }))) return;
    document.body.toggleAttribute("data-leaving", true);
    if (await this.#send("room:leave", {})) location.assign("/");
    else document.body.removeAttribute("data-leaving");
  }

  async archive() {
    const archived = !this.#room.is_archived;
    const text = gettext("Everyone can still read it. Nobody can write in it or join it until it is opened again.");
    if (archived && !(await ask({ title: gettext("Archive {room}?", { room: this.#room.name }), text, yes: gettext("Archive room") }))) return;
    this.#send("room:archive", { archived });
  }

  get #room() {
    return this.chatOutlet.room;
  }

  async #remove(id) {
    const name = this.chatOutlet.directory.get(id)?.name ?? gettext("this person");
    const text = gettext("Nothing from this room reaches them any more.");
    if (!(await ask({ title: gettext("Remove {name} from {room}?", { name, room: this.#room.name }), text, yes: gettext("Remove") }))) return;
    await this.#send("room:remove", { user_ids: [id] });
    this.membersTarget.querySelector("button")?.focus();
  }

  /** Whether it was done; else it says why not. */
  async #send(event, payload) {
    const answer = await attempt(this.chatOutlet.connection, event, { room_id: this.#room.id, ...payload });
    complain(this.errorTarget, answer.ok ? "" : sentenceOf(answer.error));
    return answer.ok;
  }

  #edit(isOn) {
    this.formTarget.hidden = !isOn;
    this.aboutTarget.hidden = isOn;
  }

  #drawRoom() {
    setText(this.descriptionTarget, this.#room.description);
    this.descriptionTarget.hidden = !this.#room.description;
    // Direct rooms stand by what was said last, archived ones by name.
    this.orderTarget.hidden = this.#room.kind === "direct" || this.#room.is_archived;
    for (const input of this.involvementTargets) input.checked = input.value === this.#room.involvement;
    setText(this.archiveTextTarget, this.#room.is_archived ? gettext("Open the room again") : gettext("Archive room"));
  }

  #drawRights() {
    const isLive = !this.#room.is_archived;
    this.editTarget.hidden = !(isLive && this.may.has("update"));
    this.inviteTarget.hidden = !(isLive && this.may.has("invite"));
    this.leaveTarget.hidden = !this.may.has("leave");
    this.archiveTarget.hidden = !this.may.has("archive");
  }

  #item(person) {
    const item = clone(this.templateTarget);
    const isMe = person.id === this.chatOutlet.me.id;
    fillPerson(item, person);
    setText(slot(item, "name"), isMe ? gettext("{name} (you)", { name: person.name }) : person.name);
    setText(slot(item, "role"), person.place === "owner" ? gettext("Owner") : person.role === "guest" ? gettext("Guest") : "");
    slot(item, "remove").hidden = isMe || this.#room.is_archived || !this.may.has("remove");
    setText(slot(item, "removeText"), gettext("Remove {name}", { name: person.name }));
    return item;
  }
}
