import { Controller } from "@hotwired/stimulus";

import { fileNodes } from "../lib/file_view.js";
import { formatFull } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { partOf } from "../lib/parts.js";
import { SessionEnded } from "../lib/session.js";
import { clone, setText, slot } from "../lib/slots.js";
import { speakerOf } from "../lib/text.js";

/** The files of the room in the panel, the newest first, page by page. */
export default class extends Controller {
  static outlets = ["chat", "panel"];

  open() {
    const content = clone(partOf("files-panel"));
    this.before = null;
    slot(content, "more").addEventListener("click", () => this.#load(content));
    this.panelOutlet.open("files", gettext("Files"), content);
    this.#load(content);
  }

  async #load(content) {
    const more = slot(content, "more");
    const list = slot(content, "list");
    more.setAttribute("aria-disabled", "true");
    try {
      const query = new URLSearchParams({ limit: "20", ...(this.before === null ? {} : { before: String(this.before) }) });
      const page = await this.chatOutlet.session.getJSON(`/api/rooms/${this.chatOutlet.room.id}/files?${query}`);
      list.append(...page.messages.map((message) => this.#item(message)));
      this.before = page.messages.at(-1)?.seq ?? this.before;
      more.hidden = !page.more;
      setText(slot(content, "state"), list.children.length ? "" : gettext("No files yet. Drop one anywhere on the page to send it."));
    } catch (error) {
      if (error instanceof SessionEnded) return;
      more.hidden = false;
      setText(slot(content, "state"), gettext("The files could not be loaded. Try again in a moment."));
    } finally {
      more.removeAttribute("aria-disabled");
    }
  }

  #item(message) {
    const item = clone(partOf("files-panel-item"));
    setText(slot(item, "sender"), speakerOf(message.sender));
    const time = slot(item, "time");
    time.setAttribute("datetime", message.created_at);
    setText(time, formatFull(new Date(message.created_at)));
    slot(item, "files").append(...fileNodes(message.files));
    return item;
  }
}
