import { Controller } from "@hotwired/stimulus";

import { calm } from "./calm.js";
import { keepKeys } from "./early_keys.js";
import { bringTexts, gettext } from "./i18n.js";
import { toast } from "./toast.js";

const SOON = 1_000;

const BY_HAND = ["click", "submit", "input", "change"];

const ignore = () => {};
/** Whatever is said to a controller that has not come yet and is not what it waits for, it need not hear, unless a person did it. */
const deaf = new Proxy(Controller.prototype, {
  get(known, name, receiver) {
    if (typeof name === "symbol" || name in known) return Reflect.get(known, name, receiver);
    return (event) => event instanceof Event && BY_HAND.includes(event.type) && receiver.keepDone(name, event);
  },
});

/**
 * A controller whose code comes when it is needed: when it is opened, or when the page is at rest after the first thing
 * that it must know; else when an element of it appears.
 * @param {import("@hotwired/stimulus").Application} application
 * @param {string} identifier
 * @param {() => Promise<{default: typeof Controller}>} load
 * @param {object} [when]
 * @param {string[]} [when.opens] what needs it at once: its actions, or what others call through an outlet
 * @param {string[]} [when.keeps] actions that it hears of when it is there, each time they happened
 * @param {() => boolean} [when.isFor] whether it has to do with what it hears of; what it need not know, it is not told
 * @param {(element: Element) => import("./early_keys.js").Use | false} [when.takes] which keys, pressed before it is there, are for it
 * @param {boolean} [when.isSoon] whether the first of these brings it, too, when the page is at rest
 * @returns {() => Promise<void>} brings it
 */
export function lazily(application, identifier, load, { opens = [], keeps = [], isSoon = false, isFor = () => true, takes = () => false } = {}) {
  /** @type {Promise<void> | undefined} */
  let arrival;
  const arrive = () => {
    // What comes by itself says nothing that is not among the first texts.
    arrival ??= (isSoon ? load() : bringTexts().then(load)).then((module) => application.register(identifier, module.default));
    arrival.catch(() => (arrival = undefined)); // the next time it is tried again
    return arrival;
  };

  class Absent extends Controller {
    initialize() {
      /** What it was told meanwhile. */
      this.told = [];
    }

    connect() {
      if (!opens.length && !isSoon) this.#call();
    }

    #call(...calls) {
      const missing = () => toast(gettext("This part of the page could not be loaded. Try again when you are back online."));
      const done = arrive().then(() => this.#passOn(calls), missing);
      const use = takes(this.element);
      return use ? keepKeys(done, use) : done;
    }

    /** Nobody waits for it: if it does not come now, it does after the next such call. */
    async #keep(call) {
      if (!isFor()) return;
      this.told.push(call);
      if (!isSoon) return;
      await calm(SOON);
      await arrive().then(() => this.#passOn([]), ignore);
    }

    /** What was done in an element that is on its way with its controller is done when that is there. */
    keepDone(action, event) {
      if (opens.length || isSoon) return;
      if (event.type === "submit") event.preventDefault();
      // Of an event that is over only this is left to read.
      const { type, target, currentTarget, params } = event;
      this.#call([action, [{ type, target, currentTarget, params, preventDefault: ignore, stopPropagation: ignore }]]);
    }

    #passOn(calls) {
      const present = application.getControllerForElementAndIdentifier(this.element, identifier);
      const results = [...this.told.splice(0), ...calls].map(([action, values]) => present?.[action](...values));
      // What is opened is there at once; its choices may take a moment.
      return takes(this.element) === "list" ? Promise.all(results) : undefined;
    }

    static {
      for (const action of opens) this.prototype[action] = function (...values) { return this.#call([action, values]); };
      for (const action of keeps) this.prototype[action] = function (...values) { return this.#keep([action, values]); };
    }
  }
  Object.setPrototypeOf(Absent.prototype, deaf);
  application.register(identifier, Absent);
  return arrive;
}
