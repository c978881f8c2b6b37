/** Signs inside of a line, and what they make of the text between them. Where two fit, the first one is meant. */
const SIGNS = { "`": "code", "**": "strong", "~~": "s", "*": "em", _: "em" };
const MARKED = /`[^`\n]+`|\*\*(?=\S)[^*\n]*[^*\s]\*\*|~~(?=\S)[^~\n]*[^~\s]~~|(?<![\p{L}\p{N}*])\*(?=\S)[^*\n]*[^*\s]\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=\S)[^_\n]*[^_\s]_(?![\p{L}\p{N}_])/gu;
/** What makes a heading, a quote, a block of code or a table of lines, and what stands around the words of a link. */
const LINES = /^ {0,3}(?:(?:#{1,6}|>) +|(?:```|~~~).*(?:\n|$)|\|? *:?-{2,}:? *(?:\| *:?-{2,}:? *)*\|? *(?:\n|$)|\| *)| *\|$/gmu;
const LINK = /\[([^\]\n]+)\](\((?:https?:|mailto:)[^\s)]*\))/gu;
/** In no text: the server refuses it. */
const NOTHING = "\0";

/**
 * The nodes of a text that is on its way, much as the server will render it: what is bold, italic, struck or code, of
 * which the signs are hidden, but stay, so that it is the same text. All else Markdown is as it was typed.
 * @param {string} text
 * @param {(text: string) => Node[]} plain the nodes of what is not marked
 * @returns {Node[]}
 */
export function markedNodes(text, plain) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(MARKED)) {
    if (index > end) nodes.push(...plain(text.slice(end, index)));
    nodes.push(...marked(found, plain));
    end = index + found.length;
  }
  return end < text.length ? [...nodes, ...plain(text.slice(end))] : nodes;
}

function marked(text, plain) {
  const sign = Object.keys(SIGNS).find((each) => text.startsWith(each)) ?? "";
  const element = document.createElement(SIGNS[sign]);
  const inner = text.slice(sign.length, -sign.length);
  element.append(...(sign === "`" ? [document.createTextNode(inner)] : plain(inner)));
  return [hidden(sign), element, hidden(sign)];
}

function hidden(sign) {
  const element = document.createElement("span");
  element.hidden = true;
  element.textContent = sign;
  return element;
}

/**
 * The words of a text without the signs of Markdown, where there is no room for what these make of it.
 * @param {string} text
 */
export const unmarked = (text) => lettersOf(text).join("");

/**
 * The characters of a text; each that belongs to a sign of Markdown is empty, so that the others keep their numbers.
 * @param {string} text
 */
export function lettersOf(text) {
  const blocks = text.replace(LINES, blank).replace(LINK, (_, words, address) => `${NOTHING}${words}${NOTHING}${blank(address)}`);
  return Array.from(withoutSigns(blocks), (letter) => (letter === NOTHING ? "" : letter));
}

function withoutSigns(text) {
  return text.replace(MARKED, (found) => {
    const { length } = Object.keys(SIGNS).find((each) => found.startsWith(each)) ?? "";
    const inner = found.slice(length, -length);
    return `${NOTHING.repeat(length)}${found.startsWith("`") ? inner : withoutSigns(inner)}${NOTHING.repeat(length)}`;
  });
}

const blank = (found) => NOTHING.repeat(Array.from(found).length);
