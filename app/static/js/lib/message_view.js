import { richNodes } from "./rich_text.js";
import { clone, setText, slot } from "./slots.js";
import { initials } from "./text.js";

/** @typedef {import("./catch_up.js").Message} Message */

/**
 * A new entry of the timeline, from the template that the server drew with the same macro as its history.
 * @param {HTMLTemplateElement} template
 * @param {Message} message
 * @param {string} myId
 */
export function buildEntry(template, message, myId) {
  const entry = clone(template);
  fillEntry(entry, message, myId);
  slot(entry, "delivery")?.remove();
  return entry;
}

/**
 * An entry for a message of mine that the server has not confirmed.
 * @param {HTMLTemplateElement} template
 * @param {import("./outbox.js").Entry} pending
 * @param {{id: string, name: string}} me
 */
export function buildPendingEntry(template, pending, me) {
  const entry = clone(template);
  const draft = { ...pending, id: "", seq: NaN, sender: me, origin: "person", on_behalf_of: null };
  fillEntry(entry, /** @type {any} */ (draft), me.id);
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
  const text = { sending: "Sending…", queued: "Will send when you are back online", failed: `Not sent. ${pending.reason ?? ""}` };
  setText(slot(entry, "reason"), text[pending.state].trim());
}

/**
 * The server has the message: the pending entry becomes it, where it stands.
 * @param {HTMLElement} entry
 * @param {Message} message
 * @param {string} myId
 */
export function settleEntry(entry, message, myId) {
  delete entry.dataset.pending;
  delete entry.dataset.state;
  slot(entry, "delivery")?.remove();
  fillEntry(entry, message, myId);
}

function fillEntry(entry, message, myId) {
  const isStandin = message.origin === "standin";
  Object.assign(entry.dataset, {
    messageId: message.id,
    clientMessageId: message.client_message_id,
    seq: String(message.seq || ""),
    senderId: message.sender.id,
    origin: message.origin,
    createdAt: message.created_at,
  });
  entry.toggleAttribute("data-mine", message.sender.id === myId && !isStandin);
  fillAuthor(entry, message, isStandin);
  slot(entry, "time").setAttribute("datetime", message.created_at);
  fillBody(slot(entry, "body"), message);
}

/** Rendered where the server rendered it; else as it was typed. */
function fillBody(body, message) {
  body.toggleAttribute("data-rich", Boolean(message.html));
  if (message.html) body.replaceChildren(richNodes(message.html));
  else setText(body, message.body);
}

function fillAuthor(entry, message, isStandin) {
  const avatar = slot(entry, "avatar");
  avatar.classList.toggle("avatar--standin", isStandin);
  avatar.dataset.hue = message.sender.id.slice(-1);
  setText(avatar, initials(isStandin ? message.on_behalf_of.name : message.sender.name));
  setText(slot(entry, "spoken"), isStandin ? `AI stand-in for ${message.on_behalf_of.name}` : "");
  const author = slot(entry, "author");
  setText(author, message.sender.name);
  if (isStandin) author.setAttribute("aria-hidden", "true");
  else author.removeAttribute("aria-hidden");
}
