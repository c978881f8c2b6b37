import { Controller } from "@hotwired/stimulus";

import { formatFull, formatUntil } from "../lib/format.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { fetchKept, roomName } from "../lib/kept.js";
import { costText } from "../lib/money.js";
import { clone, setText, slot } from "../lib/slots.js";
import { modeHint, readPreferences } from "../lib/stand_in.js";

const PAGE = 20;
const MODES = { off: gettext("Off while you are busy"), draft: gettext("Drafts for you while you are busy"), answer: gettext("Answers while you are busy") };
const KINDS = { ask: gettext("You asked it"), summary: gettext("A summary for you") };
const OUTCOMES = { pending: gettext("Under way"), done: gettext("Answered"), stopped: gettext("Stopped"), failed: gettext("No answer"), refused: gettext("Not asked") };
const REASONS = {
  switched_off: gettext("stand-ins are switched off"),
  budget: gettext("the day's budget is used up"),
  in_a_row: gettext("it had the last word too often"),
  too_many_questions: gettext("too many questions at once"),
  not_configured: gettext("there is no provider"),
  timeout: gettext("the provider took too long"),
  rate_limited: gettext("the provider has too much to do"),
  refused: gettext("the provider declined"),
  unreachable: gettext("the provider was not reached"),
  bad_answer: gettext("the provider's answer made no sense"),
  server_error: gettext("the provider had a fault"),
  lost: gettext("the server was restarted"),
  left: gettext("it is left for you"),
};

/** What one's stand-in does, what it used today, and the record of every time it was asked. */
export default class extends Controller {
  static targets = ["mode", "hint", "count", "bar", "list", "empty", "more", "trouble", "item", "all"];
  static outlets = ["chat"];

  connect() {
    this.allTarget.hidden = this.chatOutlet.me.role !== "administrator";
    this.load();
  }

  async load() {
    const { session } = this.chatOutlet;
    const [preferences, page] = await Promise.all([readPreferences(session), this.#fetch("")]);
    this.troubleTarget.hidden = Boolean(preferences && page);
    if (preferences) this.#drawMode(preferences);
    if (!page) return;
    this.#drawUse(page.today);
    this.listTarget.replaceChildren();
    this.#append(page.calls);
    this.emptyTarget.hidden = page.calls.length > 0;
  }

  async loadMore() {
    const last = /** @type {HTMLElement} */ (this.listTarget.lastElementChild);
    const page = await this.#fetch(`&before=${last.dataset.id}`);
    this.troubleTarget.hidden = Boolean(page);
    if (!page) return;
    this.#append(page.calls);
    /** @type {HTMLElement | null} */ (last.nextElementSibling?.querySelector("a"))?.focus();
  }

  #fetch(before) {
    return fetchKept(this.chatOutlet.session, `/api/stand-in/audit?limit=${PAGE}${before}`);
  }

  #drawMode(preferences) {
    const mode = preferences.is_set_up ? (preferences.mode_now ?? preferences.mode) : "";
    setText(this.modeTarget, MODES[mode] ?? gettext("Not set up yet"));
    setText(this.hintTarget, modeHint(mode, preferences));
  }

  #drawUse(today) {
    for (const count of this.countTargets) {
      const { name } = count.dataset;
      setText(count, gettext("{used} of {all}", { used: today[name], all: today[`${name}_a_day`] }));
    }
    for (const bar of this.barTargets) bar.value = Math.min(1, today[bar.dataset.name] / Math.max(1, today[`${bar.dataset.name}_a_day`]));
  }

  #append(calls) {
    this.listTarget.append(...calls.map((call) => this.#item(call)));
    this.moreTarget.hidden = calls.length < PAGE;
  }

  #item(call) {
    const item = clone(this.itemTarget);
    item.dataset.id = call.id;
    const at = new Date(call.at);
    setText(slot(item, "author"), KINDS[call.kind] ?? this.chatOutlet.directory.get(call.asker_id)?.name ?? gettext("Someone who left"));
    setText(slot(item, "place"), call.room_id ? roomName(call.room_id) : "");
    setText(slot(item, "time"), formatUntil(at));
    slot(item, "time").title = formatFull(at);
    const reason = REASONS[call.reason] ?? call.reason;
    setText(slot(item, "outcome"), `${OUTCOMES[call.outcome]}${reason ? `: ${reason}` : ""}`);
    slot(item, "outcome").dataset.outcome = call.outcome;
    setText(slot(item, "cost"), costOf(call));
    const message = call.answer_id ?? call.message_id;
    slot(item, "link").hidden = !message || !call.room_id;
    slot(item, "link").setAttribute("href", `/rooms/${call.room_id}/messages/${message}`);
    return item;
  }
}

function costOf({ tokens_in, tokens_out, cost, model, seconds }) {
  const parts = [
    tokens_in + tokens_out > 0 && ngettext("{n} token", "{n} tokens", tokens_in + tokens_out),
    costText(cost),
    typeof seconds === "number" && gettext("{seconds} s", { seconds: Number(seconds.toFixed(1)) }),
    model,
  ];
  return parts.filter(Boolean).join(" · ");
}
