import { Application } from "@hotwired/stimulus";

import Password from "./controllers/password_controller.js";
import Submit from "./controllers/submit_controller.js";

const application = Application.start();
application.register("password", Password);
application.register("submit", Submit);
