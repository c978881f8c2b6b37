import { Controller } from "@hotwired/stimulus";

import { formatSize } from "../lib/file_view.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { clone, setText, slot } from "../lib/slots.js";

/**
 * The files that go with the next message: chosen, pasted or dropped anywhere on the page, on their way from then on, and
 * here again after a reload. Tells the composer `attachments:changed`, and hands them over with its `composer:send`.
 */
export default class extends Controller {
  static targets = ["input", "list", "template", "overlay", "announcement"];
  static values = { most: Number, mostMb: Number };
  static outlets = ["chat"];

  connect() {
    /** @type {Map<string, {upload: import("../lib/upload.js").Upload, chip: HTMLElement}>} */
    this.attached = new Map();
    this.depth = 0;
    this.#restore();
  }

  choose() {
    this.inputTarget.click();
  }

  chosen() {
    this.#add([...this.inputTarget.files]);
    this.inputTarget.value = "";
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !this.#isMeant) return;
    event.preventDefault();
    this.#add(files);
  }

  enter(event) {
    if (!this.#hasFiles(event)) return;
    event.preventDefault();
    this.depth += 1;
    this.overlayTarget.hidden = false;
  }

  over(event) {
    if (this.#hasFiles(event)) event.preventDefault();
  }

  left(event) {
    if (!this.#hasFiles(event)) return;
    this.depth = Math.max(0, this.depth - 1);
    if (this.depth === 0) this.overlayTarget.hidden = true;
  }

  drop(event) {
    if (!this.#hasFiles(event)) return;
    event.preventDefault();
    this.depth = 0;
    this.overlayTarget.hidden = true;
    this.#add([...event.dataTransfer.files]);
  }

  remove(event) {
    const chip = event.target.closest("[data-upload]");
    const beside = chip.nextElementSibling ?? chip.previousElementSibling;
    this.chatOutlet.uploads.remove([chip.dataset.upload]);
    this.#drop(chip.dataset.upload);
    (beside?.querySelector("[data-action='attachments#remove']") ?? this.#field).focus();
  }

  retry(event) {
    this.attached.get(event.target.closest("[data-upload]").dataset.upload).upload.start();
    this.#field.focus();
  }

  /** The message is on its way: what can go with it does, what was refused stays to be looked at. */
  give(event) {
    const going = [...this.attached.values()].map(({ upload }) => upload).filter((upload) => this.#goes(upload));
    event.detail.uploads = going;
    for (const { id } of going) this.#drop(id);
  }

  /** The files that the server has, to go with a message that is sent later; null while one is still on its way. */
  get arrived() {
    const going = [...this.attached.values()].map(({ upload }) => upload).filter((upload) => this.#goes(upload));
    return going.every(({ state }) => state === "done") ? going.map(({ result }) => result) : null;
  }

  /**
   * A message holds them now.
   * @param {string[]} fileIds
   */
  settle(fileIds) {
    const settled = [...this.attached.values()].map(({ upload }) => upload).filter(({ result }) => result && fileIds.includes(result.id));
    for (const { id } of settled) this.#drop(id);
    this.chatOutlet.uploads.finish(settled.map(({ id }) => id));
  }

  #add(files) {
    const { uploads } = this.chatOutlet;
    const left = this.mostValue - this.attached.size;
    for (const file of files.slice(0, Math.max(left, 0))) {
      const upload = uploads.add(file, this.#where);
      this.#attach(upload);
      this.#begin(upload);
    }
    if (files.length > left) this.#say(gettext("A message takes {n} files at most.", { n: this.mostValue }));
    else this.#say(files.length === 1 ? gettext("{name} attached", { name: files[0].name }) : ngettext("{n} file attached", "{n} files attached", files.length));
    this.#changed();
    this.#field.focus();
  }

  #begin(upload) {
    const { size } = upload.file;
    if (size > this.mostMbValue * 1024 * 1024) upload.refuse(gettext("Too large: {size}. A file may have {mb} MB.", { size: formatSize(size), mb: this.mostMbValue }));
    else if (size === 0) upload.refuse(gettext("This is empty, or a folder."));
    else this.#send(upload);
    upload.measure();
  }

  #send(upload) {
    this.chatOutlet.uploads.keep(upload);
    upload.start();
  }

  /** What was chosen here before a reload, or before the thread was closed. */
  async #restore() {
    for (const upload of await this.chatOutlet.uploads.chosenFor(this.#where)) this.#attach(upload);
    if (this.attached.size) this.#changed();
  }

  #attach(upload) {
    const chip = clone(this.templateTarget);
    chip.dataset.upload = upload.id;
    this.attached.set(upload.id, { upload, chip });
    this.listTarget.append(chip);
    upload.addEventListener("change", () => this.#draw(upload, chip));
    this.#draw(upload, chip);
  }

  get #where() {
    return { roomId: this.chatOutlet.room.id, threadId: this.element.dataset.composerThreadValue || null };
  }

  #drop(id) {
    this.attached.get(id).chip.remove();
    this.attached.delete(id);
    this.#changed();
  }

  #goes(upload) {
    return upload.state !== "failed" || upload.canRetry;
  }

  #changed() {
    const goes = [...this.attached.values()].some(({ upload }) => this.#goes(upload));
    this.element.toggleAttribute("data-has-files", goes);
    this.listTarget.hidden = this.attached.size === 0;
    this.dispatch("changed");
  }

  #draw(upload, chip) {
    const { file, state, progress, reason, preview, canRetry } = upload;
    const before = chip.dataset.state;
    chip.dataset.state = state;
    setText(slot(chip, "name"), file.name);
    slot(chip, "name").title = file.name;
    const share = Math.round(progress * 100);
    const words = { waiting: gettext("Waiting"), sending: share < 100 ? `${share} %` : gettext("Preparing…"), failed: reason, paused: reason, done: formatSize(file.size) };
    setText(slot(chip, "state"), words[state]);
    const bar = /** @type {HTMLProgressElement} */ (slot(chip, "progress"));
    bar.hidden = state !== "waiting" && state !== "sending";
    bar.value = progress;
    slot(chip, "retry").hidden = state !== "paused" && (state !== "failed" || !canRetry);
    setText(slot(chip, "removeName"), file.name);
    const image = /** @type {HTMLImageElement} */ (slot(chip, "preview"));
    image.hidden = !preview || !upload.width;
    if (!image.hidden && image.src !== preview) image.src = preview;
    slot(chip, "icon").hidden = !image.hidden;
    if (reason && state !== before && this.attached.has(upload.id)) this.#say(`${file.name}: ${reason}`);
    if (this.attached.has(upload.id)) this.#changed();
  }

  #say(text) {
    setText(this.announcementTarget, text);
  }

  #hasFiles(event) {
    return event.dataTransfer?.types.includes("Files") && this.#isMeant;
  }

  /** Of the two fields that there may be, a thread's is meant while it is being used. */
  get #isMeant() {
    if (document.querySelector("dialog[open]")) return false;
    const isInPanel = Boolean(this.element.closest("#panel"));
    return Boolean(document.activeElement?.closest("#panel form")) === isInPanel;
  }

  get #field() {
    return this.element.querySelector("textarea");
  }
}
