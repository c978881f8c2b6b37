import { gettext } from "./i18n.js";

const UNREACHABLE = gettext("The server cannot be reached. Nothing was changed; try again in a moment.");

/**
 * Emits an event; what went wrong on the way is told like a refusal.
 * @param {import("./connection.js").Connection} connection
 * @param {string} event
 * @param {object} payload
 * @returns {Promise<any>} `{ok: true, ...}` or `{ok: false, error: {message, fields?}}`
 */
export async function attempt(connection, event, payload) {
  try {
    return await connection.insist(event, payload);
  } catch {
    return { ok: false, error: { message: UNREACHABLE } };
  }
}

/**
 * A change of what is at an address.
 * @param {import("./session.js").Session} session
 * @param {string} url
 * @param {object} change
 */
export const patch = (session, url, change) => write(session, "PATCH", url, change);

/**
 * The same for a write over HTTP.
 * @param {import("./session.js").Session} session
 * @param {"PATCH" | "POST" | "PUT" | "DELETE"} method
 * @param {string} url
 * @param {object} [body]
 */
export async function write(session, method, url, body) {
  try {
    const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await session.request(url, { method, ...json });
    const answer = await response.json();
    return response.ok ? { ok: true, ...answer } : { ok: false, error: answer.error };
  } catch {
    return { ok: false, error: { message: UNREACHABLE } };
  }
}

/**
 * A refusal in words for people: the sentences of its fields say it better than the whole.
 * @param {{message: string, fields?: Record<string, string>}} error
 */
export function sentenceOf(error) {
  return error.fields ? Object.values(error.fields).join(" ") : error.message;
}
