import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { sentenceOf, write } from "../lib/requests.js";
import { setText } from "../lib/slots.js";

/** Switches all stand-ins of the workspace off, at once, and on again. */
export default class extends Controller {
  static targets = ["title", "text", "button", "error"];
  static outlets = ["settings"];
  static values = { on: Boolean };

  async turn() {
    const enabled = !this.onValue;
    this.buttonTarget.setAttribute("aria-disabled", "true");
    const answer = await write(this.settingsOutlet.session, "PUT", "/api/stand-in/admin", { enabled });
    this.buttonTarget.removeAttribute("aria-disabled");
    complain(this.errorTarget, answer.ok ? "" : sentenceOf(answer.error));
    if (answer.ok) this.onValue = answer.is_enabled;
  }

  /** Drawn at the start, too. */
  onValueChanged() {
    setText(this.titleTarget, this.onValue ? gettext("Stand-ins are on") : gettext("All stand-ins are off"));
    setText(this.textTarget, this.onValue ? gettext("They answer for busy people within what each of them allows.") : gettext("Whoever writes to somebody busy gets one line that they are away."));
    if (this.hasButtonTarget) setText(this.buttonTarget, this.onValue ? gettext("Switch all off") : gettext("Switch them on"));
  }
}
