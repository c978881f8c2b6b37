import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { withParts } from "../lib/parts.js";
import { clone } from "../lib/slots.js";

/** Opens threads in the panel. What happens in one is in thread_view_controller. */
export default class extends Controller {
  static targets = ["template"];
  static outlets = ["chat", "panel"];

  /** From the menu of a message: the thread that it began, begins, or belongs to. */
  openOf({ detail: { message } }) {
    this.#open(message.thread_id ?? message.id);
  }

  openFromLine(event) {
    this.#open(event.target.closest("[data-message-id]").dataset.messageId);
  }

  /** At one of its messages. */
  openAt({ detail: { rootId, messageId } }) {
    this.#open(rootId, messageId);
  }

  #open(rootId, messageId = "") {
    withParts(() => this.#show(rootId, messageId));
  }

  #show(rootId, messageId) {
    const content = clone(this.templateTarget);
    content.dataset.threadViewRootValue = rootId;
    content.dataset.threadViewMessageValue = messageId;
    content.querySelector(".composer").dataset.composerThreadValue = rootId;
    if (!messageId) content.querySelector("textarea").setAttribute("data-panel-focus", "");
    const isArchived = this.chatOutlet.room.is_archived;
    content.querySelector(".strip--archived").hidden = !isArchived;
    content.querySelector(".composer").hidden = isArchived;
    this.panelOutlet.open("thread", gettext("Thread"), content);
  }
}
