/**
 * A random id. `crypto.randomUUID` is missing on plain http:// in a local network, so the bytes are drawn here.
 * @returns {string} 32 hexadecimal digits
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
