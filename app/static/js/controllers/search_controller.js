import { Controller } from "@hotwired/stimulus";

import { excerpt } from "../lib/excerpt.js";
import { dayKey, formatDay, formatFull, formatTime } from "../lib/format.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { unmarked } from "../lib/inline_marks.js";
import { RequestFailed, SessionEnded } from "../lib/session.js";
import { clone, setText, slot } from "../lib/slots.js";
import { initials, speakerOf } from "../lib/text.js";

const PAUSE = 250; // ms between the last key and the question
const NEAR = 400; // px before the end at which the next page is fetched
const KEPT = "search"; // over pages: whoever follows a result comes back to the others
const EMPTY_PAGES = 20; // in a row, of a search that goes far back

/**
 * The search in the panel: asks while one types, newest or best first, goes on when one scrolls. A result is a link to
 * the message in its room.
 */
export default class extends Controller {
  static targets = ["input", "clear", "sort", "scroller", "list", "tips", "busy", "state", "empty", "trouble", "troubleText", "retry", "result", "line"];
  static outlets = ["chat"];

  connect() {
    const kept = this.#kept();
    // Whoever is quick has typed something by now.
    const isNew = !this.inputTarget.value;
    if (isNew) this.inputTarget.value = kept.q ?? "";
    for (const radio of this.sortTargets) radio.checked = radio.value === (kept.sort ?? "newest");
    this.asked = null;
    this.count = 0;
    this.#draw();
    if (this.#query) this.#begin();
    if (isNew) requestAnimationFrame(() => this.inputTarget.select());
  }

  disconnect() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  type(event) {
    if (event.isComposing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#begin(), PAUSE);
    this.#keep(); // whoever closes the panel before the pause is over finds it again
    this.#draw();
  }

  submit(event) {
    event.preventDefault();
    clearTimeout(this.timer);
    this.#begin();
  }

  clear() {
    this.inputTarget.value = "";
    this.inputTarget.focus();
    this.#begin();
  }

  sort() {
    this.#begin();
  }

  retry() {
    if (this.next) this.#fetch();
    else this.#begin();
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scrollerTarget;
    if (this.next && !this.request && !this.hasFailed && scrollHeight - scrollTop - clientHeight < NEAR) this.#fetch();
  }

  /** The arrows go from the field into the results, through them, and back. */
  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...this.listTarget.querySelectorAll("a")];
    const from = document.activeElement === this.inputTarget ? -1 : links.findIndex((link) => link.closest("li").contains(document.activeElement));
    if (!links.length || (from === -1 && document.activeElement !== this.inputTarget)) return;
    event.preventDefault();
    if (from + step < 0) this.inputTarget.focus();
    else links[Math.min(from + step, links.length - 1)].focus();
  }

  /** What was said just before and after a result. */
  async around(event) {
    const button = event.currentTarget;
    const item = button.closest("li");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    const places = ["before", "after"].map((name) => slot(item, name));
    if (isOpen) return places.forEach((place) => (place.hidden = true));
    try {
      await Promise.all(places.map((place) => this.#line(place, place.dataset.slot, item.dataset)));
    } catch (error) {
      if (error instanceof SessionEnded) return;
      button.setAttribute("aria-expanded", "false");
      this.#fail(gettext("What was said around it could not be loaded."));
    }
  }

  async #line(place, side, { roomId, seq }) {
    const { messages } = await this.chatOutlet.session.getJSON(`/api/rooms/${roomId}/messages?${side}=${seq}&limit=1`);
    const [message] = messages;
    const line = clone(this.lineTarget);
    setText(slot(line, "author"), message ? speakerOf(message.sender) : "");
    setText(slot(line, "text"), textOf(message, side));
    place.replaceChildren(line);
    place.hidden = false;
  }

  /** What there is to ask for: not yet a filter with nothing behind it. */
  get #query() {
    return this.inputTarget.value.replace(/(?:^|\s)-?(?:from|in|before|after|on|has|is):[@#"]*$/iu, "").trim();
  }

  get #sort() {
    return this.sortTargets.find((radio) => radio.checked)?.value ?? "newest";
  }

  /** A new search, unless it is the one that is shown. */
  #begin() {
    const asked = JSON.stringify([this.inputTarget.value.trimStart(), this.#sort]);
    if (asked === this.asked && !this.hasFailed) return;
    this.asked = asked;
    this.request?.abort();
    this.request = null;
    this.next = null;
    this.count = 0;
    this.#keep();
    if (this.#query) this.#fetch({ isNew: true });
    else this.#showNothing();
  }

  async #fetch({ isNew = false } = {}) {
    const request = (this.request = new AbortController());
    this.hasFailed = false;
    this.emptyPages = isNew ? 0 : this.emptyPages;
    this.#draw();
    try {
      const page = await this.#page(request.signal);
      if (request !== this.request) return;
      this.request = null;
      if (isNew) this.#empty();
      this.#add(page);
    } catch (error) {
      if (request !== this.request || error instanceof SessionEnded) return;
      this.request = null;
      if (isNew) this.#empty();
      this.#explain(error);
    }
    this.#draw();
    this.scrolled();
  }

  async #page(signal) {
    const query = new URLSearchParams({ q: this.inputTarget.value.trimStart(), sort: this.#sort, tz: Intl.DateTimeFormat().resolvedOptions().timeZone });
    if (this.next) query.set("before", this.next);
    const response = await this.chatOutlet.session.request(`/api/search?${query}`, { signal });
    if (response.ok) return response.json();
    const failure = new RequestFailed(response);
    failure.reason = (await response.json().catch(() => null))?.error?.message;
    throw failure;
  }

  #add({ results, more, next }) {
    this.next = more ? next : null;
    this.count += results.length;
    this.emptyPages = results.length ? 0 : this.emptyPages + 1;
    this.listTarget.append(...results.map((result) => this.#item(result)));
    if (!results.length && this.next && this.emptyPages < EMPTY_PAGES) this.#fetch();
  }

  #explain(error) {
    if (error instanceof RequestFailed && error.status < 500) this.#fail(error.reason ?? gettext("This cannot be searched for."), { canRetry: false });
    else if (error instanceof RequestFailed) this.#fail(error.reason ?? gettext("Something went wrong on our side."));
    else this.#fail(gettext("The server cannot be reached. Check your connection and try again."));
  }

  #fail(text, { canRetry = true } = {}) {
    this.hasFailed = true;
    this.next = canRetry ? this.next : null;
    setText(this.troubleTextTarget, text);
    this.retryTarget.hidden = !canRetry;
    this.troubleTarget.hidden = false;
  }

  #showNothing() {
    this.hasFailed = false;
    this.#empty();
    this.#draw();
  }

  #empty() {
    this.listTarget.replaceChildren();
    this.scrollerTarget.scrollTop = 0;
  }

  #draw() {
    const isSearching = Boolean(this.request);
    const isIdle = !this.#query;
    this.clearTarget.hidden = !this.inputTarget.value;
    this.tipsTarget.hidden = !isIdle;
    this.busyTarget.hidden = !isSearching;
    this.troubleTarget.hidden = !this.hasFailed || isIdle;
    this.scrollerTarget.setAttribute("aria-busy", String(isSearching));
    setText(this.stateTarget, isIdle || isSearching || this.hasFailed ? "" : this.#said());
    this.emptyTarget.hidden = isIdle || isSearching || this.hasFailed || this.count > 0;
  }

  #said() {
    if (!this.count) return gettext("Nothing found");
    return ngettext("{number} message", "{number} messages", this.count, { number: `${this.count}${this.next ? "+" : ""}` });
  }

  #item({ message, room_name: roomName, highlights }) {
    const item = clone(this.resultTarget);
    const moment = new Date(message.created_at);
    Object.assign(item.dataset, { roomId: message.room_id, seq: message.seq, origin: message.origin });
    const link = item.querySelector("a");
    link.href = `/rooms/${message.room_id}/messages/${message.id}`;
    const isStandin = message.origin === "standin";
    const avatar = slot(item, "avatar");
    avatar.dataset.hue = message.sender.id.slice(-1);
    avatar.classList.toggle("avatar--standin", isStandin);
    setText(avatar, initials(isStandin ? message.on_behalf_of.name : message.sender.name));
    setText(slot(item, "room"), roomName);
    setText(slot(item, "author"), speakerOf(message.sender));
    const time = slot(item, "time");
    time.dateTime = message.created_at;
    time.title = formatFull(moment);
    setText(time, dayKey(moment) === dayKey(new Date()) ? formatTime(moment) : `${formatDay(moment)}, ${formatTime(moment)}`);
    slot(item, "excerpt").append(...excerpt(message.body, highlights).map(drawn));
    slot(item, "files").hidden = !message.files.length;
    setText(slot(item, "fileNames"), message.files.map((file) => file.name).join(", "));
    return item;
  }

  #keep() {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ q: this.inputTarget.value, sort: this.#sort }));
    } catch {
      // A browser that keeps nothing: the field is empty the next time.
    }
  }

  #kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    } catch {
      return {};
    }
  }
}

function drawn({ text, isHit }) {
  if (!isHit) return document.createTextNode(text);
  const mark = document.createElement("mark");
  mark.textContent = text;
  return mark;
}

function textOf(message, side) {
  if (!message) return side === "before" ? gettext("This is where the room begins.") : gettext("This is the last message so far.");
  return message.deleted_at ? gettext("This message was deleted.") : unmarked(message.body);
}
