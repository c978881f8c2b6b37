import { gettext } from "./i18n.js";

/** @typedef {{emoji: string, name: string, words: string, group: number}} Emoji */

/** Newer ones are boxes on many devices. */
const NEWEST = 15.1;
/** Skin tones and hair alone. */
const COMPONENTS = 2;

/** In the order in which they are offered; `group` as the data numbers them. */
export const GROUPS = [
  { group: 0, sign: "😀", name: gettext("Smileys") },
  { group: 1, sign: "👋", name: gettext("People") },
  { group: 3, sign: "🌿", name: gettext("Animals and nature") },
  { group: 4, sign: "🍎", name: gettext("Food and drink") },
  { group: 5, sign: "🚗", name: gettext("Travel and places") },
  { group: 6, sign: "⚽", name: gettext("Activities") },
  { group: 7, sign: "💡", name: gettext("Objects") },
  { group: 8, sign: "🔣", name: gettext("Symbols") },
  { group: 9, sign: "🏁", name: gettext("Flags") },
];

/** @type {Promise<Emoji[]> | null} */
let loading = null;

/**
 * All emoji, fetched when they are first wanted.
 * @param {string} url
 * @returns {Promise<Emoji[]>}
 */
export function loadEmoji(url) {
  loading ??= fetchEmoji(url).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchEmoji(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  const all = await response.json();
  return all
    .filter(({ group, version }) => version <= NEWEST && group !== COMPONENTS)
    .map(({ emoji, annotation, shortcodes, tags, group }) => ({
      emoji,
      name: annotation,
      words: [annotation, ...(shortcodes ?? []), ...(tags ?? [])].join(" ").toLowerCase().replaceAll("_", " "),
      group,
    }));
}

/**
 * Those in whose names or tags each of the words begins a word; whose name begins so first.
 * @param {Emoji[]} all
 * @param {string} query
 */
export function searchEmoji(all, query) {
  const wanted = query.toLowerCase().split(/\s+/u).filter(Boolean);
  const fits = ({ words }) => wanted.every((word) => ` ${words}`.includes(` ${word}`));
  const rank = ({ name }) => Number(!name.startsWith(wanted[0]));
  return all.filter(fits).sort((a, b) => rank(a) - rank(b));
}
