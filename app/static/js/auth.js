import { Application } from "@hotwired/stimulus";

import InviteLink from "./controllers/invite_link_controller.js";
import Password from "./controllers/password_controller.js";
import Submit from "./controllers/submit_controller.js";

const application = Application.start();
application.register("invite-link", InviteLink);
application.register("password", Password);
application.register("submit", Submit);
