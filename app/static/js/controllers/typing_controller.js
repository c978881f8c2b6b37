import { Controller } from "@hotwired/stimulus";

import { formatList } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { setText } from "../lib/slots.js";
import { writerOf } from "../lib/text.js";

const OFTEN_ENOUGH = 1_000;
const LASTS = 5_000;
const STREAM_LASTS = 20_000;
const MOST_NAMES = 3;

/** Says that the writer writes, and shows who else does. */
export default class extends Controller {
  static targets = ["line", "text"];
  static outlets = ["chat"];

  connect() {
    /** Until when each of the others is taken to write: `{name, timer}` by id. */
    this.writers = new Map();
  }

  disconnect() {
    for (const { timer } of this.writers.values()) clearTimeout(timer);
  }

  /** The writer changed the text, by hand. */
  wrote({ target }) {
    if (!target.value.trim()) return this.stop();
    if (Date.now() - (this.toldAt ?? -Infinity) < OFTEN_ENOUGH) return;
    this.toldAt = Date.now();
    this.#tell("typing:start");
  }

  /** Nothing is left of it. */
  stop() {
    if (this.toldAt === undefined) return;
    this.toldAt = undefined;
    this.#tell("typing:stop");
  }

  /** It was sent, and the server knows. */
  sent() {
    this.toldAt = undefined;
  }

  /** Somebody writes here, or does not any more. */
  heard({ detail: { room_id, user, is_writing } }) {
    if (room_id !== this.chatOutlet.room.id || user.id === this.chatOutlet.me.id) return;
    this.#put(user.id, user.name, is_writing ? LASTS : 0);
  }

  /** A stand-in writes: as long as its answer grows. */
  streamed({ detail: { message } }) {
    if (message.origin !== "standin" || message.room_id !== this.chatOutlet.room.id) return;
    this.#put(message.id, writerOf(message.sender), message.state === "streaming" ? STREAM_LASTS : 0);
  }

  #put(id, name, lasts) {
    this.#forget(id);
    if (lasts) this.writers.set(id, { name, timer: setTimeout(() => this.#over(id), lasts) });
    this.#draw();
  }

  #over(id) {
    this.#forget(id);
    this.#draw();
  }

  #forget(id) {
    clearTimeout(this.writers.get(id)?.timer);
    this.writers.delete(id);
  }

  #tell(event) {
    const { connection, room } = this.chatOutlet;
    // Whatever becomes of it: the next keystroke says it again.
    connection.send(event, { room_id: room.id }).catch(() => {});
  }

  #draw() {
    const names = [...this.writers.values()].map(({ name }) => name).toSorted((a, b) => a.localeCompare(b));
    this.lineTarget.toggleAttribute("data-shown", names.length > 0);
    if (names.length) setText(this.textTarget, names.length === 1 ? gettext("{names} is writing", { names: inWords(names) }) : gettext("{names} are writing", { names: inWords(names) }));
  }
}

/** @param {string[]} names */
function inWords(names) {
  const shown = names.slice(0, names.length > MOST_NAMES ? MOST_NAMES - 1 : MOST_NAMES);
  const rest = names.length - shown.length;
  return formatList(rest ? [...shown, gettext("{n} others", { n: rest })] : shown);
}
