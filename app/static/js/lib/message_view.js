import { fileNodes } from "./file_view.js";
import { gettext, ngettext } from "./i18n.js";
import { fillKept } from "./kept.js";
import { part } from "./message_parts.js";
import { fillPreviews } from "./previews_view.js";
import { fillQuote } from "./quote_view.js";
import { fillReactions } from "./reactions_view.js";
import { richNodes } from "./rich_text.js";
import { clone, setText, slot } from "./slots.js";
import { initials, speakerOf, tombstone, writerOf } from "./text.js";

/** @typedef {import("./catch_up.js").Message} Message */

/**
 * @typedef {object} Look what is needed to draw a message
 * @property {{message: HTMLTemplateElement, day: HTMLTemplateElement, newLine: HTMLTemplateElement, reaction: HTMLTemplateElement}} templates
 * @property {{id: string, name: string}} me
 * @property {import("./directory.js").Directory} directory
 * @property {import("./message_store.js").MessageStore} messages
 * @property {import("./thread_counts.js").ThreadCounts} threads
 * @property {boolean} [isThread] whether the list is a thread, in which nothing leads to threads
 */

/**
 * A new entry of the timeline, from the template that the server drew with the same macro as its history.
 * @param {Message} message
 * @param {Look} look
 */
export function buildEntry(message, look) {
  const entry = clone(look.templates.message);
  fillEntry(entry, message, look);
  return entry;
}

/**
 * An entry for a message of mine that the server has not confirmed.
 * @param {import("./outbox.js").Entry} pending
 * @param {Look} look
 */
export function buildPendingEntry(pending, look) {
  const entry = clone(look.templates.message);
  const draft = { ...pending, id: "", seq: NaN, sender: look.me, origin: "person", on_behalf_of: null };
  fillEntry(entry, /** @type {any} */ (draft), look);
  entry.dataset.pending = pending.client_message_id;
  showDelivery(entry, pending);
  return entry;
}

/**
 * How the sending stands, under a pending message.
 * @param {HTMLElement} entry
 * @param {import("./outbox.js").Entry} pending
 */
export function showDelivery(entry, pending) {
  entry.dataset.state = pending.state;
  part(entry, "delivery", true);
  fillFiles(entry, pending.files ?? []);
  const bar = /** @type {HTMLProgressElement} */ (slot(entry, "progress"));
  bar.hidden = pending.state !== "uploading";
  if (!bar.hidden) bar.value = pending.progress ?? 0;
  const share = Math.round((pending.progress ?? 0) * 100);
  const text = {
    uploading: share < 100 ? gettext("Uploading… {share} %", { share }) : gettext("Preparing…"),
    paused: pending.reason ?? "",
    sending: gettext("Sending…"),
    queued: pending.reason ?? gettext("Will send when you are back online"),
    waiting: pending.reason ?? "",
    failed: `${gettext("Not sent.")} ${pending.reason ?? ""}`,
  };
  setText(slot(entry, "reason"), text[pending.state].trim());
}

/**
 * The server has the message: the pending entry becomes it, where it stands.
 * @param {HTMLElement} entry
 * @param {Message} message
 * @param {Look} look
 */
export function settleEntry(entry, message, look) {
  delete entry.dataset.pending;
  delete entry.dataset.state;
  slot(entry, "delivery")?.remove();
  fillEntry(entry, message, look);
}

/**
 * Draw a message into its entry, as often as it changes.
 * @param {HTMLElement} entry
 * @param {Message} message
 * @param {Look} look
 */
export function fillEntry(entry, message, look) {
  const isStandin = message.origin === "standin";
  Object.assign(entry.dataset, {
    messageId: message.id,
    clientMessageId: message.client_message_id,
    seq: String(message.seq || ""),
    senderId: message.sender.id,
    origin: message.origin,
    createdAt: message.created_at,
  });
  entry.toggleAttribute("data-mine", message.sender.id === look.me.id && !isStandin && message.origin !== "system");
  entry.toggleAttribute("data-deleted", Boolean(message.deleted_at));
  fillAuthor(entry, message, isStandin);
  slot(entry, "time").setAttribute("datetime", message.created_at);
  part(entry, "edited", Boolean(message.edited_at));
  part(entry, "ask", Boolean(message.ask));
  // What is written piece by piece is no news for a screen reader: it is told once, by stand_in_controller, at its end.
  if (message.state === "streaming") entry.setAttribute("aria-live", "off");
  fillBody(slot(entry, "body"), message);
  fillPreviews(entry, message);
  fillQuote(entry, message, look);
  fillKept(entry, message);
  fillReactions(entry, message, look);
  fillThread(entry, message, look);
  fillFiles(entry, message.files ?? []);
  fillStream(entry, message, look);
}

/** What each body shows of what the server rendered: drawn again only when that is another. */
const rendered = new WeakMap();

/** Rendered where the server rendered it; else as it was typed. */
function fillBody(body, message) {
  body.toggleAttribute("data-rich", Boolean(message.html));
  if (!message.html) setText(body, message.deleted_at ? tombstone(message) : message.body);
  else if (rendered.get(body) !== message.html) body.replaceChildren(richNodes(message.html));
  rendered.set(body, message.html);
  const isUnwritten = !message.deleted_at && ["streaming", "stopped", "failed"].includes(message.state);
  body.hidden = !message.body && (isUnwritten || Boolean(message.files?.length));
}

/** Anew only where they are others: a film that plays goes on. */
function fillFiles(entry, files) {
  const element = part(entry, "files", files.length > 0);
  if (!element) return;
  const key = files.map((file) => file.id || `${file.name}|${file.thumbnail_url ?? ""}`).join(" ");
  if (element.dataset.files === key && element.children.length === files.length) return;
  element.dataset.files = key;
  element.replaceChildren(...fileNodes(files));
}

function fillAuthor(entry, message, isStandin) {
  const avatar = slot(entry, "avatar");
  avatar.classList.toggle("avatar--standin", isStandin);
  avatar.dataset.hue = message.sender.id.slice(-1);
  const isSystem = message.origin === "system";
  setText(avatar, isSystem ? "S" : initials(isStandin ? message.on_behalf_of.name : message.sender.name));
  const isBot = message.origin === "bot";
  setText(slot(entry, "spoken"), isStandin ? gettext("AI stand-in for {name}", { name: message.on_behalf_of.name }) : isBot ? gettext("Bot {name}", { name: message.sender.name }) : "");
  slot(entry, "bot").hidden = !isBot;
  const author = slot(entry, "author");
  setText(author, isSystem ? "Standin" : speakerOf(message.sender));
  if (isStandin || isBot) author.setAttribute("aria-hidden", "true");
  else author.removeAttribute("aria-hidden");
}

/** How an answer that is written piece by piece stands. Whoever it is for, and whoever asked, can stop it. */
function fillStream(entry, message, { me }) {
  const state = message.deleted_at ? "done" : message.state ?? "done";
  const line = part(entry, "stream", state !== "done");
  if (!line) return;
  line.dataset.state = state;
  const writer = writerOf(message.sender);
  const words = { streaming: gettext("{names} is writing", { names: writer }), stopped: gettext("Stopped here"), failed: gettext("This answer did not come to its end") };
  setText(slot(line, "streamText"), words[state] ?? "");
  const mine = [message.asked_by, message.on_behalf_of?.id].filter((id) => id === me.id).length;
  slot(line, "stop").hidden = state !== "streaming" || mine === 0;
  // Whoever asked for themselves may ask again.
  slot(line, "retry").hidden = !["stopped", "failed"].includes(state) || mine < 2;
}

function fillThread(entry, message, { threads, isThread }) {
  const count = isThread || !message.id ? 0 : threads.of(message);
  const line = part(entry, "thread", count > 0);
  if (line) setText(slot(line, "threadCount"), ngettext("{n} reply", "{n} replies", count));
}
