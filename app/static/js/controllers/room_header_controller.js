import { Controller } from "@hotwired/stimulus";

import { presenceOf, statusText } from "../lib/busy.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { partOf, withParts } from "../lib/parts.js";
import { setText } from "../lib/slots.js";

/** The name of the room and what it is about, as they are now; the way to its details. */
export default class extends Controller {
  static targets = ["name", "about", "count", "archived", "button"];
  static outlets = ["chat", "panel"];
  static values = { members: Number };

  connect() {
    this.draw();
  }

  changed({ detail: { room } }) {
    if (room.id !== this.chatOutlet.room.id) return;
    if (room.member_count !== undefined) this.membersValue = room.member_count;
    this.draw();
  }

  draw() {
    const { room } = this.chatOutlet;
    setText(this.nameTarget, room.name);
    setText(this.aboutTarget, this.#about(room));
    this.aboutTarget.title = room.description;
    setText(this.countTarget, ["direct", "assistant"].includes(room.kind) ? "" : String(this.membersValue));
    this.archivedTarget.hidden = !room.is_archived;
    // Nothing can be written any more, so there is nothing to write in.
    for (const composer of document.querySelectorAll(".composer")) composer.hidden = room.is_archived;
  }

  toggle() {
    if (this.panelOutlet.isShowing("room")) return this.panelOutlet.close();
    return withParts(() => this.panelOutlet.open("room", this.chatOutlet.room.name, document.importNode(partOf("room-details").content, true)));
  }

  shown({ type, detail: { name } }) {
    if (name === "room") this.buttonTarget.setAttribute("aria-expanded", String(type === "panel:opened"));
  }

  #about(room) {
    if (room.kind === "direct") return this.#presence(room);
    if (room.kind === "assistant") return gettext("Only you and the AI");
    const people = ngettext("{n} member", "{n} members", this.membersValue);
    return [people, room.description.replaceAll(/\s+/g, " ")].filter(Boolean).join(" · ");
  }

  #presence({ member_ids }) {
    const { directory, me } = this.chatOutlet;
    const others = member_ids.filter((id) => id !== me.id).map((id) => directory.get(id)).filter(Boolean);
    if (others.length !== 1) return ngettext("{n} person", "{n} people", member_ids.length);
    return presenceOf(others[0]) === "offline" ? gettext("Offline") : statusText(others[0]);
  }
}
