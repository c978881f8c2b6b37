import { Controller } from "@hotwired/stimulus";

import { commandChoices, emojiChoices, roomChoices, wordAt } from "../lib/completion.js";
import { ngettext } from "../lib/i18n.js";
import { clone, setText, slot } from "../lib/slots.js";

/** Completes emoji behind a colon, rooms behind a number sign, commands behind a slash at the beginning: arrows choose, Enter or Tab takes, Escape closes. */
export default class extends Controller {
  static targets = ["input", "list", "template", "announcement"];
  static values = { emojiUrl: String };

  connect() {
    this.rooms = [];
    this.choices = [];
  }

  /** The rooms that I am in, after each connection. */
  renew({ detail: { rooms } }) {
    this.rooms = rooms;
  }

  async suggest(event) {
    if (event.isComposing) return;
    const { value, selectionStart, selectionEnd } = this.inputTarget;
    this.word = selectionStart === selectionEnd ? wordAt(value, selectionStart) : null;
    if (!this.word) return this.close();
    const { word } = this;
    const choices = await this.#choicesFor(word);
    if (word !== this.word) return; // more was typed meanwhile
    this.choices = choices;
    if (choices.length && document.activeElement === this.inputTarget) this.#open();
    else this.close();
  }

  #choicesFor({ kind, query }) {
    if (kind === "/") return commandChoices(query);
    return kind === "#" ? roomChoices(query, this.rooms) : emojiChoices(query, this.emojiUrlValue).catch(() => []);
  }

  navigate(event) {
    if (this.listTarget.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#select((this.index + step + this.choices.length) % this.choices.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.#take(this.choices[this.index]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  choose(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    // The field keeps the focus, or the list would close before it is used.
    event.preventDefault();
    this.#take(this.choices[[...this.listTarget.children].indexOf(option)]);
  }

  close() {
    this.word = null;
    if (this.listTarget.hidden) return;
    this.listTarget.hidden = true;
    this.inputTarget.removeAttribute("aria-activedescendant");
    setText(this.announcementTarget, "");
  }

  #open() {
    this.listTarget.replaceChildren(...this.choices.map((choice, index) => this.#option(choice, index)));
    this.listTarget.hidden = false;
    const n = this.choices.length;
    const found = {
      "#": ngettext("{n} room to choose from", "{n} rooms to choose from", n),
      ":": ngettext("{n} emoji to choose from", "{n} emoji to choose from", n),
      "/": ngettext("{n} command to choose from", "{n} commands to choose from", n),
    };
    setText(this.announcementTarget, found[this.word.kind]);
    this.#select(0);
  }

  #option({ sign, name, hint }, index) {
    const option = clone(this.templateTarget);
    setText(slot(option, "sign"), sign);
    setText(slot(option, "name"), name);
    setText(slot(option, "hint"), hint);
    option.id = `${this.listTarget.id}-${index}`;
    return option;
  }

  #select(index) {
    this.index = index;
    [...this.listTarget.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === index)));
    this.inputTarget.setAttribute("aria-activedescendant", this.listTarget.children[index].id);
    this.listTarget.children[index].scrollIntoView({ block: "nearest" });
  }

  #take({ written }) {
    const { start, query } = this.word;
    this.close();
    this.inputTarget.setRangeText(`${written} `, start, start + 1 + query.length, "end");
    this.inputTarget.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
