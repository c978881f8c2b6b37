import { Controller } from "@hotwired/stimulus";

import { mentioned } from "../lib/mentions.js";
import { ReadMarker } from "../lib/read_marker.js";
import { setText, slot } from "../lib/slots.js";

/** Counts what is unread: a badge for each other room, a number in the title while the page is hidden. */
export default class extends Controller {
  static targets = ["link", "others"];
  static outlets = ["chat"];

  connect() {
    this.title = document.title;
    this.missed = 0;
    this.unread = new Map();
    this.mentions = new Set();
    this.#countRooms(this.linkTargets.map(({ dataset }) => ({ id: dataset.roomId, seq: Number(dataset.roomSeq), last_read_seq: Number(dataset.lastReadSeq) })));
  }

  disconnect() {
    document.title = this.title;
  }

  /** The server's own numbers, after each connection. */
  renew({ detail: { rooms } }) {
    this.#countRooms(rooms);
  }

  count({ detail: { message } }) {
    const { me, room } = this.chatOutlet;
    if (message.sender.id === me.id && message.origin === "person") return;
    if (document.hidden) this.missed += 1;
    if (message.room_id !== room.id) {
      this.unread.set(message.room_id, (this.unread.get(message.room_id) ?? 0) + 1);
      if (mentioned(message.body, [me]).length) this.mentions.add(message.room_id);
    }
    this.#draw();
  }

  look() {
    if (!document.hidden) this.missed = 0;
    this.#draw();
  }

  #countRooms(rooms) {
    const { storage, room } = this.chatOutlet;
    for (const each of rooms) {
      const isHere = each.id === room.id;
      this.unread.set(each.id, isHere ? 0 : Math.max(0, each.seq - new ReadMarker(storage, each).seq));
    }
    this.#draw();
  }

  #draw() {
    document.title = this.missed ? `(${this.missed}) ${this.title}` : this.title;
    for (const link of this.linkTargets) this.#drawBadge(link);
    const others = [...this.unread.values()].filter(Boolean).length;
    this.othersTarget.hidden = others === 0;
    setText(this.othersTarget, others ? String(others) : "");
  }

  #drawBadge(link) {
    const { roomId } = link.dataset;
    const count = this.unread.get(roomId) ?? 0;
    link.toggleAttribute("data-unread", count > 0);
    slot(link, "badge").hidden = count === 0;
    setText(slot(link, "count"), `${this.mentions.has(roomId) ? "@ " : ""}${count > 99 ? "99+" : count}`);
  }
}
