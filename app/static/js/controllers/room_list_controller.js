import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { presenceOf } from "../lib/busy.js";
import { makeSortable } from "../lib/dragging.js";
import { onceAFrame } from "../lib/frames.js";
import { gettext } from "../lib/i18n.js";
import { clone, setText, slot } from "../lib/slots.js";
import { initials } from "../lib/text.js";
import { toast } from "../lib/toast.js";

/**
 * The rooms in the sidebar: kept as the server tells them. Named ones stand with the unread first, then as their reader
 * has put them, by pointer, by keys or by buttons; direct ones by what was said last.
 */
export default class extends Controller {
  static targets = ["item", "named", "direct", "directSection", "noDirect", "archived", "archivedSection", "template", "moved"];
  static outlets = ["chat", "arrangement"];
  static values = { rooms: Array };

  connect() {
    this.rooms = listed(this.roomsValue);
    this.arrangeSoon = onceAFrame(() => this.arrange());
    makeSortable(this.namedTarget, (item, neighbour, side) => this.#move(item, neighbour, side));
    this.draw();
  }

  /** Ctrl or Cmd+Shift with an arrow moves the room in use among those that are as new as it is. */
  nudge(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !event.shiftKey || !(event.ctrlKey || event.metaKey) || item?.parentElement !== this.namedTarget) return;
    event.preventDefault();
    event.stopPropagation();
    this.#moveBy(item, step);
    setText(this.movedTarget, this.#placeOf(item));
  }

  /** The same by a button, for whoever neither drags nor has such keys. */
  step({ detail: { room_id, step } }) {
    const item = this.itemTargets.find(({ dataset }) => dataset.roomId === room_id);
    if (item?.parentElement !== this.namedTarget) return;
    this.#moveBy(item, step);
    toast(this.#placeOf(item), "done");
  }

  /** The server's whole list, after each connection: what is not in it is gone. */
  replace({ detail: { rooms } }) {
    this.rooms = listed(rooms);
    this.draw();
  }

  put({ detail: { room } }) {
    const known = this.rooms.get(room.id);
    if ((!known && room.seq === undefined) || room.kind === "assistant") return;
    // A direct room has another name for each of its members, which the facts told to all do not hold.
    const name = room.kind === "direct" && known ? known.name : room.name;
    this.rooms.set(room.id, { ...known, ...room, name });
    this.draw();
  }

  remove({ detail: { room_id } }) {
    this.rooms.delete(room_id);
    this.draw();
  }

  said({ detail: { message } }) {
    const room = this.rooms.get(message.room_id);
    if (!room) return;
    room.last_message_at = message.created_at;
    if (room.kind === "direct") this.arrangeSoon();
  }

  draw() {
    const items = new Map(this.itemTargets.map((item) => [item.dataset.roomId, item]));
    for (const [id, item] of items) if (!this.rooms.has(id)) item.remove();
    for (const room of this.rooms.values()) {
      const item = items.get(room.id) ?? this.#make(room);
      if (!items.has(room.id)) this.#listOf(room).append(item);
      this.#fill(item, room);
    }
    this.arrange();
  }

  /** Put every link where it belongs, without moving those that are there already. */
  arrange() {
    const rooms = [...this.rooms.values()];
    const items = new Map(this.itemTargets.map((item) => [item.dataset.roomId, item]));
    this.#order(this.namedTarget, items, rooms.filter((room) => room.kind !== "direct" && !room.is_archived), this.#byUnreadAndPlace());
    this.#order(this.directTarget, items, rooms.filter((room) => room.kind === "direct"), byLastMessage);
    const archived = rooms.filter((room) => room.is_archived);
    this.#order(this.archivedTarget, items, archived, byName);
    this.archivedSectionTarget.hidden = archived.length === 0;
    this.noDirectTarget.hidden = this.directTarget.children.length > 0;
  }

  create() {
    this.dispatch("create", { detail: { kind: "open" } });
  }

  write() {
    this.dispatch("create", { detail: { kind: "direct" } });
  }

  browse() {
    this.dispatch("browse");
  }

  #moveBy(item, step) {
    const neighbour = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (neighbour && isUnread(neighbour) === isUnread(item)) this.#move(item, neighbour, step < 0 ? "before" : "after");
  }

  #placeOf(item) {
    const place = [...this.namedTarget.children].indexOf(item) + 1;
    return gettext("{name} is room {place} of {count}", { name: slot(item, "name").textContent, place, count: this.namedTarget.children.length });
  }

  /** A room beside another, where all stand that are as new as they are, whatever is unread just now. */
  #move(item, neighbour, side) {
    const placed = [...this.rooms.values()].filter((room) => room.kind !== "direct" && !room.is_archived).sort(this.#byPlace());
    const ids = placed.map(({ id }) => id).filter((id) => id !== item.dataset.roomId);
    ids.splice(ids.indexOf(neighbour.dataset.roomId) + Number(side === "after"), 0, item.dataset.roomId);
    this.arrangementOutlet.order = ids;
    this.arrange();
  }

  #byPlace() {
    const places = new Map(this.arrangementOutlet.order.map((id, place) => [id, place]));
    const placeOf = ({ id }) => places.get(id) ?? places.size;
    return (a, b) => placeOf(a) - placeOf(b) || byName(a, b);
  }

  #byUnreadAndPlace() {
    const byPlace = this.#byPlace();
    return (a, b) => Number(b.isUnread) - Number(a.isUnread) || byPlace(a, b);
  }

  #order(list, items, rooms, compare) {
    const entries = rooms.map((room) => ({ ...room, item: items.get(room.id) })).filter(({ item }) => item);
    for (const entry of entries) entry.isUnread = isUnread(entry.item);
    const wanted = entries.sort(compare).map(({ item }) => item);
    const focused = document.activeElement;
    wanted.forEach((item, index) => {
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    });
    if (focused !== document.activeElement && list.contains(focused)) focused.focus();
  }

  #make(room) {
    const template = this.templateTargets.find((each) => each.dataset.kind === room.kind);
    const item = clone(template);
    const link = item.querySelector("a");
    link.href = `/rooms/${room.id}`;
    Object.assign(link.dataset, { roomId: room.id, roomSeq: room.seq, lastReadSeq: room.last_read_seq, mentionCount: room.mention_count });
    item.dataset.roomId = room.id;
    return item;
  }

  #listOf(room) {
    return room.is_archived ? this.archivedTarget : room.kind === "direct" ? this.directTarget : this.namedTarget;
  }

  #fill(item, room) {
    setText(slot(item, "name"), room.name);
    slot(item, "name").title = room.name;
    if (room.kind === "direct") this.#fillFace(item, room);
  }

  /** The face and presence of the one other person; of several, how many they are. */
  #fillFace(item, room) {
    const { directory, me } = this.chatOutlet;
    const others = room.member_ids.filter((id) => id !== me.id);
    const other = others.length === 1 ? directory.get(others[0]) : null;
    slot(item, "avatar").dataset.hue = (other?.id ?? room.id).slice(-1);
    setText(slot(item, "initials"), other || others.length === 1 ? initials(room.name) : String(others.length));
    showPicture(slot(item, "avatar"), other?.avatar_url ?? null);
    slot(item, "dot").hidden = !other;
    if (other) slot(item, "dot").dataset.presence = presenceOf(other);
  }
}

/** The room in which one is alone with the AI has an entry of its own. */
const listed = (rooms) => new Map(rooms.filter((room) => room.kind !== "assistant").map((room) => [room.id, room]));
const byName = (a, b) => Number(b.is_lobby) - Number(a.is_lobby) || a.name.localeCompare(b.name);
const isUnread = (item) => !slot(item, "badge").hidden;
const byLastMessage = (a, b) => (b.last_message_at ?? "").localeCompare(a.last_message_at ?? "") || a.name.localeCompare(b.name);
