/**
 * The value of a cookie that scripts may read.
 * @param {string} name
 * @returns {string | null}
 */
export function readCookie(name) {
  const prefix = `${name}=`;
  const pair = document.cookie.split("; ").find((each) => each.startsWith(prefix));
  return pair ? decodeURIComponent(pair.slice(prefix.length)) : null;
}
