import { gettext } from "./i18n.js";

/** What can stand behind a filter in the search field. Pure. */

/** @typedef {{value: string, label: string, note?: string}} Choice */

const THINGS = [
  ["link", gettext("A link")],
  ["file", gettext("A file")],
  ["image", gettext("A picture")],
  ["reaction", gettext("A reaction")],
  ["pin", gettext("A pin")],
];
const KINDS = [
  ["thread", gettext("An answer in a thread")],
  ["standin", gettext("Written by a stand-in")],
];
const MOST = 6;

/**
 * The filter being typed at the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {{name: string, typed: string, start: number, end: number} | null} `start` and `end` of what is behind the colon
 */
export function filterAt(text, caret) {
  const match = /(?:^|\s)-?(from|in|before|after|on|has|is):([@#]?(?:"[^"]*|[^\s"]*))$/iu.exec(text.slice(0, caret));
  if (!match) return null;
  return { name: match[1].toLowerCase(), typed: match[2].replace(/^[@#]?"?/u, ""), start: caret - match[2].length, end: caret };
}

/**
 * What a filter could be about, best first.
 * @param {string} name
 * @param {string} typed
 * @param {{people: {id: string, name: string}[], rooms: {id: string, name: string}[], me: string, today: Date}} known
 * @returns {Choice[]}
 */
export function choices(name, typed, known) {
  const all = {
    from: () => people(known),
    in: () => known.rooms.map((room) => ({ value: quoted(room), label: room.name })),
    has: () => THINGS.map(([value, label]) => ({ value, label })),
    is: () => KINDS.map(([value, label]) => ({ value, label })),
    before: () => days(known.today),
    after: () => days(known.today),
    on: () => days(known.today),
  }[name]();
  const wanted = folded(typed);
  return all.filter(({ value, label }) => begins(label, wanted) || folded(value).startsWith(wanted)).slice(0, MOST);
}

function people({ people: everyone, me }) {
  const others = everyone.filter((person) => person.id !== me);
  const own = everyone.find((person) => person.id === me);
  return [{ value: "me", label: gettext("Me"), note: own?.name }, ...others.map((person) => ({ value: quoted(person), label: person.name }))];
}

/** A name as a filter takes it; one that holds a quote, or is nothing but signs, is told by its id. */
function quoted({ id, name }) {
  if (name.includes('"') || !/[\p{L}\p{N}]/u.test(name)) return id;
  return /^[\p{L}\p{N}_.-]+$/u.test(name) ? name : `"${name}"`;
}

function days(today) {
  const day = (back) => iso(new Date(today.getFullYear(), today.getMonth(), today.getDate() - back));
  const month = (back) => iso(new Date(today.getFullYear(), today.getMonth() - back, 1)).slice(0, 7);
  return [
    { value: "today", label: gettext("Today"), note: day(0) },
    { value: "yesterday", label: gettext("Yesterday"), note: day(1) },
    { value: day(7), label: gettext("A week ago"), note: day(7) },
    { value: month(0), label: gettext("This month"), note: month(0) },
    { value: month(1), label: gettext("Last month"), note: month(1) },
    { value: String(today.getFullYear()), label: gettext("This year"), note: String(today.getFullYear()) },
  ];
}

function iso(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function begins(label, wanted) {
  return folded(label).startsWith(wanted) || folded(label).split(/\s+/u).some((word) => word.startsWith(wanted));
}

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase().replace(/^"/u, "");
}
