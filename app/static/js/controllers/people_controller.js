import { Controller } from "@hotwired/stimulus";

import { statusText } from "../lib/busy.js";
import { fillPerson } from "../lib/person_view.js";
import { clone, setText, slot } from "../lib/slots.js";

/** The people in the sidebar, and the button with one's own name. */
export default class extends Controller {
  static targets = ["online", "offline", "bots", "onlineCount", "offlineCount", "botsCount", "offlineSection", "botsSection", "alone", "me", "template"];
  static outlets = ["chat"];

  connect() {
    this.draw();
  }

  draw() {
    const { me } = this.chatOutlet;
    const bots = this.chatOutlet.others.filter((person) => person.role === "bot");
    const others = this.chatOutlet.others.filter((person) => person.role !== "bot");
    const online = others.filter((person) => person.is_online);
    const offline = others.filter((person) => !person.is_online);
    this.#fill(this.onlineTarget, online);
    this.#fill(this.offlineTarget, offline);
    this.#fill(this.botsTarget, bots);
    setText(this.onlineCountTarget, online.length ? String(online.length) : "");
    setText(this.offlineCountTarget, String(offline.length));
    setText(this.botsCountTarget, String(bots.length));
    this.offlineSectionTarget.hidden = offline.length === 0;
    this.botsSectionTarget.hidden = bots.length === 0;
    this.aloneTarget.hidden = online.length > 0;
    fillPerson(this.meTarget, { ...me, is_online: true });
    setText(slot(this.meTarget, "status"), statusText(me));
  }

  /** Show the profile of the person who was chosen. */
  choose(event) {
    const button = event.target.closest("[data-profile-button]");
    if (button) this.dispatch("profile", { detail: { id: button.closest("[data-user-id]").dataset.userId } });
  }

  #fill(list, people) {
    const known = new Map([...list.children].map((item) => [item.dataset.userId, item]));
    const items = people.map((person) => {
      const item = known.get(person.id) ?? clone(this.templateTarget);
      fillPerson(item, person);
      return item;
    });
    const isSame = items.length === list.children.length && items.every((item, index) => list.children[index] === item);
    if (!isSame) list.replaceChildren(...items);
  }
}
