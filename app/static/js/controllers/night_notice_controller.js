import { Controller } from "@hotwired/stimulus";

import { formatTime } from "../lib/format.js";
import { setText } from "../lib/slots.js";

const MORNING = 6;
const NIGHT = 22;
const A_MINUTE = 60_000;

/** Says to whoever writes to one person alone that it is night where that person is. */
export default class extends Controller {
  static outlets = ["chat"];
  static values = { text: String };

  disconnect() {
    clearInterval(this.clock);
  }

  async chatOutletConnected({ others, room, session }) {
    const partners = others.filter(({ id }) => room.member_ids.includes(id));
    if (partners.length !== 1) return;
    try {
      const { user } = await session.getJSON(`/api/users/${partners[0].id}`);
      this.person = user;
      this.#tell();
      this.clock = setInterval(() => this.#tell(), A_MINUTE);
    } catch {
      // It is only a hint: without it one writes as well.
    }
  }

  #tell() {
    const { name, time_zone: timeZone } = this.person;
    const now = new Date();
    const hour = timeZone ? hourIn(timeZone, now) : MORNING;
    this.element.hidden = hour >= MORNING && hour < NIGHT;
    setText(this.element, this.element.hidden ? "" : this.textValue.replace("{time}", formatTime(now, timeZone)).replace("{name}", name));
  }
}

function hourIn(timeZone, moment) {
  try {
    return Number(new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(moment));
  } catch {
    return MORNING; // a zone that this browser does not know of yet
  }
}
