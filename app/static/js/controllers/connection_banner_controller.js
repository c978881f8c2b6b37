import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { setText } from "../lib/slots.js";

const LABELS = { connecting: gettext("Connecting…"), online: gettext("Connected"), reconnecting: gettext("Reconnecting…"), offline: gettext("Offline") };
const BANNERS = {
  reconnecting: gettext("Reconnecting… You can go on writing."),
  offline: gettext("You are offline. What you write will be sent when you are back."),
};

/** Says how the connection is: always in the header, in words above the composer while something is wrong. */
export default class extends Controller {
  static targets = ["state", "stateText", "banner", "text"];

  show({ detail: { state } }) {
    this.stateTarget.dataset.state = state;
    setText(this.stateTextTarget, LABELS[state]);
    this.bannerTarget.hidden = !(state in BANNERS);
    setText(this.textTarget, BANNERS[state] ?? "");
  }
}
