import { Application } from "@hotwired/stimulus";

import { statusOf } from "./lib/busy.js";
import { lazily } from "./lib/lazily.js";
import { bringParts } from "./lib/parts.js";

import AccountMenu from "./controllers/account_menu_controller.js";
import Arrangement from "./controllers/arrangement_controller.js";
import Attachments from "./controllers/attachments_controller.js";
import BusyNotice from "./controllers/busy_notice_controller.js";
import Chat from "./controllers/chat_controller.js";
import Composer from "./controllers/composer_controller.js";
import ConnectionBanner from "./controllers/connection_banner_controller.js";
import Dialog from "./controllers/dialog_controller.js";
import Gone from "./controllers/gone_controller.js";
import Install from "./controllers/install_controller.js";
import EveryoneNotice from "./controllers/everyone_notice_controller.js";
import Formatting from "./controllers/formatting_controller.js";
import Lightbox from "./controllers/lightbox_controller.js";
import MentionList from "./controllers/mention_list_controller.js";
import MessageActions from "./controllers/message_actions_controller.js";
import MessageMenu from "./controllers/message_menu_controller.js";
import Notices from "./controllers/notices_controller.js";
import OutboxController from "./controllers/outbox_controller.js";
import Panel from "./controllers/panel_controller.js";
import Parts from "./controllers/parts_controller.js";
import People from "./controllers/people_controller.js";
import Regions from "./controllers/regions_controller.js";
import RoomHeader from "./controllers/room_header_controller.js";
import RoomList from "./controllers/room_list_controller.js";
import Rooms from "./controllers/rooms_controller.js";
import SearchOpener from "./controllers/search_opener_controller.js";
import Signs from "./controllers/signs_controller.js";
import Shortcuts from "./controllers/shortcuts_controller.js";
import Sidebar from "./controllers/sidebar_controller.js";
import StandIn from "./controllers/stand_in_controller.js";
import Theme from "./controllers/theme_controller.js";
import TimelineController from "./controllers/timeline_controller.js";
import Toast from "./controllers/toast_controller.js";

const controllers = {
  chat: Chat,
  "account-menu": AccountMenu,
  arrangement: Arrangement,
  attachments: Attachments,
  "busy-notice": BusyNotice,
  composer: Composer,
  "everyone-notice": EveryoneNotice,
  formatting: Formatting,
  "connection-banner": ConnectionBanner,
  lightbox: Lightbox,
  "mention-list": MentionList,
  "message-actions": MessageActions,
  "message-menu": MessageMenu,
  dialog: Dialog,
  gone: Gone,
  install: Install,
  notices: Notices,
  outbox: OutboxController,
  panel: Panel,
  parts: Parts,
  people: People,
  regions: Regions,
  "room-header": RoomHeader,
  "room-list": RoomList,
  rooms: Rooms,
  "search-opener": SearchOpener,
  shortcuts: Shortcuts,
  sidebar: Sidebar,
  signs: Signs,
  "stand-in": StandIn,
  theme: Theme,
  timeline: TimelineController,
  toast: Toast,
};

// All are known before the start, so they connect in the order of the page: `chat` on the body comes first.
const application = new Application();
application.load(Object.entries(controllers).map(([identifier, controllerConstructor]) => ({ identifier, controllerConstructor })));
const isOrWasBusy = () => {
  const { me, busyTime } = application.getControllerForElementAndIdentifier(document.body, "chat");
  return statusOf(me) === "busy" || busyTime?.is_seen === false;
};
// What is not there when the page is first seen comes where its element appears,
lazily(application, "digest", () => import("./controllers/digest_controller.js"));
lazily(application, "night-notice", () => import("./controllers/night_notice_controller.js"));
lazily(application, "room-details", () => import("./controllers/room_details_controller.js"));
lazily(application, "search", () => import("./controllers/search_controller.js"));
lazily(application, "search-filters", () => import("./controllers/search_filters_controller.js"));
lazily(application, "stand-in-record", () => import("./controllers/stand_in_record_controller.js"));
lazily(application, "stand-in-sight", () => import("./controllers/stand_in_sight_controller.js"));
lazily(application, "thread-view", () => import("./controllers/thread_view_controller.js"));
const bringPicker = lazily(application, "people-picker", () => import("./controllers/people_picker_controller.js"));
// or with what opens it, and with what that needs,
const withParts = (load) => () => Promise.all([load(), bringParts()]).then(([module]) => module);
const withPicker = (load) => () => Promise.all([load(), bringPicker()]).then(([module]) => module);
// Whatever has a field is typed into, and what completes chooses, from the first key on.
const takes = () => /** @type {const} */ ("field");
const takesChoices = (element) => /(?:^|\s)[:#/]\S*$/u.test(element.querySelector("textarea").value) && /** @type {const} */ ("list");
lazily(application, "browse-rooms", () => import("./controllers/browse_rooms_controller.js"), { opens: ["open"], takes });
lazily(application, "code", () => import("./controllers/code_controller.js"), { opens: ["copy"] });
lazily(application, "completion-list", () => import("./controllers/completion_list_controller.js"), { opens: ["suggest"], keeps: ["renew"], takes: takesChoices });
lazily(application, "emoji-picker", withParts(() => import("./controllers/emoji_picker_controller.js")), { opens: ["open"], takes });
lazily(application, "files-panel", withParts(() => import("./controllers/files_panel_controller.js")), { opens: ["open"] });
lazily(application, "forward", () => import("./controllers/forward_controller.js"), { opens: ["open"], takes });
lazily(application, "invite", withPicker(() => import("./controllers/invite_controller.js")), { opens: ["open"], takes });
lazily(application, "jump-date", withParts(() => import("./controllers/jump_date_controller.js")), { opens: ["open"], takes });
lazily(application, "logout", () => import("./controllers/logout_controller.js"), { opens: ["leave"] });
lazily(application, "mentions", withParts(() => import("./controllers/mentions_controller.js")), { opens: ["show"] });
lazily(application, "moment", () => import("./controllers/moment_controller.js"), { opens: ["ask"], takes });
lazily(application, "new-room", withPicker(() => import("./controllers/new_room_controller.js")), { opens: ["open"], takes });
lazily(application, "pins", () => import("./controllers/pins_controller.js"), { opens: ["show", "name", "toggle"] });
lazily(application, "profile", () => import("./controllers/profile_controller.js"), { opens: ["open"], takes });
lazily(application, "send-later", () => import("./controllers/send_later_controller.js"), { opens: ["toggle", "open"] });
lazily(application, "stand-in-settings", withPicker(() => import("./controllers/stand_in_settings_controller.js")), { opens: ["open"], takes });
lazily(application, "status-menu", withParts(() => import("./controllers/status_menu_controller.js")), { opens: ["open"], takes });
lazily(application, "switcher", () => import("./controllers/switcher_controller.js"), { opens: ["toggle"], takes });
lazily(application, "thread", () => import("./controllers/thread_controller.js"), { opens: ["openOf", "openFromLine", "openAt"], takes });
lazily(application, "typing", () => import("./controllers/typing_controller.js"), { opens: ["wrote", "heard", "streamed"] });
// or when the page is at rest.
lazily(application, "drafts", () => import("./controllers/drafts_controller.js"), { keeps: ["load"], isSoon: true });
lazily(application, "later", () => import("./controllers/later_controller.js"), { opens: ["show", "bookmark", "remind"], keeps: ["load"], isSoon: true });
lazily(application, "welcome-back", () => import("./controllers/welcome_back_controller.js"), { keeps: ["look", "wrote"], isSoon: true, isFor: isOrWasBusy });
application.start();
