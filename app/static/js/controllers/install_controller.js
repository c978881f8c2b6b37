import { Controller } from "@hotwired/stimulus";

/** Offers to install the app, where the browser says that it can be. */
export default class extends Controller {
  offer(event) {
    event.preventDefault();
    this.event = event;
    this.element.hidden = false;
  }

  async ask() {
    this.event.prompt();
    await this.event.userChoice;
    this.done();
  }

  done() {
    this.element.hidden = true;
  }
}
