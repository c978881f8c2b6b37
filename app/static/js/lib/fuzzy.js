import uFuzzy from "@leeoniya/ufuzzy";

import { folded } from "./find_people.js";

// Letters of every script, with up to a few others between those that were typed: "dsgn" finds Design.
const matcher = new uFuzzy({
  unicode: true,
  interSplit: "[^\\p{L}\\d']+",
  intraSplit: "\\p{Ll}\\p{Lu}",
  intraBound: "\\p{L}\\d|\\d\\p{L}|\\p{Ll}\\p{Lu}",
  intraChars: "[\\p{L}\\d']",
  intraContr: "'\\p{L}{1,2}\\b",
  intraIns: 3,
});

/**
 * Which names are meant by what was typed, the best first. `ranges` are the places of the letters that were found, as
 * pairs of start and end; none where folding changed the length of the name.
 * @param {string[]} names
 * @param {string} typed
 * @returns {{index: number, ranges: number[]}[]}
 */
export function findFuzzily(names, typed) {
  const haystack = names.map(folded);
  const [, info, order] = matcher.search(haystack, folded(typed.trim()), true, Infinity);
  return (order ?? []).map((place) => {
    const index = info.idx[place];
    return { index, ranges: haystack[index].length === names[index].length ? info.ranges[place] : [] };
  });
}

/**
 * A name as nodes, with the found letters marked.
 * @param {string} name
 * @param {number[]} ranges
 * @returns {(Node | string)[]}
 */
export function markedNodes(name, ranges) {
  const nodes = [];
  let end = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const mark = document.createElement("mark");
    mark.textContent = name.slice(ranges[at], ranges[at + 1]);
    nodes.push(name.slice(end, ranges[at]), mark);
    end = ranges[at + 1];
  }
  return [...nodes, name.slice(end)];
}
