import { Controller } from "@hotwired/stimulus";

import { statusOf } from "../lib/busy.js";
import { digestUrl, inShort, readBusy, writeBusy } from "../lib/digest.js";
import { gettext } from "../lib/i18n.js";
import { ask, fetchKept } from "../lib/kept.js";
import { setText } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

/**
 * When a busy time is over, by hand or by the clock, or somebody busy writes: a quiet line that says what waits for them,
 * until they look at it or put it away, also after a reload.
 */
export default class extends Controller {
  static targets = ["text", "back"];
  static outlets = ["chat"];

  async look() {
    const { storage, me } = this.chatOutlet;
    const isBusy = statusOf(me) === "busy";
    const mark = readBusy(storage);
    if (isBusy && (!mark || mark.isOver)) return this.#begin();
    if (isBusy || !mark || mark.isSeen) return;
    if (!mark.isOver) writeBusy(storage, { ...mark, isOver: true });
    if (this.offered === mark.since) return;
    this.offered = mark.since;
    await this.#offer(gettext("While you were busy"), false);
  }

  /** Whoever writes is here, whatever their status says. */
  async wrote({ detail: { message } }) {
    const { storage, me } = this.chatOutlet;
    const mark = readBusy(storage);
    if (message.sender.id !== me.id || message.origin !== "person" || statusOf(me) !== "busy" || !mark || mark.hasWritten) return;
    writeBusy(storage, { ...mark, hasWritten: true });
    await this.#offer(gettext("You are still busy"), true);
  }

  show() {
    this.dismiss();
    this.dispatch("show");
  }

  dismiss() {
    const { storage } = this.chatOutlet;
    const mark = readBusy(storage);
    if (mark?.isOver) writeBusy(storage, { ...mark, isSeen: true });
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus) document.getElementById("body").focus();
  }

  /** Available again. What waited is told once more, as that of a time that is over. */
  async back() {
    const { trouble } = await ask(this.chatOutlet.connection, "status:set", { status: "available" });
    if (trouble) toast(trouble);
  }

  /** Only the server knows since when, if it was on another device. */
  async #begin() {
    this.element.hidden = true;
    if (this.isBeginning) return;
    this.isBeginning = true;
    const { session, storage } = this.chatOutlet;
    const digest = await fetchKept(session, digestUrl(null));
    writeBusy(storage, { since: digest?.since ?? new Date().toISOString() });
    this.isBeginning = false;
    await this.look();
  }

  async #offer(title, isStill) {
    const { session, storage } = this.chatOutlet;
    const [digest, drafts] = await Promise.all([fetchKept(session, digestUrl(readBusy(storage).since)), fetchKept(session, "/api/stand-in/drafts")]);
    const text = digest ? inShort(digest, drafts?.drafts.length ?? 0) : "";
    this.element.hidden = !text;
    if (!text) return;
    setText(this.textTarget, `${title}: ${text}.`);
    this.backTarget.hidden = !isStill;
  }
}
