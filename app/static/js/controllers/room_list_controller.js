import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { presenceOf } from "../lib/busy.js";
import { clone, setText, slot } from "../lib/slots.js";
import { initials } from "../lib/text.js";

/** The rooms in the sidebar: kept as the server tells them, unread ones first, direct ones by what was said last. */
export default class extends Controller {
  static targets = ["item", "named", "direct", "directSection", "noDirect", "archived", "archivedSection", "template"];
  static outlets = ["chat"];
  static values = { rooms: Array };

  connect() {
    this.rooms = new Map(this.roomsValue.map((room) => [room.id, room]));
    this.draw();
  }

  /** The server's whole list, after each connection: what is not in it is gone. */
  replace({ detail: { rooms } }) {
    this.rooms = new Map(rooms.map((room) => [room.id, room]));
    this.draw();
  }

  put({ detail: { room } }) {
    const known = this.rooms.get(room.id);
    if (!known && room.seq === undefined) return;
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
    this.arrange();
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
    this.#order(this.namedTarget, rooms.filter((room) => room.kind !== "direct" && !room.is_archived), byUnreadAndName);
    this.#order(this.directTarget, rooms.filter((room) => room.kind === "direct"), byLastMessage);
    const archived = rooms.filter((room) => room.is_archived);
    this.#order(this.archivedTarget, archived, byName);
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

  #order(list, rooms, compare) {
    const items = new Map(this.itemTargets.map((item) => [item.dataset.roomId, item]));
    const entries = rooms.map((room) => ({ ...room, item: items.get(room.id) })).filter(({ item }) => item);
    for (const entry of entries) entry.isUnread = slot(entry.item, "badge").hidden === false;
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

const byName = (a, b) => Number(b.is_lobby) - Number(a.is_lobby) || a.name.localeCompare(b.name);
const byUnreadAndName = (a, b) => Number(b.isUnread) - Number(a.isUnread) || byName(a, b);
const byLastMessage = (a, b) => (b.last_message_at ?? "").localeCompare(a.last_message_at ?? "") || a.name.localeCompare(b.name);
