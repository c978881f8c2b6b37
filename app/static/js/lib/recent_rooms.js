const KEPT_AS = "recent-rooms";
const MOST = 30;

/**
 * @param {import("./storage.js").UserStorage} storage
 * @returns {string[]} the ids of the rooms that were looked at, the last one first
 */
export function recentRooms(storage) {
  return storage.read(KEPT_AS) ?? [];
}

/**
 * @param {import("./storage.js").UserStorage} storage
 * @param {string} id of the room that is looked at now
 */
export function lookAt(storage, id) {
  const rest = recentRooms(storage).filter((other) => other !== id);
  storage.write(KEPT_AS, [id, ...rest].slice(0, MOST));
}
