import { formatList } from "./format.js";
import { ngettext } from "./i18n.js";
import { ask } from "./kept.js";

/**
 * @typedef {object} Digest what came since a moment, as the server computed it
 * @property {string} since
 * @property {{message: import("./catch_up.js").Message, reason: string}[]} needs_you
 * @property {{question: import("./catch_up.js").Message, answer: import("./catch_up.js").Message, review: string | null}[]} answered
 * @property {{room_id: string, name: string, count: number, mention_count: number, first_message_id: string}[]} rooms
 * @property {number} tokens
 * @property {number | null} cost in millionths of a US dollar
 * @property {number} replies
 */

/**
 * When the user was last busy, on whatever device: `since` when, whether that is over, and whether what came of it was
 * put away.
 * @typedef {{since: string | null, is_over: boolean, is_seen: boolean}} BusyTime
 */

/**
 * What came of the last busy time is known: for now, or, once it is over, for good.
 * @param {import("./connection.js").Connection} connection
 */
export const putAway = (connection) => ask(connection, "digest:dismiss", {});

/**
 * @param {string | null} since null: since the last busy time, or when the status last began
 */
export const digestUrl = (since) => `/api/stand-in/digest${since ? `?since=${encodeURIComponent(since)}` : ""}`;

/**
 * A moment by its name.
 * @param {string} name
 * @param {Date} [now]
 */
export function momentBefore(name, now = new Date()) {
  const days = { today: 0, yesterday: 1, week: 7 }[name] ?? 0;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

/**
 * What a digest holds, in one sentence; "" where there is nothing.
 * @param {Digest} digest
 * @param {number} drafts how many wait
 */
export function inShort({ needs_you, answered, rooms }, drafts) {
  const total = rooms.reduce((sum, room) => sum + room.count, 0);
  const parts = [
    needs_you.length && ngettext("{n} message needs you", "{n} messages need you", needs_you.length),
    answered.length && ngettext("your stand-in answered {n} question", "your stand-in answered {n} questions", answered.length),
    drafts && ngettext("{n} draft waits for you", "{n} drafts wait for you", drafts),
  ].filter(Boolean);
  if (parts.length) return formatList(/** @type {string[]} */ (parts));
  return total ? ngettext("{n} new message, none of which needs you", "{n} new messages, none of which needs you", total) : "";
}
