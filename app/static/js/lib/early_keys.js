/** @typedef {"field" | "list"} Use for a field that opens: what is written; for choices: what chooses among them */

const CHOOSING = ["Enter", "Tab", "ArrowUp", "ArrowDown"];
const WRITING = ["Enter", "ArrowUp", "ArrowDown", "Backspace"];
/** @type {Use[]} */
const waiting = [];
/** @type {string[]} */
const keys = [];

/**
 * Keeps the keys that are pressed before what they are for is there, and presses them then, where the focus is.
 * @param {Promise<unknown>} arrival
 * @param {Use} use
 */
export async function keepKeys(arrival, use) {
  if (waiting.push(use) === 1) addEventListener("keydown", keep, true);
  try {
    await arrival;
  } finally {
    waiting.splice(waiting.indexOf(use), 1);
    if (!waiting.length) release();
  }
}

/** @param {KeyboardEvent} event */
function keep(event) {
  const { key } = event;
  const isText = key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const isKept = waiting.includes("field") ? isText || WRITING.includes(key) : CHOOSING.includes(key) && !event.shiftKey;
  if (event.isComposing || !isKept) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  keys.push(key);
}

function release() {
  removeEventListener("keydown", keep, true);
  for (const key of keys.splice(0)) press(/** @type {HTMLElement} */ (document.activeElement), key);
}

function press(element, key) {
  const isUnused = element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const { selectionStart: start, selectionEnd: end } = element;
  if (!isUnused || typeof start !== "number" || !(key.length === 1 || key === "Backspace")) return;
  if (key === "Backspace") element.setRangeText("", start === end ? Math.max(0, start - 1) : start, end, "end");
  else element.setRangeText(key, start, end, "end");
  element.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
