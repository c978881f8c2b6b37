/**
 * Says something for a moment, over the page: what failed and what to do, or what was done.
 * @param {string} text
 * @param {"trouble" | "done"} [kind]
 */
export function toast(text, kind = "trouble") {
  document.dispatchEvent(new CustomEvent("toast:show", { detail: { text, kind } }));
}
