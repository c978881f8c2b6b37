import { dayKey, formatFull, formatTime, formatUntil } from "./format.js";
import { gettext } from "./i18n.js";
import { unmarked } from "./inline_marks.js";
import { part } from "./message_parts.js";
import { RequestFailed, SessionEnded } from "./session.js";
import { setText, show, slot } from "./slots.js";
import { speakerOf, tombstone } from "./text.js";

/** @typedef {import("./catch_up.js").Message} Message */
/** @typedef {{id: string, at: string, note: string, state: string, message: Message}} Reminder */
/** @typedef {{id: string, created_at: string, message: Message}} Bookmark */
/**
 * @typedef {object} Scheduled
 * @property {string} id
 * @property {string} room_id
 * @property {string} body
 * @property {string | null} at
 * @property {{id: string, name: string} | null} when_back
 * @property {"waiting" | "failed" | "sent" | "cancelled"} state
 * @property {{code: string, message: string} | null} reason
 */

const OFFLINE = gettext("The server cannot be reached. Nothing was changed; try again in a moment.");

/**
 * Asks the server for something to be done.
 * @param {import("./connection.js").Connection} connection
 * @param {string} event
 * @param {object} payload
 * @returns {Promise<{ack: any, trouble: string}>} what the server said; what went wrong, or ""
 */
export async function ask(connection, event, payload) {
  try {
    const ack = await connection.insist(event, payload);
    return { ack, trouble: ack.ok ? "" : ack.error.message };
  } catch {
    return { ack: null, trouble: OFFLINE };
  }
}

/**
 * Fetches what a panel shows. Null if it could not be had.
 * @param {import("./session.js").Session} session
 * @param {string} url
 */
export async function fetchKept(session, url) {
  try {
    return await session.getJSON(url);
  } catch (error) {
    if (error instanceof SessionEnded || error instanceof RequestFailed || error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * The permalink of a message.
 * @param {Message} message
 */
export const linkTo = (message) => `/rooms/${message.room_id}/messages/${message.id}`;

/**
 * What a message says, on few lines.
 * @param {Message} message
 */
export function excerpt(message) {
  if (message.deleted_at) return tombstone(message);
  return unmarked(message.body) || gettext("A file");
}

/**
 * Puts a message into an item of a panel.
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {string} place the name of its room, where that is not the one on the page
 */
export function fillMessage(item, message, place) {
  const sentAt = new Date(message.created_at);
  setText(slot(item, "author"), speakerOf(message.sender));
  setText(slot(item, "place"), place);
  const time = slot(item, "time");
  setText(time, formatTime(sentAt));
  time.setAttribute("datetime", message.created_at);
  time.title = formatFull(sentAt);
  setText(slot(item, "body"), excerpt(message));
  item.toggleAttribute("data-deleted", Boolean(message.deleted_at));
  slot(item, "link")?.setAttribute("href", linkTo(message));
}

/**
 * The name of one of the user's rooms, as the sidebar has it; "" where it has none.
 * @param {string} roomId
 */
export function roomName(roomId) {
  return document.querySelector(`#sidebar a[data-room-id="${CSS.escape(roomId)}"] [data-slot="name"]`)?.textContent ?? "";
}

/**
 * A line of an item that is there only if it says something.
 * @param {HTMLElement} item
 * @param {string} text
 */
export function fillNote(item, text) {
  const line = slot(item, "note");
  setText(line, text);
  show(line, Boolean(text));
}

/**
 * What an entry of the timeline shows: that the message is pinned, and whose words it holds if it was forwarded.
 * @param {HTMLElement} entry
 * @param {Message} message
 */
export function fillKept(entry, message) {
  entry.toggleAttribute("data-pinned", Boolean(message.pinned_at));
  part(entry, "pin", Boolean(message.pinned_at));
  const source = message.forwarded_from;
  entry.toggleAttribute("data-forwarded", Boolean(source));
  part(entry, "forwarded", Boolean(source));
  if (!source) return;
  const link = slot(entry, "forwardedFrom");
  setText(link, gettext("Forwarded from {name}", { name: speakerOf(source.sender) }));
  link.setAttribute("href", `/messages/${source.message_id}`);
}

/**
 * When a message is sent that waits: `Tomorrow 9:00`, `When Grace is back`.
 * @param {Scheduled} scheduled
 * @param {boolean} [isWithin] whether it stands within a sentence: `tomorrow 9:00`
 */
export function momentOf(scheduled, isWithin = false) {
  const moment = new Date(scheduled.at ?? "");
  if (!scheduled.when_back) return isWithin ? within(moment) : momentText(moment);
  const { name } = scheduled.when_back;
  return isWithin ? gettext("when {name} is back", { name }) : gettext("When {name} is back", { name });
}

/**
 * A moment to come, to begin a line with: `Today 14:00`, `Tomorrow 9:00`.
 * @param {Date} moment
 */
export function momentText(moment) {
  const text = formatUntil(moment);
  return isToday(moment) ? gettext("Today {time}", { time: text }) : text.charAt(0).toUpperCase() + text.slice(1);
}

const within = (moment) => (isToday(moment) ? gettext("today {time}", { time: formatUntil(moment) }) : formatUntil(moment));
const isToday = (moment) => dayKey(moment) === dayKey(new Date());
