import { Controller } from "@hotwired/stimulus";

/** What one does with one's own account. The browser opens and closes it; a choice that leads elsewhere closes it too. */
export default class extends Controller {
  static outlets = ["chat"];

  profile() {
    this.dispatch("profile", { detail: { id: this.chatOutlet.me.id } });
  }

  /** Before an entry opens a dialog, which gives the focus back to where it was. */
  close({ target }) {
    if (target.closest("[aria-haspopup=dialog]")) this.element.hidePopover();
  }
}
