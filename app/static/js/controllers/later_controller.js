import { Controller } from "@hotwired/stimulus";

import { formatUntil } from "../lib/format.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { ask, excerpt, fetchKept, fillNote, linkTo, momentOf } from "../lib/kept.js";
import { part } from "../lib/message_parts.js";
import { withParts } from "../lib/parts.js";
import { clone, setText, slot } from "../lib/slots.js";
import { speakerOf } from "../lib/text.js";
import { toast } from "../lib/toast.js";

const CARDS = 3;
const SNOOZE = 20 * 60_000;

/**
 * What the user keeps for later: bookmarks, messages to be sent, reminders. It fetches all of it after each connection,
 * follows what the server tells.
 */
export default class extends Controller {
  static targets = ["panel", "bookmark", "scheduled", "reminder", "due", "dueTemplate", "badge", "count", "waiting", "waitingText"];
  static outlets = ["chat", "panel", "moment"];

  initialize() {
    this.reminders = [];
    this.scheduled = [];
    this.bookmarks = [];
    this.hasMore = false;
    this.hasTrouble = false;
    /** The messages of this room that are bookmarked, and the reminders whose cards were put away on this page. */
    this.marked = new Set();
    this.seen = new Set();
    this.roomNames = new Map();
  }

  connect() {
    const on = (type, handle) => this.chatOutlet.connection.addEventListener(type, (event) => handle(event.detail));
    on("bookmark:changed", ({ bookmark }) => this.#marked(bookmark));
    on("schedule:changed", ({ scheduled }) => this.#scheduledChanged(scheduled));
    on("reminder:changed", ({ reminder }) => this.#reminderChanged(reminder));
    on("reminder:due", ({ reminder }) => this.#reminderChanged(reminder));
  }

  /** Everything anew: what happened while there was no connection was told to nobody. */
  async load({ detail } = {}) {
    for (const room of detail?.rooms ?? []) this.roomNames.set(room.id, room.name);
    const { session, room } = this.chatOutlet;
    const urls = [`/api/rooms/${encodeURIComponent(room.id)}/bookmarks`, "/api/bookmarks", "/api/scheduled", "/api/reminders"];
    const found = await Promise.all(urls.map((url) => fetchKept(session, url)));
    this.hasTrouble = found.some((each) => !each);
    const [marks, page, scheduled, reminders] = found;
    if (marks) this.marked = new Set(marks.message_ids);
    if (page) [this.bookmarks, this.hasMore] = [page.bookmarks, page.more];
    if (scheduled) this.scheduled = scheduled.scheduled;
    if (reminders) this.reminders = reminders.reminders;
    this.draw();
  }

  async loadMore() {
    const before = this.bookmarks.at(-1)?.id;
    const page = await fetchKept(this.chatOutlet.session, `/api/bookmarks?before=${before}`);
    if (!page) return toast(gettext("Older bookmarks could not be loaded. Try again in a moment."));
    const place = this.bookmarks.length;
    [this.bookmarks, this.hasMore] = [[...this.bookmarks, ...page.bookmarks], page.more];
    this.draw();
    this.panel?.list("bookmarks").children[place]?.querySelector("a")?.focus();
  }

  show() {
    if (this.panelOutlet.isShowing("later")) return this.panelOutlet.close();
    return withParts(({ LaterPanel }) => this.#show(LaterPanel), () => import("../lib/later_panel.js"));
  }

  #show(LaterPanel) {
    const templates = { reminder: this.reminderTarget, scheduled: this.scheduledTarget, bookmark: this.bookmarkTarget };
    this.panel = new LaterPanel(clone(this.panelTarget), templates, this.chatOutlet.room, this.roomNames);
    for (const { id, state } of this.reminders) if (state === "due") this.seen.add(id);
    this.draw();
    this.panelOutlet.open("later", gettext("Later"), this.panel.content);
  }

  left({ detail }) {
    if (detail.name === "later") this.panel = null;
  }

  /** A message that is shown here may have another text, or none any more. */
  follow({ detail: { kind, message } }) {
    if (kind === "created") return;
    for (const each of [...this.bookmarks, ...this.reminders]) if (each.message.id === message.id) each.message = message;
    this.draw();
  }

  draw() {
    this.#sort();
    this.panel?.draw(this);
    this.#drawDue();
    this.#drawMarks();
    const due = this.reminders.filter(({ state }) => state === "due").length;
    const failed = this.scheduled.filter(({ state }) => state === "failed").length;
    this.#drawBadge(due + failed);
    this.#drawWaiting();
  }

  /** The entries in the menu of a message say what they will do. */
  name({ detail: { message, menu } }) {
    const label = (name, text) => setText(menu.querySelector(`[data-name="${name}"] [data-slot="label"]`), text);
    label("bookmark", this.marked.has(message.id) ? gettext("Remove bookmark") : gettext("Bookmark"));
    label("remind", this.#reminderOf(message.id) ? gettext("Change reminder") : gettext("Remind me"));
  }

  bookmark({ detail: { message } }) {
    return this.#bookmark(message.id, !this.marked.has(message.id));
  }

  remind({ detail: { message } }) {
    const reminder = this.#reminderOf(message.id);
    return this.#askWhen(message, reminder);
  }

  async forget(event) {
    const item = itemOf(event);
    await this.#leaving(item, () => this.#bookmark(item.dataset.messageId, false));
  }

  postpone(event) {
    const reminder = this.reminders.find(({ id }) => id === itemOf(event).dataset.id);
    if (reminder) this.#askWhen(reminder.message, reminder);
  }

  async snooze(event) {
    const reminder = this.reminders.find(({ id }) => id === itemOf(event).dataset.id);
    if (!reminder) return;
    const values = { message_id: reminder.message.id, at: new Date(Date.now() + SNOOZE).toISOString(), note: reminder.note };
    const { ack, trouble } = await ask(this.chatOutlet.connection, "reminder:set", values);
    if (trouble) toast(trouble);
    else this.#reminderSet(ack.reminder);
  }

  /** Dismisses what is due, and takes back what is not. */
  async endReminder(event) {
    const item = itemOf(event);
    const { id } = item.dataset;
    const isDue = this.reminders.find((each) => each.id === id)?.state === "due";
    await this.#leaving(item, async () => {
      const { ack, trouble } = await ask(this.chatOutlet.connection, isDue ? "reminder:dismiss" : "reminder:cancel", { reminder_id: id });
      if (ack?.error?.code === "reminder_not_found") this.load();
      else if (trouble) toast(trouble);
      else this.#reminderChanged(ack.reminder);
    });
  }

  /** Its card goes; the reminder stays in the panel until it is dismissed. */
  hideDue(event) {
    this.seen.add(itemOf(event).dataset.id);
    this.#drawDue();
  }

  change(event) {
    const scheduled = this.scheduled.find(({ id }) => id === itemOf(event).dataset.id);
    if (!scheduled) return;
    const { connection } = this.chatOutlet;
    this.momentOutlet.ask({
      heading: gettext("Send later"),
      submit: gettext("Save"),
      body: scheduled.body,
      at: scheduled.at ? new Date(scheduled.at) : null,
      back: scheduled.when_back ? momentOf(scheduled) : "",
      save: async ({ at, body }) => {
        const change = { scheduled_id: scheduled.id, body, ...(at && { at }) };
        const { ack, trouble } = await ask(connection, "schedule:update", change);
        if (!trouble) this.#scheduledChanged(ack.scheduled);
        return trouble;
      },
    });
  }

  sendNow(event) {
    return this.#endScheduled(event, "schedule:send", gettext("Sent"));
  }

  cancelScheduled(event) {
    return this.#endScheduled(event, "schedule:cancel", gettext("It will not be sent"));
  }

  async #endScheduled(event, name, done) {
    const item = itemOf(event);
    const { id } = item.dataset;
    await this.#leaving(item, async () => {
      const { ack, trouble } = await ask(this.chatOutlet.connection, name, { scheduled_id: id });
      if (ack?.error?.code === "scheduled_not_found") this.load();
      else if (trouble) return toast(trouble);
      else this.#scheduledChanged({ id, state: "sent" });
      toast(done, "done");
    });
  }

  #askWhen(message, reminder) {
    this.momentOutlet.ask({
      heading: gettext("Remind me"),
      submit: gettext("Remind me"),
      quote: excerpt(message),
      note: reminder?.note ?? "",
      at: reminder?.state === "waiting" ? new Date(reminder.at) : null,
      save: async ({ at, note }) => {
        const values = { message_id: message.id, at: at ?? reminder.at, ...(note && { note }) };
        const { ack, trouble } = await ask(this.chatOutlet.connection, "reminder:set", values);
        if (!trouble) this.#reminderSet(ack.reminder);
        return trouble;
      },
    });
  }

  #reminderSet(reminder) {
    this.#reminderChanged(reminder);
    toast(gettext("You will be reminded: {time}", { time: formatUntil(new Date(reminder.at)) }), "done");
  }

  async #bookmark(messageId, on) {
    const { ack, trouble } = await ask(this.chatOutlet.connection, "message:bookmark", { message_id: messageId, on });
    if (trouble) return toast(trouble);
    this.#marked(ack.bookmark);
    toast(on ? gettext("Bookmarked. You find it under Later.") : gettext("Not bookmarked any more"), "done");
  }

  async #marked({ message_id: messageId, room_id: roomId, on }) {
    if (roomId === this.chatOutlet.room.id) this.marked[on ? "add" : "delete"](messageId);
    if (!on) this.bookmarks = this.bookmarks.filter(({ message }) => message.id !== messageId);
    this.draw();
    if (!on || this.bookmarks.some(({ message }) => message.id === messageId)) return;
    const page = await fetchKept(this.chatOutlet.session, "/api/bookmarks");
    if (page) [this.bookmarks, this.hasMore] = [page.bookmarks, page.more];
    this.draw();
  }

  #scheduledChanged(scheduled) {
    this.scheduled = this.scheduled.filter(({ id }) => id !== scheduled.id);
    if (["waiting", "failed"].includes(scheduled.state)) this.scheduled.push(scheduled);
    if (scheduled.state === "failed") toast(`${gettext("A message of yours was not sent.")} ${scheduled.reason?.message ?? ""}`);
    this.draw();
  }

  #reminderChanged(reminder) {
    this.reminders = this.reminders.filter(({ id }) => id !== reminder.id);
    if (["waiting", "due"].includes(reminder.state)) this.reminders.push(reminder);
    if (reminder.state === "waiting") this.seen.delete(reminder.id);
    this.draw();
  }

  #reminderOf(messageId) {
    return this.reminders.find(({ message }) => message.id === messageId);
  }

  #sort() {
    this.reminders.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    const place = ({ state, at }) => (state === "failed" ? -1 : at ? Date.parse(at) : 0);
    this.scheduled.sort((a, b) => place(a) - place(b));
  }

  #drawBadge(count) {
    this.badgeTarget.hidden = !count;
    setText(this.countTarget, String(count));
  }

  /** Above the field: messages to this room that wait. */
  #drawWaiting() {
    const here = this.scheduled.filter((each) => each.room_id === this.chatOutlet.room.id && each.state === "waiting");
    this.waitingTarget.hidden = !here.length;
    if (!here.length) return;
    const one = gettext("A message waits to be sent here: {time}", { time: momentOf(here[0], true) });
    setText(this.waitingTextTarget, here.length > 1 ? ngettext("{n} message waits to be sent here", "{n} messages wait to be sent here", here.length) : one);
  }

  /** What is due shows on the page, calmly: nothing takes the focus. */
  #drawDue() {
    const due = this.reminders.filter(({ id, state }) => state === "due" && !this.seen.has(id)).slice(0, CARDS);
    const there = new Map([...this.dueTarget.children].map((card) => [card.dataset.id, card]));
    for (const [id, card] of there) if (!due.some((each) => each.id === id)) this.#takeAway(card);
    for (const reminder of due) if (!there.has(reminder.id)) this.dueTarget.append(this.#card(reminder));
    this.dueTarget.hidden = !due.length;
  }

  #takeAway(card) {
    const hadFocus = card.contains(document.activeElement);
    card.remove();
    if (hadFocus) document.getElementById("body")?.focus();
  }

  #card({ id, note, message }) {
    const card = clone(this.dueTemplateTarget);
    card.dataset.id = id;
    setText(slot(card, "author"), speakerOf(message.sender));
    setText(slot(card, "body"), excerpt(message));
    slot(card, "link").setAttribute("href", linkTo(message));
    fillNote(card, note);
    return card;
  }

  /** The bookmarks on the messages of the page. */
  #drawMarks() {
    for (const entry of document.querySelectorAll(".entry[data-bookmarked]")) {
      if (!this.marked.has(entry.dataset.messageId)) this.#mark(entry, false);
    }
    for (const id of this.marked) this.#mark(document.querySelector(`.entry[data-message-id="${CSS.escape(id)}"]`), true);
  }

  #mark(entry, on) {
    entry?.toggleAttribute("data-bookmarked", on);
    if (entry) part(entry, "bookmark", on);
  }

  /** The focus goes on to a neighbour of what is taken away, if it was in it. */
  async #leaving(item, work) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    await work();
    if (item.isConnected || document.activeElement !== document.body) return;
    if (next?.isConnected) next.querySelector("a, button")?.focus();
    else this.panel?.content.focus();
  }
}
const itemOf = (event) => event.target.closest("[data-id]");
