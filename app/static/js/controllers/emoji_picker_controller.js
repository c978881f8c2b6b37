import { Controller } from "@hotwired/stimulus";

import { GROUPS, loadEmoji, searchEmoji } from "../lib/emoji_data.js";
import { gettext } from "../lib/i18n.js";
import { placeBeside, walk } from "../lib/popup.js";
import { clone, setText } from "../lib/slots.js";

const RECENT = "emoji:recent";
const MOST_RECENT = 18;
const MOST_FOUND = 90;

/** Emoji to choose from: those used last, by kind, or by words. Arrows go through them, Enter takes, Escape closes. */
export default class extends Controller {
  static targets = ["search", "groups", "grid", "note", "template"];
  static values = { url: String };
  static outlets = ["chat"];

  /**
   * @param {HTMLElement} anchor where it is shown, and where the focus goes back to
   * @param {(emoji: string) => void} choose
   */
  async open(anchor, choose) {
    this.anchor = anchor;
    this.choose = choose;
    this.searchTarget.value = "";
    // What the anchor stands on may be gone in a moment, as the bar of a message is.
    const place = anchor.getBoundingClientRect();
    this.element.showPopover();
    placeBeside(this.element, place);
    this.searchTarget.focus({ preventScroll: true });
    try {
      this.all = await loadEmoji(this.urlValue);
    } catch {
      return setText(this.noteTarget, gettext("The emoji could not be loaded. Try again in a moment."));
    }
    this.names = new Map(this.all.map(({ emoji, name }) => [emoji, name]));
    this.#drawGroups();
    // Whoever is quick has typed something by now.
    this.search();
    placeBeside(this.element, place);
  }

  close() {
    if (!this.element.matches(":popover-open")) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidePopover();
    if (hadFocus) this.#giveFocusBack();
  }

  dismiss(event) {
    if (this.element.matches(":popover-open") && !this.element.contains(event.target)) this.close();
  }

  search() {
    const query = this.searchTarget.value.trim();
    if (!this.all) return;
    if (!query) return this.#showGroup(this.#recent.length ? null : GROUPS[0].group);
    const found = searchEmoji(this.all, query);
    this.#press(undefined);
    this.#draw(found.slice(0, MOST_FOUND).map(({ emoji }) => emoji));
    setText(this.noteTarget, found.length ? gettext("{n} found", { n: found.length }) : gettext("No emoji for “{query}”", { query }));
  }

  take(event) {
    const { emoji } = event.target.closest("button")?.dataset ?? {};
    if (emoji) this.#take(emoji);
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") this.close();
    else if (event.target === this.searchTarget) {
      if (!this.#keyInSearch(event.key)) return;
    } else if (!this.#keyAmong(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  get #recent() {
    return this.chatOutlet.storage.read(RECENT) ?? [];
  }

  get #shown() {
    return /** @type {HTMLElement[]} */ ([...this.gridTarget.children]);
  }

  #keyInSearch(key) {
    const [first] = this.#shown;
    if (key === "ArrowDown") first?.focus();
    else if (key === "Enter" && first && this.searchTarget.value.trim()) this.#take(first.dataset.emoji);
    else return key === "Enter";
    return true;
  }

  #keyAmong({ key, target }) {
    const isInGrid = this.gridTarget.contains(target);
    const elements = isInGrid ? this.#shown : /** @type {HTMLElement[]} */ ([...this.groupsTarget.children]);
    const up = isInGrid && { ArrowUp: -1, ArrowDown: 1 }[key];
    if (up) {
      const next = elements[elements.indexOf(target) + up * this.#columns];
      (next ?? (up < 0 ? this.searchTarget : target)).focus();
      return true;
    }
    const next = walk(elements, key, { back: ["ArrowLeft"], on: ["ArrowRight"] });
    next?.focus();
    if (next) this.#makeReachable(elements, next);
    return Boolean(next);
  }

  get #columns() {
    return getComputedStyle(this.gridTarget).gridTemplateColumns.split(" ").length;
  }

  #drawGroups() {
    const recent = this.#recent.length ? [{ group: null, sign: "🕘", name: gettext("Used last") }] : [];
    const buttons = [...recent, ...GROUPS].map(({ group, sign, name }) => {
      const button = this.#button(sign, name);
      button.dataset.group = String(group);
      delete button.dataset.emoji;
      button.addEventListener("click", () => this.#showGroup(group));
      return button;
    });
    this.groupsTarget.replaceChildren(...buttons);
    this.#makeReachable(buttons, buttons[0]);
  }

  #showGroup(group) {
    this.#press(String(group));
    this.#draw(group === null ? this.#recent : this.all.filter((each) => each.group === group).map(({ emoji }) => emoji));
    setText(this.noteTarget, "");
  }

  #press(group) {
    for (const button of this.groupsTarget.children) button.setAttribute("aria-pressed", String(button.dataset.group === group));
  }

  #draw(emoji) {
    const buttons = emoji.map((each) => this.#button(each, this.names.get(each) ?? each));
    this.gridTarget.replaceChildren(...buttons);
    this.gridTarget.scrollTop = 0;
    if (buttons.length) this.#makeReachable(buttons, buttons[0]);
  }

  #button(emoji, name) {
    const button = clone(this.templateTarget);
    button.textContent = emoji;
    button.dataset.emoji = emoji;
    button.setAttribute("aria-label", name);
    button.title = name;
    return button;
  }

  #makeReachable(elements, wanted) {
    for (const element of elements) element.tabIndex = element === wanted ? 0 : -1;
  }

  #take(emoji) {
    const rest = this.#recent.filter((each) => each !== emoji);
    this.chatOutlet.storage.write(RECENT, [emoji, ...rest].slice(0, MOST_RECENT));
    this.close();
    this.choose(emoji);
  }

  #giveFocusBack() {
    const { anchor } = this;
    const fallback = anchor.closest(".entry")?.querySelector(":scope > .message") ?? document.getElementById("body");
    (anchor.checkVisibility() ? anchor : /** @type {HTMLElement | null} */ (fallback))?.focus({ preventScroll: true });
  }
}
