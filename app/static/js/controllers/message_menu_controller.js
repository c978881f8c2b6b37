import { Controller } from "@hotwired/stimulus";

import { placeBeside, walk } from "../lib/popup.js";

const LONG_PRESS = 500;

/**
 * What can be done with a message: the bar on the message in use, and the menu behind it. It knows what may be shown
 * and which message is meant; what is then done is told as `message-menu:NAME` and done by others. How a feature adds
 * an entry is written in chat/_message_menu.html.
 */
export default class extends Controller {
  static targets = ["bar", "menu", "entry", "more"];
  static outlets = ["chat"];

  connect() {
    // The bar goes from message to message, and out of the page with one that goes.
    this.bar = this.barTarget;
    this.home = this.bar.parentElement;
  }

  disconnect() {
    clearTimeout(this.press);
    this.home.append(this.bar);
  }

  hover(event) {
    if (event.pointerType === "touch" || this.#isInUse) return;
    const entry = event.target.closest?.(".entry");
    if (entry !== this.current || this.bar.parentElement !== entry) this.#offer(entry);
  }

  /** The pointer left the page, or a list scrolled under it. */
  leave() {
    if (!this.#isInUse) this.#offer(null);
  }

  focus(event) {
    if (this.bar.contains(event.target) || this.menuTarget.contains(event.target)) return;
    this.#offer(event.target.closest(".entry"));
  }

  /** Enter, the menu key or Shift+F10 on a message opens its menu; arrows go to the message above or below. */
  key(event) {
    const article = event.target.closest?.(".entry > .message");
    if (!article || event.target !== article || event.ctrlKey || event.metaKey || event.altKey) return;
    const isMenuKey = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    if (event.key === "Enter" || isMenuKey) this.#openBeside(article.parentElement, article);
    else if (!this.#step(article, event.key)) return;
    event.preventDefault();
  }

  pressed(event) {
    clearTimeout(this.press);
    const article = event.target.closest?.(".entry > .message");
    if (event.pointerType !== "touch" || !article || event.target.closest("a, button, textarea")) return;
    this.press = setTimeout(() => this.#openBeside(article.parentElement, article), LONG_PRESS);
  }

  released() {
    clearTimeout(this.press);
  }

  /** A long press is ours, also where the browser would show a menu of its own. */
  held(event) {
    if (event.pointerType === "touch" && event.target.closest?.(".entry > .message") && !event.target.closest("a")) event.preventDefault();
  }

  openFromBar(event) {
    // Whoever points goes on pointing: the focus stays on the message, where it does not hold the bar.
    if (event.detail) this.article.focus({ preventScroll: true });
    this.#open(this.moreTarget);
    if (event.detail) this.opener = this.article;
  }

  /** The button that each message has on touch. */
  openFromMessage(event) {
    this.#openBeside(event.currentTarget.closest(".entry"), event.currentTarget);
  }

  choose(event) {
    this.#tell(event.currentTarget.dataset.name);
  }

  react(event) {
    this.#tell("react", { emoji: event.currentTarget.dataset.emoji });
  }

  pick(event) {
    const isInBar = this.bar.contains(event.currentTarget);
    this.#tell("pick", { anchor: isInBar ? event.currentTarget : this.opener });
  }

  walk(event) {
    const items = this.entryTargets.filter((item) => !item.hidden);
    const isInRow = Boolean(event.target.closest(".message-menu__quick"));
    const outside = items.find((item) => !item.closest(".message-menu__quick"));
    const next =
      isInRow && event.key === "ArrowDown" ? outside : walk(items, event.key, { back: ["ArrowUp", "ArrowLeft"], on: ["ArrowDown", "ArrowRight"] });
    if (["Escape", "Tab"].includes(event.key)) this.#hide();
    else if (next) next.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  walkBar(event) {
    const tools = [...this.bar.querySelectorAll("button")].filter((tool) => tool.checkVisibility());
    const next = walk(tools, event.key, { back: ["ArrowLeft"], on: ["ArrowRight"] });
    if (event.key === "Escape") this.article?.focus();
    else if (next) next.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A press outside the menu closes it. */
  dismiss(event) {
    if (this.#isOpen && !this.menuTarget.contains(event.target)) this.#hide();
  }

  get article() {
    return /** @type {HTMLElement | null} */ (this.current?.querySelector(":scope > .message") ?? null);
  }

  /** While the bar has the focus or its menu is open, the pointer may go where it likes. */
  get #isInUse() {
    return this.#isOpen || this.bar.contains(document.activeElement);
  }

  get #isOpen() {
    return this.menuTarget.matches(":popover-open");
  }

  /** Put the bar on a message, or away. */
  #offer(entry) {
    const message = this.#messageOf(entry);
    if (!message) {
      this.bar.hidden = true;
      this.current = null;
      return;
    }
    if (entry !== this.current || this.bar.parentElement !== entry) entry.append(this.bar);
    this.current = entry;
    const tools = [...this.bar.querySelectorAll("button")];
    this.#adapt(tools, message);
    this.bar.hidden = false;
    // One of them is in the order of Tab, behind the message.
    const first = tools.find((tool) => tool.checkVisibility());
    for (const tool of tools) tool.tabIndex = tool === first ? 0 : -1;
    this.#place(entry);
  }

  /** At the top of the message, or of what can be seen of it. */
  #place(entry) {
    const scroller = entry.closest("[role=log]") ?? document.body;
    const article = entry.querySelector(":scope > .message");
    const hidden = scroller.getBoundingClientRect().top - article.getBoundingClientRect().top;
    this.bar.style.top = `${article.offsetTop + Math.max(-22, hidden + 6)}px`;
  }

  #openBeside(entry, anchor) {
    if (!this.#messageOf(entry)) return;
    this.#offer(entry);
    this.#open(anchor);
  }

  #open(opener) {
    const message = this.#messageOf(this.current);
    if (!message) return;
    this.opener = opener;
    this.#adapt(this.entryTargets, message);
    this.dispatch("open", { detail: { message, menu: this.menuTarget } });
    this.menuTarget.showPopover();
    if (opener.hasAttribute("aria-haspopup")) opener.setAttribute("aria-expanded", "true");
    const body = opener.classList.contains("message") ? opener.querySelector(".message__body") : opener;
    placeBeside(this.menuTarget, body.getBoundingClientRect());
    this.entryTargets.find((item) => !item.hidden)?.focus({ preventScroll: true });
  }

  /** The focus goes back to where it came from. */
  #hide() {
    const hadFocus = this.menuTarget.contains(document.activeElement);
    this.menuTarget.hidePopover();
    if (this.opener?.hasAttribute("aria-expanded")) this.opener.setAttribute("aria-expanded", "false");
    if (hadFocus) (this.opener?.checkVisibility() ? this.opener : this.article)?.focus({ preventScroll: true });
  }

  #adapt(items, message) {
    const { me, room } = this.chatOutlet;
    const isMine = message.sender.id === me.id && message.origin === "person";
    const isOfMyStandIn = message.origin === "standin" && message.on_behalf_of.id === me.id;
    const holds = {
      mine: isMine,
      written: (isMine && !message.forwarded_from) || (isOfMyStandIn && message.state !== "streaming"),
      erasable: isMine || isOfMyStandIn || me.role === "administrator",
      said: message.origin !== "system",
      main: !this.current.closest("#panel"),
      changing: !room.is_archived,
    };
    for (const item of items) item.hidden = !(item.dataset.when ?? "").split(" ").every((condition) => !condition || holds[condition]);
  }

  #tell(name, more = {}) {
    const entry = this.current;
    const message = this.#messageOf(entry);
    if (this.#isOpen) this.#hide();
    if (message) this.dispatch(name, { detail: { message, element: entry, ...more } });
  }

  #messageOf(entry) {
    const message = entry && !entry.dataset.pending ? this.chatOutlet.messages.get(entry.dataset.messageId) : null;
    return message && !message.deleted_at ? message : null;
  }

  #step(article, key) {
    const entries = [...article.closest(".messages__list").querySelectorAll(":scope > .entry > .message")];
    const next = { ArrowUp: -1, ArrowDown: 1 }[key];
    const wanted = next ? entries[entries.indexOf(article) + next] : { Home: entries[0], End: entries.at(-1) }[key];
    wanted?.focus();
    return Boolean(next || wanted);
  }
}
