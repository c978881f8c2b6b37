import { calm } from "./calm.js";
import { bringParts } from "./parts.js";

const AFTER = 3_000;

/**
 * Fetches the parts and modules that are not here yet, when the page has been in use for a moment and there is nothing else to do:
 * what is opened then is there at once. Whoever asked the browser to save data waits instead.
 */
export async function fetchAhead() {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  await new Promise((resolve) => setTimeout(resolve, AFTER));
  await calm();
  await bringParts().catch(() => {}); // whoever opens something is told
  const { imports } = JSON.parse(document.querySelector('script[type="importmap"]').textContent);
  for (const address of Object.values(imports)) {
    if (document.querySelector(`link[rel="modulepreload"][href="${CSS.escape(address)}"]`)) continue;
    const link = document.createElement("link");
    Object.assign(link, { rel: "modulepreload", href: address });
    document.head.append(link);
  }
}
