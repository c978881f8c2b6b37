import { Controller } from "@hotwired/stimulus";

import { withParts } from "../lib/parts.js";

const isApple = /Mac|iPhone|iPad/u.test(navigator.platform);

/**
 * The keys that work anywhere on the page, and the list of all keys. What they do is done by others, who are told:
 * `shortcuts:switch`, `shortcuts:mentions`, `shortcuts:reply`, `shortcuts:react`, `shortcuts:upload`, `shortcuts:read`.
 */
export default class extends Controller {
  static targets = ["help"];

  connect() {
    this.#nameKeys();
  }

  helpTargetConnected() {
    this.#nameKeys();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const name = this.#nameOf(event);
    // A dialog has the keyboard to itself, but for the key that opened it.
    const dialog = document.querySelector("dialog[open]");
    if (!name || (dialog && dialog.id !== { switch: "switcher", help: "shortcuts" }[name])) return;
    if (name === "read" && !this.#isFree(event)) return;
    if (name === "read" || this.#do(name) !== false) event.preventDefault();
    if (name === "read") this.dispatch("read");
  }

  help() {
    if (this.hasHelpTarget && this.helpTarget.open) this.helpTarget.close();
    else withParts(() => this.helpTarget.showModal());
  }

  switch() {
    this.dispatch("switch");
  }

  mentions() {
    this.dispatch("mentions");
  }

  #nameKeys() {
    if (isApple) for (const key of this.element.querySelectorAll("[data-apple]")) key.textContent = key.dataset.apple;
  }

  #do(name) {
    if (name === "help") return this.help();
    if (name === "upload") return this.#attach();
    const step = { nextRoom: 1, previousRoom: -1, nextUnread: 1, previousUnread: -1 }[name];
    return step ? this.#walk(step, name.endsWith("Unread")) : this.dispatch(name);
  }

  /** To what is being written where the focus is. */
  #attach() {
    const composer = document.activeElement?.closest(".composer") ?? document.getElementById("composer");
    composer.querySelector(".composer__attach").click();
  }

  /** What a key means, if anything: the table of chat/_shortcuts.html. */
  #nameOf(event) {
    const { key, altKey, shiftKey } = event;
    const hasCommand = event.ctrlKey || event.metaKey;
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (hasCommand && !altKey) return this.#nameWithCommand(event);
    if (altKey && !hasCommand) return { ArrowUp: shiftKey ? "previousUnread" : "previousRoom", ArrowDown: shiftKey ? "nextUnread" : "nextRoom" }[key];
    if (hasCommand || altKey) return undefined;
    if (key === "?" && !isTyping) return "help";
    if (key === "Escape") return "read";
    const isEmptyField = event.target.matches?.("#body") && !event.target.value;
    return key === "ArrowUp" && shiftKey && (isEmptyField || !isTyping) ? "reply" : undefined;
  }

  #nameWithCommand({ key, code, shiftKey, ctrlKey }) {
    if (key === "/" || (code === "Slash" && !shiftKey)) return "help";
    if (shiftKey && (code === "Backslash" || key === "\\" || key === "|")) return "react";
    if (shiftKey) return key.toLowerCase() === "m" ? "mentions" : undefined;
    return { k: "switch", u: ctrlKey ? "upload" : undefined }[key.toLowerCase()];
  }

  /** Escape first belongs to whatever is open, and to what is being written. */
  #isFree({ target }) {
    if (document.querySelector("dialog[open], :popover-open")) return false;
    if ([...document.querySelectorAll("[role=listbox]")].some((list) => list.checkVisibility())) return false;
    if (document.body.matches("[data-panel-open], [data-sidebar-open]") || target.closest?.("[role=log]")) return false;
    return !target.matches?.("input, textarea, select") || (target.id === "body" && !target.value);
  }

  /** To the room above or below in the sidebar, round and round. */
  #walk(step, isUnread) {
    const links = [...document.querySelectorAll("#room-list a[href]")].filter((link) => isUnread || link.checkVisibility());
    const wanted = links.filter((link) => link.hasAttribute("aria-current") || !isUnread || link.hasAttribute("data-unread"));
    const here = wanted.findIndex((link) => link.hasAttribute("aria-current"));
    const next = wanted.at((here < 0 ? (step > 0 ? 0 : -1) : here + step + wanted.length) % wanted.length);
    if (next && !next.hasAttribute("aria-current")) location.assign(next.href);
  }
}
