import { Controller } from "@hotwired/stimulus";

import { gettext } from "../lib/i18n.js";
import { withParts } from "../lib/parts.js";
import { attempt } from "../lib/requests.js";
import { clone, setText } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

const isMine = (message, me) => message.origin === "standin" && message.on_behalf_of.id === me.id;

/**
 * Opens what there is of one's stand-in in the panel. Tells whoever asked when an answer is taken back, and reads aloud
 * what stand-ins have written.
 */
export default class extends Controller {
  static targets = ["digest", "panel", "sight", "voice"];
  static outlets = ["chat", "panel"];

  initialize() {
    /** The answers that are being written. */
    this.growing = new Set();
  }

  connect() {
    const { connection } = this.chatOutlet;
    connection.addEventListener("standin:retracted", ({ detail }) => this.#retracted(detail));
  }

  /** "What did I miss?": again, it closes. */
  showDigest() {
    this.#toggle("digest", gettext("What you missed"), () => this.digestTarget);
  }

  /** From the line that says what waits: as it is now, also if it is open. */
  openDigest() {
    if (this.panelOutlet.isShowing("digest")) this.panelOutlet.close();
    this.showDigest();
  }

  show() {
    this.#toggle("stand-in", gettext("Your stand-in"), () => this.panelTarget);
  }

  showSight() {
    this.#toggle("stand-in-sight", gettext("What it can see"), () => this.sightTarget);
  }

  settings() {
    this.dispatch("settings");
  }

  grown({ detail: { message } }) {
    this.growing.add(message.id);
  }

  /** The room in which one is alone with the AI. */
  async openAssistant() {
    const answer = await attempt(this.chatOutlet.connection, "assistant:open", {});
    if (!answer.ok) toast(answer.error.message);
    else if (answer.room.id !== this.chatOutlet.room.id) location.assign(`/rooms/${answer.room.id}`);
    else document.getElementById("body").focus();
  }

  /**
   * What was written before the reader's eyes is read aloud when it is whole, once. What came whole is news of the list,
   * which tells it.
   */
  heard({ detail: { message } }) {
    if (message.state === "streaming") return this.grown({ detail: { message } });
    if (!this.growing.delete(message.id) || message.room_id !== this.chatOutlet.room.id) return;
    const speaker = gettext("AI stand-in for {name}", { name: message.on_behalf_of.name });
    setText(this.voiceTarget, `${speaker}: ${message.body || gettext("no answer")}`);
  }

  /** Alt+Shift+M, wherever one is. */
  shortcut(event) {
    const isWanted = event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey && event.code === "KeyM";
    if (!isWanted || event.repeat || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.showDigest();
  }

  /** A link out of the panel leads to what the panel may cover. */
  follow(event) {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (event.target.closest("a[href]") && isPlain && document.getElementById("conversation").inert) this.panelOutlet.close();
  }

  /** In the menu of what one's stand-in said, words that fit. */
  name({ detail: { message, menu } }) {
    const isAnswer = isMine(message, this.chatOutlet.me);
    const label = (name, text) => setText(menu.querySelector(`[data-name="${name}"] [data-slot="label"]`), text);
    label("edit", isAnswer ? gettext("Edit the answer") : gettext("Edit"));
    label("delete", isAnswer ? gettext("Retract the answer") : gettext("Delete"));
  }

  #toggle(name, title, template) {
    if (this.panelOutlet.isShowing(name)) return this.panelOutlet.close();
    withParts(() => this.panelOutlet.open(name, title, clone(template())));
  }

  #retracted({ owner_id }) {
    const owner = this.chatOutlet.directory.get(owner_id);
    const name = owner?.name ?? gettext("Somebody");
    toast(gettext("{name} retracted an answer that their stand-in gave you.", { name }), "done");
  }
}
