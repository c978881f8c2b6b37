const NEAR = 100;

/** Keeps the end of a scrolled list in view while its reader is there, and the reader's place while they are not. */
export class ScrollKeeper {
  #lastTop = 0;
  #observer = new ResizeObserver(() => this.follow());

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list what grows in it
   */
  constructor(scroller, list) {
    this.scroller = scroller;
    this.isPinned = true;
    this.#observer.observe(scroller);
    this.#observer.observe(list);
  }

  disconnect() {
    this.#observer.disconnect();
  }

  /**
   * To be called when the list was scrolled. Only going up leaves the end: what grows below the reader, or a field
   * that grows under the list, makes the end farther too.
   */
  scrolled() {
    const { scrollTop } = this.scroller;
    if (this.#distance <= NEAR) this.isPinned = true;
    else if (scrollTop < this.#lastTop) this.isPinned = false;
    this.#lastTop = scrollTop;
  }

  /** After something was added: its end stays in view, if it was. At once, before the browser reports a scroll. */
  follow() {
    if (this.isPinned) this.toEnd();
  }

  toEnd() {
    this.isPinned = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#lastTop = this.scroller.scrollTop;
  }

  /** @param {Element} element */
  to(element) {
    this.isPinned = false;
    element.scrollIntoView({ block: "center" });
    this.scrolled();
  }

  /**
   * Change the list without moving what the reader looks at: the end, or else the first landmark in view.
   * @param {Element[]} landmarks
   * @param {() => void} change
   */
  hold(landmarks, change) {
    if (this.isPinned) {
      change();
      return this.toEnd();
    }
    const top = this.scroller.getBoundingClientRect().top;
    const landmark = landmarks.find((element) => element.getBoundingClientRect().bottom > top);
    const before = landmark?.getBoundingClientRect().top;
    change();
    if (landmark?.isConnected) this.scroller.scrollTop += landmark.getBoundingClientRect().top - before;
  }

  get #distance() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }
}
