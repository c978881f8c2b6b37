import { loadEmoji } from "./emoji_data.js";

const MOST = 6;
const WORD = /(?<![\p{L}\p{N}_:#/])([:#])([\p{L}\p{N}_+\-]{0,40})$/u;

/** @typedef {{sign: string, name: string, hint: string, written: string}} Choice what is shown, and what is put in */

/**
 * What is being typed at the caret behind a colon or a number sign. A colon needs two letters: many texts have one.
 * @param {string} text
 * @param {number} caret
 * @returns {{start: number, kind: ":" | "#", query: string} | null}
 */
export function wordAt(text, caret) {
  const match = WORD.exec(text.slice(0, caret));
  if (!match || (match[1] === ":" && match[2].length < 2)) return null;
  return { start: match.index, kind: /** @type {":" | "#"} */ (match[1]), query: match[2].toLowerCase() };
}

/**
 * Emoji of which a name, or a word of one, begins so.
 * @param {string} query
 * @param {string} url
 * @returns {Promise<Choice[]>}
 */
export async function emojiChoices(query, url) {
  const wanted = query.replaceAll("_", " ");
  const all = await loadEmoji(url);
  const rank = ({ words, name }) => (name.startsWith(wanted) ? 0 : words.split(/\s+/u).includes(wanted) ? 1 : 2);
  return all
    .filter(({ words }) => ` ${words}`.includes(` ${wanted}`))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST)
    .map(({ emoji, name }) => ({ sign: emoji, name, hint: "", written: emoji }));
}

/**
 * Rooms whose name, or a word of it, begins so: as links, which everyone in the room can follow who is there too.
 * @param {string} query
 * @param {{id: string, name: string, kind: string}[]} rooms
 * @returns {Choice[]}
 */
export function roomChoices(query, rooms) {
  return rooms
    .filter(({ kind, name }) => kind !== "direct" && ` ${name.toLowerCase()}`.includes(` ${query}`))
    .slice(0, MOST)
    .map(({ id, name, kind }) => ({ sign: "#", name, hint: kind === "closed" ? "Closed" : "", written: `[#${escape(name)}](${location.origin}/rooms/${id})` }));
}

const escape = (name) => name.replace(/[\\`*_[\]<>~@:]/gu, "\\$&");
