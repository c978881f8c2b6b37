import { slot } from "./slots.js";

/**
 * In an item of a panel: a text in place of which another may be put.
 * @param {HTMLElement} item
 * @param {string} text
 */
export function openText(item, text) {
  const field = /** @type {HTMLTextAreaElement} */ (slot(item, "field"));
  item.toggleAttribute("data-editing", true);
  slot(item, "form").hidden = false;
  field.value = text;
  field.focus();
  field.setSelectionRange(text.length, text.length);
}

/**
 * The focus goes back to the button that opened it.
 * @param {HTMLElement} item
 * @param {string} action the last part of that button's action
 */
export function closeText(item, action) {
  const form = slot(item, "form");
  const hadFocus = form.contains(document.activeElement);
  item.removeAttribute("data-editing");
  form.hidden = true;
  if (hadFocus) /** @type {HTMLElement | null} */ (item.querySelector(`[data-action$="#${action}"]`))?.focus();
}
