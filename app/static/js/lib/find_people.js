/**
 * Those whose names have a word that begins with what was typed, in the order in which they come.
 * @template {{name: string}} Named
 * @param {Named[]} people
 * @param {string} typed
 * @returns {Named[]}
 */
export function findPeople(people, typed) {
  const wanted = folded(typed.trim());
  if (!wanted) return people;
  return people.filter(({ name }) => ` ${folded(name)}`.includes(` ${wanted}`));
}

/** Upper and lower case, and letters with and without accents, alike. */
export const folded = (text) => text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();
