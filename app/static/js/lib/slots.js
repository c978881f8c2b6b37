/**
 * The part of a template's clone that a value goes into.
 * @param {Element} root
 * @param {string} name
 * @returns {HTMLElement | null}
 */
export function slot(root, name) {
  return root.querySelector(`[data-slot="${name}"]`);
}

/**
 * A fresh copy of the one element in a template.
 * @param {HTMLTemplateElement} template
 * @returns {HTMLElement}
 */
export function clone(template) {
  return /** @type {HTMLElement} */ (document.importNode(template.content.firstElementChild, true));
}

/**
 * Shows or hides, only where that changes something: whatever is written to an element is a change for all who watch it.
 * @param {HTMLElement} element
 * @param {boolean} isShown
 */
export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/**
 * Writes text only where it differs, so that nothing is repainted or announced again.
 * @param {Element | null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
