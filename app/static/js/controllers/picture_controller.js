import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { SessionEnded } from "../lib/session.js";
import { setText, slot } from "../lib/slots.js";

const URL = "/users/me/avatar";
const LARGEST = 10 * 1024 * 1024;

/** One's own picture: another one, or none. Everyone's page learns of it from the server, this one too. */
export default class extends Controller {
  static targets = ["person", "choose", "remove", "state", "input"];
  static outlets = ["chat"];

  draw() {
    const { avatar_url: url } = this.chatOutlet.me;
    showPicture(slot(this.personTarget, "avatar"), url);
    this.removeTarget.hidden = !url;
  }

  choose() {
    this.inputTarget.click();
  }

  chosen() {
    const [file] = this.inputTarget.files;
    this.inputTarget.value = "";
    if (!file) return;
    if (file.size > LARGEST) return setText(this.stateTarget, "That picture has more than 10 MB. Choose a smaller one.");
    const body = new FormData();
    body.append("file", file);
    this.#ask({ method: "POST", body }, "This is your picture now.");
  }

  async remove() {
    await this.#ask({ method: "DELETE" }, "Your initials are shown again.");
    this.chooseTarget.focus();
  }

  async #ask(options, done) {
    setText(this.stateTarget, "One moment…");
    this.chooseTarget.setAttribute("aria-disabled", "true");
    try {
      const response = await this.chatOutlet.session.request(URL, options);
      setText(this.stateTarget, response.ok ? done : (await response.json()).error.message);
    } catch (error) {
      if (!(error instanceof SessionEnded)) setText(this.stateTarget, "The server could not be reached. Try again in a moment.");
    } finally {
      this.chooseTarget.removeAttribute("aria-disabled");
    }
  }
}
