import { Controller } from "@hotwired/stimulus";

import { statusOf } from "../lib/busy.js";
import { digestUrl, inShort, putAway } from "../lib/digest.js";
import { gettext } from "../lib/i18n.js";
import { ask, fetchKept } from "../lib/kept.js";
import { setText } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

const STILL = "still busy";

/**
 * When a busy time is over, by hand or by the clock, or somebody busy writes: a quiet line that says what waits for them,
 * until they look at it or put it away, on whatever device. The server keeps that.
 */
export default class extends Controller {
  static targets = ["text", "back"];
  static outlets = ["chat"];

  async look() {
    const { busyTime, me } = this.chatOutlet;
    const waits = busyTime?.since && !busyTime.is_seen;
    const isBusy = statusOf(me) === "busy";
    // While it lasts, only what was offered for writing may stay.
    if (!waits || (isBusy && this.offered !== STILL)) return this.#withdraw();
    if (!isBusy) await this.#offer(busyTime.since, gettext("While you were busy"));
  }

  /** Whoever writes is here, whatever their status says. */
  async wrote({ detail: { message } }) {
    const { busyTime, me } = this.chatOutlet;
    if (message.sender.id !== me.id || message.origin !== "person" || statusOf(me) !== "busy" || !busyTime?.since || busyTime.is_seen) return;
    await this.#offer(STILL, gettext("You are still busy"));
  }

  show() {
    this.dismiss();
    this.dispatch("show");
  }

  async dismiss() {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus) document.getElementById("body").focus();
    const { trouble } = await putAway(this.chatOutlet.connection);
    if (trouble) toast(trouble);
  }

  /** Available again. What waited is told once more, as that of a time that is over. */
  async back() {
    const { trouble } = await ask(this.chatOutlet.connection, "status:set", { status: "available" });
    if (trouble) toast(trouble);
  }

  #withdraw() {
    this.offered = null;
    this.element.hidden = true;
  }

  /** Once for each `reason`, however often the page looks. */
  async #offer(reason, title) {
    if (this.offered === reason) return;
    this.offered = reason;
    const { session, busyTime } = this.chatOutlet;
    const [digest, drafts] = await Promise.all([fetchKept(session, digestUrl(busyTime.since)), fetchKept(session, "/api/stand-in/drafts")]);
    if (this.offered !== reason) return;
    if (!digest) this.offered = null; // the next time it looks
    const text = digest ? inShort(digest, drafts?.drafts.length ?? 0) : "";
    this.element.hidden = !text;
    if (!text) return;
    setText(this.textTarget, `${title}: ${text}.`);
    this.backTarget.hidden = reason !== STILL;
  }
}
