const UNREACHABLE = "The server cannot be reached. Nothing was changed; try again in a moment.";

/**
 * Emits an event; what went wrong on the way is told like a refusal.
 * @param {import("./connection.js").Connection} connection
 * @param {string} event
 * @param {object} payload
 * @returns {Promise<any>} `{ok: true, ...}` or `{ok: false, error: {message, fields?}}`
 */
export async function attempt(connection, event, payload) {
  try {
    return await connection.send(event, payload);
  } catch {
    return { ok: false, error: { message: UNREACHABLE } };
  }
}

/**
 * The same for a write over HTTP.
 * @param {import("./session.js").Session} session
 * @param {string} url
 * @param {object} change
 */
export const patch = (session, url, change) => write(session, "PATCH", url, change);

/**
 * @param {import("./session.js").Session} session
 * @param {"PATCH" | "POST" | "PUT"} method
 * @param {string} url
 * @param {object} change
 */
export async function write(session, method, url, change) {
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await session.request(url, { method, headers, body: JSON.stringify(change) });
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
