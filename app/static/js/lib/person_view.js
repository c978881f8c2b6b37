import { showPicture } from "./avatar_view.js";
import { presenceOf, statusText } from "./busy.js";
import { setText, slot } from "./slots.js";
import { initials } from "./text.js";

/**
 * Shows a person in a clone of the person template, or in one that the server drew.
 * @param {HTMLElement} element
 * @param {import("./directory.js").Person} person
 */
export function fillPerson(element, person) {
  const presence = presenceOf(person);
  const status = presence === "offline" || presence === "available" ? "" : statusText(person);
  const note = presence !== "offline" && person.status_note ? person.status_note : "";
  element.dataset.userId = person.id;
  slot(element, "avatar").dataset.hue = person.id.slice(-1);
  slot(element, "dot").dataset.presence = presence;
  setText(slot(element, "initials"), initials(person.name));
  showPicture(slot(element, "avatar"), person.avatar_url);
  setText(slot(element, "name"), person.name);
  const text = [status, note].filter(Boolean).join(" · ");
  setText(slot(element, "status"), text);
  slot(element, "status").title = text;
}
