import { Application } from "@hotwired/stimulus";

import { lazily } from "./lib/lazily.js";

import AccountMenu from "./controllers/account_menu_controller.js";
import Arrangement from "./controllers/arrangement_controller.js";
import Attachments from "./controllers/attachments_controller.js";
import BusyNotice from "./controllers/busy_notice_controller.js";
import Chat from "./controllers/chat_controller.js";
import Code from "./controllers/code_controller.js";
import CompletionList from "./controllers/completion_list_controller.js";
import Composer from "./controllers/composer_controller.js";
import ConnectionBanner from "./controllers/connection_banner_controller.js";
import Dialog from "./controllers/dialog_controller.js";
import EmojiPicker from "./controllers/emoji_picker_controller.js";
import Gone from "./controllers/gone_controller.js";
import Install from "./controllers/install_controller.js";
import JumpDate from "./controllers/jump_date_controller.js";
import EveryoneNotice from "./controllers/everyone_notice_controller.js";
import Formatting from "./controllers/formatting_controller.js";
import FilesPanel from "./controllers/files_panel_controller.js";
import Lightbox from "./controllers/lightbox_controller.js";
import Later from "./controllers/later_controller.js";
import Logout from "./controllers/logout_controller.js";
import MentionList from "./controllers/mention_list_controller.js";
import MessageActions from "./controllers/message_actions_controller.js";
import MessageMenu from "./controllers/message_menu_controller.js";
import Mentions from "./controllers/mentions_controller.js";
import Moment from "./controllers/moment_controller.js";
import NightNotice from "./controllers/night_notice_controller.js";
import Notices from "./controllers/notices_controller.js";
import OutboxController from "./controllers/outbox_controller.js";
import Panel from "./controllers/panel_controller.js";
import People from "./controllers/people_controller.js";
import PeoplePicker from "./controllers/people_picker_controller.js";
import Pins from "./controllers/pins_controller.js";
import Regions from "./controllers/regions_controller.js";
import RoomHeader from "./controllers/room_header_controller.js";
import RoomList from "./controllers/room_list_controller.js";
import Rooms from "./controllers/rooms_controller.js";
import Search from "./controllers/search_controller.js";
import SearchFilters from "./controllers/search_filters_controller.js";
import SearchOpener from "./controllers/search_opener_controller.js";
import SendLater from "./controllers/send_later_controller.js";
import Signs from "./controllers/signs_controller.js";
import Shortcuts from "./controllers/shortcuts_controller.js";
import Sidebar from "./controllers/sidebar_controller.js";
import Drafts from "./controllers/drafts_controller.js";
import StandIn from "./controllers/stand_in_controller.js";
import WelcomeBack from "./controllers/welcome_back_controller.js";
import StatusMenu from "./controllers/status_menu_controller.js";
import Switcher from "./controllers/switcher_controller.js";
import Theme from "./controllers/theme_controller.js";
import Thread from "./controllers/thread_controller.js";
import ThreadView from "./controllers/thread_view_controller.js";
import TimelineController from "./controllers/timeline_controller.js";
import Toast from "./controllers/toast_controller.js";
import Typing from "./controllers/typing_controller.js";

const controllers = {
  chat: Chat,
  "account-menu": AccountMenu,
  arrangement: Arrangement,
  attachments: Attachments,
  "busy-notice": BusyNotice,
  code: Code,
  "completion-list": CompletionList,
  composer: Composer,
  "everyone-notice": EveryoneNotice,
  formatting: Formatting,
  "connection-banner": ConnectionBanner,
  "emoji-picker": EmojiPicker,
  "jump-date": JumpDate,
  "files-panel": FilesPanel,
  lightbox: Lightbox,
  later: Later,
  logout: Logout,
  "mention-list": MentionList,
  "message-actions": MessageActions,
  "message-menu": MessageMenu,
  dialog: Dialog,
  gone: Gone,
  install: Install,
  mentions: Mentions,
  moment: Moment,
  "night-notice": NightNotice,
  notices: Notices,
  outbox: OutboxController,
  panel: Panel,
  people: People,
  "people-picker": PeoplePicker,
  pins: Pins,
  regions: Regions,
  "room-header": RoomHeader,
  "room-list": RoomList,
  rooms: Rooms,
  search: Search,
  "search-filters": SearchFilters,
  "search-opener": SearchOpener,
  "send-later": SendLater,
  shortcuts: Shortcuts,
  sidebar: Sidebar,
  signs: Signs,
  drafts: Drafts,
  "stand-in": StandIn,
  "welcome-back": WelcomeBack,
  "status-menu": StatusMenu,
  switcher: Switcher,
  theme: Theme,
  thread: Thread,
  "thread-view": ThreadView,
  timeline: TimelineController,
  toast: Toast,
  typing: Typing,
};

// All are known before the start, so they connect in the order of the page: `chat` on the body comes first.
const application = new Application();
application.load(Object.entries(controllers).map(([identifier, controllerConstructor]) => ({ identifier, controllerConstructor })));
// What is not there when the page is first seen, by the action that opens it where its element is.
lazily(application, "digest", () => import("./controllers/digest_controller.js"));
lazily(application, "room-details", () => import("./controllers/room_details_controller.js"));
lazily(application, "stand-in-record", () => import("./controllers/stand_in_record_controller.js"));
lazily(application, "stand-in-sight", () => import("./controllers/stand_in_sight_controller.js"));
lazily(application, "profile", () => import("./controllers/profile_controller.js"), "open");
lazily(application, "stand-in-settings", () => import("./controllers/stand_in_settings_controller.js"), "open");
lazily(application, "forward", () => import("./controllers/forward_controller.js"), "open");
lazily(application, "browse-rooms", () => import("./controllers/browse_rooms_controller.js"), "open");
lazily(application, "new-room", () => import("./controllers/new_room_controller.js"), "open");
lazily(application, "invite", () => import("./controllers/invite_controller.js"), "open");
application.start();
