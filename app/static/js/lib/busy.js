import { formatUntil } from "./format.js";
import { gettext } from "./i18n.js";

/** @typedef {import("./directory.js").Person} Person */

/**
 * The status that holds now: one whose time is over counts as available, also before the server says so, and who is
 * available but gave no sign of life for a while is away.
 * @param {Person} person
 */
export function statusOf(person) {
  const isOver = person.status_until && Date.parse(person.status_until) <= Date.now();
  const status = isOver ? "available" : person.status;
  return status === "available" && person.is_away ? "away" : status;
}

/**
 * What the dot shows. A bot has none: it is never there.
 * @param {Person} person
 * @returns {"available" | "away" | "busy" | "offline" | "none"}
 */
export function presenceOf(person) {
  if (person.role === "bot") return "none";
  // Busy shows even when the person has closed the page: that is when the stand-in matters.
  return person.is_online || statusOf(person) === "busy" ? statusOf(person) : "offline";
}

/**
 * A status in words: `Busy until 15:00`; of a bot that it is one.
 * @param {Person} person
 */
export function statusText(person) {
  if (person.role === "bot") return gettext("Bot");
  const status = statusOf(person);
  const label = { available: gettext("Available"), away: gettext("Away"), busy: gettext("Busy") }[status];
  return status === "busy" && person.status_until ? gettext("Busy until {time}", { time: formatUntil(new Date(person.status_until)) }) : label;
}

/**
 * What someone who writes to busy people should know beforehand.
 * @param {Person[]} people those who are busy
 * @param {boolean} [isLeft] whether no stand-in is to answer
 */
export function busyNotice(people, isLeft = false) {
  return people
    .map((person) => {
      const note = person.status_note && gettext("Their note: “{note}”", { note: person.status_note });
      return [told(person, isLeft), note].filter(Boolean).join(" ");
    })
    .join(" ");
}

function told({ name, status_until: until }, isLeft) {
  if (!until) return isLeft ? gettext("{name} is busy; it waits for them.", { name }) : gettext("{name} is busy; their stand-in may answer.", { name });
  const values = { name, time: formatUntil(new Date(until)) };
  return isLeft ? gettext("{name} is busy until {time}; it waits for them.", values) : gettext("{name} is busy until {time}; their stand-in may answer.", values);
}
