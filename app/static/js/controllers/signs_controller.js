import { Controller } from "@hotwired/stimulus";

const OFTEN_ENOUGH = 60_000;

/** Tells the server that somebody is there: without a word for ten minutes, on any device, they are away. */
export default class extends Controller {
  static outlets = ["chat"];

  note() {
    if (document.hidden || Date.now() - (this.notedAt ?? -Infinity) < OFTEN_ENOUGH) return;
    const { connection } = this.chatOutlet;
    if (!connection.isReady) return;
    this.notedAt = Date.now();
    connection.send("presence:active", {}).catch(() => (this.notedAt = undefined));
  }
}
