import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { newId } from "../lib/ids.js";
import { ask, excerpt, fetchKept } from "../lib/kept.js";
import { clone, setText, slot } from "../lib/slots.js";
import { speakerOf } from "../lib/text.js";
import { toast } from "../lib/toast.js";

const ICONS = { open: "room", closed: "closed-room", direct: "direct-room" };

/** Takes a message to another room. */
export default class extends Controller {
  static targets = ["form", "author", "quote", "search", "rooms", "none", "comment", "error", "errorText", "submit", "template"];
  static outlets = ["chat"];

  async open({ detail: { message } }) {
    this.message = message;
    // Kept until it has worked: tried again, it is still one message.
    this.key = newId();
    this.formTarget.reset();
    setText(this.authorTarget, speakerOf((message.forwarded_from ?? message).sender));
    setText(this.quoteTarget, excerpt(message));
    this.roomsTarget.replaceChildren();
    this.noneTarget.hidden = true;
    this.#complain("");
    this.element.showModal();
    this.searchTarget.focus();
    const found = await fetchKept(this.chatOutlet.session, "/api/rooms");
    if (!found) return this.#complain(gettext("Your rooms could not be loaded. Close this and try again."));
    const rooms = found.rooms.filter((room) => !room.is_archived);
    this.roomsTarget.replaceChildren(...rooms.map((room) => this.#choice(room)));
    this.narrow();
  }

  close() {
    this.element.close();
  }

  closeOutside(event) {
    if (event.target === this.element) this.close();
  }

  /** Only the rooms with these words in their names. */
  narrow() {
    const words = this.searchTarget.value.toLowerCase().split(/\s+/u).filter(Boolean);
    const choices = [...this.roomsTarget.children];
    for (const choice of choices) {
      const name = choice.textContent.toLowerCase();
      choice.hidden = !words.every((word) => name.includes(word));
      const input = choice.querySelector("input");
      if (choice.hidden) input.checked = false;
    }
    this.noneTarget.hidden = !choices.length || choices.some((choice) => !choice.hidden);
  }

  /** Down goes from the search to the rooms; Enter takes the only one that is left. */
  walk(event) {
    const inputs = [...this.roomsTarget.children].filter((choice) => !choice.hidden).map((choice) => choice.querySelector("input"));
    if (event.key === "ArrowDown" && inputs.length) {
      inputs[0].checked = true;
      inputs[0].focus();
      event.preventDefault();
    } else if (event.key === "Enter" && !event.isComposing) {
      if (inputs.length === 1) inputs[0].checked = true;
      else event.preventDefault();
    }
  }

  async send(event) {
    event.preventDefault();
    const roomId = this.formTarget.elements.room?.value;
    if (!roomId) return this.#complain(gettext("Choose a room."));
    if (this.submitTarget.getAttribute("aria-disabled") === "true") return;
    const name = this.roomsTarget.querySelector("input:checked").closest("label").textContent.trim();
    const comment = this.commentTarget.value.trim();
    const values = { message_id: this.message.id, room_id: roomId, client_message_id: this.key, ...(comment && { comment }) };
    this.submitTarget.setAttribute("aria-disabled", "true");
    const { trouble } = await ask(this.chatOutlet.connection, "message:forward", values);
    this.submitTarget.removeAttribute("aria-disabled");
    if (trouble) return this.#complain(trouble);
    this.close();
    toast(gettext("Forwarded to {name}", { name }), "done");
  }

  #choice(room) {
    const choice = clone(this.templateTarget);
    choice.querySelector("input").value = room.id;
    slot(choice, "icon").setAttribute("href", `#icon-${ICONS[room.kind]}`);
    setText(slot(choice, "name"), room.name);
    return choice;
  }

  #complain(text) {
    setText(this.errorTextTarget, text);
    this.errorTarget.hidden = !text;
  }
}
