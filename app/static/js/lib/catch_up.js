/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} room_id
 * @property {number} seq
 * @property {number} change
 * @property {string} client_message_id
 * @property {{id: string, name: string}} sender
 * @property {"person" | "standin" | "bot" | "system"} origin
 * @property {{id: string, name: string} | null} on_behalf_of
 * @property {string} body
 * @property {string} created_at
 * @property {"streaming" | "done" | "failed" | "stopped"} state
 * @property {string | null} asked_by whoever asked a stand-in
 * @property {boolean} [ask] whether it is a question to the AI itself
 * @property {string | null} edited_at
 * @property {string | null} deleted_at
 * @property {string | null} [retracted_by] the owner who took back what their stand-in said
 * @property {Quote | null} reply_to
 * @property {string | null} thread_id
 * @property {number} thread_count
 * @property {{emoji: string, user_ids: string[]}[]} reactions
 */

/** @typedef {{id: string, seq: number, sender: {id: string, name: string}, body: string}} Quote */
/** @typedef {{change: number, kind: string, message: Message}} Change */

/** The server answered an event with an error of its own. */
export class Refused extends Error {
  /** @param {{code: string, message: string}} error */
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/**
 * One page of a room's history, in the order of seq, and a change up to which it is certainly complete.
 * @param {import("./session.js").Session} session
 * @param {string} roomId
 * @param {{before?: number, after?: number, around?: number, at?: string, thread?: string, replies?: boolean, limit: number}} range
 * without a place: the newest page
 * @returns {Promise<{messages: Message[], change: number}>}
 */
export async function fetchMessages(session, roomId, range) {
  const query = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, String(value)]));
  return session.getJSON(`/api/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
}

/**
 * @param {import("./session.js").Session} session
 * @param {string} id
 * @returns {Promise<{message: Message, change: number}>}
 */
export async function fetchMessage(session, id) {
  return session.getJSON(`/api/messages/${encodeURIComponent(id)}`);
}

/**
 * What happened in a room behind a change, page by page, until there is no more.
 * @param {import("./connection.js").Connection} connection
 * @param {string} roomId
 * @param {number} change
 * @returns {AsyncGenerator<{changes: Change[], change: number}>}
 * @throws {Refused | import("./connection.js").Interrupted | import("./connection.js").Unanswered}
 */
export async function* pagesBehind(connection, roomId, change) {
  for (let after = change, more = true; more; ) {
    const answer = await connection.insist("room:catch_up", { room_id: roomId, after });
    if (!answer.ok) throw new Refused(answer.error);
    yield answer;
    ({ change: after, more } = answer);
  }
}
