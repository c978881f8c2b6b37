import { formatFull } from "./format.js";
import { gettext } from "./i18n.js";
import { unmarked } from "./inline_marks.js";
import { fillMessage, fillNote, momentOf, momentText } from "./kept.js";
import { clone, setText, show, slot } from "./slots.js";

/** @typedef {import("./kept.js").Reminder} Reminder */
/** @typedef {import("./kept.js").Scheduled} Scheduled */
/** @typedef {import("./kept.js").Bookmark} Bookmark */

/** What one keeps for later, as the panel shows it. */
export class LaterPanel {
  /**
   * @param {HTMLElement} content
   * @param {{reminder: HTMLTemplateElement, scheduled: HTMLTemplateElement, bookmark: HTMLTemplateElement}} templates
   * @param {{id: string, name: string}} here the room of the page
   * @param {Map<string, string>} roomNames of all rooms
   */
  constructor(content, templates, here, roomNames) {
    this.content = content;
    this.templates = templates;
    this.here = here;
    this.roomNames = roomNames;
  }

  /** @param {{reminders: Reminder[], scheduled: Scheduled[], bookmarks: Bookmark[], hasMore: boolean, hasTrouble: boolean}} kept */
  draw({ reminders, scheduled, bookmarks, hasMore, hasTrouble }) {
    this.#fill("reminders", reminders, this.templates.reminder, (item, each) => this.#fillReminder(item, each));
    this.#fill("scheduled", scheduled, this.templates.scheduled, (item, each) => this.#fillScheduled(item, each));
    this.#fill("bookmarks", bookmarks, this.templates.bookmark, (item, each) => this.#fillMessage(item, each.message));
    show(slot(this.content, "more"), hasMore);
    show(slot(this.content, "trouble"), hasTrouble);
    show(slot(this.content, "empty"), !reminders.length && !scheduled.length && !bookmarks.length && !hasTrouble);
  }

  /** @param {"reminders" | "scheduled" | "bookmarks"} name */
  list(name) {
    return slot(this.content, name).querySelector("ul");
  }

  /** The items of a section, those that are there already where they are: the focus may be in one. */
  #fill(name, kept, template, fill) {
    const list = this.list(name);
    const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
    const items = kept.map((each) => {
      const item = there.get(each.id) ?? clone(template);
      item.dataset.id = each.id;
      fill(item, each);
      return item;
    });
    const isSame = items.length === list.children.length && items.every((item, index) => item === list.children[index]);
    if (!isSame) list.replaceChildren(...items);
    show(slot(this.content, name), kept.length > 0);
  }

  #fillMessage(item, message) {
    item.dataset.messageId = message.id;
    fillMessage(item, message, message.room_id === this.here.id ? "" : this.#nameOf(message.room_id));
  }

  #fillReminder(item, { at, note, state, message }) {
    this.#fillMessage(item, message);
    this.#fillMoment(item, state === "due" ? gettext("Now due") : momentText(new Date(at)), state, new Date(at));
    fillNote(item, note);
    setText(item.querySelector('[data-action="later#endReminder"] span'), state === "due" ? gettext("Dismiss") : gettext("Cancel"));
  }

  #fillScheduled(item, scheduled) {
    setText(slot(item, "author"), this.#nameOf(scheduled.room_id));
    const names = scheduled.files.map(({ name }) => name).join(", ");
    setText(slot(item, "body"), unmarked(scheduled.body) || names);
    const moment = scheduled.state === "failed" ? gettext("Not sent") : momentOf(scheduled);
    this.#fillMoment(item, moment, scheduled.state, scheduled.at ? new Date(scheduled.at) : null);
    fillNote(item, scheduled.reason?.message ?? (scheduled.body && names && gettext("With {names}", { names })));
  }

  #fillMoment(item, text, state, at) {
    const line = slot(item, "moment");
    setText(line, text);
    line.dataset.state = state;
    line.title = at ? formatFull(at) : "";
    show(line, true);
  }

  #nameOf(roomId) {
    return this.roomNames.get(roomId) ?? (roomId === this.here.id ? this.here.name : "");
  }
}
