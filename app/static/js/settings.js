import { Application } from "@hotwired/stimulus";

import Bots from "./controllers/bots_controller.js";
import Crop from "./controllers/crop_controller.js";
import DeviceNotices from "./controllers/device_notices_controller.js";
import Devices from "./controllers/devices_controller.js";
import Dialog from "./controllers/dialog_controller.js";
import Language from "./controllers/language_controller.js";
import MomentText from "./controllers/moment_text_controller.js";
import Password from "./controllers/password_controller.js";
import Settings from "./controllers/settings_controller.js";
import SettingsForm from "./controllers/settings_form_controller.js";
import StandInSwitch from "./controllers/stand_in_switch_controller.js";
import Theme from "./controllers/theme_controller.js";
import Toast from "./controllers/toast_controller.js";
import Zone from "./controllers/zone_controller.js";

const controllers = {
  settings: Settings,
  bots: Bots,
  crop: Crop,
  "device-notices": DeviceNotices,
  devices: Devices,
  dialog: Dialog,
  language: Language,
  "moment-text": MomentText,
  password: Password,
  "settings-form": SettingsForm,
  "stand-in-switch": StandInSwitch,
  theme: Theme,
  toast: Toast,
  zone: Zone,
};

// All are known before the start, so they connect in the order of the page: `settings` on the body comes first.
const application = new Application();
application.load(Object.entries(controllers).map(([identifier, controllerConstructor]) => ({ identifier, controllerConstructor })));
application.start();
