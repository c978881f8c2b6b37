import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { presenceOf, statusText } from "../lib/busy.js";
import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { recentRooms } from "../lib/recent_rooms.js";
import { attempt, sentenceOf } from "../lib/requests.js";
import { clone, setText, slot } from "../lib/slots.js";
import { initials } from "../lib/text.js";

const MOST_SHOWN = 20;

/**
 * To any room or person with a few letters: rooms looked at last come first, unread ones are marked. The focus stays in
 * the field; arrows choose, Enter goes.
 */
export default class extends Controller {
  static targets = ["input", "list", "state", "error", "template"];
  static outlets = ["chat", "rooms", "room-list"];

  toggle() {
    if (this.element.open) return this.element.close();
    this.inputTarget.value = "";
    complain(this.errorTarget);
    this.element.showModal();
    this.draw();
    this.inputTarget.focus();
  }

  /** What finds by letters comes with the first of them; Enter waits for it. */
  draw() {
    this.drawing = this.#draw();
    return this.drawing;
  }

  async #draw() {
    const typed = this.inputTarget.value.trim();
    const { findFuzzily, markedNodes } = typed ? await import("../lib/fuzzy.js") : {};
    if (typed !== this.inputTarget.value.trim()) return;
    const entries = this.#entries();
    const found = typed ? findFuzzily(entries.map(({ name }) => name), typed) : entries.map((_, index) => ({ index, ranges: [] }));
    const shown = found.slice(0, MOST_SHOWN).map(({ index, ranges }) => this.#option(entries[index], markedNodes?.(entries[index].name, ranges)));
    this.listTarget.replaceChildren(...shown);
    this.listTarget.hidden = shown.length === 0;
    setText(this.stateTarget, shown.length ? "" : gettext("Nothing here is called “{name}”. Open rooms that you are not in are found with the compass beside “Rooms”.", { name: typed }));
    this.#choose(shown[0]);
  }

  /** Something was said, or read elsewhere, while this is open: what is chosen stays chosen. */
  async renew() {
    if (!this.element.open) return;
    const id = this.#chosen?.id;
    await this.draw();
    this.#choose(document.getElementById(id) ?? this.#chosen);
  }

  key(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") this.drawing.then(() => this.#go(this.#chosen));
    else if (step) this.#step(step);
    else return;
    event.preventDefault();
  }

  pick({ target }) {
    const option = target.closest("[role=option]");
    if (option) this.#go(option);
  }

  get #chosen() {
    return this.listTarget.querySelector("[aria-selected=true]");
  }

  /** Rooms: looked at last, unread, all others, and last the one on the screen. Then whoever was not written to yet. */
  #entries() {
    const { me, others, room: here, storage } = this.chatOutlet;
    const rooms = [...this.roomListOutlet.rooms.values()];
    const recent = recentRooms(storage);
    const place = ({ id }) => {
      if (id === here.id) return Infinity;
      if (recent.includes(id)) return recent.indexOf(id);
      return recent.length + Number(this.roomsOutlet.unreadOf(id).count === 0);
    };
    const written = new Set(rooms.flatMap(({ member_ids: ids }) => (ids.length === 2 ? ids : [])));
    const people = others.filter(({ id }) => !written.has(id) && id !== me.id);
    return [
      ...rooms.toSorted((a, b) => place(a) - place(b) || a.name.localeCompare(b.name)).map((room) => ({ name: room.name, room })),
      ...people.map((person) => ({ name: person.name, person })),
    ];
  }

  #option({ name, room, person }, nodes = [name]) {
    const option = clone(this.templateTarget);
    option.id = `switcher-${room?.id ?? person.id}`;
    Object.assign(option.dataset, room ? { roomId: room.id } : { userId: person.id });
    slot(option, "name").append(...nodes);
    const other = person ?? this.#otherIn(room);
    for (const sign of option.querySelectorAll("[data-kind]")) sign.toggleAttribute("hidden", sign.dataset.kind !== (person ? "direct" : room.kind));
    if (person || room.kind === "direct") this.#fillFace(option, name, other);
    setText(slot(option, "hint"), this.#hint(room, person, other));
    if (room) this.#fillBadge(option, room);
    return option;
  }

  #fillFace(option, name, other) {
    const face = slot(option, "avatar");
    face.dataset.hue = (other?.id ?? "0").slice(-1);
    setText(slot(face, "initials"), initials(name));
    showPicture(face, other?.avatar_url ?? null);
    slot(face, "dot").hidden = !other;
    if (other) slot(face, "dot").dataset.presence = presenceOf(other);
  }

  #hint(room, person, other) {
    if (room?.is_archived) return gettext("Archived");
    if (room?.id === this.chatOutlet.room.id) return gettext("You are here");
    if (other && presenceOf(other) !== "offline" && presenceOf(other) !== "available") return statusText(other);
    return person ? gettext("New conversation") : "";
  }

  #fillBadge(option, room) {
    const { count, isMention } = this.roomsOutlet.unreadOf(room.id);
    option.toggleAttribute("data-unread", count > 0);
    slot(option, "badge").hidden = count === 0;
    setText(slot(option, "count"), `${isMention ? "@ " : ""}${count}`);
  }

  #otherIn({ member_ids: ids }) {
    const others = ids.filter((id) => id !== this.chatOutlet.me.id);
    return others.length === 1 ? this.chatOutlet.directory.get(others[0]) : undefined;
  }

  #step(step) {
    const options = [...this.listTarget.children];
    const here = options.indexOf(this.#chosen);
    this.#choose(options[(here + step + options.length) % options.length]);
  }

  #choose(option) {
    this.#chosen?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.inputTarget.setAttribute("aria-activedescendant", option.id);
    else this.inputTarget.removeAttribute("aria-activedescendant");
  }

  async #go(option) {
    if (!option) return;
    const { roomId, userId } = option.dataset;
    if (roomId) return location.assign(`/rooms/${roomId}`);
    const answer = await attempt(this.chatOutlet.connection, "room:create", { kind: "direct", member_ids: [userId] });
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    location.assign(`/rooms/${answer.room.id}`);
  }
}
