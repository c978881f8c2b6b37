import { Controller } from "@hotwired/stimulus";

import { chime } from "../lib/chime.js";
import { pushState, turnPushOff, turnPushOn } from "../lib/push.js";
import { write } from "../lib/requests.js";
import { setText } from "../lib/slots.js";
import { UserStorage } from "../lib/storage.js";

/** Notifications and sounds of this browser: on, off, tried out; and what to do where they are forbidden. */
export default class extends Controller {
  static targets = ["state", "help", "on", "off", "test", "sound"];
  static outlets = ["settings"];
  static values = { user: String, offered: Boolean, texts: Object };

  connect() {
    this.storage = new UserStorage(this.userValue);
    this.soundTarget.checked = this.storage.read("sound") !== false;
    this.#draw();
  }

  async turnOn() {
    this.#say("wait");
    const isOn = await turnPushOn(this.settingsOutlet.session);
    this.storage.write("push", isOn || null);
    await this.#draw(isOn || Notification.permission === "denied" ? undefined : "failed");
    if (isOn) this.testTarget.focus();
  }

  async turnOff() {
    await turnPushOff(this.settingsOutlet.session);
    this.storage.write("push", null);
    await this.#draw();
    this.onTarget.focus();
  }

  async test() {
    this.#say("wait");
    const answer = await write(this.settingsOutlet.session, "POST", "/api/push/test");
    if (answer.ok) this.#say("sent");
    else setText(this.stateTarget, answer.error.message);
  }

  keepSound() {
    this.storage.write("sound", this.soundTarget.checked ? null : false);
  }

  play() {
    chime().catch(() => {});
  }

  async #draw(problem) {
    const state = this.offeredValue ? await pushState() : "unoffered";
    this.#say(problem ?? (state === "unsupported" && isApple() ? "ios" : state));
    this.onTarget.hidden = state !== "off";
    this.offTarget.hidden = this.testTarget.hidden = state !== "on";
    const browser = browserOf(navigator.userAgent);
    for (const help of this.helpTargets) help.hidden = state !== "denied" || help.dataset.browser !== browser;
  }

  #say(name) {
    setText(this.stateTarget, this.textsValue[name]);
  }
}

const isApple = () => /iPhone|iPad/.test(navigator.userAgent);

/** Which of our texts fits. Most name others too, so the order matters. */
function browserOf(agent) {
  if (agent.includes("Edg/")) return "edge";
  if (agent.includes("Firefox/")) return "firefox";
  if (agent.includes("Chrome/")) return "chrome";
  return agent.includes("Safari/") ? "safari" : "other";
}
