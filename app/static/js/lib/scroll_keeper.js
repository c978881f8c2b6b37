const NEAR = 100;

/** Keeps the end of a scrolled list in view while its reader is there, and the reader's place while they are not. */
export class ScrollKeeper {
  #observer = new ResizeObserver(() => this.#resized());

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

  /** To be called when the list was scrolled. */
  scrolled() {
    this.isPinned = this.#distance <= NEAR;
  }

  toEnd() {
    this.isPinned = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** @param {Element} element */
  to(element) {
    this.isPinned = false;
    element.scrollIntoView({ block: "center" });
    this.scrolled();
  }

  /**
   * Change the list without moving what the reader looks at.
   * @param {Element[]} landmarks elements of which one that survives the change is held in place
   * @param {() => void} change
   */
  hold(landmarks, change) {
    const top = this.scroller.getBoundingClientRect().top;
    const landmark = landmarks.find((element) => element.getBoundingClientRect().bottom > top);
    const before = landmark?.getBoundingClientRect().top;
    change();
    if (landmark?.isConnected) this.scroller.scrollTop += landmark.getBoundingClientRect().top - before;
  }

  get #distance() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  #resized() {
    if (this.isPinned) this.toEnd();
  }
}
