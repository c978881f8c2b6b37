import { lettersOf } from "./inline_marks.js";

/** @typedef {{start: number, end: number}} Range in code points, as the server counts */
/** @typedef {{text: string, isHit: boolean}} Piece */

const LENGTH = 240;
const LEAD = 60;

/**
 * The part of a text around the first hit, without signs of Markdown, cut into pieces of which some are hits.
 * @param {string} text
 * @param {Range[]} ranges in order, without overlaps
 * @returns {Piece[]}
 */
export function excerpt(text, ranges) {
  const characters = lettersOf(text);
  const typed = Array.from(text);
  for (const { start, end } of ranges) characters.splice(start, end - start, ...typed.slice(start, end)); // what was found is shown
  const first = ranges[0]?.start ?? 0;
  const start = first > LEAD * 1.5 ? wordStart(characters, first - LEAD, first) : 0;
  const end = Math.min(characters.length, Math.max(start + LENGTH, ranges[0]?.end ?? 0));
  const pieces = [{ text: start > 0 ? "… " : "", isHit: false }];
  let at = start;
  for (const range of ranges) {
    if (range.start >= end) break;
    pieces.push({ text: plain(characters, at, range.start), isHit: false });
    pieces.push({ text: plain(characters, range.start, Math.min(range.end, end)), isHit: true });
    at = Math.min(range.end, end);
  }
  pieces.push({ text: plain(characters, at, end), isHit: false }, { text: end < characters.length ? " …" : "", isHit: false });
  return pieces.filter((piece) => piece.text);
}

/** Not in the middle of a word, if one ends before the hit. */
function wordStart(characters, from, to) {
  for (let at = from; at < to; at += 1) if (/\s/u.test(characters[at])) return at + 1;
  return from;
}

function plain(characters, from, to) {
  return characters.slice(from, to).join("").replace(/\s+/gu, " ");
}
