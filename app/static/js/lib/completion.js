import { loadEmoji } from "./emoji_data.js";
import { gettext } from "./i18n.js";

const MOST = 6;
const WORD = /(?<![\p{L}\p{N}_:#/])([:#])([\p{L}\p{N}_+\-]{0,40})$/u;

const COMMAND = /^\/([a-z]{0,10})$/u;
const COMMANDS = [{ sign: "/", name: "ask", hint: gettext("Ask the AI, before everyone here"), written: "/ask" }];

/** @typedef {{sign: string, name: string, hint: string, written: string}} Choice what is shown, and what is put in */

/**
 * What is being typed at the caret behind a colon or a number sign, or behind a slash that begins the text. A colon
 * needs two letters: many texts have one.
 * @param {string} text
 * @param {number} caret
 * @returns {{start: number, kind: ":" | "#" | "/", query: string} | null}
 */
export function wordAt(text, caret) {
  const command = COMMAND.exec(text.slice(0, caret));
  if (command) return { start: 0, kind: "/", query: command[1] };
  const match = WORD.exec(text.slice(0, caret));
  if (!match || (match[1] === ":" && match[2].length < 2)) return null;
  return { start: match.index, kind: /** @type {":" | "#"} */ (match[1]), query: match[2].toLowerCase() };
}

/**
 * Commands that begin so. One that is there whole needs no help.
 * @param {string} query
 * @returns {Choice[]}
 */
export const commandChoices = (query) => COMMANDS.filter(({ name }) => name.startsWith(query) && name !== query);

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
    .map(({ id, name, kind }) => ({ sign: "#", name, hint: kind === "closed" ? gettext("Closed") : "", written: `[#${escape(name)}](${location.origin}/rooms/${id})` }));
}

const escape = (name) => name.replace(/[\\`*_[\]<>~@:]/gu, "\\$&");
