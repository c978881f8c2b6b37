import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { fetchKept, fillMessage } from "../lib/kept.js";
import { clone, slot } from "../lib/slots.js";

/** What was said to the reader by name, in all their rooms, in the panel: the newest first. */
export default class extends Controller {
  static targets = ["panel", "item"];
  static outlets = ["chat", "panel", "room-list"];

  show() {
    if (this.panelOutlet.isShowing("mentions")) return this.panelOutlet.close();
    this.content = clone(this.panelTarget);
    this.panelOutlet.open("mentions", gettext("Mentions of you"), this.content);
    return this.load();
  }

  left({ detail }) {
    if (detail.name === "mentions") this.content = null;
  }

  /** From the newest on. */
  load() {
    this.last = null;
    return this.loadMore();
  }

  async loadMore() {
    const { content, last } = this;
    const found = await fetchKept(this.chatOutlet.session, `/api/mentions${last ? `?before=${last}` : ""}`);
    if (!content || content !== this.content || last !== this.last) return;
    slot(content, "trouble").hidden = Boolean(found);
    if (!found) return;
    const items = found.messages.map((message) => this.#item(message));
    if (last) slot(content, "list").append(...items);
    else slot(content, "list").replaceChildren(...items);
    this.last = found.messages.at(-1)?.id ?? last;
    slot(content, "more").hidden = !found.more;
    slot(content, "empty").hidden = Boolean(this.last);
  }

  #item(message) {
    const item = clone(this.itemTarget);
    item.dataset.id = message.id;
    const isHere = message.room_id === this.chatOutlet.room.id;
    fillMessage(item, message, isHere ? "" : this.roomListOutlet.rooms.get(message.room_id)?.name ?? "");
    return item;
  }
}
