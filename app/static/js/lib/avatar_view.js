/**
 * A person's picture over their initials, which are there again when it cannot be had.
 * @param {HTMLElement} avatar
 * @param {string | null | undefined} url
 */
export function showPicture(avatar, url) {
  const present = avatar.querySelector(":scope > .avatar__picture");
  if (!url) return present?.remove();
  if (present?.getAttribute("src") === url) return;
  const image = /** @type {HTMLImageElement} */ (present ?? document.createElement("img"));
  Object.assign(image, { className: "avatar__picture", alt: "", onerror: () => image.remove(), src: url });
  avatar.prepend(image);
}
