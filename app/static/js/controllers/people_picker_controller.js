import { Controller } from "@hotwired/stimulus";

import { findPeople } from "../lib/find_people.js";
import { gettext } from "../lib/i18n.js";
import { fillPerson } from "../lib/person_view.js";
import { clone, setText, slot } from "../lib/slots.js";

const MOST_SHOWN = 30;

/** Choose people by their names. */
export default class extends Controller {
  static targets = ["filter", "list", "chosen", "hint", "template", "chip"];
  static outlets = ["chat"];

  initialize() {
    this.chosen = new Map();
    this.excluded = new Set();
  }

  /** @returns {string[]} */
  get ids() {
    return [...this.chosen.keys()];
  }

  /**
   * Begin anew.
   * @param {Iterable<string>} [excluded] ids of those who cannot be chosen
   */
  reset(excluded = []) {
    this.chosen.clear();
    this.excluded = new Set(excluded);
    this.filterTarget.value = "";
    this.draw();
  }

  /**
   * Those who are chosen from the start. Who is gone meanwhile is left out.
   * @param {Iterable<string>} ids
   */
  preset(ids) {
    for (const person of Array.from(ids, (id) => this.chatOutlet.directory.get(id))) if (person) this.chosen.set(person.id, person);
    this.draw();
  }

  draw() {
    const found = findPeople(this.chatOutlet.others.filter(({ id }) => !this.excluded.has(id)), this.filterTarget.value);
    const shown = found.slice(0, MOST_SHOWN);
    this.listTarget.replaceChildren(...shown.map((person) => this.#item(person)));
    const more = found.length - shown.length;
    setText(this.hintTarget, found.length === 0 ? gettext("Nobody has such a name.") : more ? gettext("And {n} more: type a name to find them.", { n: more }) : "");
    this.#drawChosen();
  }

  toggle({ target }) {
    const { userId } = target.closest("[data-user-id]").dataset;
    if (target.checked) this.chosen.set(userId, this.chatOutlet.directory.get(userId));
    else this.chosen.delete(userId);
    this.#drawChosen();
  }

  /** Enter takes the first who fits, and does not send the form while somebody is looked for. */
  takeFirst(event) {
    if (!this.filterTarget.value.trim()) return;
    event.preventDefault();
    const box = this.listTarget.querySelector("input:not(:checked)");
    if (!box) return;
    box.click();
    this.filterTarget.value = "";
    this.draw();
  }

  drop({ currentTarget }) {
    this.chosen.delete(currentTarget.dataset.userId);
    this.draw();
    this.filterTarget.focus();
  }

  #item(person) {
    const item = clone(this.templateTarget);
    fillPerson(item, person);
    item.querySelector("input").checked = this.chosen.has(person.id);
    return item;
  }

  #drawChosen() {
    const chips = [...this.chosen.values()].map((person) => {
      const item = clone(this.chipTarget);
      setText(slot(item, "name"), person.name);
      item.querySelector("button").dataset.userId = person.id;
      return item;
    });
    this.chosenTarget.replaceChildren(...chips);
    this.chosenTarget.hidden = chips.length === 0;
  }
}
