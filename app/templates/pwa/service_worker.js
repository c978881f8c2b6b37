/**
 * Keeps the pages of the chat and what they are made of for when there is no network, and shows notifications.
 *
 * The network always comes first, so that nothing old is shown while there is one. Pages hold messages: they are kept in
 * a store of their own, which whoever logs out removes (js/lib/offline.js).
 */
const ASSETS = {{ assets|tojson }};
const VERSION = "{{ version_of_pages() }}";
const STATIC = `standin-static-${VERSION}-{{ texts_version }}`;
const PAGES = "standin-pages";
const OFFLINE = "/offline";
const MOST_PAGES = 12;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // What is sent as data, files too, is none of its business.
  if (request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (/^\/(?:static|locale|parts)\//.test(url.pathname)) event.respondWith(asset(request));
});
self.addEventListener("message", ({ data, source }) => {
  if (data?.type === "version") source.postMessage({ type: "version", version: VERSION });
});
self.addEventListener("push", (event) => event.waitUntil(show(event.data?.json() ?? {})));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

async function install() {
  const store = await caches.open(STATIC);
  await store.addAll([OFFLINE, ...ASSETS]);
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("standin-static-") && name !== STATIC) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

/** A page from the network, else as it was kept, else another that was. */
async function page(event, url) {
  const isChat = url.pathname === "/" || url.pathname.startsWith("/rooms/");
  const isLogin = url.pathname === "/users/login"; // shown to nobody who is logged in
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    if (isChat && response.ok) event.waitUntil(keep(url.pathname, response.clone()));
    // To the login: what was kept is not for whoever logs in next.
    if ((isChat && response.type === "opaqueredirect") || (isLogin && response.ok)) event.waitUntil(caches.delete(PAGES));
    return response;
  } catch {
    const pages = await caches.open(PAGES);
    const kept = isChat && ((await pages.match(url.pathname)) ?? (await pages.match("/")) ?? (await newest(pages)));
    return kept || (await caches.match(OFFLINE)) || Response.error();
  }
}

async function keep(path, response) {
  const pages = await caches.open(PAGES);
  // Anew at the end: the first ones are those not opened for the longest time.
  await pages.delete(path);
  await pages.put(path, response);
  const kept = await pages.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST_PAGES))) await pages.delete(old);
}

async function newest(pages) {
  const last = (await pages.keys()).at(-1);
  return last && pages.match(last);
}

async function asset(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/** A page in sight tells of messages itself. */
async function show({ title, body, url, tag, icon, badge, is_test }) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!is_test && windows.some((each) => each.visibilityState === "visible")) return;
  await self.registration.showNotification(title ?? "Standin", { body, tag, icon, badge, renotify: Boolean(tag), data: { url: url ?? "/" } });
  await self.navigator.setAppBadge?.();
}

/** The page that is open already goes there; without one a new page does. */
async function open(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const room = url.split("/messages/")[0];
  const found = windows.find((each) => new URL(each.url).pathname.startsWith(room)) ?? windows[0];
  if (!found) return self.clients.openWindow(url);
  await found.focus();
  found.postMessage({ type: "open", url });
}
