import { Controller } from "@hotwired/stimulus";

import { fetchAhead } from "../lib/ahead.js";
import { calm } from "../lib/calm.js";
import { isWanted } from "../lib/notice_rules.js";
import { keepForOffline, updateWorker } from "../lib/offline.js";
import { toast } from "../lib/toast.js";

const ONE_TAB_FOR = 2_000;
const A_WHILE = 60_000;

/** What happens while the reader looks elsewhere: a sound, the app's badge, the page's icon; and devices are told. */
export default class extends Controller {
  static outlets = ["chat"];
  static values = { settings: Object, updated: String, version: String, icon: String, unreadIcon: String };

  connect() {
    this.rooms = new Map();
    this.told = ({ data }) => this.#told(data);
    navigator.serviceWorker?.addEventListener("message", this.told);
    this.replaced = () => navigator.serviceWorker.controller?.postMessage({ type: "version" });
    navigator.serviceWorker?.addEventListener("controllerchange", this.replaced);
    this.#begin();
  }

  disconnect() {
    clearTimeout(this.lookingForUpdate);
    navigator.serviceWorker?.removeEventListener("message", this.told);
    navigator.serviceWorker?.removeEventListener("controllerchange", this.replaced);
  }

  /** All rooms after each connection, and one that is new or changed. */
  renew({ detail: { room, rooms = [room] } }) {
    for (const each of rooms) this.rooms.set(each.id, { ...this.rooms.get(each.id), ...each });
  }

  /** The server tells devices only where no page is in sight. */
  regard() {
    const { connection } = this.chatOutlet;
    if (connection.isReady) connection.send("presence:visible", { visible: !document.hidden }).catch(() => {});
  }

  /** When a lost connection is back the server may be a newer one: each page asks, not all of them at once. */
  lookForUpdate() {
    clearTimeout(this.lookingForUpdate);
    if (this.wasReady) this.lookingForUpdate = setTimeout(updateWorker, Math.random() * A_WHILE);
    this.wasReady = true;
  }

  async heard({ detail: { message } }) {
    const { me, room, storage } = this.chatOutlet;
    // Either it is seen, or the notification on this device sounds by itself.
    if (document.hidden ? storage.read("push") : message.room_id === room.id) return;
    if (message.sender.id === me.id || storage.read("sound") === false) return;
    if (!isWanted(this.#facts(message, me), this.settingsValue)) return;
    const { chime } = await import("../lib/chime.js");
    await oneTab(`sound:${message.id}`, chime);
  }

  /** What was read, here or on another device, needs no notification any more. */
  async read({ detail: { read } }) {
    if (!this.chatOutlet.storage.read("push")) return;
    const registration = await navigator.serviceWorker?.getRegistration();
    const shown = (await registration?.getNotifications({ tag: read.room_id })) ?? [];
    for (const notification of shown) notification.close();
  }

  count({ detail: { rooms = 0, missed = 0 } }) {
    const icon = document.querySelector('link[rel="icon"]');
    const wanted = rooms || missed ? this.unreadIconValue : this.iconValue;
    if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
    if (rooms) navigator.setAppBadge?.(rooms).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
  }

  async #begin() {
    await calm(); // what is kept for later is fetched when the page has what it needs now
    await Promise.all([keepForOffline(), fetchAhead()]);
    if (!this.chatOutlet.storage.read("push")) return;
    const { renewPush } = await import("../lib/push.js");
    await renewPush(this.chatOutlet.session);
  }

  #facts(message, me) {
    const { kind, involvement = "everything" } = this.rooms.get(message.room_id) ?? {};
    return {
      is_mention: message.mentions_all || message.mentions.includes(me.id),
      is_direct: kind === "direct",
      is_answer: message.asked_by === me.id,
      involvement,
    };
  }

  /** By the service worker: where to go, or which version it keeps, which may be newer than this page. */
  #told({ type, url, version }) {
    if (type === "open" && new URL(url, location.href).pathname !== location.pathname) location.assign(url);
    if (type === "version" && version !== this.versionValue) toast(this.updatedValue, "news");
  }
}

/** Of all tabs that hear the same, the first does something about it. */
async function oneTab(name, work) {
  if (!navigator.locks) return work();
  await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    await work().catch(() => {}); // without a touch on the page there is no sound
    await new Promise((resolve) => setTimeout(resolve, ONE_TAB_FOR));
  });
}
