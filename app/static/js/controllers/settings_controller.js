import { Controller } from "@hotwired/stimulus";

import { Session } from "../lib/session.js";

/** The login of the pages of the settings, for all who ask the server there. */
export default class extends Controller {
  static values = { loginUrl: String };

  connect() {
    this.session = new Session({ onEnd: () => this.#logIn() });
    this.session.start();
  }

  disconnect() {
    this.session.stop();
  }

  /** To the login page and back here. */
  #logIn() {
    const here = this.loginUrlValue.startsWith("/") ? location.pathname : location.href;
    location.assign(`${this.loginUrlValue}?next=${encodeURIComponent(here)}`);
  }
}
