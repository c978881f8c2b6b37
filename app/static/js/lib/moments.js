/** Moments to come, in the reader's own time. */

export const MINUTE = 60_000;

/**
 * Tomorrow at nine.
 * @param {Date} [now]
 */
export function tomorrowMorning(now = new Date()) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
}

/**
 * The next Monday at nine; a week ahead on a Monday.
 * @param {Date} [now]
 */
export function mondayMorning(now = new Date()) {
  const days = ((8 - now.getDay()) % 7) || 7;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
}

/**
 * @param {number} minutes
 */
export const inMinutes = (minutes) => new Date(Date.now() + minutes * MINUTE);

/**
 * A moment as <input type="datetime-local"> wants it, in local time.
 * @param {Date} moment
 */
export function localInput(moment) {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 16);
}
