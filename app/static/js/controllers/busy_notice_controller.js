import { Controller } from "@hotwired/stimulus";

import { busyNotice, statusOf } from "../lib/busy.js";
import { formatList } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { mentioned } from "../lib/mentions.js";
import { setText } from "../lib/slots.js";

/**
 * Says beforehand that whoever is written to is busy, and who may answer. The writer may leave it for them. And what
 * becomes of a question to the AI.
 */
export default class extends Controller {
  static targets = ["notice", "text", "leave", "leaveText", "ask"];
  static outlets = ["chat"];

  initialize() {
    this.isLeft = false;
  }

  draw({ detail } = {}) {
    if (detail?.text !== undefined) this.text = detail.text;
    const { others, room } = this.chatOutlet;
    const partners = room.kind === "direct" ? others.filter(({ id }) => room.member_ids.includes(id)) : others;
    const addressed = new Set(mentioned(this.text ?? "", others));
    if (partners.length === 1) addressed.add(partners[0]);
    const isAsk = /^\/ask(\s|$)/u.test(this.text ?? "");
    this.askTarget.hidden = !isAsk;
    const busy = isAsk ? [] : [...addressed].filter((person) => statusOf(person) === "busy");
    this.noticeTarget.hidden = !busy.length;
    // An empty field may have been sent this moment: the choice goes with it.
    if (!busy.length && this.text?.trim()) this.isLeft = false;
    setText(this.textTarget, busyNotice(busy, this.isLeft));
    setText(this.leaveTextTarget, gettext("Just leave it for {names}", { names: formatList(busy.map(({ name }) => name)) }));
    this.leaveTarget.setAttribute("aria-pressed", String(this.isLeft));
  }

  /** For this message, and back. */
  toggle() {
    this.isLeft = !this.isLeft;
    this.draw();
  }

  /** What is sent takes the choice with it; the next one is asked anew. */
  give({ detail }) {
    detail.leave = this.isLeft;
    this.isLeft = false;
    this.draw();
  }
}
