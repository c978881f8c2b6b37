/** @typedef {{text: string, start: number, end: number}} Selected a text, and what of it is selected */

const LINE_MARKS = { quote: "> ", list: "- " };
const MARKS = { bold: "**", italic: "_", strike: "~~", code: "`" };

/**
 * A text with its selection formatted, or no longer so.
 * @param {Selected} selected
 * @param {string} kind
 * @returns {Selected}
 */
export function format(selected, kind) {
  if (MARKS[kind]) return wrap(selected, MARKS[kind]);
  if (LINE_MARKS[kind]) return mark(selected, LINE_MARKS[kind]);
  return kind === "block" ? fence(selected) : link(selected);
}

function wrap({ text, start, end }, sign) {
  const size = sign.length;
  const isWrapped = text.slice(start - size, start) === sign && text.slice(end, end + size) === sign;
  if (isWrapped) return { text: text.slice(0, start - size) + text.slice(start, end) + text.slice(end + size), start: start - size, end: end - size };
  return { text: text.slice(0, start) + sign + text.slice(start, end) + sign + text.slice(end), start: start + size, end: end + size };
}

/** Every line that is touched gets the sign, or loses it where all have it. */
function mark({ text, start, end }, sign) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const isMarked = lines.every((line) => line.startsWith(sign));
  const changed = lines.map((line) => (isMarked ? line.slice(sign.length) : sign + line));
  const step = isMarked ? -sign.length : sign.length;
  const result = text.slice(0, from) + changed.join("\n") + text.slice(end);
  return { text: result, start: Math.max(from, start + step), end: end + step * lines.length };
}

function fence({ text, start, end }) {
  const before = start > 0 && text[start - 1] !== "\n" ? "\n```\n" : "```\n";
  const after = end < text.length && text[end] !== "\n" ? "\n```\n" : "\n```";
  const result = text.slice(0, start) + before + text.slice(start, end) + after + text.slice(end);
  return { text: result, start: start + before.length, end: end + before.length };
}

/** Words get an address, which is what is typed next; an address gets words. */
function link({ text, start, end }) {
  const chosen = text.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/u.test(chosen);
  const written = isAddress ? `[](${chosen})` : `[${chosen}](https://)`;
  const result = text.slice(0, start) + written + text.slice(end);
  const caret = start + (isAddress || !chosen ? 1 : written.length - 1);
  return { text: result, start: caret, end: caret };
}
