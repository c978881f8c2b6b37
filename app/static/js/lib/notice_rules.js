/**
 * Of what somebody wants to be told, as the server decides it for their devices.
 * @typedef {{notify_about: string, quiet_from: string, quiet_until: string, time_zone: string}} Settings
 */

/**
 * @param {{is_mention: boolean, is_direct: boolean, is_answer: boolean, involvement: string}} message
 * @param {Settings} settings
 * @param {Date} [now]
 */
export function isWanted({ is_mention, is_direct, is_answer, involvement }, settings, now = new Date()) {
  if (involvement === "nothing" || (involvement === "mentions" && !is_mention)) return false;
  if (settings.notify_about === "nothing" || isQuiet(settings, now)) return false;
  return settings.notify_about === "everything" || is_mention || is_direct || is_answer;
}

/**
 * @param {Settings} settings
 * @param {Date} now
 */
export function isQuiet({ quiet_from: from, quiet_until: until, time_zone: timeZone }, now) {
  if (!from || !until || from === until) return false;
  const here = clockIn(timeZone || "UTC", now);
  return from < until ? from <= here && here < until : here >= from || here < until;
}

function clockIn(timeZone, moment) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(moment);
  } catch {
    return clockIn("UTC", moment); // a zone that this browser does not know of yet
  }
}
