import { Controller } from "@hotwired/stimulus";

import { fetchMessage, fetchMessages, pagesBehind } from "../lib/catch_up.js";
import { Interrupted } from "../lib/connection.js";
import { nextFrame } from "../lib/frames.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { Pager } from "../lib/pager.js";
import { Place } from "../lib/place.js";
import { ScrollKeeper } from "../lib/scroll_keeper.js";
import { RequestFailed, SessionEnded } from "../lib/session.js";
import { setText, show } from "../lib/slots.js";
import { ThreadCounts } from "../lib/thread_counts.js";
import { Timeline } from "../lib/timeline.js";
import { toast } from "../lib/toast.js";

const PAGE = 50;
const SLICE = 17;
const MOST = 300;
const SLACK = 20;
const MOST_IN_A_FRAME = 6;
const MOST_WHEN_BEHIND = 15;

const SHOWN_FOR = 4_000;

/**
 * The messages of the room: new ones as they come, what becomes of them, older ones as the reader goes up, missed ones
 * after a gap. Tells of every change of the room that this page gets to know, live or caught up with, as
 * `timeline:changed`, detail {change, kind, message}.
 */
export default class extends Controller {
  static targets = [
    "scroller", "list", "older", "newer", "beginning", "trouble", "jump", "jumpText", "unread", "unreadText",
    "template", "dayTemplate", "newTemplate", "reactionTemplate",
  ];
  static values = { hasOlder: Boolean, hasNewer: Boolean, change: Number, messages: Array, target: Object };
  static outlets = ["chat"];

  connect() {
    // Each time they are named they are looked for, among all messages; they are needed with every one that comes.
    this.chat = this.chatOutlet;
    this.scroller = this.scrollerTarget;
    this.list = this.listTarget;
    this.ends = { older: this.olderTarget, newer: this.newerTarget, beginning: this.beginningTarget };
    this.ways = { jump: this.jumpTarget, jumpText: this.jumpTextTarget, unread: this.unreadTarget };
    this.hasOlder = this.hasOlderValue;
    this.hasNewer = this.hasNewerValue;
    this.threads = new ThreadCounts();
    /** Changes that were heard and are drawn with the next frame. */
    this.heard = [];
    /** Up to which change nothing is missing, and the highest seq heard of. */
    this.place = new Place(this.changeValue);
    this.#know(this.messagesValue, this.changeValue);
    this.timeline = new Timeline(this.list, this.look);
    this.keeper = new ScrollKeeper(this.scroller, this.list);
    this.newest = Math.max(this.timeline.lastSeq, this.chat.room.seq);
    /** The highest seq that came while there was no place for it. */
    this.beyond = 0;
    this.unseen = 0;
    this.marker = this.chat.marker;
    if (this.marker.seq && this.marker.seq < this.newest) {
      this.timeline.markNewAfter(this.marker.seq);
      const count = this.newest - this.marker.seq;
      setText(this.unreadTextTarget, ngettext("{n} new message", "{n} new messages", count));
    }
    if (this.targetValue.id) this.#showTarget();
    else this.keeper.toEnd();
    this.pager = this.#buildPager();
    this.#drawEnds();
    this.scroller.dataset.ready = "";
    this.regard();
  }

  disconnect() {
    clearTimeout(this.recheck);
    cancelAnimationFrame(this.frame);
    this.pager.disconnect();
    this.keeper.disconnect();
  }

  /** Something happened in a room. */
  hear({ detail: change }) {
    if (change.message.room_id !== this.chat.room.id) return;
    this.place.note(change.change);
    if (this.place.hasGap) this.#recheckSoon();
    if (document.hidden && change.kind === "created") this.#markVisit(change.message);
    // At once, for pieces of an answer follow its beginning.
    this.chat.messages.put(change.message);
    this.heard.push(change);
    if (document.hidden) this.#drawHeard();
    else this.frame ||= requestAnimationFrame(() => this.#drawHeard());
  }

  /** The server's answer to something I did: the message as it is now. That it is a change is told by the event. */
  receive({ detail: { message } }) {
    if (message.room_id !== this.chat.room.id) return;
    this.#apply([{ change: 0, kind: "answered", message }]);
  }

  /** A message looks other than it did, without word from the server: something of mine is on its way there. */
  refresh({ detail: { message } }) {
    this.keeper.hold(this.timeline.entries, () => this.timeline.update(message));
  }

  /** An answer goes on. It is read aloud when it has ended, so this is nothing new. */
  grow({ detail: { message } }) {
    this.timeline.update(message);
    this.keeper.follow();
  }

  /** The server lost something on its way here, and says how far the rooms are. All pages hear that at once. */
  advance({ detail: { rooms } }) {
    const room = rooms.find((each) => each.id === this.chat.room.id);
    if (room && room.change > this.place.change) this.#recheckSoon(Math.random() * 2_000);
  }

  /** Everything behind the last change that is certainly here. What came live meanwhile stays. */
  async catchUp() {
    if (this.isCatchingUp) return this.#recheckSoon();
    this.isCatchingUp = true;
    clearTimeout(this.recheck);
    try {
      for await (const page of pagesBehind(this.chat.connection, this.chat.room.id, this.place.change)) {
        this.#apply(page.changes);
        this.place.reach(page.change);
      }
      this.troubleTarget.hidden = true;
    } catch (error) {
      // Without a connection there is nothing to say: it is said elsewhere, and this is done again when it is back.
      if (!(error instanceof Interrupted)) {
        this.#failed(error);
        this.#recheckSoon(5_000 + Math.random() * 5_000);
      }
    } finally {
      this.isCatchingUp = false;
    }
  }

  tryAgain() {
    this.troubleTarget.hidden = true;
    this.catchUp();
    this.pager.restart();
  }

  /** @returns {import("../lib/message_view.js").Look} */
  get look() {
    const templates = {
      message: this.templateTarget,
      day: this.dayTemplateTarget,
      newLine: this.newTemplateTarget,
      reaction: this.reactionTemplateTarget,
    };
    const { me, directory, messages } = this.chat;
    return { templates, me, directory, messages, threads: this.threads };
  }

  /** @param {import("../lib/outbox.js").Entry} entry */
  showPending(entry) {
    if (entry.thread_id) this.dispatch("pending", { detail: { entry } });
    else this.timeline.showPending(entry);
  }

  /** @param {string} clientMessageId */
  removePending(clientMessageId) {
    this.timeline.removePending(clientMessageId);
    this.dispatch("discarded", { detail: { clientMessageId } });
  }

  /** @param {string} clientMessageId */
  hasMine(clientMessageId) {
    return this.timeline.hasMine(clientMessageId);
  }

  /** @param {Set<string>} clientMessageIds those that another tab has not sent or deleted */
  keepPending(clientMessageIds) {
    for (const id of this.timeline.pendingIds) if (!clientMessageIds.has(id)) this.timeline.removePending(id);
  }

  /** Someone came, went, or has a new name: names that are mentioned may have changed. */
  redraw() {
    const names = this.chat.directory.everyone.map((person) => `${person.name} ${person.avatar_url}`).join("\n");
    if (names === this.names) return;
    this.names = names;
    this.timeline.redraw();
  }

  scrolled() {
    this.keeper.scrolled();
    if (this.#isAtLiveEnd) this.#seeAll();
    this.#drawJump();
  }

  /** The reader came back to the page, or left it. */
  regard() {
    if (document.hidden) this.#drawHeard();
    if (!document.hidden && this.#isAtLiveEnd) this.#seeAll();
    this.#drawJump();
  }

  /** A link to a message of this room leads to it without another page. */
  follow(event) {
    const link = event.target.closest("a[href]");
    const path = link && new URL(link.href).origin === location.origin ? new URL(link.href).pathname : "";
    const prefix = `/rooms/${this.chat.room.id}/messages/`;
    if (!path.startsWith(prefix) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.showMessage(path.slice(prefix.length));
  }

  /**
   * Go to a message, wherever it is: on the page, or somewhere in the history.
   * @param {string} id
   */
  async showMessage(id) {
    try {
      let message = this.chat.messages.get(id) ?? (await fetchMessage(this.chat.session, id)).message;
      if (message.thread_id) {
        this.dispatch("thread", { detail: { rootId: message.thread_id, messageId: id } });
        message = this.chat.messages.get(message.thread_id) ?? (await fetchMessage(this.chat.session, message.thread_id)).message;
      }
      if (!this.timeline.has(message.id)) await this.#load({ around: message.seq });
      this.#point(message.id, { takeFocus: message.id === id });
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) toast(gettext("This message is not there, or not for you to see."));
      else this.#failed(error);
    }
  }

  /** To the first message of a day. */
  async showDay({ detail: { moment } }) {
    try {
      await this.#load({ at: moment.toISOString() });
      const first = this.timeline.confirmed.find((entry) => new Date(entry.dataset.createdAt) >= moment);
      if (first) this.#point(first.dataset.messageId, { takeFocus: true });
      else this.toEnd();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Arrow up in an empty field: the last message of mine, if the reader has it before them. */
  recall(event) {
    const { threadId } = event.detail;
    if (threadId || !this.#isAtLiveEnd) return;
    const message = this.timeline.lastOfMine;
    if (message && !message.forwarded_from) this.dispatch("recalled", { detail: { message } });
  }

  /** The last message that somebody said is answered, by keyboard. */
  answerLast() {
    const message = this.timeline.lastSaid;
    if (message) this.dispatch("answered", { detail: { message, element: this.timeline.entryOf(message.id) } });
  }

  /** Or reacted to. */
  reactToLast() {
    const message = this.timeline.lastSaid;
    const article = message && this.timeline.entryOf(message.id).querySelector(":scope > .message");
    if (article) this.dispatch("pick", { detail: { message, anchor: article } });
  }

  async jump() {
    await this.toEnd();
    this.scroller.focus({ preventScroll: true });
  }

  jumpToUnread() {
    if (this.timeline.newLine) this.keeper.to(this.timeline.newLine);
    this.#drawJump();
  }

  /** Everything from a message on is new again, on all devices. */
  markUnread({ detail: { message } }) {
    this.marker.moveBack(message.seq - 1);
    this.hasSeenLine = true;
    this.timeline.markNewAfter(message.seq - 1);
  }

  /** Escape: everything is read, back to the end. */
  markRead() {
    this.marker.release();
    this.timeline.markNewAfter(null);
    this.toEnd();
  }

  /** To the newest message, which may have to be fetched first. */
  async toEnd() {
    if (this.hasNewer) await this.#load({});
    this.keeper.toEnd();
    this.#seeAll();
    this.#drawJump();
  }

  get #isAtLiveEnd() {
    return this.keeper.isPinned && !this.hasNewer;
  }

  #buildPager() {
    const ends = new Map([
      [this.ends.older, () => (this.hasOlder ? this.#loadOlder() : null)],
      [this.ends.newer, () => (this.hasNewer ? this.#loadNewer() : null)],
    ]);
    return new Pager(this.scroller, ends, (error) => this.#failed(error));
  }

  /** What messages say, and how many hang on them as of a change. */
  #know(messages, change) {
    for (const message of messages) {
      this.chat.messages.put(message);
      this.threads.begin(message, change);
    }
  }

  /**
   * What came since the last frame, together; of very much a part, so that the page stays quick, and the more the farther it
   * is behind. There are no frames in a hidden page.
   */
  #drawHeard() {
    cancelAnimationFrame(this.frame);
    if (this.heard.length > MOST && this.#isAtLiveEnd && !document.hidden) this.#skipAhead();
    const some = Math.min(Math.max(MOST_IN_A_FRAME, Math.ceil(this.heard.length / 10)), MOST_WHEN_BEHIND);
    const changes = this.heard.splice(0, document.hidden ? Infinity : some);
    this.frame = this.heard.length ? requestAnimationFrame(() => this.#drawHeard()) : 0;
    if (changes.length) this.#apply(changes);
  }

  /** So far behind that all that is here would be gone before it was seen: begin anew near the end. The rest is history. */
  #skipAhead() {
    const isNew = ({ kind, message }) => kind === "created" && !message.thread_id;
    const from = this.heard.findLastIndex((each, index) => index <= this.heard.length - MOST_IN_A_FRAME && isNew(each));
    if (from < PAGE) return;
    const skipped = this.heard.splice(0, from);
    this.#note(skipped);
    this.#tell(skipped);
    this.timeline.clear();
    for (const { message } of skipped) if (message.sender.id === this.chat.me.id) this.timeline.removePending(message.client_message_id);
    this.hasOlder = true;
    this.#apply(this.heard.splice(0, 1));
  }

  #apply(changes) {
    const roots = this.#note(changes);
    this.#draw(changes.filter(({ message }) => !message.thread_id));
    for (const id of roots) this.#drawThreadOf(id);
    this.#tell(changes);
  }

  /** @returns {Set<string>} the messages on which something new hangs */
  #note(changes) {
    const roots = new Set();
    for (const each of changes) {
      this.newest = Math.max(this.newest, each.message.seq);
      this.chat.messages.put(each.message);
      this.threads.note(each);
      if (each.message.thread_id) roots.add(each.message.thread_id);
    }
    return roots;
  }

  #tell(changes) {
    for (const each of changes) this.dispatch("changed", { detail: each });
  }

  #drawThreadOf(id) {
    const root = this.chat.messages.get(id);
    if (root) this.refresh({ detail: { message: root } });
  }

  #draw(changes) {
    const { me } = this.chat;
    const fromOthers = changes.filter(({ kind, message }) => kind === "created" && message.sender.id !== me.id).length;
    const shown = changes.map(({ message }) => message).filter((message) => this.timeline.has(message.id) || this.#hasPlaceFor(message));
    for (const { message } of changes) if (!shown.includes(message)) this.beyond = Math.max(this.beyond, message.seq);
    let added = 0;
    this.keeper.hold(this.timeline.entries, () => {
      added = this.timeline.insert(shown);
      if (this.keeper.isPinned) this.#trimStart();
    });
    if (!this.#isAtLiveEnd || document.hidden) this.unseen += Math.min(fromOthers, this.hasNewer ? fromOthers : added);
    else this.marker.advance(this.newest);
    this.#trim();
    this.#drawEnds();
    this.#drawJump();
    if (changes.some(({ message }) => message.sender.id === me.id)) this.dispatch("mine");
  }

  /** Outside what is loaded there is no place for a message; it comes with the page it belongs to. */
  #hasPlaceFor({ seq }) {
    return (!this.hasOlder || seq > this.timeline.firstSeq) && (!this.hasNewer || seq < this.timeline.lastSeq);
  }

  async #loadOlder() {
    const messages = await this.#fetch({ before: this.timeline.firstSeq });
    await this.#showPage(messages, "start", () => (this.hasOlder = messages.length === PAGE));
  }

  async #loadNewer() {
    this.beyond = 0;
    const messages = await this.#fetch({ after: this.timeline.lastSeq });
    await this.#showPage(messages, "end", () => (this.hasNewer = messages.length === PAGE || this.timeline.lastSeq < this.beyond));
  }

  /**
   * A page of history, and then what it says of the ends, without moving what the reader looks at. A third of it a frame,
   * those that stand beside what is here first, so that the list never has a hole.
   */
  async #showPage(messages, end, note) {
    const isStart = end === "start";
    const edge = () => (isStart ? this.timeline.firstSeq : this.timeline.lastSeq);
    const slices = sliced(isStart ? messages.toReversed() : messages, SLICE);
    let reached = edge();
    for (const [index, slice] of slices.entries()) {
      if (index) await nextFrame();
      // The reader went elsewhere meanwhile, and this end was taken away.
      if (edge() !== reached) return;
      this.#showSlice(isStart ? slice.toReversed() : slice, index === slices.length - 1 ? note : () => {});
      reached = edge();
    }
  }

  #showSlice(messages, note) {
    const change = () => {
      this.timeline.insert(messages);
      note();
      this.#drawEnds();
    };
    this.#quietly(() => this.keeper.hold(this.timeline.entries, change));
    this.#trim();
    this.#drawEnds();
  }

  async #fetch(range) {
    const { session, room } = this.chat;
    const { messages, change } = await fetchMessages(session, room.id, { ...range, replies: false, limit: PAGE });
    this.#know(messages, change);
    return messages;
  }

  /** Another page in place of what is shown. */
  async #load(range) {
    this.beyond = 0;
    const messages = await this.#fetch(range);
    this.#quietly(() => {
      this.timeline.clear();
      this.timeline.insert(messages);
    });
    const isNewest = !("around" in range || "at" in range);
    this.hasNewer = this.timeline.lastSeq < (isNewest ? this.beyond : this.newest);
    this.hasOlder = this.timeline.firstSeq > 1;
    this.#drawEnds();
    this.pager.restart();
  }

  #showTarget() {
    const { id, thread_id: rootId } = this.targetValue;
    this.chat.messages.put(this.targetValue);
    this.#point(rootId ?? id, { takeFocus: !rootId });
    // After the panel, too, has come to life.
    if (rootId) setTimeout(() => this.dispatch("thread", { detail: { rootId, messageId: id } }));
  }

  /** Bring a message into the middle, and make it stand out for a while. */
  #point(id, { takeFocus }) {
    const entry = this.timeline.entryOf(id);
    if (!entry) return;
    this.keeper.to(entry);
    for (const other of this.list.querySelectorAll(":scope > [data-pointed]")) other.removeAttribute("data-pointed");
    entry.setAttribute("data-pointed", "");
    setTimeout(() => entry.removeAttribute("data-pointed"), SHOWN_FOR);
    if (takeFocus) /** @type {HTMLElement} */ (entry.querySelector(":scope > .message")).focus({ preventScroll: true });
    this.#drawJump();
  }

  /** Keep the page small: what is far from the reader goes, and is fetched again when they come near. */
  #trim() {
    if (!this.#isLong) return;
    const { scrollTop, scrollHeight } = this.scroller;
    const end = this.keeper.isPinned || scrollTop > scrollHeight / 2 ? "start" : "end";
    this.#quietly(() => this.keeper.hold(this.timeline.entries.toReversed(), () => this.timeline.trim(end, MOST)));
    if (end === "start") this.hasOlder = true;
    else this.hasNewer = true;
  }

  /** The same for whoever is at the end, together with what is added there: the page is laid out once for both. */
  #trimStart() {
    if (!this.#isLong) return;
    this.#quietly(() => this.timeline.trim("start", MOST));
    this.hasOlder = true;
  }

  get #isLong() {
    return this.list.childElementCount > MOST + SLACK && this.timeline.confirmed.length > MOST + SLACK;
  }

  #failed(error) {
    if (error instanceof SessionEnded) return;
    this.troubleTarget.hidden = this.chat.connection.state !== "online";
    console.warn("Messages could not be loaded", error);
  }

  #recheckSoon(after = 1_000) {
    clearTimeout(this.recheck);
    this.recheck = setTimeout(() => this.catchUp(), after);
  }

  /** Messages that come while the page is hidden begin what is new to the next look at it. */
  #markVisit(message) {
    if (this.unseen === 0 && this.#isAtLiveEnd) this.timeline.markNewAfter(message.seq - 1);
  }

  #seeAll() {
    if (document.hidden) return;
    this.unseen = 0;
    this.marker.advance(this.newest);
  }

  #drawEnds() {
    show(this.ends.older, this.hasOlder);
    show(this.ends.newer, this.hasNewer);
    show(this.ends.beginning, !this.hasOlder);
  }

  #drawJump() {
    show(this.ways.jump, !this.#isAtLiveEnd);
    const count = this.unseen ? ngettext("{n} new message", "{n} new messages", this.unseen) : gettext("Jump to newest");
    setText(this.ways.jumpText, count);
    this.#drawUnread();
  }

  /** The way up to the first new message, while it is above what can be seen. */
  #drawUnread() {
    const line = this.timeline.newLine;
    const isAbove = line !== null && line.getBoundingClientRect().bottom <= this.scroller.getBoundingClientRect().top;
    show(this.ways.unread, isAbove && !this.hasSeenLine);
    if (line && !isAbove) this.hasSeenLine = true;
  }

  /** Pages of history are not news: nothing of them is announced. */
  #quietly(change) {
    cancelAnimationFrame(this.loud);
    this.scroller.setAttribute("aria-live", "off");
    change();
    const speak = () => this.scroller.setAttribute("aria-live", "polite");
    this.loud = requestAnimationFrame(() => (this.loud = requestAnimationFrame(speak)));
  }
}

/** At least one slice, if it is an empty one. */
function sliced(items, size) {
  const count = Math.max(1, Math.ceil(items.length / size));
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
