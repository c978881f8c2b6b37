import { Controller } from "@hotwired/stimulus";

import { Connection } from "../lib/connection.js";
import { Directory } from "../lib/directory.js";
import { fetchEveryone } from "../lib/everyone.js";
import { MessageStore } from "../lib/message_store.js";
import { forgetPages } from "../lib/offline.js";
import { ReadMarker } from "../lib/read_marker.js";
import { Session } from "../lib/session.js";
import { UserStorage } from "../lib/storage.js";
import { Uploads } from "../lib/uploads.js";

const LONG_HIDDEN = 60_000;
const AN_HOUR = 3_600_000;

/**
 * The page's one connection, and who and where it is for. Tells the rest of the page, by events on the document:
 * `chat:state`, `chat:ready`, `chat:message`, `chat:change`, `chat:advanced`, `chat:room-added`, `chat:room-removed`,
 * `chat:room-changed`, `chat:people`, `chat:busy`, `chat:read`, `chat:typing`, `chat:grown`, `chat:wake`. A change is anything that
 * happened in a room, in its detail {change, kind, message}; a new message is told as both.
 */
export default class extends Controller {
  static values = { me: Object, room: Object, users: Array, loginUrl: String };

  connect() {
    // A value is read from its attribute each time, and these are asked for with every message.
    this.myself = this.meValue;
    this.room = this.roomValue;
    this.storage = new UserStorage(this.myself.id);
    this.directory = new Directory(this.usersValue);
    this.messages = new MessageStore();
    this.session = new Session({ onEnd: () => this.logIn() });
    this.connection = new Connection(this.session);
    this.uploads = new Uploads(this.session, this.myself.id);
    this.marker = new ReadMarker(this.connection, this.room);
    this.#listen();
    this.session.start();
    this.connection.open();
    this.#awaitExpiry();
  }

  disconnect() {
    clearTimeout(this.expiry);
    this.fetching?.abort();
    this.session.stop();
    this.connection.close();
  }

  /**
   * When the user was last busy; what the server told of it, nothing until it did.
   * @type {import("../lib/digest.js").BusyTime | undefined}
   */
  busyTime;

  /** @returns {import("../lib/directory.js").Person} */
  get me() {
    return this.directory.get(this.myself.id) ?? this.myself;
  }

  get others() {
    return this.directory.everyone.filter((person) => person.id !== this.myself.id);
  }

  retry() {
    this.connection.retry();
  }

  interrupt() {
    this.connection.interrupt();
  }

  /** A page that slept may have missed something although nothing says so. */
  look() {
    if (document.hidden) {
      this.hiddenAt = Date.now();
    } else if (Date.now() - (this.hiddenAt ?? Date.now()) > LONG_HIDDEN) {
      this.connection.retry();
      this.dispatch("wake");
    }
  }

  /** To the login page and back here. Drafts and unsent messages wait in this browser. */
  async logIn() {
    await forgetPages();
    const here = this.loginUrlValue.startsWith("/") ? location.pathname : location.href;
    location.assign(`${this.loginUrlValue}?next=${encodeURIComponent(here)}`);
  }

  #listen() {
    const on = (type, handle) => this.connection.addEventListener(type, (event) => handle(event.detail));
    on("state", (state) => this.dispatch("state", { detail: { state } }));
    on("ready", (state) => {
      this.uploads.resume();
      this.busyTime = state.busy_time;
      this.#replacePeople(state);
      this.dispatch("ready", { detail: state });
    });
    on("room:added", ({ room }) => this.dispatch("room-added", { detail: { room, rooms: [room] } }));
    on("room:removed", (detail) => this.dispatch("room-removed", { detail }));
    on("room:changed", ({ room }) => {
      if (room.id === this.room.id) this.room = { ...this.room, ...room, name: room.kind === "direct" ? this.room.name : room.name };
      this.dispatch("room-changed", { detail: { room } });
    });
    on("room:advanced", ({ room }) => this.dispatch("advanced", { detail: { rooms: [room] } }));
    on("users:changed", (told) => this.#replacePeople(told));
    on("change", (change) => this.dispatch("change", { detail: change }));
    on("message:created", ({ message }) => this.dispatch("message", { detail: { message } }));
    on("message:delta", (piece) => {
      const message = this.messages.grow(piece);
      if (message) this.dispatch("grown", { detail: { message } });
    });
    on("read:moved", (read) => {
      this.marker.moved(read);
      this.dispatch("read", { detail: { read } });
    });
    on("busy:changed", ({ busy_time }) => {
      this.busyTime = busy_time;
      this.dispatch("busy");
    });
    on("typing:started", (detail) => this.dispatch("typing", { detail: { ...detail, is_writing: true } }));
    on("typing:stopped", (detail) => this.dispatch("typing", { detail: { ...detail, is_writing: false } }));
    on("user:removed", ({ user_id }) => {
      this.directory.drop(user_id);
      this.#peopleChanged();
    });
    for (const type of ["user:connected", "user:disconnected", "user:changed", "status:changed"]) {
      on(type, ({ user }) => {
        this.directory.put(user);
        this.#peopleChanged();
      });
    }
  }

  #replacePeople({ users, more_users: hasMore }) {
    this.fetching?.abort();
    if (hasMore) {
      this.directory.fill(users, performance.now());
      this.#fetchEveryone();
    } else {
      this.directory.replace(users);
    }
    this.#peopleChanged();
  }

  async #fetchEveryone() {
    this.fetching = new AbortController();
    try {
      await fetchEveryone(this.session, this.directory, this.fetching.signal);
    } catch {
      return; // without a network, or a login: the next session:ready begins anew
    }
    this.#peopleChanged();
  }

  #peopleChanged() {
    this.dispatch("people");
    this.#awaitExpiry();
  }

  /** A status whose time is over is over, whether or not the server says so. */
  #awaitExpiry() {
    clearTimeout(this.expiry);
    const next = this.directory.nextExpiry;
    if (next) this.expiry = setTimeout(() => this.#peopleChanged(), Math.min(next - Date.now() + 500, AN_HOUR));
  }
}
