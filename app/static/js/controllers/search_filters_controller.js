import { Controller } from "@hotwired/stimulus";

import { ngettext } from "../lib/i18n.js";
import { choices, filterAt } from "../lib/search_filters.js";
import { clone, setText, slot } from "../lib/slots.js";

/** Filters of the search: buttons begin one, a list offers what may stand behind it. Arrows, Enter or Tab, Escape. */
export default class extends Controller {
  static targets = ["input", "list", "template", "announcement"];
  static outlets = ["chat"];

  connect() {
    this.rooms = [];
    this.choices = [];
  }

  /** A button: `from:` at the end of what is there. */
  async begin(event) {
    const input = this.inputTarget;
    const before = input.value.trimEnd();
    input.value = `${before}${before ? " " : ""}${event.params.filter}:`;
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    await this.#suggest();
  }

  suggest(event) {
    if (!event.isComposing) this.#suggest();
  }

  navigate(event) {
    if (this.listTarget.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#select((this.index + step + this.choices.length) % this.choices.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.#take(this.choices[this.index]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault(); // the field keeps the focus, or the list would close before it is used
    this.#take(this.choices[[...this.listTarget.children].indexOf(option)]);
  }

  close() {
    if (this.listTarget.hidden) return;
    this.listTarget.hidden = true;
    this.inputTarget.setAttribute("aria-expanded", "false");
    this.inputTarget.removeAttribute("aria-activedescendant");
    setText(this.announcementTarget, "");
  }

  async #suggest() {
    const input = this.inputTarget;
    this.filter = input.selectionStart === input.selectionEnd ? filterAt(input.value, input.selectionStart) : null;
    if (!this.filter) return this.close();
    if (this.filter.name === "in") await this.#loadRooms();
    if (!this.filter || document.activeElement !== input) return;
    const { me, directory } = this.chatOutlet;
    const known = { people: directory.everyone, rooms: this.rooms, me: me.id, today: new Date() };
    this.choices = choices(this.filter.name, this.filter.typed, known);
    if (this.choices.length) this.#open();
    else this.close();
  }

  async #loadRooms() {
    if (this.rooms.length) return;
    try {
      this.rooms = (await this.chatOutlet.session.getJSON("/api/rooms")).rooms;
    } catch {
      this.rooms = [this.chatOutlet.room]; // this one is known in any case
    }
  }

  #open() {
    this.listTarget.replaceChildren(...this.choices.map((choice, index) => this.#option(choice, index)));
    this.listTarget.hidden = false;
    this.inputTarget.setAttribute("aria-expanded", "true");
    setText(this.announcementTarget, ngettext("{n} suggestion", "{n} suggestions", this.choices.length));
    this.#select(0);
  }

  #option({ label, note }, index) {
    const option = clone(this.templateTarget);
    option.id = `search-option-${index}`;
    setText(slot(option, "label"), label);
    setText(slot(option, "note"), note ?? "");
    return option;
  }

  #select(index) {
    this.index = index;
    [...this.listTarget.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === index)));
    this.inputTarget.setAttribute("aria-activedescendant", `search-option-${index}`);
    this.listTarget.children[index].scrollIntoView({ block: "nearest" });
  }

  #take({ value }) {
    const { start, end } = this.filter;
    this.close();
    this.inputTarget.setRangeText(`${value} `, start, end, "end");
    this.inputTarget.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
