"""The same for texts that are kept aside, come from other pages, name the place, or were written by a model."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from playwright.sync_api import Page, expect

from tests.chat.stored import Documents
from tests.people import Person
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.test_kept import Kept
from tests.system.test_scripts import SCRIPTS, executable, pwned
from tests.system.test_search import Search
from tests.system.test_stand_in import StandIn
from tests.system.watch import Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]
SOME = SCRIPTS[::6]
"""Of each kind some: all of them are tried as messages."""


@pytest.fixture
def reader(meet: Meet) -> Person:
    return meet("Reader")


def check(page: Page) -> None:
    assert (pwned(page), executable(page)) == (None, 0), page.url


def test_nothing_that_one_keeps_is_a_script(
    enter: Enter, meet: Meet, den: Den, documents: Documents, reader: Person
) -> None:
    path = den(meet("Mallory"), reader)
    room, socket = path.rpartition("/")[2], reader.connect()
    said = socket.send(room, "https://example.com/ leads away")
    socket.close()
    _previews_and_files(documents, said["id"])
    _kept(documents, reader, room, said["id"])
    kept = Kept(enter(reader, path, "Den"))
    expect(kept.page.locator(".preview")).to_have_count(len(SOME))
    check(kept.page)
    expect(kept.open_later().get_by_role("listitem").first).to_be_visible()
    expect(kept.later.get_by_text(SOME[0][:20]).first).to_be_visible()
    check(kept.page)
    kept.page.get_by_role("button", name="Files", exact=True).click()
    expect(kept.page.get_by_role("complementary", name="Files").get_by_role("link").first).to_be_visible()
    check(kept.page)


def test_nothing_that_a_model_writes_is_a_script(
    enter: Enter, meet: Meet, den: Den, documents: Documents, reader: Person, watch: Watch
) -> None:
    """The provider of the tests answers whoever writes `pwned` with scripts."""
    watch.allow("/api/messages/")  # what the drafts answer is not there
    path = den(meet("Mallory"), reader)
    room = path.rpartition("/")[2]
    notes = "\n".join(SOME)[:8_000]
    chosen = {"mode": "answer", "notes": notes, "tone": SCRIPTS[0]}
    assert reader.write("PUT", "/api/stand-in", json=chosen).status_code == 200
    _drafts(documents, reader, room)
    hers = StandIn(enter(reader, path, "Den"))
    hers.chat.say("/ask what is pwned?")
    expect(hers.chat.message("onerror").last).to_be_visible()
    expect(hers.chat.messages.last).not_to_contain_text("is being written")
    check(hers.page)
    hers.page.keyboard.press("Alt+Shift+M")
    hers.digest.get_by_role("button", name="Summarise").click()
    expect(hers.digest.get_by_text("onerror").first).to_be_visible()
    check(hers.page)
    hers.page.get_by_role("button", name="Your stand-in").first.click()
    hers.panel.get_by_role("button", name="What it can see").click()
    expect(hers.sight.locator("pre").first).to_contain_text("onerror")
    check(hers.page)
    hers.page.get_by_role("button", name="Your stand-in").first.click()
    hers.panel.get_by_role("button", name="Stand-in settings").click()
    expect(hers.settings.get_by_role("textbox", name="What it may say")).to_have_value(re.compile("onerror"))
    check(hers.page)


def test_nothing_that_one_looks_for_is_a_script(enter: Enter, reader: Person, watch: Watch) -> None:
    watch.allow("api/search")
    search = Search(enter(reader).page)
    for script in SOME[::4]:
        search.look_for(script[:300])
        search.field.press("Enter")
        check(search.page)


@pytest.fixture
def named(documents: Documents) -> Iterator[Callable[[str], None]]:
    """Name the workspace: `named("Engines & Co")`, past the check that would refuse some names."""
    before: Any = documents["workspace"].find_one({"_id": "workspace"}) or {}

    def name(text: str) -> None:
        documents["workspace"].update_one({"_id": "workspace"}, {"$set": {"name": text}})

    yield name
    name(before.get("name", ""))


def test_no_name_of_the_place_or_of_a_device_is_a_script(
    browse: Callable[..., Page], reader: Person, documents: Documents, named: Callable[[str], None]
) -> None:
    _devices(documents, reader)
    documents["users"].update_one({"_id": ObjectId(reader.id)}, {"$set": {"role": "administrator"}})
    stranger = browse(reader.url)
    page = browse(reader.url)
    log_in(page.context, reader)
    for script in SOME[::8]:
        named(script[:80])
        for path in (f"/users?invite={script[:40]}&next={script}", f"/users/login?next={script}"):
            stranger.goto(path)
            check(stranger)
            action = stranger.locator("form").first.get_attribute("action") or ""
            assert action.startswith("/users")
        for path in ("/", "/workspace"):
            page.goto(path)
            check(page)
    for section in ("profile", "sessions", "notifications", "language", "stand-ins"):
        page.goto(f"/settings/{section}")
        check(page)


def _previews_and_files(documents: Documents, message_id: str) -> None:
    previews, files = [], []
    for number, script in enumerate(SOME):
        texts = {"title": script[:200], "description": script, "site_name": script[:80]}
        previews.append({"url": f"https://example.com/{number}", **texts})
        name = script.replace("/", "_")[:200]
        kind = ("text/plain", "image/png", "audio/mpeg", "application/pdf")[number % 4]
        files.append({"id": ObjectId(), "name": name, "type": kind, "size": 10 + number})
    where, shown = {"_id": ObjectId(message_id)}, [one for one in files if one["type"] == "text/plain"]
    documents["messages"].update_one(where, {"$set": {"previews": previews, "files": shown}})


def _kept(documents: Documents, reader: Person, room: str, message: str) -> None:
    moment = datetime.now(UTC)
    whose = {"user": ObjectId(reader.id), "room": ObjectId(room), "created_at": moment}
    for number, script in enumerate(SOME):
        one = {"body": script, "client_message_id": f"script-{number}", "files": [], "claims": 0}
        reason = {"code": "not_a_member", "message": script}
        state = {"state": "failed", "reason": reason} if number % 2 else {"state": "waiting", "reason": None}
        documents["scheduled"].insert_one({**whose, **one, **state, "at": moment + timedelta(days=1)})
    note = {"message": ObjectId(message), "at": moment, "note": "\n".join(SOME)[:280], "state": "due"}
    documents["reminders"].insert_one({**whose, **note})
    documents["bookmarks"].insert_one({**whose, "message": ObjectId(message)})


def _drafts(documents: Documents, reader: Person, room: str) -> None:
    whose = {"owner": ObjectId(reader.id), "asker": ObjectId(reader.id), "room": ObjectId(room)}
    documents["stand_in_drafts"].insert_many(
        {**whose, "trigger": ObjectId(), "text": script, "state": "waiting", "created_at": datetime.now(UTC)}
        for script in SOME
    )


def _devices(documents: Documents, reader: Person) -> None:
    pattern: Any = documents["sessions"].find_one({"user": ObjectId(reader.id)})
    for number, script in enumerate(SOME):
        own = {"_id": ObjectId(), "refresh_jti": f"script-{number}", "user_agent": script[:300], "address": script[:60]}
        documents["sessions"].insert_one({**copy.deepcopy(pattern), **own})
