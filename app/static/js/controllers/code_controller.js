import { Controller } from "@hotwired/stimulus";

import { copyText } from "../lib/clipboard.js";
import { gettext } from "../lib/i18n.js";
import { setText } from "../lib/slots.js";

const SHOWN_FOR = 2_000;

/** Copies a block of code. Says so on the button, and aloud. */
export default class extends Controller {
  static targets = ["announcement"];

  async copy({ target }) {
    const button = target.closest("button");
    const code = button.closest(".wide-frame").querySelector("pre").textContent.replace(/\n$/u, "");
    const isCopied = (await copyText(code)) || select(button);
    setText(button, isCopied ? gettext("Copied") : gettext("Press Ctrl+C"));
    setText(this.announcementTarget, isCopied ? gettext("Code copied") : gettext("The code is selected: press Control C to copy it"));
    setTimeout(() => {
      setText(button, gettext("Copy"));
      setText(this.announcementTarget, "");
    }, SHOWN_FOR);
  }
}

/** Where the page may not write to the clipboard, as over plain HTTP, it selects for the reader. */
function select(button) {
  getSelection()?.selectAllChildren(button.closest(".wide-frame").querySelector("pre"));
  return false;
}
