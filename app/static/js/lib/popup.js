const MARGIN = 8;

/**
 * Puts a fixed box beside its anchor: below it, or above where there is no room below; never outside the window.
 * @param {HTMLElement} box shown already, or it has no size
 * @param {{top: number, bottom: number, left: number, right: number}} anchor
 */
export function placeBeside(box, anchor) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const fitsBelow = anchor.bottom + 4 + height <= innerHeight - MARGIN;
  const top = fitsBelow ? anchor.bottom + 4 : Math.max(MARGIN, anchor.top - 4 - height);
  const left = Math.min(Math.max(MARGIN, anchor.right - width), innerWidth - MARGIN - width);
  box.style.top = `${Math.min(top, Math.max(MARGIN, innerHeight - MARGIN - height))}px`;
  box.style.left = `${Math.max(MARGIN, left)}px`;
}

/**
 * Where arrow keys lead among some elements, round and round.
 * @param {HTMLElement[]} elements
 * @param {string} key
 * @param {{back: string[], on: string[]}} keys
 * @returns {HTMLElement | undefined}
 */
export function walk(elements, key, { back, on }) {
  const here = elements.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (on.includes(key)) return elements[(here + 1) % elements.length];
  if (back.includes(key)) return elements[(Math.max(here, 0) - 1 + elements.length) % elements.length];
  return { Home: elements[0], End: elements.at(-1) }[key];
}
