import { Controller } from "@hotwired/stimulus";

/** F6 goes to the next region of the page, Shift+F6 to the one before. */
export default class extends Controller {
  cycle(event) {
    if (event.key !== "F6") return;
    const regions = [...this.element.querySelectorAll("[data-region]")].filter((region) => !region.closest("[inert], [hidden]"));
    const here = regions.findLastIndex((region) => region.contains(document.activeElement));
    const next = (here + (event.shiftKey ? -1 : 1) + regions.length) % regions.length;
    event.preventDefault();
    this.#focus(regions[here < 0 ? 0 : next]);
  }

  /** What is used in a region, or the region itself. */
  #focus(region) {
    const wanted = region.querySelector("textarea, [role=log], a[aria-current]");
    (wanted ?? region).focus();
  }
}
