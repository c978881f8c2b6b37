import { io } from "socket.io-client";

const ACK_TIMEOUT = 10_000;
const SAY_RECONNECTING_AFTER = 1_000;
const SAY_OFFLINE_AFTER = 5_000;
const PATIENCE = 30_000;
const LOGIN_TROUBLE = new Set(["not_authenticated", "token_expired", "session_revoked"]);

/** The connection went away before the answer came: whether the server has the event is not known. */
export class Interrupted extends Error {}

/** The server is connected and did not answer in time. */
export class Unanswered extends Error {}

/**
 * The Socket.IO connection and what is known of its health.
 *
 * Events: `state` (detail "connecting" | "online" | "reconnecting" | "offline"), `ready` (detail of session:ready),
 * each event of the server under its own name, its payload as detail, and `change` for those that are a change of a room
 * (detail {change, kind, message}).
 */
export class Connection extends EventTarget {
  #timers = [];
  #state = "connecting";
  #triedRefresh = false;
  /** Until when whoever insists holds back, as too much was sent at once. @type {Promise<void> | null} */
  #quiet = null;
  /** The login with which the last attempt was made. */
  #proof = null;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    super();
    this.session = session;
    this.isReady = false;
    this.socket = io("/chat", {
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    });
    this.socket.io.on("reconnect_attempt", () => this.#noteProof());
    this.socket.on("session:ready", (state) => this.#ready(state));
    this.socket.on("disconnect", (reason) => this.#lost(reason));
    this.socket.on("connect_error", (error) => this.#refused(error));
    this.socket.onAny((event, payload) => this.#heard(event, payload));
  }

  get state() {
    return this.#state;
  }

  open() {
    this.#worry();
    this.#connect();
  }

  close() {
    this.socket.disconnect();
    this.#calm();
  }

  /** Try at once instead of waiting for the next attempt. */
  retry() {
    if (this.socket.connected || this.session.hasEnded) return;
    // An attempt that waits for its turn blocks connect(), so it is given up first.
    this.reopen();
  }

  /** Begin again with the login as it is now. */
  reopen() {
    this.socket.disconnect();
    this.#connect();
  }

  /** The browser knows that the network is gone, the socket would notice only at its next ping. */
  interrupt() {
    this.socket.io.engine?.close();
  }

  /**
   * Emits an event and waits for its answer.
   * @param {string} event
   * @param {object} payload
   * @returns {Promise<any>} the ack: `{ok: true, ...}` or `{ok: false, error}`
   * @throws {Interrupted | Unanswered}
   */
  async send(event, payload) {
    if (!this.isReady) throw new Interrupted();
    try {
      return await this.socket.timeout(ACK_TIMEOUT).emitWithAck(event, payload);
    } catch {
      throw this.isReady ? new Unanswered() : new Interrupted();
    }
  }

  /**
   * The same for what is to be done all the same when too much came at once: then it waits as long as the server says,
   * and so does what is insisted on behind it, so that the order stays.
   * @param {string} event
   * @param {object} payload
   * @returns {Promise<any>} the ack; that too much came only if it is still so after a long while
   * @throws {Interrupted | Unanswered}
   */
  async insist(event, payload) {
    const until = performance.now() + PATIENCE;
    for (;;) {
      while (this.#quiet) await this.#quiet;
      const ack = await this.send(event, payload);
      const { code, retry_after: seconds } = ack.error ?? {};
      const wait = seconds * 1_000;
      if (code !== "rate_limited" || performance.now() + wait > until) return ack;
      this.#holdBack(wait);
    }
  }

  #holdBack(wait) {
    this.#quiet ??= new Promise((resolve) => setTimeout(resolve, wait)).then(() => {
      this.#quiet = null;
    });
  }

  #heard(event, payload) {
    this.#emit(event, payload);
    if (event.startsWith("message:") && payload.change) this.#emit("change", { kind: event.slice("message:".length), ...payload });
  }

  #ready(state) {
    this.isReady = true;
    this.#triedRefresh = false;
    this.#calm();
    this.#setState("online");
    this.#emit("ready", state);
  }

  #lost(reason) {
    this.isReady = false;
    this.#worry();
    if (reason === "io server disconnect") this.#renew();
  }

  #refused(error) {
    this.#worry();
    if (LOGIN_TROUBLE.has(error.data?.code)) this.#renew();
    else if (!this.socket.active) this.#later();
  }

  /** The server does not want this login any more: renew it once, else log in again. */
  async #renew() {
    if (this.session.hasEnded) return;
    if (this.#triedRefresh) return this.session.end();
    this.#triedRefresh = true;
    const result = await this.session.refresh(this.#proof);
    if (result === "refreshed") this.#connect();
    if (result === "unreachable") {
      this.#triedRefresh = false;
      this.#later();
    }
  }

  #connect() {
    this.#noteProof();
    this.socket.connect();
  }

  #noteProof() {
    this.#proof = this.session.proof;
  }

  #later() {
    this.#timers.push(setTimeout(() => this.#connect(), 3_000));
  }

  #worry() {
    if (this.#timers.length) return;
    const first = this.#state === "connecting";
    if (!first) this.#timers.push(setTimeout(() => this.#setState("reconnecting"), SAY_RECONNECTING_AFTER));
    this.#timers.push(setTimeout(() => this.#setState("offline"), SAY_OFFLINE_AFTER));
  }

  #calm() {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#emit("state", state);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
