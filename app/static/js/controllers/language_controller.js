import { Controller } from "@hotwired/stimulus";

/** Draws the page anew when its language was saved. */
export default class extends Controller {
  reload() {
    location.reload();
  }
}
