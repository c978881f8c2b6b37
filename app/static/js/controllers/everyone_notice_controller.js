import { Controller } from "@hotwired/stimulus";

const EVERYONE = /(?<![a-z0-9_])[@\uff20]all(?![\p{L}\p{N}_])/iu;

/** Says beforehand that @all will tell nobody, to those who may not call everyone. */
export default class extends Controller {
  static outlets = ["chat"];

  draw({ target, detail: { text } }) {
    if (target !== this.element.parentElement.querySelector(".composer")) return;
    this.element.hidden = this.#mayCall || !EVERYONE.test(text);
  }

  get #mayCall() {
    const { me, room } = this.chatOutlet;
    return me.role === "administrator" || room.kind === "direct" || (room.role === "owner" && me.role !== "guest");
  }
}
