import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { attempt, sentenceOf } from "../lib/requests.js";
import { clone, setText, slot } from "../lib/slots.js";

const PAGE = 30;
const QUIET = 200;

/** The dialog in which open rooms are found and joined. */
export default class extends Controller {
  static targets = ["filter", "list", "state", "more", "error", "template"];
  static outlets = ["chat"];

  disconnect() {
    clearTimeout(this.timer);
  }

  open() {
    this.filterTarget.value = "";
    this.element.showModal();
    this.filterTarget.focus();
    this.#begin();
  }

  search() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#begin(), QUIET);
  }

  create() {
    this.element.close();
    this.dispatch("create", { detail: { kind: "open" } });
  }

  /** The next page, behind what is there. An answer to an earlier question is not shown. */
  async load() {
    const question = { q: this.filterTarget.value.trim(), after: this.last };
    const query = new URLSearchParams({ q: question.q, limit: String(PAGE), ...(question.after && { after: question.after }) });
    this.question = question;
    try {
      const { rooms, more } = await this.chatOutlet.session.getJSON(`/api/rooms/open?${query}`);
      if (this.question === question) this.#show(rooms, more);
    } catch {
      if (this.question === question) complain(this.errorTarget, gettext("The rooms could not be loaded. Try again in a moment."));
    }
  }

  async choose({ target }) {
    const button = target.closest("button");
    if (!button) return;
    const { roomId } = button.dataset;
    if (button.dataset.isMember === "true") return location.assign(`/rooms/${roomId}`);
    const answer = await attempt(this.chatOutlet.connection, "room:join", { room_id: roomId });
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    location.assign(`/rooms/${roomId}`);
  }

  #begin() {
    this.last = null;
    this.listTarget.replaceChildren();
    setText(this.stateTarget, "");
    complain(this.errorTarget);
    this.load();
  }

  #show(rooms, more) {
    this.last = rooms.at(-1)?.id ?? this.last;
    this.listTarget.append(...rooms.map((room) => this.#item(room)));
    this.moreTarget.hidden = !more;
    const count = this.listTarget.children.length;
    setText(this.stateTarget, count ? "" : gettext("There is no open room with such a name. You can make it."));
  }

  #item(room) {
    const item = clone(this.templateTarget);
    const people = ngettext("{n} member", "{n} members", room.member_count);
    setText(slot(item, "name"), room.name);
    setText(slot(item, "about"), [people, room.description].filter(Boolean).join(" · "));
    setText(slot(item, "verb"), room.is_member ? gettext("Open") : gettext("Join"));
    setText(slot(item, "whom"), ` ${room.name}`);
    Object.assign(slot(item, "join").dataset, { roomId: room.id, isMember: String(room.is_member) });
    return item;
  }
}
