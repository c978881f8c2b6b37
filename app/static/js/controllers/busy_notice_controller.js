import { Controller } from "@hotwired/stimulus";

import { busyNotice } from "../lib/busy.js";
import { mentioned } from "../lib/mentions.js";
import { setText } from "../lib/slots.js";

/** Says beforehand that whoever is written to is busy, and who may answer. */
export default class extends Controller {
  static outlets = ["chat"];

  draw({ detail }) {
    if (detail?.text !== undefined) this.text = detail.text;
    const { others } = this.chatOutlet;
    const addressed = new Set(mentioned(this.text ?? "", others));
    if (others.length === 1) addressed.add(others[0]);
    const notice = busyNotice([...addressed]);
    this.element.hidden = !notice;
    setText(this.element, notice);
  }
}
