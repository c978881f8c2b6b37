import { Controller } from "@hotwired/stimulus";

import { chosenTheme, keepTheme, showTheme } from "../lib/theme.js";

/** The switch between light and dark, the same in every tab of this browser. */
export default class extends Controller {
  static targets = ["choice"];

  connect() {
    this.channel = new BroadcastChannel("standin:theme");
    this.channel.addEventListener("message", () => this.#show());
    this.#show();
  }

  disconnect() {
    this.channel.close();
  }

  choose({ currentTarget }) {
    keepTheme(currentTarget.value);
    this.#show();
    this.channel.postMessage("changed");
  }

  #show() {
    const theme = chosenTheme();
    showTheme(theme);
    for (const choice of this.choiceTargets) choice.checked = choice.value === theme;
  }
}
