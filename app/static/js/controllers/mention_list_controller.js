import { Controller } from "@hotwired/stimulus";

import { presenceOf, statusText } from "../lib/busy.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { candidates, mentionAt } from "../lib/mentions.js";
import { fillPerson } from "../lib/person_view.js";
import { clone, setText, slot } from "../lib/slots.js";

/** Completes the name behind an @: arrows choose, Enter or Tab takes, Escape closes. */
export default class extends Controller {
  static targets = ["input", "list", "template", "announcement"];
  static outlets = ["chat"];

  suggest(event) {
    if (event.isComposing) return;
    const input = this.inputTarget;
    this.mention = input.selectionStart === input.selectionEnd ? mentionAt(input.value, input.selectionStart) : null;
    this.people = this.mention ? candidates(this.chatOutlet.others, this.mention.query) : [];
    // A name that is written out needs no list any more.
    const isDone = this.people.length === 1 && this.people[0].name.toLowerCase() === this.mention.query.toLowerCase();
    if (this.people.length && !isDone) this.#open();
    else this.close();
  }

  navigate(event) {
    if (this.listTarget.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#select((this.index + step + this.people.length) % this.people.length);
    else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) this.#take(this.people[this.index]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    // The field keeps the focus, or the list would close before it is used.
    event.preventDefault();
    this.#take(this.people[[...this.listTarget.children].indexOf(option)]);
  }

  close() {
    if (this.listTarget.hidden) return;
    this.listTarget.hidden = true;
    this.inputTarget.removeAttribute("aria-activedescendant");
    setText(this.announcementTarget, "");
  }

  #open() {
    this.listTarget.replaceChildren(...this.people.map((person, index) => this.#option(person, index)));
    this.listTarget.hidden = false;
    setText(this.announcementTarget, ngettext("{n} member to mention", "{n} members to mention", this.people.length));
    this.#select(0);
  }

  #option(person, index) {
    const option = clone(this.templateTarget);
    fillPerson(option, person);
    setText(slot(option, "status"), presenceOf(person) === "offline" ? gettext("Offline") : statusText(person));
    option.id = `${this.listTarget.id}-${index}`;
    return option;
  }

  #select(index) {
    this.index = index;
    [...this.listTarget.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === index)));
    this.inputTarget.setAttribute("aria-activedescendant", `${this.listTarget.id}-${index}`);
    this.listTarget.children[index].scrollIntoView({ block: "nearest" });
  }

  #take(person) {
    const { start, query } = this.mention;
    this.close();
    this.inputTarget.setRangeText(`@${person.name} `, start, start + 1 + query.length, "end");
    this.inputTarget.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
