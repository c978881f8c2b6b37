import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { localInput, inMinutes, tomorrowMorning } from "../lib/moments.js";
import { setText } from "../lib/slots.js";

const A_YEAR = 366 * 24 * 60;

/**
 * The dialog that asks for a moment to come. `ask` opens it; what was chosen goes to `save`, and the dialog closes when
 * that has worked.
 */
export default class extends Controller {
  static targets = ["form", "heading", "quote", "bodyField", "body", "back", "timeField", "time", "noteField", "note", "error", "errorText", "submit"];

  /**
   * @param {object} question
   * @param {string} question.heading
   * @param {string} question.submit what the button says
   * @param {string} [question.quote] the message it is about
   * @param {string} [question.body] a text that can be changed with the moment
   * @param {string} [question.note] a note that can be changed; left out, none is asked for
   * @param {Date | null} [question.at] the moment that was chosen before
   * @param {string} [question.back] what was chosen in place of a moment: the return of somebody
   * @param {(answer: {at: string | null, body: string, note: string}) => Promise<string>} question.save
   *   returns what went wrong, or "". `at` is null if it is still as the question has it
   */
  ask({ heading, submit, quote = "", body, note, at = null, back = "", save }) {
    this.save_ = save;
    this.at = at;
    this.formTarget.reset();
    setText(this.headingTarget, heading);
    setText(this.submitTarget, submit);
    setText(this.quoteTarget, quote);
    this.quoteTarget.hidden = !quote;
    this.#give(this.bodyFieldTarget, this.bodyTarget, body);
    this.#give(this.noteFieldTarget, this.noteTarget, note);
    this.backTarget.hidden = !back;
    setText(this.backTarget.querySelector(".pill__label"), back);
    this.formTarget.elements.moment.value = back ? "back" : at ? "chosen" : "20";
    this.timeTarget.value = localInput(at ?? inMinutes(120));
    this.#complain("");
    this.adapt();
    this.element.showModal();
    (body === undefined ? this.formTarget.querySelector("[name=moment]:checked") : this.bodyTarget)?.focus();
  }

  close() {
    this.element.close();
  }

  closeOutside(event) {
    if (event.target === this.element) this.close();
  }

  adapt() {
    const isChosen = this.formTarget.elements.moment.value === "chosen";
    this.timeFieldTarget.hidden = !isChosen;
    this.timeTarget.disabled = !isChosen;
  }

  async save(event) {
    event.preventDefault();
    const body = this.bodyTarget.value.trim();
    const moment = this.#moment();
    const isSame = !moment || (this.at && localInput(this.at) === localInput(moment));
    if (!this.bodyFieldTarget.hidden && !body) return this.#complain(gettext("Write something, or cancel."));
    if (!isSame && (moment.getTime() <= Date.now() || moment > inMinutes(A_YEAR))) return this.#complain(gettext("Choose a time to come, at most a year ahead."));
    this.submitTarget.setAttribute("aria-disabled", "true");
    const trouble = await this.save_({ at: isSame ? null : moment.toISOString(), body, note: this.noteTarget.value.trim() });
    this.submitTarget.removeAttribute("aria-disabled");
    if (trouble) this.#complain(trouble);
    else this.close();
  }

  #moment() {
    const choice = this.formTarget.elements.moment.value;
    if (choice === "back") return null;
    if (choice === "chosen") return new Date(this.timeTarget.value);
    return choice === "tomorrow" ? tomorrowMorning() : inMinutes(Number(choice));
  }

  #give(field, input, value) {
    field.hidden = value === undefined;
    input.value = value ?? "";
  }

  #complain(text) {
    setText(this.errorTextTarget, text);
    this.errorTarget.hidden = !text;
  }
}
