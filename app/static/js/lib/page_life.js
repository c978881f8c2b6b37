import { newId } from "./ids.js";

const IN_THIS_TAB = "standin:page";
const PATIENCE = 1_000;

/** What this page calls itself to the other pages of the browser: who began something goes on with it. */
export const pageId = navigator.locks ? newId() : nameOfTab();

// As long as the page lives, so that others see whether it does.
navigator.locks?.request(`page:${pageId}`, () => new Promise(() => {}));

/**
 * Whether a page lives no more. One that is just being left is waited for.
 * @param {string} id
 */
export async function isGone(id) {
  if (id === pageId || !navigator.locks) return id === pageId;
  try {
    return await navigator.locks.request(`page:${id}`, { signal: AbortSignal.timeout(PATIENCE) }, async () => true);
  } catch {
    return false;
  }
}

/**
 * When a page lives no more. Without locks nobody knows.
 * @param {string} id
 */
export function whenGone(id) {
  return navigator.locks ? navigator.locks.request(`page:${id}`, async () => {}) : new Promise(() => {});
}

/** Where the browser has no locks, each tab sees to its own things: after a reload it has the same name. */
function nameOfTab() {
  try {
    const name = sessionStorage.getItem(IN_THIS_TAB) ?? newId();
    sessionStorage.setItem(IN_THIS_TAB, name);
    return name;
  } catch {
    return newId();
  }
}
