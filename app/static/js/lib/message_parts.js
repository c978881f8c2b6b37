import { show, slot } from "./slots.js";

/** The parts of a message, in the order in which they stand in it; the others stand behind its time. */
const ORDER = ["forwarded", "quote", "line", "files", "previews", "stream", "reactions", "thread", "delivery"];

/**
 * A part that few messages have. It is put in when it is first wanted, and hidden while it is not.
 * @param {HTMLElement} entry
 * @param {string} name
 * @param {boolean} isWanted
 * @returns {HTMLElement | null} null if it is neither wanted nor there
 */
export function part(entry, name, isWanted) {
  const present = slot(entry, name) ?? (isWanted ? put(entry, name) : null);
  if (present) show(present, isWanted);
  return present;
}

function put(entry, name) {
  const templates = /** @type {HTMLTemplateElement} */ (document.getElementById("message-parts"));
  const made = document.importNode(slot(/** @type {any} */ (templates.content), name), true);
  const place = ORDER.indexOf(name);
  if (place === -1) {
    entry.querySelector(".message__meta").append(made);
  } else {
    const article = entry.querySelector(":scope > .message");
    const behind = ORDER.slice(place + 1).map((each) => article.querySelector(`:scope > [data-slot="${each}"]`));
    article.insertBefore(made, behind.find(Boolean) ?? null);
  }
  return made;
}
