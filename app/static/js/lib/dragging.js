const LIFT_AFTER = 350; // a finger that rests for this long lifts what is under it; one that moves before that scrolls
const SLACK = 6;
const EDGE = 40;
const STEP = 8;

/**
 * Lets the items of a list be moved to another place in it: with a mouse by dragging, with a finger by holding one and
 * dragging then; Escape leaves it where it was. The list shows where an item would go by `data-drop` on its neighbour,
 * `before` or `after`.
 * @param {HTMLElement} list
 * @param {(item: HTMLElement, neighbour: HTMLElement, side: "before" | "after") => void} move
 */
export function makeSortable(list, move) {
  let held = null;
  list.addEventListener("pointerdown", (event) => {
    held?.end();
    const item = /** @type {HTMLElement} */ (event.target).closest("li");
    held = item && event.button === 0 && event.isPrimary ? new Held(list, item, event, move) : null;
  });
  // The browser would drag a link by itself, and has a menu for one that is held.
  list.addEventListener("dragstart", (event) => event.preventDefault());
  list.addEventListener("contextmenu", (event) => held?.isTouched && event.preventDefault());
  list.addEventListener("touchmove", (event) => held?.isLifted && event.preventDefault(), { passive: false });
}

/** An item that a pointer is down on, from then until the pointer is gone. */
class Held {
  isLifted = false;
  #place = null;
  #ended = new AbortController();

  constructor(list, item, { pointerType, clientX, clientY }, move) {
    Object.assign(this, { list, item, move, startX: clientX, startY: clientY, y: clientY });
    this.isTouched = pointerType !== "mouse";
    if (this.isTouched) this.timer = setTimeout(() => this.#lift(), LIFT_AFTER);
    const { signal } = this.#ended;
    addEventListener("pointermove", (event) => this.#moved(event), { signal });
    addEventListener("pointerup", () => this.#released(), { signal });
    addEventListener("pointercancel", () => this.end(), { signal });
    addEventListener("keydown", (event) => this.#pressed(event), { signal, capture: true });
  }

  end() {
    clearTimeout(this.timer);
    this.#ended.abort();
    this.#mark(null);
    this.isLifted = this.isTouched = false;
    delete this.item.dataset.dragged;
  }

  #lift() {
    this.isLifted = true;
    this.item.dataset.dragged = "";
    this.scroller = scrollerOf(this.list);
    if (this.isTouched) navigator.vibrate?.(10);
    this.#roll();
  }

  #moved({ clientX, clientY }) {
    this.y = clientY;
    if (this.isLifted || Math.hypot(clientX - this.startX, clientY - this.startY) < SLACK) return;
    if (this.isTouched) this.end();
    else this.#lift();
  }

  /** With every frame: where it would go; near the edge of what scrolls, what is beyond it comes. */
  #roll() {
    if (!this.isLifted) return;
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const step = this.y < top + EDGE ? -STEP : this.y > bottom - EDGE ? STEP : 0;
    if (step) this.scroller.scrollBy(0, step);
    this.#mark(placeAt(this.list, this.y));
    requestAnimationFrame(() => this.#roll());
  }

  #mark(place) {
    if (this.#place) delete this.#place.item.dataset.drop;
    this.#place = place?.item === this.item ? null : place;
    if (this.#place) this.#place.item.dataset.drop = this.#place.side;
  }

  #released() {
    if (!this.isLifted) return this.end();
    const place = placeAt(this.list, this.y);
    // The click that comes with it would open the room.
    addEventListener("click", swallow, { capture: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    this.end();
    if (place && place.item !== this.item) this.move(this.item, place.item, place.side);
  }

  #pressed(event) {
    if (event.key !== "Escape" || !this.isLifted) return;
    swallow(event);
    this.end();
  }
}

const swallow = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

/** Beside which item of the list something at this height belongs. */
function placeAt(list, y) {
  const boxes = [...list.children].filter((item) => item.checkVisibility()).map((item) => ({ item, box: item.getBoundingClientRect() }));
  const found = boxes.find(({ box }) => y < box.bottom) ?? boxes.at(-1);
  return found ? { item: found.item, side: y < found.box.top + found.box.height / 2 ? "before" : "after" } : null;
}

/** What scrolls the list. */
function scrollerOf(list) {
  for (let element = list; element; element = element.parentElement) {
    if (["auto", "scroll"].includes(getComputedStyle(element).overflowY)) return element;
  }
  return document.documentElement;
}
