/**
 * Says something over the page, for a moment: what failed and what to do, or what was done; news until it is closed.
 * @param {string} text
 * @param {"trouble" | "done" | "news"} [kind]
 */
export function toast(text, kind = "trouble") {
  document.dispatchEvent(new CustomEvent("toast:show", { detail: { text, kind } }));
}
