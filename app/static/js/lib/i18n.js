import { plural, texts } from "standin/texts";

/** The language of the page, with the reader's own region where the browser names one: `de`, or `de-AT`. */
export const locale = regional(document.documentElement.lang || "en", navigator.languages ?? []);

/**
 * A text in the reader's language; `{name}` in it stands for a value.
 * @param {string} text in English, as it is found in the catalogs of app/translations
 * @param {Record<string, string | number>} [values]
 */
export const gettext = (text, values) => filled(texts[text] ?? text, values);

/**
 * The same for a number of things; `{n}` is the number.
 * @param {string} one
 * @param {string} many
 * @param {number} n
 * @param {Record<string, string | number>} [values]
 */
export function ngettext(one, many, n, values) {
  const forms = texts[one];
  const text = Array.isArray(forms) ? forms[plural(n)] : n === 1 ? one : many;
  return filled(text, { n, ...values });
}

/** Brings what only late modules of the chat say, which they may do while they are loaded. */
export const bringTexts = () => import("standin/later-texts");

const numbers = new Intl.NumberFormat(locale);
const written = (value) => (typeof value === "number" ? numbers.format(value) : value);
const filled = (text, values) => (values ? text.replaceAll(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole)) : text);

function regional(language, wanted) {
  return wanted.find((one) => one === language || one.startsWith(`${language}-`)) ?? language;
}
