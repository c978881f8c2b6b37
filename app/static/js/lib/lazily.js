import { Controller } from "@hotwired/stimulus";

import { gettext } from "./i18n.js";
import { toast } from "./toast.js";

/** Whatever is said to a controller that has not come yet and is not what it waits for, it need not hear. */
const ignore = () => {};
const deaf = new Proxy(Controller.prototype, {
  get: (known, name, receiver) => (typeof name === "symbol" || name in known ? Reflect.get(known, name, receiver) : ignore),
});

/**
 * A controller whose code comes when it is needed: when an element of it appears, or when it is opened.
 * @param {import("@hotwired/stimulus").Application} application
 * @param {string} identifier
 * @param {() => Promise<{default: typeof Controller}>} load
 * @param {string} [opens] the action that needs it; without one its appearance does
 */
export function lazily(application, identifier, load, opens) {
  /** @type {Promise<void> | undefined} */
  let arrival;
  const arrive = () => (arrival ??= load().then((module) => application.register(identifier, module.default)));

  class Absent extends Controller {
    connect() {
      if (!opens) this.#call();
    }

    async #call(event) {
      try {
        await arrive();
      } catch {
        arrival = undefined;
        return toast(gettext("This part of the page could not be loaded. Try again when you are back online."));
      }
      if (opens) application.getControllerForElementAndIdentifier(this.element, identifier)?.[opens](event);
    }

    static {
      if (opens) this.prototype[opens] = function (event) { this.#call(event); };
    }
  }
  Object.setPrototypeOf(Absent.prototype, deaf);
  application.register(identifier, Absent);
}
