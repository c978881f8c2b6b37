import { formatList } from "./format.js";
import { gettext } from "./i18n.js";
import { part } from "./message_parts.js";
import { clone, setText, slot } from "./slots.js";

/**
 * Draws who reacted how, and keeps the buttons that stay.
 * @param {HTMLElement} entry
 * @param {import("./catch_up.js").Message} message
 * @param {import("./message_view.js").Look} look
 */
export function fillReactions(entry, message, look) {
  const wanted = message.reactions ?? [];
  const list = part(entry, "reactions", wanted.length > 0);
  if (!list) return;
  const present = new Map([...list.children].map((button) => [/** @type {HTMLElement} */ (button).dataset.emoji, button]));
  list.replaceChildren(...wanted.map((reaction) => fill(present.get(reaction.emoji) ?? clone(look.templates.reaction), reaction, look)));
}

function fill(button, { emoji, user_ids: ids }, { me, directory }) {
  const isMine = ids.includes(me.id);
  const others = ids.filter((id) => id !== me.id).map((id) => directory.get(id)?.name ?? gettext("Someone"));
  const names = formatList([...(isMine ? [gettext("You")] : []), ...others.slice(0, 20), ...(others.length > 20 ? [gettext("{n} more", { n: others.length - 20 })] : [])]);
  button.dataset.emoji = emoji;
  button.setAttribute("aria-pressed", String(isMine));
  button.setAttribute("aria-label", `${emoji} ${ids.length}: ${names}`);
  button.title = names;
  setText(slot(button, "emoji"), emoji);
  setText(slot(button, "count"), String(ids.length));
  return button;
}

/**
 * The reactions as they are once I have added mine or taken it away.
 * @param {{emoji: string, user_ids: string[]}[]} reactions
 * @param {string} emoji
 * @param {string} myId
 * @param {boolean} on
 */
export function withReaction(reactions, emoji, myId, on) {
  const isThere = reactions.some((each) => each.emoji === emoji);
  const all = isThere || !on ? reactions : [...reactions, { emoji, user_ids: [] }];
  return all
    .map((each) => {
      if (each.emoji !== emoji) return each;
      const others = each.user_ids.filter((id) => id !== myId);
      return { emoji, user_ids: on ? [...others, myId] : others };
    })
    .filter((each) => each.user_ids.length);
}
