import { setText, slot } from "./slots.js";

/**
 * Asks before something that cannot be taken back.
 * @param {{title: string, text: string, yes: string}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, yes }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("confirm-dialog"));
  setText(slot(dialog, "title"), title);
  setText(slot(dialog, "text"), text);
  setText(slot(dialog, "yes"), yes);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
