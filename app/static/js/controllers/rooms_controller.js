import { Controller } from "@hotwired/stimulus";

import { onceAFrame } from "../lib/frames.js";
import { lookAt } from "../lib/recent_rooms.js";
import { setText, show, slot } from "../lib/slots.js";

/**
 * Counts what is unread: a badge for each other room, a number in the title while the page is hidden. Of a room of which
 * the reader wants to be told mentions only, mentions count; of one of which they want to be told nothing, nothing does.
 */
export default class extends Controller {
  static targets = ["link", "others"];
  static outlets = ["chat"];

  connect() {
    this.chat = this.chatOutlet; // looked for each time it is named, and needed with every message
    lookAt(this.chat.storage, this.chat.room.id);
    this.title = document.title;
    this.missed = 0;
    /** How far each room is, up to where it was read, and how many mentions are behind that. */
    this.rooms = new Map();
    this.draw = onceAFrame(() => this.#draw());
    this.#countRooms(this.linkTargets.map(({ dataset }) => ({
      id: dataset.roomId, seq: Number(dataset.roomSeq), last_read_seq: Number(dataset.lastReadSeq), mention_count: Number(dataset.mentionCount),
      involvement: dataset.involvement,
    })));
  }

  disconnect() {
    document.title = this.title;
  }

  /** The server's own numbers, after each connection. */
  renew({ detail: { rooms } }) {
    this.#countRooms(rooms);
  }

  count({ detail: { message } }) {
    const { me } = this.chat;
    const isMine = message.sender.id === me.id && message.origin === "person";
    const room = this.#room(message.room_id);
    if (message.seq <= room.seq) return;
    room.seq = message.seq;
    if (isMine && room.read === message.seq - 1) room.read = message.seq;
    const isMention = !isMine && (message.mentions.includes(me.id) || message.mentions_all);
    if (isMention) room.mentions += 1;
    const isTold = room.involvement === "everything" || (room.involvement === "mentions" && isMention);
    if (document.hidden && !isMine && isTold) this.missed += 1;
    // Nothing is unread in the room on the screen, however much is said in it.
    if (document.hidden || message.room_id !== this.chat.room.id) this.draw();
  }

  /** The reader wants to be told other things of a room. */
  involve({ detail: { room } }) {
    if (room.involvement) this.#room(room.id).involvement = room.involvement;
    this.draw();
  }

  /** The reader has read a room, here or on another device, or marked it as unread. */
  read({ detail: { read } }) {
    Object.assign(this.#room(read.room_id), { read: read.seq, mentions: read.mention_count });
    this.draw();
  }

  /**
   * What is unread in a room, as its badge has it.
   * @param {string} id
   */
  unreadOf(id) {
    return { count: this.#unread(id, this.chat.room.id), isMention: this.#room(id).mentions > 0 };
  }

  look() {
    if (!document.hidden) this.missed = 0;
    this.draw();
  }

  #countRooms(rooms) {
    for (const { id, seq, last_read_seq, mention_count, involvement } of rooms) {
      const known = this.rooms.get(id);
      if (last_read_seq === undefined) this.#room(id).seq = Math.max(seq, known?.seq ?? 0);
      else {
        // What was said while the server counted was heard before its numbers, and is in none of them.
        const isOlder = known !== undefined && seq < known.seq;
        const mentions = isOlder ? Math.max(known.mentions, mention_count) : mention_count;
        this.rooms.set(id, { seq: isOlder ? known.seq : seq, read: last_read_seq, mentions, involvement });
      }
    }
    this.draw();
  }

  #room(id) {
    if (!this.rooms.has(id)) this.rooms.set(id, { seq: 0, read: 0, mentions: 0, involvement: "everything" });
    return this.rooms.get(id);
  }

  /** What is unread in a room that is not on the screen. */
  #unread(id, here) {
    const { seq, read, mentions, involvement } = this.#room(id);
    if (id === here || involvement === "nothing") return 0;
    return involvement === "mentions" ? mentions : Math.max(0, seq - read);
  }

  #draw() {
    document.title = this.missed ? `(${this.missed}) ${this.title}` : this.title;
    const here = this.chat.room.id;
    const links = this.linkTargets;
    for (const link of links) this.#drawBadge(link, here);
    const others = links.filter((link) => this.#unread(link.dataset.roomId, here)).length;
    show(this.othersTarget, others > 0);
    setText(this.othersTarget, others ? String(others) : "");
    this.dispatch("counted", { detail: { rooms: others, missed: this.missed } });
  }

  /** A link that came later, for a room that is new. */
  linkTargetConnected(link) {
    if (this.rooms) this.#drawBadge(link, this.chat.room.id);
  }

  #drawBadge(link, here) {
    const { roomId } = link.dataset;
    const count = this.#unread(roomId, here);
    link.toggleAttribute("data-unread", count > 0);
    show(slot(link, "badge"), count > 0);
    setText(slot(link, "count"), `${this.#room(roomId).mentions ? "@ " : ""}${count > 99 ? "99+" : count}`);
  }
}
