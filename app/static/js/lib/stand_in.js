import { gettext } from "./i18n.js";
import { fetchKept } from "./kept.js";
import { write } from "./requests.js";

const URL = "/api/stand-in";

/**
 * @typedef {object} Preferences what a stand-in's owner allows
 * @property {"off" | "draft" | "answer"} mode
 * @property {string} notes
 * @property {string} tone
 * @property {{allow: "everyone" | "only" | "except", user_ids: string[]}} direct
 * @property {"on_mention" | "never"} rooms
 * @property {boolean} is_set_up
 * @property {string | null} model
 * @property {string | null} mode_now the mode of this busy time, where it has one of its own
 * @property {string[]} models those that there are
 * @property {Record<string, number>} costs about what an answer costs, in millionths of a US dollar, where that is known
 * @property {boolean} is_configured whether there is a provider
 * @property {boolean} is_enabled whether stand-ins are switched on
 */

/**
 * @param {import("./session.js").Session} session
 * @returns {Promise<Preferences | null>} null if they could not be had
 */
export const readPreferences = (session) => fetchKept(session, URL);

/**
 * Puts these in place of what was chosen before.
 * @param {import("./session.js").Session} session
 * @param {Partial<Preferences>} preferences
 */
export const writePreferences = (session, preferences) => write(session, "PUT", URL, preferences);

const MODES = {
  off: gettext("Nobody answers for you. Whoever writes to you still sees that you are busy."),
  draft: gettext("It writes answers that you alone see. You send, edit or discard them."),
  answer: gettext("It answers whoever writes to you or mentions you, from your notes, your status and the room. Every answer is marked as not yours."),
};

/**
 * What a mode means, under its choice.
 * @param {string} mode "" where none is chosen
 * @param {Preferences} preferences
 */
export function modeHint(mode, preferences) {
  if (mode === "off") return MODES.off;
  if (!preferences.is_enabled) return gettext("Stand-ins are switched off here: whoever writes to you gets one line that you are away.");
  if (!preferences.is_configured) return gettext("No AI is connected here: whoever writes to you gets one line that you are away.");
  if (!mode) return gettext("It is not set up yet: whoever writes to you gets one line that you are away.");
  return preferences.is_set_up ? MODES[mode] : `${MODES[mode]} ${gettext("First you tell it what it may say.")}`;
}
