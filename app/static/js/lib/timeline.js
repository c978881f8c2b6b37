import { showPicture } from "./avatar_view.js";
import { decorate } from "./decorate.js";
import { dayKey, formatDay } from "./format.js";
import { buildEntry, buildPendingEntry, fillEntry, settleEntry, showDelivery } from "./message_view.js";
import { clone, setText, slot } from "./slots.js";

/** @typedef {import("./catch_up.js").Message} Message */

const ONE_BLOCK = 5 * 60_000;

/**
 * @typedef {object} Facts what is known of an entry, so that it need not be asked of the page again
 * @property {string} [createdAt]
 * @property {number} [sentAt]
 * @property {string} [day]
 * @property {string} [heading] of which day, seen from which, a line stands in it; "" for none
 * @property {boolean} [hasNewLine]
 */

/** Pending entries have no seq yet: they stand behind everything that has. */
const seqOf = (entry) => Number(entry.dataset.seq) || Infinity;

/** The messages on the page, in the order of seq, each once; days, blocks and the mark of new ones between them. */
export class Timeline {
  /** Entries by message id, so that a message that comes twice is drawn once. */
  #byId = new Map();
  /** @type {WeakMap<HTMLElement, Facts>} */
  #facts = new WeakMap();
  /** Messages after this seq are new to the reader; null for no mark. */
  #newAfter = null;
  /** Entries that go into the list as one, and what they stand before. @type {{entries: HTMLElement[], before: Element | null}} */
  #together = { entries: [], before: null };
  /** The one message in the order of Tab. @type {Element | null} */
  #reachable = null;
  /** The mark of new messages, if it is drawn. @type {HTMLElement | null} */
  #newLine = null;

  /**
   * @param {HTMLElement} list
   * @param {import("./message_view.js").Look} look
   */
  constructor(list, look) {
    this.list = list;
    this.look = look;
    this.redraw();
  }

  /** @returns {HTMLElement[]} */
  get entries() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  get confirmed() {
    return this.entries.filter((entry) => !entry.dataset.pending);
  }

  get firstSeq() {
    let entry = /** @type {HTMLElement | null} */ (this.list.firstElementChild);
    while (entry?.dataset.pending) entry = /** @type {HTMLElement | null} */ (entry.nextElementSibling);
    return entry ? seqOf(entry) : 0;
  }

  get lastSeq() {
    let entry = /** @type {HTMLElement | null} */ (this.list.lastElementChild);
    while (entry?.dataset.pending) entry = /** @type {HTMLElement | null} */ (entry.previousElementSibling);
    return entry ? seqOf(entry) : 0;
  }

  /** @returns {string[]} the client's ids of the messages that are on their way */
  get pendingIds() {
    return this.entries.flatMap((entry) => entry.dataset.pending ?? []);
  }

  /** @returns {HTMLElement | null} */
  get newLine() {
    return this.#newLine?.isConnected ? this.#newLine : null;
  }

  /**
   * Whether a message of mine is here, confirmed.
   * @param {string} clientMessageId
   */
  hasMine(clientMessageId) {
    return this.list.querySelector(`:scope > [data-mine][data-client-message-id="${CSS.escape(clientMessageId)}"]:not([data-pending])`) !== null;
  }

  /** Draw again what depends on who there is. */
  redraw() {
    for (const entry of this.entries) {
      const message = this.look.messages.get(entry.dataset.messageId);
      if (message) this.#byId.set(message.id, entry);
      if (message) this.#fill(entry, message);
      else this.#decorate(entry);
    }
    this.arrange();
  }

  /**
   * Put messages where their seq belongs. Those already here are drawn as they are now; a pending one of mine becomes
   * the message.
   * @param {Message[]} messages
   * @returns {number} how many came that were not on the page in any form
   */
  insert(messages) {
    let added = 0;
    for (const message of messages.map((each) => this.look.messages.put(each))) {
      if (this.has(message.id)) this.update(message);
      else added += Number(this.#insert(message));
    }
    this.#putTogether();
    this.arrange();
    return added;
  }

  /**
   * Draw a message again, if it is here, and what quotes it.
   * @param {Message} message
   */
  update(message) {
    const entry = this.#byId.get(message.id);
    if (entry) this.#fill(entry, message);
    for (const quoting of this.list.querySelectorAll(`:scope > [data-reply-to="${message.id}"]`)) {
      const answer = this.look.messages.get(/** @type {HTMLElement} */ (quoting).dataset.messageId);
      if (answer) this.#fill(quoting, answer);
    }
  }

  /** @param {string} id */
  has(id) {
    return this.#byId.has(id);
  }

  /**
   * @param {string} id
   * @returns {HTMLElement | undefined}
   */
  entryOf(id) {
    return this.#byId.get(id);
  }

  /** @returns {Message | undefined} the last message that I wrote and did not delete */
  get lastOfMine() {
    const mine = this.confirmed.filter((entry) => entry.hasAttribute("data-mine") && !entry.hasAttribute("data-deleted"));
    return this.look.messages.get(mine.at(-1)?.dataset.messageId);
  }

  /** @returns {Message | undefined} the last message that is not deleted and no line of the system */
  get lastSaid() {
    const said = this.confirmed.findLast((entry) => entry.dataset.origin !== "system" && !entry.hasAttribute("data-deleted"));
    return this.look.messages.get(said?.dataset.messageId);
  }

  /**
   * Draw a message that is on its way, or how its sending stands now.
   * @param {import("./outbox.js").Entry} pending
   */
  showPending(pending) {
    const known = this.#pendingEntry(pending.client_message_id);
    if (known) return showDelivery(known, pending);
    const entry = buildPendingEntry(pending, this.look);
    this.#decorate(entry);
    this.list.append(entry);
    this.arrange();
  }

  /** @param {string} clientMessageId */
  removePending(clientMessageId) {
    this.#pendingEntry(clientMessageId)?.remove();
    this.arrange();
  }

  /**
   * Take entries away at one end until `most` are left.
   * @param {"start" | "end"} end
   * @param {number} most
   * @returns {boolean} whether anything was taken
   */
  trim(end, most) {
    if (this.list.childElementCount <= most) return false;
    const confirmed = this.confirmed;
    const excess = confirmed.length - most;
    if (excess <= 0) return false;
    const gone = end === "start" ? confirmed.slice(0, excess) : confirmed.slice(-excess);
    for (const entry of gone) this.#forget(entry);
    this.arrange();
    return true;
  }

  /** Take away everything that is confirmed, to begin again from another page. */
  clear() {
    this.#byId.clear();
    // At once where that can be: whoever watches the page is told of each time something is taken away.
    if (this.pendingIds.length) for (const entry of this.confirmed) entry.remove();
    else this.list.replaceChildren();
  }

  /** @param {number | null} seq where the mark of new messages goes: behind this one */
  markNewAfter(seq) {
    this.#newAfter = seq;
    this.arrange();
  }

  /** Recompute what depends on the neighbours: the day, the block, the mark of new messages. */
  arrange() {
    const firstNew = this.#firstNew();
    const today = dayKey(new Date());
    let previous = null;
    for (const entry of this.entries) {
      const facts = this.#factsOf(entry);
      const isNewDay = previous?.facts.day !== facts.day;
      this.#head(entry, facts, isNewDay ? `${facts.day} ${today}` : "");
      this.#markNew(entry, facts, entry === firstNew);
      const follows = !isNewDay && entry !== firstNew && isSameBlock(previous, entry, facts.sentAt);
      entry.toggleAttribute("data-follows", follows);
      previous = { entry, facts };
    }
    this.#putInTabOrder();
  }

  /** @returns {Facts} */
  #factsOf(entry) {
    const facts = this.#facts.get(entry) ?? {};
    const { createdAt } = entry.dataset;
    if (facts.createdAt === createdAt) return facts;
    const sentAt = new Date(createdAt);
    Object.assign(facts, { createdAt, sentAt: sentAt.getTime(), day: dayKey(sentAt) });
    this.#facts.set(entry, facts);
    return facts;
  }

  /** One message can be reached with Tab, the others from there with the arrows: the last, or the one in use. */
  #putInTabOrder() {
    const isInUse = this.#reachable?.isConnected && this.list.contains(document.activeElement);
    const last = this.list.lastElementChild?.querySelector(":scope > .message") ?? null;
    if (isInUse || last === this.#reachable) return;
    this.#reachable?.setAttribute("tabindex", "-1");
    last?.setAttribute("tabindex", "0");
    this.#reachable = last;
  }

  #insert(message) {
    const pending = message.sender.id === this.look.me.id && this.#pendingEntry(message.client_message_id);
    if (pending) settleEntry(pending, message, this.look);
    const entry = pending || buildEntry(message, this.look);
    this.#byId.set(message.id, entry);
    this.#decorate(entry);
    this.#put(entry, message.seq);
    return !pending;
  }

  /** What belongs behind what was put before it goes into the list with that, for each time is told to whoever watches. */
  #put(entry, seq) {
    let next = this.#placeBefore(entry, seq);
    const { entries, before } = this.#together;
    const last = entries.at(-1);
    if (last && (entry.isConnected || next !== before || seqOf(last) > seq)) {
      this.#putTogether();
      next = this.#placeBefore(entry, seq);
    }
    if (!entry.isConnected) this.#together = { entries: [...this.#together.entries, entry], before: next };
    else if (entry.nextElementSibling !== next) this.list.insertBefore(entry, next);
  }

  #putTogether() {
    const { entries, before } = this.#together;
    this.#together = { entries: [], before: null };
    if (!entries.length) return;
    const fragment = document.createDocumentFragment();
    fragment.append(...entries);
    this.list.insertBefore(fragment, before);
  }

  /** From the end, where most belong; a page of history belongs before all. */
  #placeBefore(entry, seq) {
    const first = this.list.firstElementChild;
    if (first && seq < seqOf(first)) return first;
    let next = null;
    for (let each = this.list.lastElementChild; each; each = each.previousElementSibling) {
      if (each === entry) continue;
      if (seqOf(each) < seq) break;
      next = each;
    }
    return next;
  }

  #firstNew() {
    if (this.#newAfter === null) return null;
    const isNew = (entry) => seqOf(entry) > this.#newAfter && !entry.dataset.pending && !entry.hasAttribute("data-mine");
    return this.confirmed.find(isNew) ?? null;
  }

  /** The line of a day. It has another name on the next. */
  #head(entry, facts, heading) {
    if ((facts.heading ?? "") === heading) return;
    this.#place(entry, ".day", heading ? this.look.templates.day : null);
    facts.heading = heading;
    if (!heading) return;
    const time = entry.querySelector(":scope > .day time");
    time.setAttribute("datetime", facts.createdAt);
    setText(time, formatDay(new Date(facts.createdAt)));
  }

  #markNew(entry, facts, isFirst) {
    if (Boolean(facts.hasNewLine) === isFirst) return;
    const line = this.#place(entry, ".new-line", isFirst ? this.look.templates.newLine : null);
    facts.hasNewLine = isFirst;
    if (isFirst) this.#newLine = line;
  }

  #place(entry, selector, template) {
    const present = entry.querySelector(`:scope > ${selector}`);
    if (present && !template) present.remove();
    return !present && template ? entry.insertBefore(clone(template), entry.querySelector(":scope > .message")) : present;
  }

  #fill(entry, message) {
    fillEntry(entry, message, this.look);
    this.#decorate(entry);
  }

  #decorate(entry) {
    decorate(entry, { people: this.look.directory.everyone, myId: this.look.me.id });
    const { origin, senderId } = entry.dataset;
    showPicture(slot(entry, "avatar"), origin === "standin" || origin === "system" ? null : this.look.directory.get(senderId)?.avatar_url);
  }

  #forget(entry) {
    this.#byId.delete(entry.dataset.messageId);
    entry.remove();
  }

  #pendingEntry(clientMessageId) {
    return /** @type {HTMLElement | null} */ (this.list.querySelector(`:scope > [data-pending="${CSS.escape(clientMessageId)}"]`));
  }
}

function isSameBlock(previous, entry, sentAt) {
  if (!previous) return false;
  const [one, two] = [previous.entry.dataset, entry.dataset];
  return one.senderId === two.senderId && one.origin === two.origin && sentAt - previous.facts.sentAt < ONE_BLOCK;
}
