const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3|[\u200d\ufe0f\s])+$/u;

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
  return retracted_by && on_behalf_of ? `${on_behalf_of.name} retracted this answer` : "This message was deleted";
}
