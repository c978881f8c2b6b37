import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { roughCost } from "../lib/money.js";
import { sentenceOf } from "../lib/requests.js";
import { setText } from "../lib/slots.js";
import { modeHint, readPreferences, writePreferences } from "../lib/stand_in.js";
import { charactersLeft, lengthOf } from "../lib/text.js";
import { toast } from "../lib/toast.js";

/** What one's stand-in may do and say. The first time, this is its set-up. Tells `saved`, with the preferences. */
export default class extends Controller {
  static targets = ["heading", "intro", "form", "modeHint", "notes", "count", "people", "modelField", "model", "costHint", "error", "submit"];
  static outlets = ["chat", "people-picker"];
  static values = { limit: Number };

  /** @param {CustomEvent<{mode?: string, quietly?: boolean}>} event `mode`: the one that is wanted */
  async open({ detail }) {
    const preferences = await readPreferences(this.chatOutlet.session);
    if (!preferences) return toast(gettext("Your stand-in's settings could not be loaded. Try again in a moment."));
    this.preferences = preferences;
    this.wanted = detail?.mode;
    this.isFirst = !preferences.is_set_up;
    this.#fill(preferences, detail?.mode ?? (this.isFirst ? "answer" : preferences.mode));
    complain(this.errorTarget);
    this.adapt();
    this.element.showModal();
    this.notesTarget.focus();
  }

  close() {
    this.element.close();
  }

  /** Ask only for what the choices need. */
  adapt() {
    const { mode, allow } = this.#chosen;
    setText(this.modeHintTarget, modeHint(mode, { ...this.preferences, is_set_up: true }));
    this.peopleTarget.hidden = allow === "everyone";
    this.count();
  }

  count() {
    const left = this.limitValue - lengthOf(this.notesTarget.value);
    setText(this.countTarget, left < this.limitValue / 10 ? charactersLeft(left) : "");
    this.notesTarget.setAttribute("aria-invalid", String(left < 0));
  }

  async save(event) {
    event.preventDefault();
    const { allow, ...chosen } = this.#chosen;
    const user_ids = this.peoplePickerOutlet.ids;
    if (allow !== "everyone" && !user_ids.length) return complain(this.errorTarget, gettext("Choose at least one person, or let it answer everyone."));
    const values = { ...chosen, direct: { allow, user_ids: allow === "everyone" ? [] : user_ids } };
    this.submitTarget.setAttribute("aria-disabled", "true");
    const answer = await writePreferences(this.chatOutlet.session, values);
    this.submitTarget.removeAttribute("aria-disabled");
    if (!answer.ok) return complain(this.errorTarget, sentenceOf(answer.error));
    this.close();
    toast(this.isFirst ? gettext("Your stand-in is set up. It speaks when you are busy.") : gettext("Saved for your stand-in"), "done");
    this.dispatch("saved", { detail: { preferences: answer } });
  }

  get #chosen() {
    const { mode, allow, rooms, notes, tone, model } = this.formTarget.elements;
    const several = this.preferences.models.length > 1;
    return { mode: mode.value, allow: allow.value, rooms: rooms.value, notes: notes.value, tone: tone.value.trim(), ...(several && { model: model.value || null }) };
  }

  #fill({ notes, tone, direct, rooms, models, model, costs }, mode) {
    setText(this.headingTarget, this.isFirst ? gettext("Set up your stand-in") : gettext("Stand-in settings"));
    setText(this.submitTarget, this.isFirst ? gettext("Set it up") : gettext("Save"));
    this.introTarget.hidden = !this.isFirst;
    const fields = this.formTarget.elements;
    Object.assign(fields.notes, { value: notes });
    Object.assign(fields.tone, { value: tone });
    fields.mode.value = mode;
    fields.allow.value = direct.allow;
    fields.rooms.value = rooms;
    this.peoplePickerOutlet.reset([this.chatOutlet.me.id]);
    this.peoplePickerOutlet.preset(direct.user_ids);
    this.modelFieldTarget.hidden = models.length < 2;
    this.modelTarget.replaceChildren(...models.map((name) => new Option(withCost(name, costs[name]), name, false, name === model)));
    this.costHintTarget.hidden = !models.some((name) => name in costs);
  }
}

function withCost(model, cost) {
  return cost === undefined ? model : gettext("{model}, about {cost} for 1,000 answers", { model, cost: roughCost(cost * 1_000) });
}
