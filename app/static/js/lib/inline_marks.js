/** Signs inside of a line, and what they make of the text between them. Where two fit, the first one is meant. */
const SIGNS = { "`": "code", "**": "strong", "~~": "s", "*": "em", _: "em" };
const MARKED = /`[^`\n]+`|\*\*(?=\S)[^*\n]*[^*\s]\*\*|~~(?=\S)[^~\n]*[^~\s]~~|(?<![\p{L}\p{N}*])\*(?=\S)[^*\n]*[^*\s]\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=\S)[^_\n]*[^_\s]_(?![\p{L}\p{N}_])/gu;

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
