import { Controller } from "@hotwired/stimulus";

import { setText } from "../lib/slots.js";

/**
 * The panel beside the conversation shows one thing at a time: a thread, the pins, who is in the room.
 * Tells its page `panel:opened` and `panel:closed`, each with the name of what is shown.
 */
export default class extends Controller {
  static targets = ["title", "body"];

  connect() {
    this.name = null;
    this.wide = matchMedia("(width >= 64rem)");
    this.narrow = matchMedia("(width < 48rem)");
    this.adapt = () => this.#adapt();
    // The sidebar, too, decides at this width whether the conversation can be used; the panel speaks last.
    for (const query of [this.wide, this.narrow]) query.addEventListener("change", this.adapt);
  }

  disconnect() {
    for (const query of [this.wide, this.narrow]) query.removeEventListener("change", this.adapt);
  }

  /**
   * Show something in place of what is there.
   * @param {string} name what it is, for `isShowing` and the events
   * @param {string} title
   * @param {Node} content
   */
  open(name, title, content) {
    const from = document.activeElement;
    if (!this.element.contains(from)) this.opener = from;
    const before = this.name;
    this.name = name;
    if (before) this.dispatch("closed", { detail: { name: before } });
    setText(this.titleTarget, title);
    this.bodyTarget.replaceChildren(content);
    this.element.hidden = false;
    this.#adapt();
    this.#focus();
    this.dispatch("opened", { detail: { name } });
  }

  /** The focus goes back to where it came from. */
  close() {
    const { name } = this;
    if (!name) return;
    const hadFocus = this.element.contains(document.activeElement) || document.activeElement === document.body;
    this.name = null;
    this.element.hidden = true;
    this.bodyTarget.replaceChildren();
    this.#adapt();
    if (hadFocus) (this.opener?.isConnected ? this.opener : document.getElementById("body"))?.focus();
    this.dispatch("closed", { detail: { name } });
  }

  /** Escape closes the panel, unless something in it made use of the key. */
  escape(event) {
    if (event.defaultPrevented || event.target.closest("dialog, [popover]")) return;
    event.preventDefault();
    this.close();
  }

  /** @param {string} name */
  isShowing(name) {
    return this.name === name;
  }

  /** @param {string} title */
  rename(title) {
    setText(this.titleTarget, title);
  }

  #focus() {
    const wanted = /** @type {HTMLElement | null} */ (this.bodyTarget.querySelector("[data-panel-focus]"));
    (wanted ?? this.titleTarget).focus({ preventScroll: true });
  }

  /** Over the rest of the page, the panel alone can be used. */
  #adapt() {
    const isOpen = this.name !== null;
    const covers = isOpen && !this.wide.matches;
    document.body.toggleAttribute("data-panel-open", isOpen);
    const sidebar = document.getElementById("sidebar");
    const sidebarIsOpen = document.body.hasAttribute("data-sidebar-open");
    document.getElementById("conversation").inert = covers || sidebarIsOpen;
    sidebar.inert = covers || (this.narrow.matches && !sidebarIsOpen);
  }
}
