import { Controller } from "@hotwired/stimulus";

import { gettext, ngettext } from "../lib/i18n.js";
import { forgetPages } from "../lib/offline.js";
import { Outbox } from "../lib/outbox.js";

const SOON = 1_000; // a push service that does not answer keeps nobody from leaving

/** Logs out, and leaves nothing of this person in the browser. */
export default class extends Controller {
  static outlets = ["chat"];

  async leave(event) {
    event.preventDefault();
    const { storage, session, connection, uploads, loginUrlValue } = this.chatOutlet;
    const unsent = new Outbox(storage).entries.length;
    if (unsent && !confirm(ngettext("One message was not sent. Log out and lose what was not sent?", "{n} messages were not sent. Log out and lose what was not sent?", unsent))) return;
    // Otherwise the server's goodbye to the socket looks like a login that ran out.
    connection.close();
    try {
      await session.request(this.element.action, { method: "POST" });
    } catch {
      connection.open();
      return alert(gettext("You are still logged in: the server could not be reached. Try again in a moment."));
    }
    storage.clear();
    await uploads.kept.clear();
    await Promise.race([Promise.allSettled([forgetPages(), turnPushOff()]), new Promise((resolve) => setTimeout(resolve, SOON))]);
    location.assign(loginUrlValue);
  }
}

async function turnPushOff() {
  const push = await import("../lib/push.js");
  await push.turnPushOff();
}
