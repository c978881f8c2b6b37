import { Controller } from "@hotwired/stimulus";

import { fetchMessages, pagesAfter } from "../lib/catch_up.js";
import { Pager } from "../lib/pager.js";
import { ScrollKeeper } from "../lib/scroll_keeper.js";
import { SessionEnded } from "../lib/session.js";
import { setText } from "../lib/slots.js";
import { Timeline } from "../lib/timeline.js";

const PAGE = 50;
const MOST = 300;
const SLACK = 20;

/** The messages of the room: new ones as they come, older ones as the reader goes up, missed ones after a gap. */
export default class extends Controller {
  static targets = [
    "scroller", "list", "older", "newer", "beginning", "trouble", "jump", "jumpText", "unread",
    "template", "dayTemplate", "newTemplate",
  ];
  static values = { hasOlder: Boolean, hasNewer: Boolean };
  static outlets = ["chat"];

  connect() {
    this.timeline = this.#buildTimeline();
    this.keeper = new ScrollKeeper(this.scrollerTarget, this.listTarget);
    /** The seq up to which nothing is missing, and the highest one heard of. */
    this.completeTo = this.newest = this.timeline.lastSeq;
    this.unseen = 0;
    this.marker = this.chatOutlet.marker;
    if (this.marker.seq && this.marker.seq < this.newest) this.timeline.markNewAfter(this.marker.seq);
    this.keeper.toEnd();
    this.pager = this.#buildPager();
    this.#drawEnds();
    this.scrollerTarget.dataset.ready = "";
    this.look();
  }

  disconnect() {
    clearTimeout(this.recheck);
    this.pager.disconnect();
    this.keeper.disconnect();
  }

  /** A live message, or the server's answer to one of mine. */
  receive({ detail: { message } }) {
    if (message.room_id !== this.chatOutlet.room.id) return;
    const isMine = message.sender.id === this.chatOutlet.me.id && message.origin === "person";
    if (message.seq === this.completeTo + 1) this.completeTo = message.seq;
    else if (message.seq > this.completeTo) this.#recheckSoon();
    this.newest = Math.max(this.newest, message.seq);
    if (document.hidden && !isMine) this.#markVisit(message);
    this.#add([message]);
  }

  /** The server lost something on its way here, and says how far the rooms are. All pages hear that at once. */
  advance({ detail: { rooms } }) {
    const room = rooms.find((each) => each.id === this.chatOutlet.room.id);
    if (room && room.seq > this.completeTo) this.#recheckSoon(Math.random() * 2_000);
  }

  /** Everything after the last message that is certainly here. What came live meanwhile stays. */
  async catchUp() {
    if (this.isCatchingUp) return this.#recheckSoon();
    this.isCatchingUp = true;
    clearTimeout(this.recheck);
    try {
      for await (const page of pagesAfter(this.chatOutlet.session, this.chatOutlet.room.id, this.completeTo)) {
        this.completeTo = Math.max(this.completeTo, page.at(-1).seq);
        this.newest = Math.max(this.newest, this.completeTo);
        this.#add(page);
      }
      this.troubleTarget.hidden = true;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.isCatchingUp = false;
    }
  }

  tryAgain() {
    this.troubleTarget.hidden = true;
    this.catchUp();
    this.pager.restart();
  }

  /** @param {import("../lib/outbox.js").Entry} entry */
  showPending(entry) {
    this.timeline.showPending(entry);
  }

  /** @param {string} clientMessageId */
  removePending(clientMessageId) {
    this.timeline.removePending(clientMessageId);
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
    const names = this.chatOutlet.directory.everyone.map((person) => person.name).join("\n");
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
  look() {
    if (!document.hidden && this.#isAtLiveEnd) this.#seeAll();
    this.#drawJump();
  }

  async jump() {
    await this.toEnd();
    this.scrollerTarget.focus({ preventScroll: true });
  }

  jumpToUnread() {
    if (this.timeline.newLine) this.keeper.to(this.timeline.newLine);
    this.#drawJump();
  }

  /** Escape: everything is read, back to the end. */
  markRead() {
    this.timeline.markNewAfter(null);
    this.toEnd();
  }

  /** To the newest message, which may have to be fetched first. */
  async toEnd() {
    if (this.hasNewerValue) await this.#loadNewest();
    this.keeper.toEnd();
    this.#seeAll();
    this.#drawJump();
  }

  get #isAtLiveEnd() {
    return this.keeper.isPinned && !this.hasNewerValue;
  }

  #buildTimeline() {
    const templates = { message: this.templateTarget, day: this.dayTemplateTarget, newLine: this.newTemplateTarget };
    const { me, directory } = this.chatOutlet;
    return new Timeline({ list: this.listTarget, templates, me, directory });
  }

  #buildPager() {
    const ends = new Map([
      [this.olderTarget, () => (this.hasOlderValue ? this.#loadOlder() : null)],
      [this.newerTarget, () => (this.hasNewerValue ? this.#loadNewer() : null)],
    ]);
    return new Pager(this.scrollerTarget, ends, (error) => this.#failed(error));
  }

  #add(messages) {
    // Behind a gap there is no place for it; it comes with the page it belongs to.
    const shown = this.hasNewerValue ? messages.filter((message) => message.seq <= this.timeline.lastSeq) : messages;
    const fromOthers = messages.filter((message) => message.sender.id !== this.chatOutlet.me.id).length;
    const added = this.timeline.insert(shown);
    if (!this.#isAtLiveEnd || document.hidden) this.unseen += Math.min(fromOthers, this.hasNewerValue ? fromOthers : added);
    else this.marker.advance(this.newest);
    this.keeper.follow();
    this.#trim();
    this.#drawEnds();
    this.#drawJump();
    if (fromOthers < messages.length) this.dispatch("mine");
  }

  async #loadOlder() {
    const messages = await this.#fetch({ before: this.timeline.firstSeq });
    this.#showPage(messages, () => (this.hasOlderValue = messages.length === PAGE));
  }

  async #loadNewer() {
    const messages = await this.#fetch({ after: this.timeline.lastSeq });
    this.#showPage(messages, () => (this.hasNewerValue = messages.length > 0 && this.timeline.lastSeq < this.newest));
  }

  /** A page of history, and then what it says of the ends, without moving what the reader looks at. */
  #showPage(messages, note) {
    const change = () => {
      this.timeline.insert(messages);
      note();
      this.#drawEnds();
    };
    this.#quietly(() => this.keeper.hold(this.timeline.entries, change));
    this.#trim();
    this.#drawEnds();
  }

  #fetch(range) {
    const { session, room } = this.chatOutlet;
    return fetchMessages(session, room.id, { ...range, limit: PAGE });
  }

  async #loadNewest() {
    const messages = await this.#fetch({});
    this.#quietly(() => {
      this.timeline.clear();
      this.timeline.insert(messages);
    });
    this.hasNewerValue = false;
    this.hasOlderValue = this.timeline.firstSeq > 1;
    this.#drawEnds();
  }

  /** Keep the page small: what is far from the reader goes, and is fetched again when they come near. */
  #trim() {
    if (this.timeline.confirmed.length <= MOST + SLACK) return;
    const { scrollTop, scrollHeight } = this.scrollerTarget;
    const end = this.keeper.isPinned || scrollTop > scrollHeight / 2 ? "start" : "end";
    this.#quietly(() => this.keeper.hold(this.timeline.entries.toReversed(), () => this.timeline.trim(end, MOST)));
    if (end === "start") this.hasOlderValue = true;
    else this.hasNewerValue = true;
  }

  #failed(error) {
    if (error instanceof SessionEnded) return;
    this.troubleTarget.hidden = this.chatOutlet.connection.state !== "online";
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
    this.olderTarget.hidden = !this.hasOlderValue;
    this.newerTarget.hidden = !this.hasNewerValue;
    this.beginningTarget.hidden = this.hasOlderValue;
  }

  #drawJump() {
    this.jumpTarget.hidden = this.#isAtLiveEnd;
    const count = this.unseen ? `${this.unseen} new ${this.unseen === 1 ? "message" : "messages"}` : "Jump to newest";
    setText(this.jumpTextTarget, count);
    this.#drawUnread();
  }

  /** The way up to the first new message, while it is above what can be seen. */
  #drawUnread() {
    const line = this.timeline.newLine;
    const top = this.scrollerTarget.getBoundingClientRect().top;
    this.unreadTarget.hidden = !line || this.hasSeenLine || line.getBoundingClientRect().bottom > top;
    if (line && line.getBoundingClientRect().bottom > top) this.hasSeenLine = true;
  }

  /** Pages of history are not news: nothing of them is announced. */
  #quietly(change) {
    this.scrollerTarget.setAttribute("aria-live", "off");
    change();
    requestAnimationFrame(() => requestAnimationFrame(() => this.scrollerTarget.setAttribute("aria-live", "polite")));
  }
}
