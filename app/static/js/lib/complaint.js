import { setText, slot } from "./slots.js";

/**
 * Says what is wrong in an error line, or clears it.
 * @param {HTMLElement} line
 * @param {string} [text]
 */
export function complain(line, text = "") {
  setText(slot(line, "error"), text);
  line.hidden = !text;
}
