import { Controller } from "@hotwired/stimulus";

import { complain } from "../lib/complaint.js";
import { gettext } from "../lib/i18n.js";
import { sentenceOf, write } from "../lib/requests.js";
import { clone, setText, slot } from "../lib/slots.js";
import { initials } from "../lib/text.js";

const SHOWN_FOR = 2_000;

/** Makes bots and removes them, and shows a new key: this once. */
export default class extends Controller {
  static targets = ["list", "item", "none", "made", "heading", "key", "example", "copy", "dialog", "trouble"];
  static outlets = ["settings"];
  static values = { url: String };

  /** The form has made one. */
  made({ detail: { bot, key } }) {
    const item = clone(this.itemTarget);
    const link = slot(item, "name");
    setText(link, bot.name);
    link.href = `/settings/bots/${bot.id}`;
    setText(slot(item, "initials"), initials(bot.name));
    slot(item, "avatar").dataset.hue = bot.id.slice(-1);
    setText(slot(item, "rooms"), bot.rooms.map(({ name }) => name).join(", "));
    const later = [...this.listTarget.children].find((other) => slot(other, "name").textContent > bot.name);
    this.listTarget.insertBefore(item, later ?? null);
    this.noneTarget.hidden = true;
    this.#show(bot, key);
  }

  /** Asks whether that is meant, in the dialog of that name. */
  ask({ params: { what } }) {
    complain(this.troubleTarget);
    this.dialogTargets.find((dialog) => dialog.dataset.what === what).showModal();
  }

  cancel({ currentTarget }) {
    currentTarget.closest("dialog").close();
  }

  async renew() {
    const answer = await this.#write("POST", `${this.urlValue}/key`);
    if (answer) this.#show(answer.bot, answer.key);
  }

  async remove() {
    if (await this.#write("DELETE", this.urlValue)) location.assign("/settings/bots");
  }

  async copy() {
    this.keyTarget.select();
    const isCopied = await navigator.clipboard?.writeText(this.keyTarget.value).then(() => true, () => false);
    setText(this.copyTarget, isCopied ? gettext("Copied") : gettext("Press Ctrl+C"));
    setTimeout(() => setText(this.copyTarget, gettext("Copy")), SHOWN_FOR);
  }

  async #write(method, url) {
    const answer = await write(this.settingsOutlet.session, method, url);
    complain(this.troubleTarget, answer.ok ? "" : sentenceOf(answer.error));
    return answer.ok && answer;
  }

  #show(bot, key) {
    this.madeTarget.hidden = false;
    setText(this.headingTarget, gettext("The key of {name}", { name: bot.name }));
    this.keyTarget.value = key;
    const room = bot.rooms[0]?.id ?? "ROOM";
    setText(this.exampleTarget, [
      `curl ${location.origin}/api/bots/${bot.id}/messages \\`,
      `  -H "Authorization: Bearer ${key}" \\`,
      `  -d room_id=${room} \\`,
      `  -d body="The build is green"`,
    ].join("\n"));
    this.headingTarget.focus();
  }
}
