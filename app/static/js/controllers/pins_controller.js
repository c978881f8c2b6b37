import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { ask, fetchKept, fillMessage } from "../lib/kept.js";
import { withParts } from "../lib/parts.js";
import { clone, setText, slot } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

/** What the room keeps in view: a panel, and the entry in the menu of a message. */
export default class extends Controller {
  static targets = ["panel", "item"];
  static outlets = ["chat", "panel"];

  /** The button in the room's header: again, it closes. */
  show() {
    if (this.panelOutlet.isShowing("pins")) return this.panelOutlet.close();
    return withParts(() => this.#show());
  }

  #show() {
    this.content = clone(this.panelTarget);
    this.panelOutlet.open("pins", gettext("Pinned messages"), this.content);
    return this.draw();
  }

  left({ detail }) {
    if (detail.name === "pins") this.content = null;
  }

  /** Something was pinned, changed or deleted: what is pinned is few, so all of it is asked for again. */
  follow({ detail: { kind, message } }) {
    const isShown = this.content?.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
    if (this.content && (kind === "pinned" || isShown)) this.draw();
  }

  async draw() {
    const { session, room } = this.chatOutlet;
    const found = await fetchKept(session, `/api/rooms/${encodeURIComponent(room.id)}/pins`);
    if (!this.content) return;
    slot(this.content, "trouble").hidden = Boolean(found);
    if (!found) return;
    slot(this.content, "list").replaceChildren(...found.messages.map((message) => this.#item(message)));
    slot(this.content, "empty").hidden = found.messages.length > 0;
  }

  /** The entry says what it will do. */
  name({ detail: { message, menu } }) {
    const entry = menu.querySelector('[data-name="pin"]');
    if (entry) setText(slot(entry, "label"), message.pinned_at ? gettext("Unpin") : gettext("Pin for everyone"));
  }

  toggle({ detail: { message } }) {
    return this.#pin(message.id, !message.pinned_at);
  }

  async unpin(event) {
    const item = event.target.closest("[data-id]");
    const next = item.nextElementSibling ?? item.previousElementSibling;
    if (!(await this.#pin(item.dataset.id, false))) return;
    item.remove();
    slot(this.content, "empty").hidden = slot(this.content, "list").children.length > 0;
    (next?.querySelector("a") ?? this.content).focus();
  }

  async #pin(messageId, on) {
    const { ack, trouble } = await ask(this.chatOutlet.connection, "message:pin", { message_id: messageId, on });
    if (trouble) toast(trouble);
    else toast(ack.message.pinned_at ? gettext("Pinned for everyone in this room") : gettext("Not pinned any more"), "done");
    return !trouble;
  }

  #item(message) {
    const item = clone(this.itemTarget);
    item.dataset.id = message.id;
    fillMessage(item, message, "");
    return item;
  }
}
