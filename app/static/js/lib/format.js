import { gettext, locale } from "./i18n.js";

/** Times and lists in the reader's own locale and time zone. */

const TIME = { hour: "numeric", minute: "2-digit" };
const timeFormat = late(() => new Intl.DateTimeFormat(locale, TIME));
const weekdayFormat = late(() => new Intl.DateTimeFormat(locale, { weekday: "short" }));
const dateFormat = late(() => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }));
const longDateFormat = late(() => new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }));
const yearFormat = late(() => new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" }));
const fullFormat = late(() => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }));
const momentFormat = late(() => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }));
const listFormat = late(() => new Intl.ListFormat(locale, { style: "long", type: "conjunction" }));

/**
 * @param {Date} moment
 * @param {string} [timeZone] where, if not here
 */
export const formatTime = (moment, timeZone) => (timeZone ? new Intl.DateTimeFormat(locale, { ...TIME, timeZone }) : timeFormat).format(moment);

/** @param {Date} moment */
export const formatFull = (moment) => fullFormat.format(moment);

/**
 * A moment that may be long ago: the time if it is today, else the day too.
 * @param {Date} moment
 * @param {Date} [now]
 */
export const formatMoment = (moment, now = new Date()) => (daysBetween(now, moment) === 0 ? formatTime(moment) : momentFormat.format(moment));

/** @param {string[]} names */
export const formatList = (names) => listFormat.format(names);

/**
 * The day of a moment, for comparing.
 * @param {Date} moment
 */
export const dayKey = (moment) => `${moment.getFullYear()}-${moment.getMonth() + 1}-${moment.getDate()}`;

/**
 * A day as a heading: Today, Yesterday, else the date, with its year if that is not this one.
 * @param {Date} moment
 * @param {Date} [now]
 */
export function formatDay(moment, now = new Date()) {
  const days = daysBetween(now, moment);
  if (days === 0) return gettext("Today");
  if (days === -1) return gettext("Yesterday");
  return (moment.getFullYear() === now.getFullYear() ? longDateFormat : yearFormat).format(moment);
}

/**
 * The end of a status: `15:00`, `tomorrow 9:00`, `Fri 9:00` within a week, else with the date.
 * @param {Date} moment
 * @param {Date} [now]
 */
export function formatUntil(moment, now = new Date()) {
  const days = daysBetween(now, moment);
  const time = formatTime(moment);
  if (days === 0) return time;
  if (days === 1) return gettext("tomorrow {time}", { time });
  return `${(days > 1 && days < 7 ? weekdayFormat : dateFormat).format(moment)} ${time}`;
}

function daysBetween(from, to) {
  const start = Date.UTC(from.getFullYear(), from.getMonth(), from.getDate());
  return Math.round((Date.UTC(to.getFullYear(), to.getMonth(), to.getDate()) - start) / 86_400_000);
}

/** Made when it is first used: each takes the browser a while, and few are used at first. */
function late(make) {
  let made;
  return { format: (value) => (made ??= make()).format(value) };
}
