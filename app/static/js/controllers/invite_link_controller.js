import { Controller } from "@hotwired/stimulus";

import { copyText } from "../lib/clipboard.js";
import { formatFull } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { setText } from "../lib/slots.js";

const SHOWN_FOR = 2_000;

/** The link that invites people: copied by a button; until when it is good, as the reader writes times. */
export default class extends Controller {
  static targets = ["link", "button", "buttonText", "until"];

  connect() {
    this.buttonTarget.hidden = false;
    if (this.hasUntilTarget) setText(this.untilTarget, gettext("Good until {time}.", { time: formatFull(new Date(this.untilTarget.dataset.until)) }));
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  /** Where the page may not copy, the link is selected for the reader. */
  async copy() {
    const isCopied = await copyText(this.linkTarget.value);
    if (!isCopied) this.linkTarget.select();
    setText(this.buttonTextTarget, isCopied ? gettext("Copied") : gettext("Press Ctrl+C"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(this.buttonTextTarget, gettext("Copy")), SHOWN_FOR);
  }
}
