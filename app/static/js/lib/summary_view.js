import { gettext } from "./i18n.js";

const REFERENCE = /\[(\d{1,3})\]/u;

/**
 * A summary as paragraphs and lists of text, in which the numbers of messages lead to them.
 * @param {{text: string, message_ids: string[], room_ids: string[]}} summary
 * @returns {HTMLElement[]}
 */
export function summaryNodes({ text, message_ids, room_ids }) {
  const nodes = [];
  for (const line of text.split(/\n+/u).filter((each) => each.trim())) {
    const isItem = /^\s*[-*•] /u.test(line);
    const element = document.createElement(isItem ? "li" : "p");
    // Every other piece is what the parentheses caught: a number.
    const pieces = line.replace(/^\s*[-*•] /u, "").split(REFERENCE);
    element.append(...pieces.map((piece, index) => (index % 2 ? reference(Number(piece), message_ids, room_ids) : piece)));
    if (!isItem) nodes.push(element);
    else if (nodes.at(-1)?.tagName === "UL") nodes.at(-1).append(element);
    else nodes.push(list(element));
  }
  return nodes;
}

function list(item) {
  const element = document.createElement("ul");
  element.append(item);
  return element;
}

function reference(number, messageIds, roomIds) {
  if (!messageIds[number - 1]) return "";
  const link = document.createElement("a");
  link.className = "cite";
  link.href = `/rooms/${roomIds[number - 1]}/messages/${messageIds[number - 1]}`;
  link.textContent = String(number);
  link.setAttribute("aria-label", gettext("Message {number}", { number }));
  return link;
}
