/** @typedef {import("./directory.js").Person} Person */

// No hyphen: it means nothing outside of brackets, and with the flag u its escape would be an error.
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/gu, "\\$&");

/**
 * Cuts a text at its mentions, by the same rule as the server: an @ that no word character stands before, then a
 * name, the longest that fits, that no word character follows; upper and lower case alike.
 * @param {string} text
 * @param {Person[]} people
 * @returns {{text: string, people?: Person[]}[]}
 */
export function splitMentions(text, people) {
  if (!text.includes("@") || !people.length) return [{ text }];
  const names = people.map((person) => person.name).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])@(${names.map(escape).join("|")})(?![\\p{L}\\p{N}_])`, "giu");
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const name = match[1].toLowerCase();
    parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[0], people: people.filter((person) => person.name.toLowerCase() === name) });
    end = match.index + match[0].length;
  }
  parts.push({ text: text.slice(end) });
  return parts.filter((part) => part.text);
}

/**
 * Whom a text mentions, each once.
 * @param {string} text
 * @param {Person[]} people
 * @returns {Person[]}
 */
export function mentioned(text, people) {
  return [...new Set(splitMentions(text, people).flatMap((part) => part.people ?? []))];
}

/**
 * The mention being typed at the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {{start: number, query: string} | null}
 */
export function mentionAt(text, caret) {
  const match = /(?<![\p{L}\p{N}_])@([^@\n]{0,60})$/u.exec(text.slice(0, caret));
  return match ? { start: match.index, query: match[1] } : null;
}

/**
 * Members whose name, or a word of it, begins with what was typed.
 * @param {Person[]} people
 * @param {string} query
 * @returns {Person[]} at most six, those whose whole name begins so first
 */
export function candidates(people, query) {
  const wanted = query.toLowerCase();
  const rank = ({ name }) => {
    const words = name.toLowerCase();
    if (words.startsWith(wanted)) return 0;
    return wanted && words.split(/\s+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return people
    .filter((person) => rank(person) < 2)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 6);
}
