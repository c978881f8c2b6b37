"""Links get a preview from the server after the message was sent, and lose it when its author says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId
from flask import Flask

from app.chat import allowances
from app.chat.allowances import Allowances
from app.chat.unfurl import previews
from app.chat.unfurl.guard import Refused, Rules
from tests.chat.stored import Documents, MakeRoom, add_room, open_database
from tests.chat.unfurl.site import Site
from tests.people import Person, Socket
from tests.server import Server

Connect = Callable[..., Socket]


@pytest.fixture(scope="package")
def curious(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Standin that may fetch the site of the tests, and nothing else that is not public."""
    running = Server(
        tmp_path_factory.mktemp("curious"), STANDIN_UNFURL="on", STANDIN_UNFURL_ALLOW=f"127.0.0.1:{site.port}"
    ).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture(scope="package")
def documents(curious: Server) -> Iterator[Documents]:
    with open_database(curious) as database:
        yield database


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    return lambda *members: add_room(documents, *members)


@pytest.fixture(scope="package")
def ada(curious: Server) -> Person:
    return Person(curious.url, "Ada")


@pytest.fixture(scope="package")
def bob(curious: Server) -> Person:
    return Person(curious.url, "Bob")


def cake(site: Site, path: str = "/page") -> dict[str, str]:
    return {
        "url": f"{site.url}{path}",
        "title": "Cake <b> for all",
        "description": "It is a good cake.",
        "site_name": "The Bakery",
    }


def switch(socket: Socket, message_id: str, url: str, *, on: bool) -> Any:
    return socket.call("message:unfurl", {"message_id": message_id, "url": url, "on": on})


def test_a_link_has_a_preview_after_the_message_was_sent(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, site: Site
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, f"Look: {site.url}/page")
    assert sent["previews"] == []
    for socket in (author, reader):
        told = socket.wait_for("message:edited", id=sent["id"])
        assert told["message"] == {**sent, "change": 2, "previews": [cake(site)]}
    assert bob.messages(den) == [told["message"]]


def test_a_page_is_fetched_once_a_day(ada: Person, room: MakeRoom, online: Connect, site: Site) -> None:
    den, author = room(ada), online(ada)
    site.pages["/once"] = site.pages["/page"]
    for _ in range(3):
        sent = author.send(den, f"{site.url}/once")
        author.wait_for("message:edited", id=sent["id"])
    assert site.paths().count("/once") == 1


def test_only_the_first_links_have_one_and_none_in_code(
    ada: Person, room: MakeRoom, online: Connect, site: Site
) -> None:
    den, author = room(ada), online(ada)
    for number in range(5):
        site.pages[f"/many{number}"] = site.pages["/page"]
    links = " ".join(f"{site.url}/many{number}" for number in range(1, 5))
    sent = author.send(den, f"`{site.url}/many0` {links}")
    told = author.wait_for("message:edited", id=sent["id"])["message"]
    assert told["previews"] == [cake(site, f"/many{number}") for number in (1, 2, 3)]
    assert not {"/many0", "/many4"} & set(site.paths())


@pytest.mark.parametrize("path", ["plain", "missing", "nothing", "garbage"])
def test_a_link_to_nothing_worth_showing_stays_a_link(
    ada: Person, room: MakeRoom, online: Connect, site: Site, path: str
) -> None:
    den, author = room(ada), online(ada)
    author.send(den, f"{site.url}/{path}")
    # What is known of the first page by then, or is found anew, comes with the second one.
    last = author.send(den, f"{site.url}/{path} {site.url}/page")
    told = author.wait_for("message:edited")["message"]
    assert told["id"] == last["id"]
    assert [one["url"] for one in told["previews"]] == [f"{site.url}/page"]


def test_nothing_inside_is_asked(ada: Person, room: MakeRoom, online: Connect, site: Site, curious: Server) -> None:
    den, author = room(ada), online(ada)
    inside = site.redirect("/to-inside", f"{curious.url}/health?from=inside")
    sent = author.send(den, f"{inside} {curious.url}/health http://127.0.0.1:{curious.port}/users {site.url}/page")
    told = author.wait_for("message:edited", id=sent["id"])["message"]
    assert [one["url"] for one in told["previews"]] == [f"{site.url}/page"]
    assert "from=inside" not in curious.read_log()


def test_a_slow_page_is_given_up_and_holds_up_nobody(ada: Person, room: MakeRoom, online: Connect, site: Site) -> None:
    den, author = room(ada), online(ada)
    slow = author.send(den, f"{site.url}/slow")
    sent = author.send(den, f"{site.url}/page")
    assert author.wait_for("message:edited")["message"]["id"] == sent["id"]
    assert site.dropped.wait(30)
    assert next(message for message in ada.messages(den) if message["id"] == slow["id"])["previews"] == []


def test_its_author_takes_a_preview_away_and_it_stays_away(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, site: Site
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    url = f"{site.url}/page"
    sent = author.send(den, url)
    author.wait_for("message:edited", id=sent["id"])
    gone = switch(author, sent["id"], url, on=False)["message"]
    assert (gone["previews"], gone["edited_at"]) == ([], None)
    assert reader.wait_for("message:edited", id=sent["id"], change=3)["message"] == gone
    assert switch(author, sent["id"], url, on=False)["message"] == gone
    edited = author.call("message:edit", {"message_id": sent["id"], "body": f"{url} again"})["message"]
    assert edited["previews"] == []
    back = switch(author, sent["id"], url, on=True)["message"]
    assert reader.wait_for("message:edited", id=sent["id"], change=back["change"] + 1)["message"]["previews"] == [
        cake(site)
    ]


def test_an_edit_keeps_the_previews_of_its_links_and_no_others(
    ada: Person, room: MakeRoom, online: Connect, site: Site
) -> None:
    den, author = room(ada), online(ada)
    site.pages["/other"] = site.pages["/page"]
    sent = author.send(den, f"{site.url}/page")
    author.wait_for("message:edited", id=sent["id"])
    both = author.call("message:edit", {"message_id": sent["id"], "body": f"{site.url}/page {site.url}/other"})[
        "message"
    ]
    assert both["previews"] == [cake(site)]
    told = author.wait_for("message:edited", id=sent["id"], change=both["change"] + 1)["message"]
    assert told["previews"] == [cake(site), cake(site, "/other")]
    none = author.call("message:edit", {"message_id": sent["id"], "body": "none"})["message"]
    assert none["previews"] == []


def test_a_deleted_message_has_none(
    ada: Person, room: MakeRoom, online: Connect, site: Site, documents: Documents
) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, f"{site.url}/page")
    author.wait_for("message:edited", id=sent["id"])
    assert author.call("message:delete", {"message_id": sent["id"]})["message"]["previews"] == []
    assert "Cake" not in str(documents["messages"].find_one({"_id": ObjectId(sent["id"])}))


def test_only_its_author_takes_a_preview_away(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, site: Site, curious: Server
) -> None:
    den, url = room(ada, bob), f"{site.url}/page"
    author = online(ada)
    sent = author.send(den, url)
    told = author.wait_for("message:edited", id=sent["id"])["message"]
    outsider = Person(curious.url, "Eve")
    for someone, code in ((bob, "not_yours"), (outsider, "message_not_found")):
        answer = switch(online(someone), sent["id"], url, on=False)
        assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert ada.messages(den) == [told]


def test_a_link_that_is_not_there_changes_nothing(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "no link")
    assert switch(author, sent["id"], "https://a.example", on=False) == {"ok": True, "message": sent}
    assert ada.messages(den) == [sent]


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, {"message_id": 1, "url": 2, "on": 3}, {"message_id": "5" * 24, "url": "", "on": False},
     {"message_id": "5" * 24, "url": "x" * 8001, "on": False}, {"message_id": "5" * 24, "url": "x", "on": "no"}],
    ids=str,
)  # fmt: skip
def test_bad_input_is_refused(ada: Person, online: Connect, payload: Any) -> None:
    assert online(ada).call("message:unfurl", payload)["error"]["code"] == "bad_input"


def test_the_links_of_one_user_make_this_server_ask_others_only_so_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(url: str, _rules: Rules) -> None:
        asked.append(url)
        raise Refused("nobody is asked in this test")

    monkeypatch.setattr(previews, "fetch", fetch)
    mallory, other = ObjectId(), ObjectId()
    allowances.configure(Allowances(links=2))
    try:
        assert len(previews._found(["http://a.example/1", "http://a.example/2", "http://a.example/3"], mallory)) == 2
        assert previews._found(["http://a.example/1", "http://a.example/4"], mallory) == {"http://a.example/1": None}
        assert previews._found(["http://a.example/4"], other) == {"http://a.example/4": None}
    finally:
        allowances.configure(Allowances())
    assert asked == [f"http://a.example/{number}" for number in (1, 2, 4)]
