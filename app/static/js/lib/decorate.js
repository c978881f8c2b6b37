import { formatFull, formatTime } from "./format.js";
import { gettext, ngettext } from "./i18n.js";
import { markedNodes } from "./inline_marks.js";
import { splitMentions } from "./mentions.js";
import { enhance } from "./rich_text.js";
import { setText, slot } from "./slots.js";
import { isEmojiOnly, splitLinks } from "./text.js";

/**
 * Gives an entry what only the reader's browser knows: the local time, who is mentioned, what is a link.
 * Doing it again changes nothing.
 * @param {HTMLElement} entry
 * @param {{people: import("./directory.js").Person[], myId: string}} context
 */
export function decorate(entry, { people, myId }) {
  const sentAt = new Date(entry.dataset.createdAt);
  const time = slot(entry, "time");
  setText(time, formatTime(sentAt));
  time.title = formatFull(sentAt);
  decorateBody(entry, people, myId);
  entry.querySelector(":scope > .message").setAttribute("aria-label", spoken(entry, sentAt));
}

/** The message as one sentence, for whoever comes to it by keyboard and hears it. */
function spoken(entry, sentAt) {
  // All at once, for this is done with every message. Of two of one name the first is meant.
  const slots = [...entry.querySelectorAll("[data-slot]")].reverse();
  const parts = new Map(slots.map((/** @type {HTMLElement} */ each) => [each.dataset.slot, each]));
  const shown = (name) => (parts.get(name)?.hidden === false ? parts.get(name) : null);
  const textOf = (name) => parts.get(name).textContent;
  const reactions = shown("reactions")?.children.length;
  const files = shown("files")?.children.length;
  return [
    textOf("spoken") || textOf("author"),
    formatTime(sentAt),
    shown("quote") ? gettext("in reply to {name}", { name: textOf("quoteAuthor") }) : "",
    textOf("body"),
    files ? ngettext("{n} file", "{n} files", files) : "",
    shown("edited") ? gettext("edited") : "",
    reactions ? ngettext("{n} reaction", "{n} reactions", reactions) : "",
    shown("thread") ? textOf("threadCount") : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function decorateBody(entry, people, myId) {
  if (entry.hasAttribute("data-deleted")) {
    for (const attribute of ["data-emoji", "data-mentions-me"]) entry.removeAttribute(attribute);
    return;
  }
  const body = slot(entry, "body");
  const text = body.textContent;
  if (body.hasAttribute("data-rich")) {
    entry.toggleAttribute("data-emoji", isEmojiOnly(text));
    entry.toggleAttribute("data-mentions-me", enhance(body, myId) && !entry.hasAttribute("data-mine"));
    return;
  }
  const parts = splitMentions(text, people);
  const mentionsMe = parts.some((part) => part.people?.some((person) => person.id === myId));
  entry.toggleAttribute("data-emoji", isEmojiOnly(text));
  entry.toggleAttribute("data-mentions-me", mentionsMe && !entry.hasAttribute("data-mine"));
  // A stand-in's text was steered by whoever asked: it gets no links.
  const canLink = entry.dataset.origin !== "standin";
  const plain = (text) => textNodes(text, canLink);
  const draw = entry.dataset.pending ? (text) => markedNodes(text, plain) : plain;
  /** @type {Node[]} */
  const nodes = parts.flatMap((part) => (part.people ? [mention(part, myId)] : draw(part.text)));
  if (nodes.length > 1 || nodes[0]?.nodeType === Node.ELEMENT_NODE) body.replaceChildren(...nodes);
}

/** @returns {Node} */
function mention({ text, people = [] }, myId) {
  const element = document.createElement("span");
  element.className = "mention";
  element.toggleAttribute("data-me", people.some((person) => person.id === myId));
  element.textContent = text;
  return element;
}

function textNodes(text, canLink) {
  if (!canLink) return [document.createTextNode(text)];
  return splitLinks(text).map((part) => (part.url ? link(part) : document.createTextNode(part.text)));
}

/** @returns {Node} */
function link({ text, url = "" }) {
  const element = document.createElement("a");
  element.href = url;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow ugc";
  element.textContent = text;
  return element;
}
