import { readCookie } from "./cookies.js";
import { withLock } from "./lock.js";

const REFRESH_COOKIE = "csrf_refresh_token";
const ACCESS_COOKIE = "csrf_access_token";
const REFRESHED_AT = "standin:refreshed-at";
const KEEP_FRESH = 10 * 60_000;

/** The login is over; the page is on its way to the login page. */
export class SessionEnded extends Error {}

/** The server answered a request with an error of its own. */
export class RequestFailed extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(`The server answered ${response.status}`);
    this.status = response.status;
  }
}

/** The login of this browser: sends its proof with requests and renews it before, and when, it runs out. */
export class Session {
  #timer = null;
  #wake = () => this.#keepFresh();

  /** @param {{onEnd: () => void}} options `onEnd` is called once, when the login cannot be renewed */
  constructor({ onEnd }) {
    this.onEnd = onEnd;
    this.hasEnded = false;
  }

  /** @returns {string | null} what tells one renewal of the login from the next */
  get proof() {
    return readCookie(REFRESH_COOKIE);
  }

  start() {
    this.#timer = setInterval(this.#wake, 60_000);
    document.addEventListener("visibilitychange", this.#wake);
  }

  stop() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#wake);
  }

  /**
   * Reads JSON, renewing the login once if it has run out.
   * @param {string} url
   * @returns {Promise<any>}
   * @throws {SessionEnded | RequestFailed | TypeError} TypeError when the server cannot be reached
   */
  async getJSON(url) {
    const response = await this.request(url);
    if (!response.ok) throw new RequestFailed(response);
    return response.json();
  }

  /**
   * @param {string} url
   * @param {RequestInit} [options]
   * @returns {Promise<Response>}
   */
  async request(url, options = {}) {
    const seen = this.proof;
    const response = await send(url, options);
    if (response.status !== 401) return response;
    if ((await this.refresh(seen)) === "refused") throw new SessionEnded();
    return send(url, options);
  }

  /**
   * Renews the login. A refresh token is good once, and used twice it ends the session: so one tab at a time, and
   * not at all if another tab has just done it.
   * @param {string | null} [seen] the `proof` when the login was last used and found too old
   * @returns {Promise<"refreshed" | "refused" | "unreachable">}
   */
  async refresh(seen = this.proof) {
    const result = await withLock("session", () => refreshUnlessChanged(seen));
    if (result === "refused") this.end();
    return result;
  }

  end() {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.stop();
    this.onEnd();
  }

  async #keepFresh() {
    if (document.visibilityState !== "visible" || !navigator.onLine || this.hasEnded) return;
    const last = Number(stamp() ?? 0);
    if (last === 0) return stamp(Date.now());
    if (Date.now() - last > KEEP_FRESH) await this.refresh();
  }
}

function send(url, options) {
  const headers = new Headers(options.headers);
  headers.set("Accept", "application/json");
  if ((options.method ?? "GET") !== "GET") headers.set("X-CSRF-TOKEN", readCookie(ACCESS_COOKIE) ?? "");
  return fetch(url, { ...options, headers, credentials: "same-origin" });
}

async function refreshUnlessChanged(seen) {
  const token = readCookie(REFRESH_COOKIE);
  if (!token) return "refused";
  if (token !== seen) return "refreshed";
  try {
    const headers = { Accept: "application/json", "X-CSRF-TOKEN": token };
    const response = await fetch("/users/refresh", { method: "POST", headers, credentials: "same-origin" });
    if (response.ok) stamp(Date.now());
    return response.ok ? "refreshed" : [401, 403, 422].includes(response.status) ? "refused" : "unreachable";
  } catch {
    return "unreachable";
  }
}

/** When any tab last renewed the login; with a moment given, sets it. */
function stamp(moment) {
  try {
    if (moment) localStorage.setItem(REFRESHED_AT, String(moment));
    return localStorage.getItem(REFRESHED_AT);
  } catch {
    return null;
  }
}
