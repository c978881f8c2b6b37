import { Controller } from "@hotwired/stimulus";

import { ask as confirm } from "../lib/ask.js";
import { statusOf } from "../lib/busy.js";
import { digestUrl, momentBefore, putAway } from "../lib/digest.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { ask, excerpt, fetchKept, fillMessage, linkTo } from "../lib/kept.js";
import { costText } from "../lib/money.js";
import { sentenceOf, write } from "../lib/requests.js";
import { closeText, openText } from "../lib/rewrite.js";
import { clone, setText, slot } from "../lib/slots.js";
import { readPreferences } from "../lib/stand_in.js";
import { summaryNodes } from "../lib/summary_view.js";
import { toast } from "../lib/toast.js";

const REASONS = { left: gettext("Left for you"), unanswered: gettext("Not answered"), direct: gettext("To you"), mention: gettext("Mentions you") };
const REVIEWS = { kept: gettext("Kept"), edited: gettext("Edited by you"), retracted: gettext("Retracted by you") };

/** What one missed: what needs one, what one's stand-in answered, what happened in each room. Nothing is marked as read. */
export default class extends Controller {
  static targets = ["since", "place", "section", "empty", "state", "trouble", "need", "exchange", "room", "summaryBox", "summary", "summaryState", "summarise"];
  static outlets = ["chat"];

  connect() {
    const hasBeenBusy = this.#isBusy || this.chatOutlet.busyTime?.since;
    this.sinceTarget.value = hasBeenBusy ? "busy" : "today";
    this.sinceTarget.querySelector('[value="busy"]').hidden = !hasBeenBusy;
    this.load();
    this.#offerSummary();
  }

  load() {
    this.#clearSummary();
    this.loading = this.#load();
    return this.loading;
  }

  async #load() {
    setText(this.stateTarget, gettext("Loading…"));
    const wanted = (this.wanted = Symbol("digest"));
    const digest = await fetchKept(this.chatOutlet.session, digestUrl(this.since));
    if (this.wanted !== wanted) return;
    this.troubleTarget.hidden = Boolean(digest);
    setText(this.stateTarget, "");
    this.digest = digest;
    if (!digest) return;
    this.draw();
    const { busyTime, connection } = this.chatOutlet;
    if (this.sinceTarget.value === "busy" && !this.#isBusy && busyTime?.is_seen === false) putAway(connection);
  }

  /** In this room, or in all. */
  narrow() {
    this.#clearSummary();
    this.draw();
  }

  /** In words, written by the AI, with references that the server has checked. */
  async summarise() {
    if (this.summariseTarget.getAttribute("aria-disabled") === "true") return;
    this.#work(true);
    await this.loading;
    if (!this.digest) return this.#work(false);
    const { digest } = this;
    const room_id = this.placeTarget.value ? this.chatOutlet.room.id : undefined;
    const answer = await write(this.chatOutlet.session, "POST", "/api/stand-in/digest/summary", { since: digest.since, room_id });
    this.#work(false);
    if (digest !== this.digest) return;
    this.summaryTarget.hidden = !answer.ok || !answer.summary.text;
    if (!answer.ok) return setText(this.summaryStateTarget, sentenceOf(answer.error));
    this.summaryTarget.replaceChildren(...summaryNodes(answer.summary));
    setText(this.summaryStateTarget, answer.summary.text ? gettext("Written by an AI. What counts is what was said: follow the numbers.") : gettext("Nothing was said in that time."));
    setText(slot(this.summariseTarget, "verb"), gettext("Summarise again"));
  }

  draw() {
    if (!this.digest) return;
    const { needs_you, answered, rooms, tokens, cost, replies } = this.digest;
    // To what a draft waits for, the draft says more.
    const drafted = new Set(Array.from(this.element.querySelectorAll(".draft"), (item) => item.dataset.questionId));
    const isHere = (roomId) => !this.placeTarget.value || roomId === this.chatOutlet.room.id;
    const shown = {
      needs: needs_you.filter(({ message }) => isHere(message.room_id) && !drafted.has(message.id)).map((each) => this.#need(each)),
      answered: answered.filter(({ question }) => isHere(question.room_id)).map((each) => this.#exchange(each)),
      rooms: rooms.filter(({ room_id }) => isHere(room_id)).map((each) => this.#room(each)),
    };
    for (const section of this.sectionTargets) {
      const items = shown[section.dataset.name];
      section.hidden = !items.length;
      section.querySelector("ul").replaceChildren(...items);
      setText(section.querySelector("[data-count]"), String(items.length));
    }
    this.emptyTarget.hidden = Boolean(drafted.size) || Object.values(shown).some((items) => items.length);
    const spent = [tokens && ngettext("{n} token used", "{n} tokens used", tokens), cost && costText(cost)].filter(Boolean);
    setText(this.stateTarget, replies || tokens ? `${[ngettext("{n} answer of your stand-in in that time", "{n} answers of your stand-in in that time", replies), ...spent].join(", ")}.` : "");
  }

  /** A message that is shown here is another now. */
  changed({ detail: { message } }) {
    const exchange = this.digest?.answered.find(({ answer }) => answer.id === message.id);
    if (!exchange || exchange.answer.change >= message.change) return;
    const review = message.deleted_at ? "retracted" : message.edited_at ? "edited" : exchange.review;
    this.#put(exchange, { answer: message, review });
  }

  async keep(event) {
    const exchange = this.#exchangeAt(event);
    const { trouble } = await ask(this.chatOutlet.connection, "standin:keep", { message_id: exchange.answer.id });
    if (trouble) toast(trouble);
    else this.#put(exchange, { review: "kept" });
  }

  edit(event) {
    openText(itemOf(event), this.#exchangeAt(event).answer.body);
  }

  stopEditing(event) {
    event.preventDefault();
    event.stopPropagation();
    closeText(itemOf(event), "edit");
  }

  async saveText(event) {
    event.preventDefault();
    const item = itemOf(event);
    const exchange = this.#exchangeAt(event);
    const values = { message_id: exchange.answer.id, body: slot(item, "field").value.trim() };
    const { ack, trouble } = await ask(this.chatOutlet.connection, "message:edit", values);
    if (trouble) return toast(trouble);
    closeText(item, "edit");
    this.#put(exchange, { answer: ack.message, review: "edited" });
  }

  async retract(event) {
    const exchange = this.#exchangeAt(event);
    const text = gettext("In its place stands that you retracted it, and {name} is told.", { name: exchange.question.sender.name });
    if (!(await confirm({ title: gettext("Retract this answer?"), text, yes: gettext("Retract") }))) return;
    const { ack, trouble } = await ask(this.chatOutlet.connection, "message:delete", { message_id: exchange.answer.id });
    if (trouble) return toast(trouble);
    this.#put(exchange, { answer: ack.message, review: "retracted" });
    toast(gettext("Retracted. {name} is told.", { name: exchange.question.sender.name }), "done");
  }

  /** @returns {string | null} from when on; null: since the status last began */
  get since() {
    const { value } = this.sinceTarget;
    if (value !== "busy") return momentBefore(value).toISOString();
    return this.chatOutlet.busyTime?.since ?? null;
  }

  get #isBusy() {
    return statusOf(this.chatOutlet.me) === "busy";
  }

  /** Only where there is an AI. All else here needs none. */
  async #offerSummary() {
    const preferences = await readPreferences(this.chatOutlet.session);
    this.summaryBoxTarget.hidden = !(preferences?.is_configured && preferences.is_enabled);
  }

  #clearSummary() {
    this.summaryTarget.hidden = true;
    setText(this.summaryStateTarget, "");
    setText(slot(this.summariseTarget, "verb"), gettext("Summarise"));
  }

  #work(isWorking) {
    this.summariseTarget.setAttribute("aria-disabled", String(isWorking));
    slot(this.summariseTarget, "spinner").hidden = !isWorking;
    setText(this.summaryStateTarget, isWorking ? gettext("The AI reads what was said…") : "");
  }

  /** Draw one exchange anew, where it stands; the focus stays in it. */
  #put(exchange, change) {
    Object.assign(exchange, change);
    const item = this.element.querySelector(`[data-id="${CSS.escape(exchange.answer.id)}"]`);
    if (!item) return;
    const hadFocus = item.contains(document.activeElement);
    this.#fillExchange(item, exchange);
    if (hadFocus && !document.activeElement.checkVisibility()) item.querySelector("a").focus();
  }

  #need({ message, reason }) {
    const item = clone(this.needTarget);
    fillMessage(item, message, this.#placeOf(message));
    setText(slot(item, "reason"), REASONS[reason] ?? reason);
    slot(item, "reason").dataset.reason = reason;
    return item;
  }

  #exchange(exchange) {
    const item = clone(this.exchangeTarget);
    item.dataset.id = exchange.answer.id;
    this.#fillExchange(item, exchange);
    return item;
  }

  #fillExchange(item, { question, answer, review }) {
    fillMessage(item, question, this.#placeOf(question));
    slot(item, "link").setAttribute("href", linkTo(answer));
    setText(slot(item, "answer"), answer.deleted_at ? gettext("You retracted this answer.") : excerpt(answer));
    setText(slot(item, "review"), REVIEWS[review] ?? "");
    item.toggleAttribute("data-retracted", Boolean(answer.deleted_at));
    for (const button of slot(item, "actions").querySelectorAll("button")) button.hidden = Boolean(answer.deleted_at);
    slot(item, "actions").querySelector('[data-action="digest#keep"]').hidden = Boolean(review);
  }

  #room({ room_id, name, count, mention_count, first_message_id }) {
    const item = clone(this.roomTarget);
    const mentions = mention_count ? `, ${ngettext("{n} mentions you", "{n} mention you", mention_count)}` : "";
    setText(slot(item, "name"), name);
    setText(slot(item, "count"), `${ngettext("{n} message", "{n} messages", count)}${mentions}`);
    slot(item, "link").setAttribute("href", `/rooms/${room_id}/messages/${first_message_id}`);
    return item;
  }

  #placeOf({ room_id }) {
    if (room_id === this.chatOutlet.room.id) return "";
    return this.digest.rooms.find((room) => room.room_id === room_id)?.name ?? "";
  }

  #exchangeAt(event) {
    return this.digest.answered.find(({ answer }) => answer.id === itemOf(event).dataset.id);
  }
}

const itemOf = (event) => event.target.closest("[data-id]");
