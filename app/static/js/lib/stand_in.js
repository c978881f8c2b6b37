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
 * @property {string | null} [model]
 * @property {string[]} [models] those that there are
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

/**
 * Whether its owner has never told it anything: before it speaks, they are asked to.
 * @param {Preferences} preferences
 */
export const needsSetUp = ({ is_set_up, mode, notes }) => !is_set_up || (mode === "off" && !notes);

const MODES = {
  off: "Nobody answers for you. Whoever writes to you still sees that you are busy.",
  draft: "It writes answers that you alone see. You send, edit or discard them.",
  answer: "It answers whoever writes to you or mentions you, from your notes, your status and the room. Every answer is marked as not yours.",
};
const NOT_SET_UP = "It is not set up yet: whoever writes to you gets one line that you are away.";
const FIRST = "First you tell it what it may say.";

/**
 * What a mode means, under its choice.
 * @param {string} mode "" where none is chosen
 * @param {Preferences} preferences
 */
export function modeHint(mode, preferences) {
  if (!mode) return NOT_SET_UP;
  return mode !== "off" && needsSetUp(preferences) ? `${MODES[mode]} ${FIRST}` : MODES[mode];
}
