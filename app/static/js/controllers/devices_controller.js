import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { write } from "../lib/requests.js";
import { toast } from "../lib/toast.js";

const URL = "/users/me/sessions";

/** The devices on which one is logged in: ends one, or all others. */
export default class extends Controller {
  static targets = ["list", "item", "all", "trouble"];
  static outlets = ["settings"];
  static values = { ended: String, all: String };

  async end({ currentTarget }) {
    const item = currentTarget.closest("[data-session-id]");
    if (!(await this.#ask(`${URL}/${item.dataset.sessionId}`, currentTarget))) return;
    this.#took([item], this.endedValue);
  }

  async endAll({ currentTarget }) {
    if (!(await this.#ask(URL, currentTarget))) return;
    this.#took(this.itemTargets.filter((item) => item.querySelector("button")), this.allValue);
  }

  async #ask(url, button) {
    button.setAttribute("aria-disabled", "true");
    const answer = await write(this.settingsOutlet.session, "DELETE", url);
    button.removeAttribute("aria-disabled");
    // One that is not there any more has ended elsewhere, which is as good.
    const isDone = answer.ok || answer.error.code === "not_found";
    complain(this.troubleTarget, isDone ? "" : answer.error.message);
    return isDone;
  }

  #took(items, text) {
    for (const item of items) item.remove();
    const rest = this.element.querySelectorAll("li button");
    if (this.hasAllTarget && rest.length < 2) this.allTarget.remove();
    // The focus was on what is gone.
    const next = rest[0] ?? document.getElementById("main");
    next.focus();
    toast(text, "done");
  }
}
