import { readCookie } from "./cookies.js";

const COOKIE = "standin_theme"; // read by app/appearance.py, so that the next page comes in its colours
const A_YEAR = 31_536_000;

/** @typedef {"system" | "light" | "dark"} Theme */

/** @returns {Theme} what was chosen in this browser */
export function chosenTheme() {
  const kept = readCookie(COOKIE);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** @param {Theme} theme */
export function keepTheme(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = theme === "system" ? 0 : A_YEAR;
  document.cookie = `${COOKIE}=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

/**
 * Show the page, and what the browser draws around it, in these colours.
 * @param {Theme} theme
 */
export function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const meta of /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[name="theme-color"]'))) {
    const { scheme } = meta.dataset;
    meta.media = theme === "system" ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all";
  }
}
