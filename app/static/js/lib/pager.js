const AHEAD = "1200px 0px";

/**
 * Loads the next page when the reader comes near an end of the list: one at a time, and again while they stay near.
 */
export class Pager {
  #observer = null;
  #isLoading = false;

  /**
   * @param {HTMLElement} scroller
   * @param {Map<HTMLElement, () => (Promise<void> | null)>} ends what stands at each end, and what loads there: null if
   *   there is nothing more
   * @param {(error: unknown) => void} failed told of a page that did not come; `restart` tries it again
   */
  constructor(scroller, ends, failed) {
    this.scroller = scroller;
    this.ends = ends;
    this.failed = failed;
    this.restart();
  }

  /** An observer tells of changes only: what is still near after a page has to be looked at anew. */
  restart() {
    this.disconnect();
    this.#observer = new IntersectionObserver((changes) => this.#reached(changes), { root: this.scroller, rootMargin: AHEAD });
    for (const end of this.ends.keys()) this.#observer.observe(end);
  }

  disconnect() {
    this.#observer?.disconnect();
  }

  async #reached(changes) {
    const near = changes.find((change) => change.isIntersecting && !this.#isLoading);
    const loading = near && this.ends.get(near.target)();
    if (!loading) return;
    this.#isLoading = true;
    try {
      await loading;
      this.restart();
    } catch (error) {
      this.failed(error);
    } finally {
      this.#isLoading = false;
    }
  }
}
