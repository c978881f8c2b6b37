import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { ask, excerpt, fetchKept, fillMessage, roomName } from "../lib/kept.js";
import { closeText, openText } from "../lib/rewrite.js";
import { clone, setText, slot } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

/**
 * What one's stand-in wrote for oneself alone, until it is sent or discarded: in the panels, and above the field of the
 * room in which it was asked. Every list of the page shows the same.
 */
export default class extends Controller {
  static targets = ["item", "list", "section", "badge", "count"];
  static outlets = ["chat"];

  initialize() {
    this.drafts = [];
    /** The questions, by their ids. */
    this.questions = new Map();
  }

  connect() {
    this.chatOutlet.connection.addEventListener("draft:changed", ({ detail: { draft } }) => this.#changed(draft));
  }

  listTargetConnected(list) {
    this.#drawList(list);
  }

  async load() {
    const found = await fetchKept(this.chatOutlet.session, "/api/stand-in/drafts");
    if (!found) return;
    this.drafts = found.drafts;
    await Promise.all(this.drafts.map((draft) => this.#learn(draft)));
    this.draw();
  }

  draw() {
    for (const list of this.listTargets) this.#drawList(list);
    for (const badge of this.badgeTargets) badge.hidden = !this.drafts.length;
    for (const count of this.countTargets) setText(count, String(this.drafts.length));
    this.dispatch("drawn");
  }

  send(event) {
    return this.#send(itemOf(event), {});
  }

  edit(event) {
    const item = itemOf(event);
    const draft = this.drafts.find(({ id }) => id === item.dataset.id);
    if (draft) openText(item, draft.text);
  }

  stopEditing(event) {
    event.preventDefault();
    event.stopPropagation();
    closeText(itemOf(event), "edit");
  }

  saveText(event) {
    event.preventDefault();
    const item = itemOf(event);
    const body = slot(item, "field").value.trim();
    if (body) this.#send(item, { body });
  }

  async discard(event) {
    const item = itemOf(event);
    const { ack, trouble } = await ask(this.chatOutlet.connection, "draft:discard", { draft_id: item.dataset.id });
    this.#ended(item, ack, trouble, gettext("Discarded"));
  }

  async #send(item, change) {
    const { ack, trouble } = await ask(this.chatOutlet.connection, "draft:send", { draft_id: item.dataset.id, ...change });
    this.#ended(item, ack, trouble, gettext("Sent as yours"));
  }

  #ended(item, ack, trouble, done) {
    if (trouble && ack?.error?.code !== "draft_not_found") return toast(trouble);
    this.#forget(item.dataset.id);
    if (!trouble) toast(done, "done");
  }

  async #changed(draft) {
    if (draft.state !== "waiting") return this.#forget(draft.id);
    if (this.drafts.some(({ id }) => id === draft.id)) return;
    this.drafts.push(draft);
    await this.#learn(draft);
    this.draw();
  }

  /** The focus goes on to a neighbour, or back to where messages are written. */
  #forget(id) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".draft"));
    const list = focused?.dataset.id === id ? focused.parentElement : null;
    this.drafts = this.drafts.filter((draft) => draft.id !== id);
    this.draw();
    if (!list) return;
    const next = /** @type {HTMLElement | null} */ (list.querySelector(".draft .kept-item__actions button"));
    if (next) next.focus();
    else if (list.closest("#panel")) document.getElementById("panel-title").focus();
    else document.getElementById("body").focus();
  }

  /** What was asked. */
  async #learn({ message_id: id }) {
    const known = this.chatOutlet.messages.get(id) ?? this.questions.get(id);
    const message = known ?? (await fetchKept(this.chatOutlet.session, `/api/messages/${id}`))?.message;
    if (message) this.questions.set(id, message);
  }

  /** Those that are there already stay where they are: one of them may be being changed. */
  #drawList(list) {
    const { roomId, most = "100" } = list.dataset;
    const all = this.drafts.filter((draft) => !roomId || draft.room_id === roomId);
    const shown = all.slice(0, Number(most));
    const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
    for (const [id, item] of there) if (!shown.some((draft) => draft.id === id)) item.remove();
    for (const draft of shown) if (!there.has(draft.id)) list.append(this.#item(draft, Boolean(roomId)));
    const more = all.length - shown.length;
    if (shown.length) setText(slot(list.lastElementChild, "more"), more ? gettext("{n} more after this", { n: more }) : "");
    const section = list.closest('[data-drafts-target~="section"]');
    if (section) section.hidden = !shown.length;
  }

  #item(draft, isHere) {
    const item = clone(this.itemTarget);
    item.dataset.id = draft.id;
    item.dataset.questionId = draft.message_id;
    const question = this.questions.get(draft.message_id);
    const asker = this.chatOutlet.directory.get(draft.asker_id)?.name ?? gettext("Someone who left");
    if (question) fillMessage(item, question, isHere ? "" : roomName(draft.room_id));
    setText(slot(item, "author"), asker);
    setText(slot(item, "body"), question ? excerpt(question) : "");
    setText(slot(item, "text"), draft.text);
    slot(item, "link").setAttribute("href", `/rooms/${draft.room_id}/messages/${draft.message_id}`);
    return item;
  }
}

const itemOf = (event) => event.target.closest("[data-id]");
