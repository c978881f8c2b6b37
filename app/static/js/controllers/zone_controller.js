import { Controller } from "@hotwired/stimulus";

import { locale } from "../lib/i18n.js";
import { setText, slot } from "../lib/slots.js";

/** A field for a time zone: offers those there are and the one of this device, and says what time it is there. */
export default class extends Controller {
  static targets = ["input", "list", "now", "here"];
  static values = { text: String };

  connect() {
    const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
    this.listTarget.append(...zones.map((zone) => new Option("", zone)));
    this.zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    setText(slot(this.hereTarget, "zone"), this.zone.replaceAll("_", " "));
    this.tell();
  }

  take() {
    this.inputTarget.value = this.zone;
    this.inputTarget.dispatchEvent(new Event("input", { bubbles: true }));
    this.inputTarget.focus();
  }

  tell() {
    const chosen = this.inputTarget.value.trim();
    const time = chosen && timeIn(chosen);
    setText(this.nowTarget, time ? this.textValue.replace("{time}", time) : "");
    this.hereTarget.hidden = !this.zone || chosen === this.zone;
  }
}

function timeIn(timeZone) {
  try {
    return new Intl.DateTimeFormat(locale, { timeZone, hour: "numeric", minute: "2-digit" }).format();
  } catch {
    return ""; // not the name of a zone, or not yet
  }
}
