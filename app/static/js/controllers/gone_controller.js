import { Controller } from "@hotwired/stimulus";

/** Whoever is taken out of the room that is open is told so, and shown the way out. */
export default class extends Controller {
  static targets = ["out"];
  static outlets = ["chat"];

  removed({ detail: { room_id } }) {
    if (room_id === this.chatOutlet.room.id) this.#tell();
  }

  /** The same for whoever was taken out while not connected. */
  look({ detail: { rooms } }) {
    if (!rooms.some((room) => room.id === this.chatOutlet.room.id)) this.#tell();
  }

  /** There is nothing to go back to. */
  keep(event) {
    event.preventDefault();
  }

  #tell() {
    if (this.element.open || document.body.hasAttribute("data-leaving")) return;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    this.element.showModal();
    this.outTarget.focus();
  }
}
