import { gettext } from "./i18n.js";
import { unmarked } from "./inline_marks.js";
import { part } from "./message_parts.js";
import { setText, slot } from "./slots.js";
import { speakerOf } from "./text.js";

const EXCERPT = 200;

/**
 * What is quoted of a message, as the server quotes it.
 * @param {import("./catch_up.js").Message} message
 * @returns {import("./catch_up.js").Quote}
 */
export function quoteOf(message) {
  const characters = Array.from(message.deleted_at ? "" : message.body);
  const body = characters.length > EXCERPT ? `${characters.slice(0, EXCERPT - 1).join("")}…` : characters.join("");
  return { id: message.id, seq: message.seq, sender: message.sender, body };
}

/**
 * The quote above a message: as the quoted message is now, if the page knows it.
 * @param {HTMLElement} entry
 * @param {import("./catch_up.js").Message} message
 * @param {import("./message_view.js").Look} look
 */
export function fillQuote(entry, message, look) {
  const link = part(entry, "quote", Boolean(message.reply_to));
  if (!message.reply_to) return delete entry.dataset.replyTo;
  const known = look.messages.get(message.reply_to.id);
  const quote = known ? quoteOf(known) : message.reply_to;
  entry.dataset.replyTo = quote.id;
  link.setAttribute("href", `/rooms/${message.room_id}/messages/${quote.id}`);
  setText(slot(link, "quoteAuthor"), speakerOf(quote.sender));
  setText(slot(link, "quoteBody"), unmarked(quote.body) || gettext("This message was deleted"));
}
