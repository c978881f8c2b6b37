import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { setText } from "../lib/slots.js";

/** A picture as large as the window allows; from there to the other pictures of the page. */
export default class extends Controller {
  static targets = ["name", "count", "download", "picture", "stage", "step"];

  /** A click on a picture opens it, unless it is to open in another tab. */
  follow(event) {
    const link = event.target.closest?.("[data-picture]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (!link.getAttribute("href")) return; // still on its way
    this.links = this.#linksBeside(link);
    this.#show(this.links.indexOf(link));
    this.element.showModal();
  }

  back() {
    this.#step(-1);
  }

  on() {
    this.#step(1);
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.#step(step);
  }

  /** A click beside the picture. */
  leave(event) {
    if (event.target === this.element || event.target === this.stageTarget) this.close();
  }

  close() {
    this.element.close();
    this.pictureTarget.removeAttribute("src");
  }

  #linksBeside(link) {
    const around = link.closest(".panel, .messages") ?? document;
    return [...around.querySelectorAll("[data-picture]")].filter((each) => each.getAttribute("href"));
  }

  #step(by) {
    if (this.links.length > 1) this.#show((this.index + by + this.links.length) % this.links.length);
  }

  #show(index) {
    this.index = index;
    const link = this.links[index];
    const name = link.querySelector("img").alt;
    this.pictureTarget.src = link.href;
    this.pictureTarget.alt = name;
    this.downloadTarget.href = `${link.getAttribute("href")}?download`;
    this.downloadTarget.setAttribute("download", name);
    setText(this.nameTarget, name);
    setText(this.countTarget, this.links.length > 1 ? gettext("{place} of {count}", { place: index + 1, count: this.links.length }) : "");
    for (const step of this.stepTargets) step.hidden = this.links.length < 2;
  }
}
