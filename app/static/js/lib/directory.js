/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {"available" | "away" | "busy"} status
 * @property {string | null} status_until
 * @property {string} status_note
 * @property {boolean} is_online
 * @property {boolean} is_away
 * @property {"administrator" | "member" | "guest" | "bot"} role
 * @property {string | null} avatar_url
 */

/** Everyone, as far as this page has heard. */
export class Directory {
  /** @type {Map<string, Person>} */
  #people = new Map();
  /** @type {Map<string, number>} when there was news of somebody last */
  #newsAt = new Map();
  /** All in their order, until there is news of one. @type {Person[] | null} */
  #sorted = null;

  /** @param {Person[]} people */
  constructor(people) {
    this.replace(people);
  }

  /** @param {Person[]} people */
  replace(people) {
    this.#people = new Map(people.map((person) => [person.id, person]));
    this.#sorted = null;
  }

  /**
   * Takes people as they were at some moment, on the clock of performance.now(): what was heard since then is newer.
   * @param {Person[]} people
   * @param {number} moment
   */
  fill(people, moment) {
    this.#sorted = null;
    for (const person of people) {
      if ((this.#newsAt.get(person.id) ?? 0) < moment) this.#people.set(person.id, person);
    }
  }

  /** @param {Person} person */
  put(person) {
    this.#newsAt.set(person.id, performance.now());
    this.#sorted = null;
    this.#people.set(person.id, { ...this.#people.get(person.id), ...person });
  }

  /** @param {string} id */
  drop(id) {
    this.#sorted = null;
    this.#people.delete(id);
  }

  /** @param {string} id */
  get(id) {
    return this.#people.get(id);
  }

  /** @returns {readonly Person[]} in the order of their names */
  get everyone() {
    return (this.#sorted ??= [...this.#people.values()].sort((a, b) => a.name.localeCompare(b.name)));
  }

  /** @returns {number | null} when the next status runs out, in milliseconds since 1970 */
  get nextExpiry() {
    const moments = this.everyone.map((person) => Date.parse(person.status_until ?? "")).filter((at) => at > Date.now());
    return moments.length ? Math.min(...moments) : null;
  }
}
