import { gettext, ngettext } from "./i18n.js";

const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3|[\u200d\ufe0f\s])+$/u;

const STAND_IN = /'s stand-in \(AI\)$/u;

/**
 * Whether a text is nothing but emoji.
 * @param {string} text
 */
export function isEmojiOnly(text) {
  return EMOJI_ONLY.test(text) && /\S/u.test(text);
}

/**
 * How many characters the server counts, which are code points, not UTF-16 units.
 * @param {string} text
 */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/**
 * The letters on an avatar.
 * @param {string} name
 */
export function initials(name) {
  return name
    .split(/\s+/u)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => Array.from(word)[0].toUpperCase())
    .join("");
}

/**
 * Cuts a text at its web addresses. Punctuation that ends the sentence stays outside.
 * @param {string} text
 * @returns {{text: string, url?: string}[]}
 */
export function splitLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"']+/giu)) {
    const url = withoutEnd(match[0]);
    if (!URL.canParse(url)) continue;
    parts.push({ text: text.slice(end, match.index) }, { text: url, url });
    end = match.index + url.length;
  }
  parts.push({ text: text.slice(end) });
  return parts.filter((part) => part.text);
}

function withoutEnd(url) {
  const trimmed = url.replace(/[.,:;!?…]+$/u, "");
  return trimmed.endsWith(")") && !trimmed.includes("(") ? withoutEnd(trimmed.slice(0, -1)) : trimmed;
}

/**
 * What stands in the place of a message that is gone.
 * @param {import("./catch_up.js").Message} message
 */
export function tombstone({ retracted_by, on_behalf_of }) {
  return retracted_by && on_behalf_of ? gettext("{name} retracted this answer", { name: on_behalf_of.name }) : gettext("This message was deleted");
}

/**
 * How much room there is left in a field, or how much too long its text is.
 * @param {number} left
 */
export const charactersLeft = (left) =>
  left >= 0 ? ngettext("{n} character left", "{n} characters left", left) : ngettext("{n} character too many", "{n} characters too many", -left);

/**
 * How whoever said something is called here. The server marks what a stand-in says, in English.
 * @param {{name: string}} sender
 */
export const speakerOf = ({ name }) => (STAND_IN.test(name) ? gettext("{name}'s stand-in (AI)", { name: name.replace(STAND_IN, "") }) : name);

/**
 * The same for whoever is writing at the moment, which is said next to it.
 * @param {{name: string}} sender
 */
export const writerOf = ({ name }) => (STAND_IN.test(name) ? gettext("{name}'s stand-in", { name: name.replace(STAND_IN, "") }) : name.replace(/ \(AI\)$/u, ""));
