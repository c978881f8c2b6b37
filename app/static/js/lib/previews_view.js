import { part } from "./message_parts.js";
import { clone, setText, slot } from "./slots.js";

/**
 * Draws what the links of a message lead to: text that the server fetched. Whoever wrote the message can take it away.
 * @param {HTMLElement} entry
 * @param {import("./catch_up.js").Message} message
 */
export function fillPreviews(entry, message) {
  const wanted = message.previews ?? [];
  const list = part(entry, "previews", wanted.length > 0);
  if (!list) return;
  const drawn = JSON.stringify(wanted);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...wanted.map((preview) => card(preview, entry.hasAttribute("data-mine"))));
}

function card({ url, title, description, site_name: siteName }, isMine) {
  const element = clone(/** @type {HTMLTemplateElement} */ (document.getElementById("preview-template")));
  const link = slot(element, "title");
  if (/^https?:/iu.test(url)) link.setAttribute("href", url);
  setText(link, title);
  setText(slot(element, "site"), siteName);
  setText(slot(element, "description"), description);
  slot(element, "description").hidden = !description;
  const button = slot(element, "remove");
  button.dataset.url = url;
  button.hidden = !isMine;
  return element;
}
