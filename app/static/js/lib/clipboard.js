/**
 * Whether a text could be copied: over plain HTTP, or where it is forbidden, a page may not.
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
