/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} room_id
 * @property {number} seq
 * @property {string} client_message_id
 * @property {{id: string, name: string}} sender
 * @property {"person" | "standin" | "bot" | "system"} origin
 * @property {{id: string, name: string} | null} on_behalf_of
 * @property {string} body
 * @property {string} created_at
 */

/**
 * One page of a room's history, in the order of seq.
 * @param {import("./session.js").Session} session
 * @param {string} roomId
 * @param {{before?: number, after?: number, limit: number}} range without before and after: the newest page
 * @returns {Promise<Message[]>}
 */
export async function fetchMessages(session, roomId, range) {
  const query = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, String(value)]));
  const { messages } = await session.getJSON(`/api/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
  return messages;
}

/**
 * Everything after `seq`, page by page, until there is no more.
 * @param {import("./session.js").Session} session
 * @param {string} roomId
 * @param {number} seq
 * @param {number} [limit]
 */
export async function* pagesAfter(session, roomId, seq, limit = 100) {
  let after = seq;
  for (;;) {
    const messages = await fetchMessages(session, roomId, { after, limit });
    if (messages.length) yield messages;
    if (messages.length < limit) return;
    after = messages.at(-1).seq;
  }
}
