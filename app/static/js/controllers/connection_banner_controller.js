import { Controller } from "@hotwired/stimulus";

import { setText } from "../lib/slots.js";

const LABELS = { connecting: "Connecting…", online: "Connected", reconnecting: "Reconnecting…", offline: "Offline" };
const BANNERS = {
  reconnecting: "Reconnecting… You can go on writing.",
  offline: "You are offline. What you write will be sent when you are back.",
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
