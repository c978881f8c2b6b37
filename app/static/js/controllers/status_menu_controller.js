import { Controller } from "@hotwired/stimulus";

import { statusOf, statusText } from "../lib/busy.js";
import { gettext } from "../lib/i18n.js";
import { inMinutes, localInput, tomorrowMorning } from "../lib/moments.js";
import { setText } from "../lib/slots.js";
import { modeHint, readPreferences } from "../lib/stand_in.js";

/**
 * The dialog in which one's status is chosen, and what one's stand-in does meanwhile. Busy always ends. Before a stand-in
 * speaks for the first time, saving leads through its set-up, and back.
 */
export default class extends Controller {
  static targets = ["dialog", "form", "status", "busy", "chosen", "time", "noteField", "note", "modes", "modeHint", "error", "errorText", "submit", "announcement"];
  static outlets = ["chat"];

  open() {
    const { me } = this.chatOutlet;
    this.isSaving = false;
    this.formTarget.reset();
    for (const input of this.statusTargets) input.checked = input.value === statusOf(me);
    this.noteTarget.value = me.status_note ?? "";
    if (statusOf(me) === "busy" && me.status_until) this.#keepUntil(new Date(me.status_until));
    else this.timeTarget.value = localInput(inMinutes(120));
    this.timeTarget.min = localInput(new Date());
    this.#complain("");
    this.adapt();
    this.dialogTarget.showModal();
    this.statusTargets.find((input) => input.checked)?.focus();
    return this.#loadModes();
  }

  close() {
    this.dialogTarget.close();
  }

  /** One's profile instead. */
  profile() {
    this.close();
    this.dispatch("profile", { detail: { id: this.chatOutlet.me.id } });
  }

  /** What the stand-in may say, over this dialog. */
  settings() {
    this.isSaving = false;
    this.dispatch("settings");
  }

  /** The stand-in was told what it may say: back to what was being done here. */
  setUp({ detail: { preferences } }) {
    if (!this.dialogTarget.open) return;
    this.#showModes(preferences);
    if (this.isSaving) this.formTarget.requestSubmit();
  }

  closeOutside(event) {
    if (event.target === this.dialogTarget) this.close();
  }

  /** Ask only for what the chosen status needs. */
  adapt() {
    const { status, until } = this.formTarget.elements;
    const isBusy = status.value === "busy";
    const isChosen = until.value === "chosen";
    this.busyTarget.hidden = !isBusy;
    this.#drawModes(isBusy);
    this.noteFieldTarget.hidden = status.value === "available";
    this.chosenTarget.hidden = !isChosen;
    // A field that is hidden must not hold the form back with a time that has passed.
    this.timeTarget.disabled = !(isBusy && isChosen);
  }

  async save(event) {
    event.preventDefault();
    const change = this.#change();
    if (change.until && Date.parse(change.until) <= Date.now()) return this.#complain(gettext("Choose a time that is still to come."));
    const { mode } = change;
    this.isSaving = Boolean(mode && mode !== "off" && !this.preferences.is_set_up);
    if (this.isSaving) return this.dispatch("settings", { detail: { mode } });
    this.submitTarget.setAttribute("aria-disabled", "true");
    try {
      this.#answered(await this.chatOutlet.connection.insist("status:set", change));
    } catch {
      this.#complain(gettext("The server cannot be reached. Your status is as it was; try again in a moment."));
    } finally {
      this.submitTarget.removeAttribute("aria-disabled");
    }
  }

  /** What the stand-in is to do, or "" where that is not asked for. */
  get mode() {
    return this.modesTarget.hidden ? "" : this.formTarget.elements.mode.value;
  }

  async #loadModes() {
    this.preferences = null;
    const preferences = await readPreferences(this.chatOutlet.session);
    if (preferences && this.dialogTarget.open) this.#showModes(preferences);
  }

  #showModes(preferences) {
    this.preferences = preferences;
    const { mode } = this.formTarget.elements;
    if (preferences.is_set_up) mode.value = (statusOf(this.chatOutlet.me) === "busy" && preferences.mode_now) || preferences.mode;
    this.#drawModes(this.formTarget.elements.status.value === "busy");
  }

  #drawModes(isBusy) {
    this.modesTarget.hidden = !isBusy || !this.preferences;
    if (this.preferences) setText(this.modeHintTarget, modeHint(this.formTarget.elements.mode.value, this.preferences));
  }

  #answered(ack) {
    if (!ack.ok) return this.#complain(ack.error.message);
    this.close();
    if (ack.user) setText(this.announcementTarget, gettext("Your status: {status}", { status: statusText(ack.user) }));
  }

  #change() {
    const status = this.formTarget.elements.status.value;
    if (status === "available") return { status };
    const note = this.noteTarget.value.trim();
    const { mode } = this;
    return { status, ...(note && { note }), ...(status === "busy" && { until: this.#until().toISOString(), ...(mode && { mode }) }) };
  }

  #until() {
    const choice = this.formTarget.elements.until.value;
    if (choice === "chosen") return new Date(this.timeTarget.value);
    return choice === "tomorrow" ? tomorrowMorning() : inMinutes(Number(choice));
  }

  #keepUntil(until) {
    this.formTarget.elements.until.value = "chosen";
    this.timeTarget.value = localInput(until);
  }

  #complain(text) {
    setText(this.errorTextTarget, text);
    this.errorTarget.hidden = !text;
  }
}
