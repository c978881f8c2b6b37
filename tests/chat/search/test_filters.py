"""The filters: who, where, when, and with what."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from app.chat.search import entries
from tests.chat.search.find import bodies, say, search, settled
from tests.chat.stored import Connect, Documents, MakeRoom, Meet
from tests.people import Person

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def den(ada: Person, bob: Person, room: MakeRoom) -> str:
    return room(ada, bob, name="Filter den")


def refusal(person: Person, q: str, **query: Any) -> dict[str, Any]:
    """The error of a search that is refused."""
    answer = person.get("/api/search", params={"q": q, **query})
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == "bad_input"
    return error


def test_from_finds_what_a_person_wrote(
    den: str, ada: Person, bob: Person, online: Connect, documents: Documents
) -> None:
    say(online, documents, ada, den, "heron from ada")
    say(online, documents, bob, den, "heron from bob")
    for name in ("ada", "@Ada", "ADA", '"ada"', ada.id):
        assert bodies(ada, f"heron from:{name} in:{den}") == ["heron from ada"]
    assert bodies(ada, "heron from:me") == bodies(bob, f"heron -from:me in:{den}") == ["heron from ada"]
    assert bodies(ada, f"from:ada from:bob in:{den}") == ["heron from bob", "heron from ada"]


def test_a_name_may_be_its_beginning_or_that_of_a_later_part(
    person: Meet, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    zoe = person("Zoë Quillfeather")
    den = room(zoe)
    say(online, documents, zoe, den, "kestrel")
    for name in ("zoe", "quill", '"zoe quill', "@Zoë"):
        assert bodies(zoe, f"kestrel from:{name}") == ["kestrel"]
    assert "Nobody here is called “feather”." in refusal(zoe, "kestrel from:feather")["fields"]["q"]


def test_in_finds_what_was_written_in_a_room(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    north, south = room(ada, name="North wing"), room(ada, name="South wing")
    say(online, documents, ada, north, "osprey north")
    say(online, documents, ada, south, "osprey south")
    for name in ('"north wing"', '#"North Wing"', "north", north):
        assert bodies(ada, f"osprey in:{name}") == ["osprey north"]
    assert bodies(ada, "osprey in:wing") == ["osprey south", "osprey north"]
    assert bodies(ada, "osprey in:wing -in:south") == ["osprey north"]


def test_before_after_and_on_are_days(den: str, ada: Person, online: Connect, documents: Documents) -> None:
    sent = say(online, documents, ada, den, "stork one", "stork two", "stork three")
    for message, day in zip(sent, ("2026-01-31T23:30", "2026-02-01T00:00", "2026-02-01T23:30"), strict=True):
        _move(documents, message["id"], datetime.fromisoformat(day).replace(tzinfo=UTC))
    assert bodies(ada, "stork before:2026-02-01") == ["stork one"]
    assert bodies(ada, "stork after:2026-01-31") == ["stork three", "stork two"]
    assert bodies(ada, "stork on:2026-02-01") == ["stork three", "stork two"]
    assert bodies(ada, "stork on:2026-01") == ["stork one"]
    assert bodies(ada, "stork on:2026") == ["stork three", "stork two", "stork one"]
    assert bodies(ada, "stork after:2026-01-31 before:2026-02-01") == []
    assert bodies(ada, "stork on:2026-02-02", tz="Europe/Berlin") == ["stork three"]
    assert bodies(ada, "stork on:2026-02-01", tz="Europe/Berlin") == ["stork two", "stork one"]


def test_today_and_yesterday_are_days_too(den: str, ada: Person, online: Connect, documents: Documents) -> None:
    old, _ = say(online, documents, ada, den, "egret then", "egret now")
    _move(documents, old["id"], datetime.now(UTC) - timedelta(days=1))
    assert bodies(ada, "egret on:today") == ["egret now"]
    assert bodies(ada, "egret on:yesterday") == ["egret then"]


def test_has_finds_links_reactions_pins_and_files(den: str, ada: Person, online: Connect, documents: Documents) -> None:
    link, liked, pinned, _ = say(
        online,
        documents,
        ada,
        den,
        "puffin https://example.org",
        "puffin liked",
        "puffin pinned",
        "puffin plain",
    )
    socket = online(ada)
    assert socket.call("message:react", {"message_id": liked["id"], "emoji": "\N{SHORTCAKE}", "on": True})["ok"]
    assert socket.call("message:pin", {"message_id": pinned["id"], "on": True})["ok"]
    for body, name, content in (("puffin file", "Seabird_report.txt", b"text"), ("puffin image", "beak.png", PIXEL)):
        uploaded = ada.write("POST", "/api/files", files={"file": (name, content)}).json()["file"]
        sent = {"room_id": den, "body": body, "client_message_id": body, "file_ids": [uploaded["id"]]}
        assert socket.call("message:send", sent)["ok"]
    settled(documents, den)
    assert bodies(ada, "puffin has:link") == [link["body"]]
    assert bodies(ada, "puffin has:reaction") == ["puffin liked"]
    assert bodies(ada, "puffin has:pin") == ["puffin pinned"]
    assert bodies(ada, "puffin has:files") == ["puffin image", "puffin file"]
    assert bodies(ada, "has:image has:file puffin") == ["puffin image"]
    assert bodies(ada, "seabird report") == ["puffin file"]
    assert bodies(ada, "puffin -has:file -has:link -has:pin -has:reaction") == ["puffin plain"]


def test_a_reaction_that_is_taken_back_is_not_found(
    den: str, ada: Person, online: Connect, documents: Documents
) -> None:
    (sent,) = say(online, documents, ada, den, "plover")
    socket = online(ada)
    for on in (True, False):
        socket.call("message:react", {"message_id": sent["id"], "emoji": "\N{SHORTCAKE}", "on": on})
    settled(documents, den)
    assert bodies(ada, "plover has:reaction") == []


def test_what_a_stand_in_wrote_is_not_its_owners(
    den: str, ada: Person, bob: Person, online: Connect, documents: Documents
) -> None:
    own, other = say(online, documents, ada, den, "avocet by ada", "avocet by her stand-in")
    _keep(documents, other["id"], origin="standin", on_behalf_of=ObjectId(ada.id))
    assert bodies(bob, f"avocet from:{ada.id}") == [own["body"]]
    assert bodies(bob, f"avocet from:{ada.id} is:standin") == [other["body"]]
    assert bodies(bob, "avocet is:standin") == [other["body"]]


def test_a_filter_needs_no_word(den: str, ada: Person, online: Connect, documents: Documents) -> None:
    say(online, documents, ada, den, "wren one", "wren two")
    assert bodies(ada, f"in:{den}") == ["wren two", "wren one"]
    assert bodies(ada, f"in:{den} -two") == ["wren one"]
    assert search(ada, f"in:{den}")["results"][0]["highlights"] == []


def test_filters_that_do_not_exist_are_words(den: str, ada: Person, online: Connect, documents: Documents) -> None:
    say(online, documents, ada, den, "the ratio is 3:2 here", "colour:teal")
    assert bodies(ada, f"colour:teal in:{den}") == ["colour:teal"]
    assert bodies(ada, f"3:2 in:{den}") == ["the ratio is 3:2 here"]


@pytest.mark.parametrize(
    ("q", "part"),
    [
        ("", "Write what to look for"),
        ("  ", "Write what to look for"),
        ("!?! -", "Write what to look for"),
        ("x" * 301, "Use at most 300 characters."),
        ("a " * 21, "Look for at most 20"),
        ("x\0y", "Leave out NUL characters."),
        ("before:soon ", "write a day as"),
        ("on:2026-02-30 ", "write a day as"),
        ("after:9999-01-01 ", "write a day as"),
        ("-before:2026 x", "There is no -before:"),
        ("has:money ", "write link, file, image, reaction or pin"),
        ("is:late ", "write thread or standin"),
        ("from:nobodycalledthis x", "Nobody here is called “nobodycalledthis”."),
        ("in:noroomcalledthis x", "You are in no room called “noroomcalledthis”."),
        ('in:"" x', "Write something behind in:"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(ada: Person, q: str, part: str) -> None:
    error = refusal(ada, q)
    assert part in error["fields"]["q"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "x"),
        ("before", "7"),
        ("before", '{"$gt": ""}'),
        ("sort", "oldest"),
        ("tz", "Mars/Olympus"),
        ("tz", "../../etc/passwd"),
        ("tz", "Europe/\0"),
    ],
)
def test_bad_values_are_refused_by_name(ada: Person, name: str, value: str) -> None:
    assert list(refusal(ada, "x", **{name: value})["fields"]) == [name]


def test_a_search_needs_words_and_a_login(ada: Person) -> None:
    import requests

    assert list(refusal(ada, "")["fields"]) == ["q"]
    assert "q" in ada.get("/api/search").json()["error"]["fields"]
    assert requests.get(f"{ada.url}/api/search", params={"q": "x"}, timeout=20).status_code == 401


@pytest.mark.parametrize("q", [".*", "^", "(a+)+$", "$where:1", '{"$ne": null}', "a|b", r"\Q", "[", "' OR 1=1", "%_"])
def test_what_means_something_to_a_database_means_nothing_here(
    den: str, ada: Person, online: Connect, documents: Documents, q: str
) -> None:
    say(online, documents, ada, den, "ordinary")
    answer = ada.get("/api/search", params={"q": f"{q} in:{den}"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"] == [] or q in {".*", "^", "[", r"\Q", "%_", "$where:1"}


def _keep(documents: Documents, message_id: str, **fields: Any) -> None:
    """Store what other features keep with a message, and its entry as if it had been there."""
    _id = ObjectId(message_id)
    documents["messages"].update_one({"_id": _id}, {"$set": fields})
    message = documents["messages"].find_one({"_id": _id})
    assert message is not None
    documents["search_entries"].replace_one({"_id": _id}, dict(entries.make(message)))


def _move(documents: Documents, message_id: str, moment: datetime) -> None:
    _keep(documents, message_id, created_at=moment.replace(microsecond=0))
