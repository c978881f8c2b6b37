"""docs/protocol.md is a contract: what it says must be all there is, and its examples must have the code's shapes."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import app as house
from app import errors, security
from app.auth import tokens
from app.auth.models import BIO_LIMIT
from app.chat import (
    audiences,
    bookmarks,
    broadcasts,
    flips,
    forms,
    kept_payloads,
    models,
    payloads,
    reminders,
    room_forms,
    scheduling,
)
from app.chat.unfurl import fetch
from app.errors import StandinError
from app.extensions import socketio
from app.files import darkroom, uploads
from app.realtime.limits import DEFAULT

DOC = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text("utf-8")
TABLE_ROW = re.compile(r"^\| `([^`]+)` \|(.*)$", re.MULTILINE)
# An example is recognised by a key that only this payload has.
SHAPES = {
    "is_online": payloads.UserPayload,
    "last_read_seq": payloads.RoomPayload,
    "on_behalf_of": payloads.MessagePayload,
    "when_back": kept_payloads.ScheduledPayload,
}


def section(title: str) -> str:
    return re.split(r"^## ", DOC.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def error_classes(base: type[StandinError] = StandinError) -> Iterator[type[StandinError]]:
    yield base
    for child in base.__subclasses__():
        yield from error_classes(child)


def documented_errors() -> dict[str, str]:
    return {code: rest.split("|")[0].strip() for code, rest in TABLE_ROW.findall(section("Errors"))}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


@pytest.fixture(scope="module", autouse=True)
def every_module_is_loaded() -> None:
    for module in pkgutil.walk_packages(house.__path__, "app."):
        if not module.name.startswith("app.realtime"):
            importlib.import_module(module.name)


def test_every_event_in_is_documented_and_none_else(app: Flask) -> None:
    registered = {event for event, _, namespace in socketio.handlers if namespace == audiences.NAMESPACE}
    documented = set(re.findall(r"^#### `([^`]+)`", DOC, re.MULTILINE))
    assert documented == registered - {"connect", "disconnect", "*"}


def test_every_event_out_is_documented_and_none_else() -> None:
    emitted = set(re.findall(r'_emit\(\s*"([^"]+)"', inspect.getsource(broadcasts)))
    events_out = DOC.split("### Events out\n", 1)[1].split("## ", 1)[0]
    assert {name for name, _ in TABLE_ROW.findall(events_out)} == emitted


def test_every_route_is_documented_and_none_else(app: Flask) -> None:
    rules = [(rule, (rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in app.url_map.iter_rules()]
    routes = {f"{method} {rule}" for rule, methods in rules for method in methods}
    documented = {name for name, _ in TABLE_ROW.findall(section("HTTP routes"))}
    assert documented == routes


def test_every_error_code_is_documented_with_its_status_and_none_else() -> None:
    raised = {error.code: str(int(error.status)) for error in error_classes() if error.__module__.startswith("app.")}
    raised |= {code: str(int(status)) for status, code in errors.CODES_OF_STATUS.items()}
    assert documented_errors() == raised | {"unknown_event": "ack only"}


def test_every_example_is_json_of_the_shape_that_the_code_sends() -> None:
    seen = set()
    for block in re.findall(r"```json\n(.*?)```", DOC, re.DOTALL):
        for found in objects(json.loads(block)):
            for key, shape in SHAPES.items():
                if key in found:
                    seen.add(key)
                    assert set(found) == shape.__required_keys__
    assert seen == SHAPES.keys()


@pytest.mark.parametrize(
    "fact",
    [
        f"1 to {models.BODY_LIMIT:,} characters",
        f"1 to {room_forms.ROOM_NAME_LIMIT} characters on one line",
        f"at most {room_forms.DESCRIPTION_LIMIT} characters",
        f"`bio`: at most {BIO_LIMIT}",
        f"2 to {room_forms.MOST_IN_DIRECT} people",
        f"`member_ids`: at most {room_forms.MOST_AT_ONCE}",
        f"{security.LARGEST_BODY:,} bytes",
        f"a page has {fetch.SECONDS:.0f} seconds, {fetch.MOST_REDIRECTS} redirects and {fetch.MOST_BYTES >> 20} MiB",
        f"more than {forms.PAGE_LIMIT} gets {forms.PAGE_LIMIT}",
        f"at most {forms.LONGEST_STATUS.days} days ahead",
        f"at most {models.MOST_PINS} pinned messages",
        f"A user has at most {scheduling.MOST_SCHEDULED} that wait",
        f"A user has at most {reminders.MOST_REMINDERS}.",
        f"the last {bookmarks.MOST_IN_ROOM:,}",
        f"access | {int(tokens.ACCESS_LIFETIME.total_seconds()) // 60} minutes",
        f"has been gone for {flips.GRACE_SECONDS} seconds",
        f"every {models.HEARTBEAT_SECONDS} seconds and runs out after {int(models.CONNECTION_TTL.total_seconds())}",
        f"{DEFAULT.inbox_messages}; then the server reads no more",
        f"{DEFAULT.backlog_bytes // 1024 // 1024} MiB or {DEFAULT.backlog_seconds:.0f} s",
        f"joining `/chat` | {DEFAULT.connect_seconds:.0f} s",
        f"{DEFAULT.header_seconds:.0f} s, {DEFAULT.body_seconds:.0f} s",
        f"up to {forms.MOST_FILES} files of one's own",
        f"({uploads.MOST_AT_ONCE} at once)",
        f"{uploads.SLOWEST // 1024} KiB a second or more",
        f"{darkroom.THUMBNAIL} pixels wide or high",
        f"({darkroom.MOST_PIXELS // 10**6} million pixels, {darkroom.MOST_MOVING_PIXELS // 10**6} million in",
    ],
)
def test_a_limit_in_the_page_is_the_limit_in_the_code(fact: str) -> None:
    assert fact in DOC
