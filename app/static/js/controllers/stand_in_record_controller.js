import { Controller } from "@hotwired/stimulus";

import { counted } from "../lib/digest.js";
import { formatFull, formatUntil } from "../lib/format.js";
import { fetchKept } from "../lib/kept.js";
import { costText } from "../lib/money.js";
import { clone, setText, slot } from "../lib/slots.js";
import { modeHint, readPreferences, roomName } from "../lib/stand_in.js";

const PAGE = 20;
const MODES = { off: "Off while you are busy", draft: "Drafts for you while you are busy", answer: "Answers while you are busy" };
const KINDS = { ask: "You asked it", summary: "A summary for you" };
const OUTCOMES = { pending: "Under way", done: "Answered", stopped: "Stopped", failed: "No answer", refused: "Not asked" };
const REASONS = {
  switched_off: "stand-ins are switched off",
  budget: "the day's budget is used up",
  in_a_row: "it had the last word too often",
  too_many_questions: "too many questions at once",
  not_configured: "there is no provider",
  timeout: "the provider took too long",
  rate_limited: "the provider has too much to do",
  refused: "the provider declined",
  unreachable: "the provider was not reached",
  bad_answer: "the provider's answer made no sense",
  server_error: "the provider had a fault",
  lost: "the server was restarted",
};

/** What one's stand-in does, what it used today, and the record of every time it was asked. */
export default class extends Controller {
  static targets = ["mode", "hint", "count", "bar", "list", "empty", "more", "trouble", "item"];
  static outlets = ["chat"];

  connect() {
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
    setText(this.modeTarget, MODES[mode] ?? "Not set up yet");
    setText(this.hintTarget, modeHint(mode, preferences));
  }

  #drawUse(today) {
    for (const count of this.countTargets) {
      const { name } = count.dataset;
      setText(count, `${today[name].toLocaleString()} of ${today[`${name}_a_day`].toLocaleString()}`);
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
    setText(slot(item, "author"), KINDS[call.kind] ?? this.chatOutlet.directory.get(call.asker_id)?.name ?? "Someone who left");
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
    tokens_in + tokens_out > 0 && counted(tokens_in + tokens_out, "token", "tokens"),
    costText(cost),
    typeof seconds === "number" && `${seconds.toFixed(1)} s`,
    model,
  ];
  return parts.filter(Boolean).join(" · ");
}
