import { Controller } from "@hotwired/stimulus";

import { formatList } from "../lib/format.js";
import { gettext } from "../lib/i18n.js";
import { unmarked } from "../lib/inline_marks.js";
import { withReaction } from "../lib/reactions_view.js";
import { setText } from "../lib/slots.js";
import { toast } from "../lib/toast.js";

/**
 * What I do with messages that are there: each shows at once, and is taken back with a reason if the server refuses.
 * Tells `message-actions:drawn` when a message looks other than it did, `message-actions:done` with the server's answer,
 * and `message-actions:unsaved` with a text that could not be saved.
 */
export default class extends Controller {
  static targets = ["dialog", "heading", "excerpt", "hint", "yes"];
  static outlets = ["chat", "emoji-picker"];

  /** A chip under a message. */
  toggle(event) {
    const message = this.#messageAt(event.currentTarget);
    if (message) this.#react(message, event.currentTarget.dataset.emoji);
  }

  react({ detail: { message, emoji } }) {
    this.#react(message, emoji, true);
  }

  /** In rooms of up to fifty it is told who has read up to a message. */
  async tellWhoHasSeen({ detail: { message } }) {
    const { session, directory, me } = this.chatOutlet;
    const response = await session.request(`/api/messages/${message.id}/seen`).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!response?.ok) return toast(answer?.error.message ?? gettext("The server cannot be reached. Try again in a moment."));
    const names = answer.user_ids.filter((id) => id !== me.id).map((id) => directory.get(id)?.name ?? gettext("Someone who left"));
    const list = formatList(names.toSorted((a, b) => a.localeCompare(b)));
    toast(names.length ? gettext("Seen by {names}", { names: list }) : gettext("Nobody else has seen this yet"), "done");
  }

  /** Where a forwarded message was said first; only who is in that room has somewhere to go. */
  async openSource(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = event.currentTarget.getAttribute("href").split("/").pop();
    const response = await this.chatOutlet.session.request(`/api/messages/${id}`).catch(() => null);
    if (!response) return toast(gettext("The server cannot be reached. Try again in a moment."));
    if (!response.ok) return toast(gettext("This was said in a room that you are not in, or it is gone."));
    const { message } = await response.json();
    location.assign(`/rooms/${message.room_id}/messages/${message.id}`);
  }

  /** The answer that is being written ends as it is. */
  async stopAnswer(event) {
    const message = this.#messageAt(event.currentTarget);
    if (message) await this.#do("standin:stop", message, {}, {}, gettext("The answer could not be stopped."));
  }

  /** The same answer, written anew. */
  async retryAnswer(event) {
    const message = this.#messageAt(event.currentTarget);
    if (message) await this.#do("assistant:retry", message, {}, {}, gettext("It was not asked again."));
  }

  pick({ detail: { message, anchor } }) {
    this.emojiPickerOutlet.open(anchor, (emoji) => this.#react(this.chatOutlet.messages.get(message.id), emoji, true));
  }

  edit({ detail: { message, body } }) {
    const edited_at = new Date().toISOString();
    this.#do("message:edit", message, { body }, { body, html: null, edited_at }, gettext("Your change was not saved.")).then((isDone) => {
      if (!isDone) this.dispatch("unsaved", { detail: { message, body } });
    });
  }

  askDelete({ detail: { message } }) {
    this.doomed = message;
    const isAnswer = this.#isOfMyStandIn(message);
    setText(this.headingTarget, isAnswer ? gettext("Retract this answer?") : gettext("Delete this message?"));
    setText(this.excerptTarget, unmarked(message.body));
    setText(this.hintTarget, isAnswer ? gettext("In its place stands that you retracted it, and whoever asked is told.") : gettext("Its place stays, without what it said. This cannot be undone."));
    setText(this.yesTarget, isAnswer ? gettext("Retract") : gettext("Delete"));
    this.dialogTarget.showModal();
  }

  cancelDelete() {
    this.dialogTarget.close();
  }

  cancelOutside(event) {
    if (event.target === this.dialogTarget) this.cancelDelete();
  }

  delete(event) {
    event.preventDefault();
    this.dialogTarget.close();
    const gone = { body: "", html: null, deleted_at: new Date().toISOString(), edited_at: null, reply_to: null, reactions: [], retracted_by: this.#isOfMyStandIn(this.doomed) ? this.chatOutlet.me.id : null };
    this.#do("message:delete", this.doomed, {}, gone, gettext("The message was not deleted."));
  }

  async copyLink({ detail: { message } }) {
    await this.#copy(`${location.origin}/rooms/${message.room_id}/messages/${message.id}`, gettext("Link copied"));
  }

  /** On a preview under a message of mine. */
  removePreview({ currentTarget }) {
    const message = this.#messageAt(currentTarget);
    const { url } = currentTarget.dataset;
    const previews = message?.previews.filter((preview) => preview.url !== url);
    if (message) this.#do("message:unfurl", message, { url, on: false }, { previews }, gettext("The preview was not removed."));
  }

  async copyText({ detail: { message } }) {
    await this.#copy(message.body, gettext("Text copied"));
  }

  async #copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      toast(done, "done");
    } catch {
      // On plain http:// in a local network a page may not write there.
      toast(`${gettext("This browser does not let the page copy.")} ${text}`);
    }
  }

  /** @param {boolean} [on] without it: the other way round */
  #react(message, emoji, on) {
    const { me } = this.chatOutlet;
    const isOn = message.reactions.some((each) => each.emoji === emoji && each.user_ids.includes(me.id));
    const wanted = on ?? !isOn;
    if (wanted === isOn) return;
    const reactions = withReaction(message.reactions, emoji, me.id, wanted);
    this.#do("message:react", message, { emoji, on: wanted }, { reactions }, gettext("Your reaction was not saved."));
  }

  /** @returns {Promise<boolean>} whether the server did it */
  async #do(event, { id }, payload, guess, trouble) {
    const takeBack = this.chatOutlet.messages.pretend(id, guess);
    this.#drawn(id);
    const reason = await this.#send(event, { message_id: id, ...payload });
    if (!reason) return true;
    if (takeBack()) this.#drawn(id);
    toast(`${trouble} ${reason}`);
    return false;
  }

  /** @returns {Promise<string | null>} why it was not done */
  async #send(event, payload) {
    try {
      const ack = await this.chatOutlet.connection.insist(event, payload);
      if (!ack.ok) return ack.error.message;
      this.dispatch("done", { detail: { message: ack.message } });
      return null;
    } catch {
      return gettext("The server cannot be reached; try again when the connection is back.");
    }
  }

  #drawn(id) {
    this.dispatch("drawn", { detail: { message: this.chatOutlet.messages.get(id) } });
  }

  #isOfMyStandIn(message) {
    return message.origin === "standin" && message.on_behalf_of.id === this.chatOutlet.me.id;
  }

  #messageAt(element) {
    return this.chatOutlet.messages.get(element.closest("[data-message-id]")?.dataset.messageId);
  }
}
