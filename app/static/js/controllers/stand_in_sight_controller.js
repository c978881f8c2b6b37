import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { excerpt, fetchKept } from "../lib/kept.js";
import { setText } from "../lib/slots.js";
import { speakerOf } from "../lib/text.js";

/** The exact parts of what the AI would be given for a question in this room, as things are now. */
export default class extends Controller {
  static targets = ["lead", "question", "parts", "system", "user", "quoted", "messages", "model", "trouble"];
  static outlets = ["chat"];

  connect() {
    setText(this.leadTarget, this.leadTarget.textContent.replace("{room}", this.chatOutlet.room.name));
    this.load();
  }

  async load(event) {
    event?.preventDefault();
    const { session, room } = this.chatOutlet;
    const query = new URLSearchParams({ room_id: room.id, question: this.questionTarget.value.trim() || gettext("Hello?") });
    const preview = await fetchKept(session, `/api/stand-in/preview?${query}`);
    this.troubleTarget.hidden = Boolean(preview);
    this.partsTarget.hidden = !preview;
    if (!preview) return;
    setText(this.systemTarget, preview.system);
    setText(this.userTarget, preview.user);
    setText(this.modelTarget, gettext("Sent to the model {model}.", { model: preview.model }));
    this.quotedTarget.hidden = !preview.message_ids.length;
    this.messagesTarget.replaceChildren(...preview.message_ids.map((id) => this.#item(id)));
  }

  #item(id) {
    const { messages, room } = this.chatOutlet;
    const message = messages.get(id);
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/rooms/${room.id}/messages/${id}`;
    setText(link, message ? `${speakerOf(message.sender)}: ${excerpt(message).slice(0, 80)}` : gettext("An earlier message"));
    item.append(link);
    return item;
  }
}
