import { Controller } from "@hotwired/stimulus";

import { statusOf } from "../lib/busy.js";
import { formatTime, formatUntil } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { newId } from "../lib/ids.js";
import { ask, momentOf } from "../lib/kept.js";
import { mentioned } from "../lib/mentions.js";
import { inMinutes, mondayMorning, tomorrowMorning } from "../lib/moments.js";
import { clone, setText, slot } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

const ON_THEIR_WAY = gettext("The files are still on their way. Try again when they have arrived.");
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The menu beside the send button: a time to come, or the return of somebody busy who is written to. */
export default class extends Controller {
  static targets = ["button", "menu", "template"];
  static outlets = ["chat", "composer", "attachments", "moment"];

  toggle() {
    if (this.menuTarget.hidden) this.open();
    else this.#close();
  }

  open(event) {
    event?.preventDefault();
    if (!this.composerOutlet.draft) return this.composerOutlet.inputTarget.focus();
    if (!this.attachmentsOutlet.arrived) return toast(ON_THEIR_WAY);
    this.menuTarget.replaceChildren(...this.#choices().map((choice) => this.#entry(choice)));
    this.#set(true);
    this.#entries[0].focus();
  }

  walk(event) {
    const here = this.#entries.indexOf(document.activeElement);
    const { length } = this.#entries;
    if (event.key === "Escape") this.#close();
    else if (event.key === "Tab") this.#set(false);
    else if (STEPS[event.key]) this.#entries[(here + STEPS[event.key] + length) % length].focus();
    else if (event.key === "Home" || event.key === "End") this.#entries.at(event.key === "Home" ? 0 : -1).focus();
    if (event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  }

  dismiss(event) {
    if (this.menuTarget.hidden || this.menuTarget.contains(event.target) || this.buttonTarget.contains(event.target)) return;
    this.#set(false);
  }

  choose(event) {
    const choice = this.#choices()[this.#entries.indexOf(event.currentTarget)];
    this.#close();
    if (choice?.when) this.#schedule(choice.when).then((trouble) => trouble && toast(trouble));
    else this.#askWhen();
  }

  #choices() {
    const at = (label, moment) => ({ label, time: formatTime(moment), when: { at: moment.toISOString() } });
    const mornings = new Date().getDay() === 0 ? [] : [at(gettext("Monday"), mondayMorning())];
    const back = this.#busy().map((person) => ({ label: gettext("When {name} is back", { name: person.name }), time: this.#untilOf(person), when: { when_back_user_id: person.id } }));
    return [...back, at(gettext("In 1 hour"), inMinutes(60)), at(gettext("Tomorrow"), tomorrowMorning()), ...mornings, { label: gettext("Choose a time…"), time: "" }];
  }

  /** The busy people who are written to: the others of a direct room, and whoever is mentioned. */
  #busy() {
    const { others, room } = this.chatOutlet;
    const inRoom = room.kind === "direct" ? others.filter(({ id }) => room.member_ids.includes(id)) : [];
    return [...new Set([...inRoom, ...mentioned(this.composerOutlet.draft?.body ?? "", others)])].filter((person) => statusOf(person) === "busy");
  }

  #untilOf({ status_until: until }) {
    return until ? formatUntil(new Date(until)) : "";
  }

  #askWhen() {
    this.momentOutlet.ask({ heading: gettext("Send later"), submit: gettext("Send later"), save: ({ at }) => this.#schedule({ at }) });
  }

  /** @returns {Promise<string>} what went wrong, or "" */
  async #schedule(when) {
    const { draft } = this.composerOutlet;
    if (!draft) return gettext("There is nothing to send.");
    const files = this.attachmentsOutlet.arrived;
    if (!files) return ON_THEIR_WAY;
    const { chatOutlet } = this;
    const file_ids = files.map(({ id }) => id);
    // The same key for the same message, until it has worked: tried again, it is still one.
    const said = [draft.body, ...file_ids].join("\n");
    if (this.keyFor !== said) [this.keyFor, this.key] = [said, newId()];
    const values = { ...draft, file_ids, room_id: chatOutlet.room.id, client_message_id: this.key, ...when };
    const { ack, trouble } = await ask(chatOutlet.connection, "message:schedule", values);
    if (trouble) return trouble;
    this.keyFor = null;
    this.attachmentsOutlet.settle(file_ids);
    this.composerOutlet.clear();
    toast(gettext("It will be sent: {time}", { time: momentOf(ack.scheduled) }), "done");
    return "";
  }

  get #entries() {
    return [...this.menuTarget.children];
  }

  #entry({ label, time }) {
    const entry = clone(this.templateTarget);
    setText(slot(entry, "label"), label);
    setText(slot(entry, "time"), time);
    return entry;
  }

  #close() {
    this.#set(false);
    this.buttonTarget.focus();
  }

  #set(isOpen) {
    this.menuTarget.hidden = !isOpen;
    this.buttonTarget.setAttribute("aria-expanded", String(isOpen));
  }
}
