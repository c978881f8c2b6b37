import { Controller } from "@hotwired/stimulus";

import { showPicture } from "../lib/avatar_view.js";
import { complain } from "../lib/complaint.js";
import { SessionEnded } from "../lib/session.js";
import { setText } from "../lib/slots.js";

const LARGEST = 10 * 1024 * 1024;
const MOST_ZOOM = 4;

/**
 * One's own picture, or that of a bot. What is shown of it is a square that is dragged or set by three sliders, so by keyboard as well; that
 * square alone is sent.
 */
export default class extends Controller {
  static targets = ["avatar", "choose", "remove", "state", "input", "dialog", "view", "slider", "use", "error"];
  static outlets = ["settings"];
  static values = { texts: Object, url: String };

  choose() {
    this.inputTarget.click();
  }

  async chosen() {
    const [file] = this.inputTarget.files;
    this.inputTarget.value = "";
    if (!file) return;
    if (file.size > LARGEST) return this.#say("large");
    try {
      this.picture = await createImageBitmap(file);
    } catch {
      return this.#say("unreadable");
    }
    this.#say("");
    complain(this.errorTarget);
    for (const slider of this.sliderTargets) slider.value = slider.name === "zoom" ? 0 : 50;
    this.#draw();
    this.dialogTarget.showModal();
    this.sliderTargets[0].focus();
  }

  cancel() {
    this.dialogTarget.close();
  }

  closed() {
    this.picture?.close();
    this.picture = undefined;
    this.chooseTarget.focus();
  }

  slide() {
    this.#draw();
  }

  grab(event) {
    this.viewTarget.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX, y: event.clientY };
  }

  drag(event) {
    if (!this.held) return;
    const unit = this.viewTarget.width / this.viewTarget.clientWidth;
    this.#shift("x", (event.clientX - this.held.x) * unit);
    this.#shift("y", (event.clientY - this.held.y) * unit);
    this.held = { x: event.clientX, y: event.clientY };
    this.#draw();
  }

  drop() {
    this.held = undefined;
  }

  wheel(event) {
    event.preventDefault();
    const zoom = this.#slider("zoom");
    zoom.value = Number(zoom.value) - Math.sign(event.deltaY) * 4;
    this.#draw();
  }

  async use(event) {
    event.preventDefault();
    if (this.useTarget.getAttribute("aria-disabled") === "true") return;
    const body = new FormData();
    body.append("file", await new Promise((resolve) => this.viewTarget.toBlob(resolve, "image/png")), "picture.png");
    this.useTarget.setAttribute("aria-disabled", "true");
    const problem = await this.#ask({ method: "POST", body });
    this.useTarget.removeAttribute("aria-disabled");
    complain(this.errorTarget, problem);
    if (problem) return;
    this.dialogTarget.close();
    this.#say("changed");
  }

  async remove() {
    const problem = await this.#ask({ method: "DELETE" });
    setText(this.stateTarget, problem || this.textsValue.removed);
    this.chooseTarget.focus();
  }

  /** How far the picture is larger than the view, on one axis. */
  #spare(axis) {
    const { width, height } = this.picture;
    const side = this.viewTarget.width;
    const scale = (side / Math.min(width, height)) * (1 + (MOST_ZOOM - 1) * (this.#slider("zoom").value / 100));
    return (axis === "x" ? width : height) * scale - side;
  }

  #shift(axis, pixels) {
    const spare = this.#spare(axis);
    const slider = this.#slider(axis);
    if (spare > 0) slider.value = Number(slider.value) - (pixels / spare) * 100;
  }

  #draw() {
    const side = this.viewTarget.width;
    const [spareX, spareY] = [this.#spare("x"), this.#spare("y")];
    for (const [axis, spare] of [["x", spareX], ["y", spareY]]) this.#slider(axis).disabled = spare < 1;
    const context = this.viewTarget.getContext("2d");
    context.clearRect(0, 0, side, side);
    context.imageSmoothingQuality = "high";
    const [left, top] = [-spareX * (this.#slider("x").value / 100), -spareY * (this.#slider("y").value / 100)];
    context.drawImage(this.picture, left, top, spareX + side, spareY + side);
  }

  #slider(name) {
    return this.sliderTargets.find((slider) => slider.name === name);
  }

  #say(name) {
    setText(this.stateTarget, this.textsValue[name] ?? "");
  }

  /** @returns {Promise<string>} what went wrong; nothing if all is well */
  async #ask(options) {
    this.#say("wait");
    try {
      const response = await this.settingsOutlet.session.request(this.urlValue, options);
      const answer = await response.json();
      if (!response.ok) return answer.error.message;
      const { avatar_url: picture } = answer.user ?? answer.bot;
      showPicture(this.avatarTarget, picture);
      this.removeTarget.hidden = !picture;
      return "";
    } catch (error) {
      return error instanceof SessionEnded ? "" : this.textsValue.unreachable;
    }
  }
}
