import { gettext } from "./i18n.js";
import { setText } from "./slots.js";

/** What the server writes (app/chat/rich_text.py), and nothing else: elements, and for each the attributes it may have. */
const ALLOWED = new Map(
  Object.entries({
    p: ["class"], br: [], hr: [], strong: [], em: [], s: [], code: [], blockquote: [], ul: [], ol: ["start"], li: [],
    pre: ["data-language"], span: ["class", "data-user-id", "data-all", "role", "aria-label"],
    a: ["href", "title", "target", "rel"],
    table: [], thead: [], tbody: [], tr: [], th: ["class"], td: ["class"],
  }),
);
const SAFE_LINK = /^(?:https?|mailto):/iu;

/**
 * The nodes of a message's HTML. It was cleaned by the server; here only what is allowed is copied, so that not even a
 * server that is wrong can bring a script, a handler or a picture into the page.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function richNodes(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html"); // of no page: it runs and loads nothing
  const fragment = document.createDocumentFragment();
  fragment.append(...copies(parsed.body));
  return fragment;
}

/** @returns {Node[]} */
function copies(parent) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
    return node.nodeType === Node.ELEMENT_NODE ? copy(node) : [];
  });
}

function copy(element) {
  const name = element.localName;
  const attributes = ALLOWED.get(name);
  if (!attributes) return [document.createTextNode(element.textContent)];
  const copied = document.createElement(name);
  for (const attribute of attributes) {
    const value = element.getAttribute(attribute);
    if (value !== null && (attribute !== "href" || SAFE_LINK.test(value))) copied.setAttribute(attribute, value);
  }
  copied.append(...copies(element));
  return [copied];
}

/**
 * Gives rendered text what only the reader's page knows: which mentions are of me, a frame and a button around code.
 * Doing it again changes nothing.
 * @param {HTMLElement} body
 * @param {string} myId
 * @returns {boolean} whether I am mentioned
 */
export function enhance(body, myId) {
  for (const mention of body.querySelectorAll(".mention")) {
    const { userId = "", all } = /** @type {HTMLElement} */ (mention).dataset;
    mention.toggleAttribute("data-me", all !== undefined || userId.split(" ").includes(myId));
  }
  // What leads into this chat, as to another room, opens in its place.
  for (const link of body.querySelectorAll("a[target]")) {
    if (/** @type {HTMLAnchorElement} */ (link).origin === location.origin) link.removeAttribute("target");
  }
  for (const block of body.querySelectorAll("pre, table")) frame(/** @type {HTMLElement} */ (block));
  return body.querySelector(".mention[data-me]") !== null;
}

/** Wide code and tables scroll in a frame of their own, by keyboard as well. */
function frame(block) {
  if (block.parentElement?.classList.contains("wide")) return;
  const outer = document.createElement("div");
  const scroller = document.createElement("div");
  outer.className = "wide-frame";
  scroller.className = "wide";
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", block.localName === "pre" ? gettext("Code") : gettext("Table"));
  block.replaceWith(outer);
  scroller.append(block);
  outer.append(scroller);
  if (block.localName === "pre") outer.append(bar(block));
}

function bar(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-button";
  button.dataset.action = "code#copy";
  setText(button, gettext("Copy"));
  const language = document.createElement("span");
  language.className = "code-language";
  setText(language, block.dataset.language ?? "");
  const both = document.createElement("div");
  both.className = "code-bar";
  both.append(language, button);
  return both;
}
