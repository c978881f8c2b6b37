import { keepForOffline } from "./offline.js";
import { write } from "./requests.js";

const KEY = "/api/push/key";
const SUBSCRIPTION = "/api/push/subscription";

/** @typedef {"on" | "off" | "denied" | "unsupported"} PushState */

/** @returns {Promise<PushState>} whether this browser is told of messages, or could be */
export async function pushState() {
  if (!("PushManager" in window) || !("Notification" in window) || !navigator.serviceWorker) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return (await subscription()) ? "on" : "off";
}

/**
 * Asks the reader, then the browser, and tells the server.
 * @param {import("./session.js").Session} session
 * @returns {Promise<boolean>} whether this browser is told from now on
 */
export async function turnPushOn(session) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  return subscribe(session);
}

/** @param {import("./session.js").Session} [session] none when the login ends, and with it what the server knows */
export async function turnPushOff(session) {
  const found = await subscription();
  await found?.unsubscribe();
  if (session) await write(session, "DELETE", SUBSCRIPTION);
}

/**
 * Where this browser is to be told: tell the server again what it may have forgotten, with the key of today.
 * @param {import("./session.js").Session} session
 */
export async function renewPush(session) {
  const isPossible = ["on", "off"].includes(await pushState());
  if (isPossible && Notification.permission === "granted") await subscribe(session);
}

async function subscribe(session) {
  try {
    const { key } = await session.getJSON(KEY);
    const registration = await keepForOffline().then(() => navigator.serviceWorker.ready);
    const present = await registration.pushManager.getSubscription();
    if (present && keyOf(present) !== key) await present.unsubscribe();
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = made.toJSON();
    return (await write(session, "PUT", SUBSCRIPTION, { endpoint, keys })).ok;
  } catch {
    return false; // the push service cannot be reached, or the server has none
  }
}

async function subscription() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return registration?.pushManager?.getSubscription() ?? null;
}

function keyOf({ options }) {
  const bytes = options?.applicationServerKey;
  return bytes ? btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") : "";
}
