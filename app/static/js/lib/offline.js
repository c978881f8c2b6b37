const PAGES = "standin-pages"; // as in app/templates/pwa/service_worker.js

/**
 * Keeps this app for when there is no network, and lets it be told of messages.
 * @returns {Promise<ServiceWorkerRegistration | undefined>} nothing where the browser cannot, or the address is not secure
 */
export async function keepForOffline() {
  if (!navigator.serviceWorker) return undefined;
  try {
    return await navigator.serviceWorker.register("/service-worker.js");
  } catch {
    return undefined; // the page works as well without it
  }
}

/** Another one is fetched, and takes over, if the server has another. */
export async function updateWorker() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.update();
  } catch {
    // Without a network there is nothing newer to have.
  }
}

/** The pages that were kept hold what was said: whoever logs out takes them away. */
export async function forgetPages() {
  try {
    await caches.delete(PAGES);
  } catch {
    // Where there is no such store, nothing was kept.
  }
}
