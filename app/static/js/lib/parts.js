import { keepKeys } from "./early_keys.js";
import { bringTexts, gettext } from "./i18n.js";
import { toast } from "./toast.js";

/** @type {Promise<void> | undefined} */
let arrival;

/** Brings the dialogs and what goes into the panel, which a page has none of at first, and their styles. Once. */
export function bringParts() {
  arrival ??= bring();
  arrival.catch(() => (arrival = undefined)); // the next time it is tried again
  return arrival;
}

/**
 * Does what needs them, or says that they could not be had. What is typed meanwhile is for what they bring.
 * @template T
 * @param {(module: T) => void} work
 * @param {() => Promise<T>} [load] a module that it needs, too
 */
export const withParts = (work, load) => keepKeys(attempt(work, load), "field");

async function attempt(work, load) {
  let module;
  try {
    [module] = await Promise.all([load?.(), bringParts()]);
  } catch {
    return toast(gettext("This part of the page could not be loaded. Try again when you are back online."));
  }
  work(module);
}

/**
 * A template among them.
 * @param {string} id
 */
export const partOf = (id) => /** @type {HTMLTemplateElement} */ (document.getElementById(id));

async function bring() {
  const { parts, partsStyle } = document.body.dataset;
  const [html] = await Promise.all([fetchText(parts), addStyle(partsStyle), bringTexts()]);
  const { body } = new DOMParser().parseFromString(html, "text/html");
  document.body.append(...body.children);
}

async function fetchText(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return response.text();
}

function addStyle(address) {
  const link = document.createElement("link");
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`No ${address}`));
    });
    Object.assign(link, { rel: "stylesheet", href: address });
    document.head.append(link);
  });
}
