import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { partOf, withParts } from "../lib/parts.js";
import { clone } from "../lib/slots.js";

/** Opens the search in the panel: the button, Ctrl or Cmd+Shift+F, or / where nothing is being typed. */
export default class extends Controller {
  static targets = ["button"];
  static outlets = ["panel"];

  toggle() {
    if (this.panelOutlet.isShowing("search")) this.panelOutlet.close();
    else this.#open();
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    if (event.isComposing || event.repeat || document.querySelector("dialog[open]")) return;
    const isChord = (event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === "f";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    if (!isChord && !isSlash) return;
    event.preventDefault();
    this.#open();
  }

  mark() {
    this.buttonTarget.setAttribute("aria-expanded", String(this.panelOutlet.isShowing("search")));
  }

  #open() {
    const field = document.getElementById("search-field");
    if (this.panelOutlet.isShowing("search") && field instanceof HTMLInputElement) field.select();
    else withParts(() => this.panelOutlet.open("search", gettext("Search"), clone(partOf("search-panel"))));
  }
}

function isTyping(element) {
  return element instanceof Element && element.closest("input, textarea, select, [contenteditable], emoji-picker") !== null;
}
