"""The HTTP API as an OpenAPI document, made from the very models that parse what comes and type what goes.

What an operation takes and answers stands in `OPERATIONS`, by endpoint; paths and methods are Flask's own. The format:
https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import gevent
from flask import Blueprint, Flask, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from gevent.lock import BoundedSemaphore
from pydantic import TypeAdapter
from typing_extensions import TypedDict
from werkzeug.routing import Rule

from app.auth import forms as auth_forms
from app.auth.payloads import AccountPayload, NotificationsPayload, SessionPayload
from app.auth.workspace_services import WorkspaceAnswer
from app.chat import (
    attachments,
    bookmarks,
    bots,
    forms,
    history,
    kept_forms,
    kept_payloads,
    mentioned,
    payloads,
    people,
    room_forms,
    room_members,
    rooms,
    sidebar,
)
from app.chat.notices import forms as notice_forms
from app.chat.search import service as search
from app.chat.stand_in import administration, digest, preferences, previews, summaries
from app.chat.stand_in import forms as stand_in_forms
from app.chat.stand_in import payloads as stand_in_payloads
from app.errors import ErrorPayload
from app.parsing import Input

api_docs = Blueprint("api_docs", __name__)
_making = BoundedSemaphore()

IDS = {"type": "string", "description": "An id: 24 hexadecimal digits."}
PAGES = {
    "api_docs.document",
    "chat.page",
    "chat.permalink",
    "doors.login_page",
    "doors.sign_up_page",
    "languages.script",
    "mail.ask",
    "parts.page",
    "pwa.manifest",
    "pwa.offline",
    "pwa.service_worker",
    "settings.bot",
    "settings.page",
    "static",
}
"""Endpoints that answer with a page or a file of the page, not with data."""

BY_KEY = {"bots.say"}
"""What a bot does, with its key."""

OPEN = {"doors.sign_up", "doors.log_in", "health", "mail.unsubscribe"}
"""What needs no login."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and what it answers when all is well. `answer` None: bytes, such as a picture."""

    summary: str
    answer: Any
    query: type[Input] | None = None
    body: type[Input] | None = None
    upload: bool = False
    status: int = 200


def _object(name: str, **fields: Any) -> Any:
    """An answer with these keys."""
    return TypedDict(name, fields)  # type: ignore[operator]


LoggedIn = _object("LoggedIn", user=AccountPayload, access_token=str)
Me = _object("Me", user=AccountPayload)
Today = _object("Today", replies=int, tokens=int, cost=int, replies_a_day=int, tokens_a_day=int)
OneBot = _object("OneBot", bot=bots.BotPayload)
OneWorkspace = _object("OneWorkspace", workspace=WorkspaceAnswer)
Ended = _object("Ended", ended=int)
MyNotifications = _object("MyNotifications", notifications=NotificationsPayload)
Done = _object("Done", ok=bool)

OPERATIONS: dict[str, Operation] = {
    "health": Operation("Whether this process can serve", _object("Health", ok=bool)),
    "doors.sign_up": Operation("Make an account", LoggedIn, body=auth_forms.SignUp, status=201),
    "doors.log_in": Operation("Log in", LoggedIn, body=auth_forms.LogIn),
    "account.log_out": Operation("End this session", _object("LoggedOut", ok=bool)),
    "account.refresh": Operation("A new access token for a refresh token, which is good once", LoggedIn),
    "account.me": Operation("One's own account", Me),
    "account.change_me": Operation("Change one's profile", Me, body=auth_forms.ProfileChange),
    "account.change_password": Operation("Change one's password", Ended, body=auth_forms.PasswordChange),
    "account.revoke_other_sessions": Operation("End all of one's sessions but this one", Ended),
    "account.my_sessions": Operation("One's sessions", _object("Sessions", sessions=list[SessionPayload])),
    "account.revoke_session": Operation("End one of one's sessions", _object("Revoked", ok=bool)),
    "account.my_notifications": Operation("Of what one wants to be told", MyNotifications),
    "account.change_notifications": Operation(
        "Choose of what one wants to be told", MyNotifications, body=auth_forms.NotificationsChange
    ),
    "notices.key": Operation("The key to subscribe with", _object("PushKey", key=str, is_subscribed=bool)),
    "notices.subscribe": Operation("Let this browser be told of messages", Done, body=notice_forms.Subscribe),
    "notices.unsubscribe": Operation("Let this browser be told no more", Done),
    "notices.test": Operation("Send this browser a notification", Done),
    "mail.unsubscribe": Operation("End the e-mails, by a link from one", Done),
    "pictures.change_avatar": Operation("Change one's picture", Me, upload=True),
    "pictures.remove_avatar": Operation("Remove one's picture", Me),
    "portraits.avatar": Operation("The picture of a person", None),
    "chat.rooms": Operation("One's rooms", _object("Rooms", rooms=list[payloads.RoomPayload])),
    "chat.messages": Operation("Messages of a room", history.History, query=forms.HistoryQuery),
    "chat.message": Operation("One message", history.One),
    "chat.seen_by": Operation("Who has read a message", _object("SeenBy", user_ids=list[str])),
    "chat.arrange_sidebar": Operation(
        "Keep the order of rooms and what is folded", sidebar.SidebarPayload, body=sidebar.SidebarChange
    ),
    "chat.mentions": Operation("What was said to one by name", mentioned.Mentions, query=kept_forms.KeptQuery),
    "workspace.read": Operation("The workspace, for its administrators", OneWorkspace),
    "workspace.change": Operation("Change its name, or who may sign up", OneWorkspace, body=auth_forms.WorkspaceChange),
    "workspace.renew_invite": Operation("Another invite link", OneWorkspace, body=auth_forms.InviteChange),
    "workspace.revoke_invite": Operation("No invite link any more", OneWorkspace),
    "workspace.invite_picture": Operation("The invite link as a QR code", None),
    "chat.search": Operation("Search one's rooms", search.Results, query=forms.SearchQuery),
    "people_and_rooms.open_rooms": Operation(
        "Rooms that one may join", rooms.OpenRooms, query=room_forms.OpenRoomsQuery
    ),
    "people_and_rooms.members": Operation("Members of a room", room_members.Members, query=room_forms.PageQuery),
    "people_and_rooms.users": Operation("People", people.People, query=room_forms.PeopleQuery),
    "people_and_rooms.profile": Operation("A person's profile", _object("Profile", user=payloads.ProfilePayload)),
    "people_and_rooms.change_role": Operation(
        "Change a person's role", _object("OneUser", user=payloads.UserPayload), body=auth_forms.RoleChange
    ),
    "bots.all_bots": Operation("All bots, for administrators", _object("Bots", bots=list[bots.BotPayload])),
    "bots.make": Operation("Make a bot; its key is told this once", bots.KeyedBot, body=auth_forms.BotName, status=201),
    "bots.rename": Operation("Give a bot another name", OneBot, body=auth_forms.BotName),
    "bots.remove": Operation("Remove a bot", Done),
    "bots.renew_key": Operation("Another key for a bot; the one before is good no more", bots.KeyedBot),
    "bots.change_avatar": Operation("Change a bot's picture", OneBot, upload=True),
    "bots.remove_avatar": Operation("Remove a bot's picture", OneBot),
    "bots.say": Operation(
        "Write into a room, as a bot",
        _object("OneMessage", message=payloads.MessagePayload),
        body=forms.BotMessage,
        status=201,
    ),
    "files.upload": Operation(
        "Keep a file for a message to come", _object("Kept", file=payloads.FilePayload), upload=True, status=201
    ),
    "files.content": Operation("The bytes of a file", None),
    "files.thumbnail": Operation("A small version of a picture", None),
    "files.of_room": Operation("The files of a room", attachments.FilesPage, query=forms.FilesQuery),
    "kept.room_pins": Operation("What is pinned in a room", _object("Pins", messages=list[payloads.MessagePayload])),
    "kept.room_bookmarks": Operation("What one has marked in a room", _object("Marks", message_ids=list[str])),
    "kept.all_bookmarks": Operation("All that one has marked", bookmarks.Page, query=kept_forms.KeptQuery),
    "kept.all_scheduled": Operation(
        "What one will send later", _object("Waiting", scheduled=list[kept_payloads.ScheduledPayload])
    ),
    "kept.all_reminders": Operation(
        "One's reminders", _object("Reminders", reminders=list[kept_payloads.ReminderPayload])
    ),
    "stand_ins.read": Operation("What one's stand-in may do", preferences.PreferencesPayload),
    "stand_ins.choose": Operation(
        "Choose what it may do", preferences.PreferencesPayload, body=stand_in_forms.Preferences
    ),
    "stand_ins.preview": Operation(
        "What the model would be shown", previews.PreviewPayload, query=stand_in_forms.PreviewQuery
    ),
    "stand_ins.administer": Operation(
        "What stand-ins cost, by owner and day", administration.Overview, query=stand_in_forms.AdminQuery
    ),
    "stand_ins.turn": Operation(
        "Switch all stand-ins on or off", administration.SwitchPayload, body=stand_in_forms.Switch
    ),
    "stand_ins.waiting_drafts": Operation(
        "Answers that wait for one's word", _object("Drafts", drafts=list[stand_in_payloads.DraftPayload])
    ),
    "stand_ins.read_digest": Operation("What happened meanwhile", digest.Digest, query=stand_in_forms.DigestQuery),
    "stand_ins.summarise": Operation(
        "Sum up what happened meanwhile",
        _object("Summarised", summary=summaries.SummaryPayload),
        body=stand_in_forms.DigestQuery,
    ),
    "stand_ins.audit": Operation(
        "Every call of one's stand-in to the model",
        _object("Audit", calls=list[stand_in_payloads.CallPayload], today=Today),
        query=stand_in_forms.AuditQuery,
    ),
}


@api_docs.get("/api/docs")
def document() -> ResponseReturnValue:
    """The OpenAPI document of what this process serves. Anyone may ask for it, so it is made once."""
    with _making:
        if (made := current_app.extensions.get("openapi")) is None:
            made = current_app.extensions["openapi"] = jsonify(openapi(current_app)).get_data()
    return Response(made, mimetype="application/json")


def openapi(app: Flask) -> dict[str, Any]:
    """The document as JSON, with every route of `app` that answers with data."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        if (operation := OPERATIONS.get(rule.endpoint)) is None:
            continue
        gevent.sleep(0)  # all of it takes a tenth of a second, in which others have their turn
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            described = _described(rule, operation, schemas)
            paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", rule.rule), {})[method.lower()] = described
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "bot_key": {"type": "http", "scheme": "bearer", "description": "The key of a bot."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token_cookie"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Standin", "version": "1", "description": "The HTTP half of docs/protocol.md."},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
        "security": [{"bearer": []}, {"cookie": []}],
    }


def _described(rule: Rule, operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": rule.endpoint,
        "summary": operation.summary,
        "parameters": [*_in_path(rule), *_in_query(operation, schemas)],
        "responses": {
            str(operation.status): {"description": "Done.", **_content(operation.answer, schemas)},
            "default": {"description": "Refused.", **_content(_Refusal, schemas)},
        },
    }
    if operation.body or operation.upload:
        described["requestBody"] = {"required": True, "content": _body(operation, schemas)}
    if rule.endpoint in OPEN:
        described["security"] = []
    if rule.endpoint in BY_KEY:
        described["security"] = [{"bot_key": []}]
    return described


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": IDS} for name in sorted(rule.arguments)]


def _in_query(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    found = _schema(operation.query, "validation")
    schemas.update(found.pop("$defs", {}))
    required = found.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in found["properties"].items()
    ]


def _body(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.body:
        return _content(operation.body, schemas, "validation")["content"]  # type: ignore[no-any-return]
    file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    return {"multipart/form-data": {"schema": file}}


def _content(kind: Any, schemas: dict[str, Any], mode: str = "serialization") -> dict[str, Any]:
    if kind is None:
        return {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    found = dict(_schema(kind, mode))
    schemas.update(found.pop("$defs", {}))
    schemas[kind.__name__] = found
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}}


def _schema(kind: Any, mode: Any) -> dict[str, Any]:
    return TypeAdapter(kind).json_schema(mode=mode, ref_template="#/components/schemas/{model}")


_Refusal = _object("Refusal", error=ErrorPayload)
