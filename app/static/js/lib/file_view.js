import { gettext, locale } from "./i18n.js";
import { clone, setText, slot } from "./slots.js";

const WIDEST = 352;
const HIGHEST = 320;

/**
 * @typedef {object} ChatFile as docs/protocol.md describes it
 * @property {string} id
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {string} url "" while it is on its way
 * @property {number} [width]
 * @property {number} [height]
 * @property {string} [thumbnail_url]
 */

const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/**
 * A size as people read it.
 * @param {number} bytes
 */
export function formatSize(bytes) {
  if (bytes < 1_000) return gettext("{size} B", { size: bytes });
  if (bytes < 1_000_000) return gettext("{size} kB", { size: Math.round(bytes / 1_000) });
  return gettext("{size} MB", { size: tenths.format(bytes / 1_000_000) });
}

/**
 * Files as a message shows them: from the templates that the server drew with the macros of its history.
 * @param {ChatFile[]} files
 * @returns {HTMLElement[]}
 */
export const fileNodes = (files) => files.map(fileNode);

function fileNode(file) {
  const kind = file.type.split("/")[0];
  if (kind === "image" && file.width) return picture(file);
  if (file.url && file.type === "application/pdf") return paper(file);
  return file.url && (kind === "video" || kind === "audio") ? player(file, kind) : card(file, "file-card-template");
}

/** What browsers open on a page of its own. */
function paper(file) {
  const element = fromTemplate("file-paper-template");
  setText(slot(element, "name"), file.name);
  slot(element, "name").title = file.name;
  setText(slot(element, "size"), formatSize(file.size));
  slot(element, "link").setAttribute("href", file.url);
  setText(slot(element, "openName"), ` ${file.name}`);
  slot(element, "download").setAttribute("href", `${file.url}?download`);
  slot(element, "download").setAttribute("download", file.name);
  setText(slot(element, "downloadName"), gettext("Download {name}", { name: file.name }));
  return element;
}

function picture(file) {
  const element = fromTemplate("file-picture-template");
  const image = /** @type {HTMLImageElement} */ (slot(element, "picture"));
  const scale = Math.min(1, WIDEST / file.width, HIGHEST / file.height);
  Object.assign(image, {
    alt: file.name,
    width: Math.max(1, Math.round(file.width * scale)),
    height: Math.max(1, Math.round(file.height * scale)),
    src: file.thumbnail_url,
  });
  element.setAttribute("href", file.url);
  return element;
}

function player(file, kind) {
  const element = card(file, `file-${kind}-template`);
  const media = /** @type {HTMLMediaElement} */ (slot(element, "player"));
  media.src = file.url;
  media.setAttribute("aria-label", file.name);
  return element;
}

function card(file, template) {
  const element = fromTemplate(template);
  const link = element.matches("a") ? element : slot(element, "link");
  if (file.url) link.setAttribute("href", file.url);
  else link.removeAttribute("href");
  link.setAttribute("download", file.name);
  setText(slot(element, "name"), file.name);
  setText(slot(element, "size"), formatSize(file.size));
  return element;
}

const fromTemplate = (id) => clone(/** @type {HTMLTemplateElement} */ (document.getElementById(id)));
