from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.ai_provider import Provider, start_provider
from tests.chat.busy import Busy, replies, reply, set_status
from tests.chat.stored import Connect, Documents, MakeRoom, Meet, add_room, open_database
from tests.people import Person
from tests.server import Server

ANSWER = "The plan is in the wiki."
FIXTURES: list[dict[str, Any]] = [
    {
        "match": {"userMessage": "break-the-provider"},
        "response": {"status": 401, "error": {"message": "Incorrect API key provided: sk-test", "type": "auth"}},
    },
    {"match": {}, "response": {"content": ANSWER}},
]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = start_provider(FIXTURES)
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with a provider, in place of the one that all tests share."""
    running = Server(
        tmp_path_factory.mktemp("auto_replies"), OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=provider.base_url
    ).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def documents(server: Server) -> Iterator[Documents]:
    with open_database(server) as database:
        yield database


@pytest.fixture(scope="module")
def cast(server: Server) -> dict[str, Person]:
    """Ada and Grace, who are busy in these tests, and Bob and Cat, who ask."""
    return {name: Person(server.url, name) for name in ("Ada", "Grace", "Bob", "Cat")}


@pytest.fixture
def ada(cast: dict[str, Person]) -> Person:
    return cast["Ada"]


@pytest.fixture
def grace(cast: dict[str, Person]) -> Person:
    return cast["Grace"]


@pytest.fixture
def bob(cast: dict[str, Person]) -> Person:
    return cast["Bob"]


@pytest.fixture
def cat(cast: dict[str, Person]) -> Person:
    return cast["Cat"]


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    return partial(add_room, documents)


def test_a_mention_of_somebody_busy_is_answered_for_them_and_labelled_so(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den = room(ada, bob, cat)
    owner, asker, witness = busy(ada), online(bob), online(cat)
    asked = asker.send(den, "@ada where is the plan?")
    answer = reply(witness, den)
    assert answer["body"] == ANSWER
    assert answer["sender"] == {"id": ada.id, "name": "Ada's stand-in (AI)"}
    assert answer["on_behalf_of"] == {"id": ada.id, "name": "Ada"}
    assert answer["seq"] == asked["seq"] + 1
    assert answer["state"] == "done"
    assert reply(asker, den) == reply(owner, den) == answer
    assert replies(bob, den) == [answer]


def test_who_asks_in_a_thread_is_answered_there(
    grace: Person, bob: Person, busy: Busy, online: Connect, room: MakeRoom
) -> None:
    den, asker = room(grace, bob), online(bob)
    root = asker.send(den, "The plan")
    busy(grace)
    asked = {"room_id": den, "body": "@Grace where is it?", "client_message_id": "in-a-thread", "thread_id": root["id"]}
    assert asker.call("message:send", asked)["ok"]
    assert reply(asker, den)["thread_id"] == root["id"]


def test_the_provider_is_shown_the_note_and_the_last_20_messages_of_this_room_alone(
    ada: Person,
    bob: Person,
    room: MakeRoom,
    online: Connect,
    busy: Busy,
    provider: Provider,
) -> None:
    den, vault = room(ada, bob), room(ada, bob)
    asker, owner = online(bob), online(ada)
    asker.send(vault, "the-secret-of-the-vault")
    for number in range(1, 26):
        (asker if number % 2 else owner).send(den, f"line-{number:02}")
    busy(ada, note="note-for-everyone")
    asker.send(den, "question-to-the-stand-in")
    reply(asker, den)
    (request,) = provider.requests_about("question-to-the-stand-in")
    system, shown = (message["content"] for message in request["messages"])
    assert "note-for-everyone" in system
    assert "question-to-the-stand-in" not in system
    assert [f"line-{number:02}" for number in range(1, 26) if f"line-{number:02}" in shown] == [
        f"line-{number:02}" for number in range(7, 26)
    ]
    assert not provider.requests_about("the-secret-of-the-vault")


def test_only_those_who_are_addressed_while_they_are_busy_are_answered_for(
    ada: Person, grace: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    before, early = room(ada, bob), online(bob)
    early.send(before, "Sent a moment before Ada is busy")
    owner = busy(ada)
    rooms = {
        "Nobody is mentioned here": room(ada, bob, cat),
        "Mail ada@ada.example": room(ada, bob, cat),
        "@Grace is not busy": room(ada, grace, bob),
        "@Ada is not in this room": room(grace, bob, cat),
    }
    own, pair = room(ada, bob, cat), room(ada, bob)
    owner, asker = online(ada), online(bob)
    for body, den in rooms.items():
        asker.send(den, body)
    owner.send(own, "@Ada is what I am called")
    asker.send(pair, "In a room of two nobody needs to be mentioned")
    assert reply(asker, pair)["on_behalf_of"]["name"] == "Ada"
    for den in (before, own, *rooms.values()):
        assert replies(bob, den) == []


def test_the_longest_name_is_meant(
    ada: Person, bob: Person, person: Meet, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    lovelace = person("Ada Lovelace")
    den, other = room(ada, lovelace, bob), room(ada, lovelace, bob)
    busy(ada)
    asker = online(bob)
    asker.send(den, "@Ada Lovelace is there, so nobody stands in")
    asker.send(other, "@Ada, and Lovelace")
    assert reply(asker, other)["on_behalf_of"]["id"] == ada.id
    assert replies(bob, den) == []


def test_two_busy_people_in_one_message_are_both_answered_for(
    ada: Person, grace: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den = room(ada, grace, bob)
    busy(ada)
    busy(grace)
    asker = online(bob)
    asker.send(den, "@Ada and @Grace, where is the plan?")
    assert {reply(asker, den)["on_behalf_of"]["id"] for _ in range(2)} == {ada.id, grace.id}


def test_two_busy_people_do_not_answer_each_others_stand_ins(
    ada: Person, grace: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den, marker = room(ada, grace), room(ada, bob)
    owner, asker = busy(ada), online(bob)
    grace_busy = busy(grace)
    owner = online(ada)
    owner.send(den, "Hello Grace")
    assert reply(owner, den)["on_behalf_of"]["id"] == grace.id
    asker.send(marker, "By the time that this is answered the other reply would have been as well")
    reply(asker, marker)
    assert len(ada.messages(den)) == 2
    assert grace_busy.client.connected


def test_a_burst_is_answered_once(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, provider: Provider
) -> None:
    den = room(ada, bob)
    busy(ada)
    asker = online(bob)
    for number in range(20):
        asker.send(den, f"burst-{number}")
        time.sleep(0.1)
    reply(asker, den)
    assert len(replies(bob, den)) == 1
    (request,) = provider.requests_about("burst-0")
    assert "burst-19" in request["messages"][-1]["content"]


def test_a_failing_provider_is_one_away_line_per_sender_and_busy_period(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    first, second, hers = room(ada, bob), room(ada, bob), room(ada, cat)
    owner, asker, other = busy(ada, note="Ask me tomorrow"), online(bob), online(cat)
    asker.send(first, "break-the-provider")
    line = reply(asker, first)
    assert "Ada is busy until" in line["body"]
    assert "Ask me tomorrow" in line["body"]
    assert "sk-test" not in line["body"]
    asker.send(first, "break-the-provider again")
    asker.send(second, "break-the-provider in another room")
    other.send(hers, "break-the-provider for another sender")
    reply(other, hers)
    assert (len(replies(bob, first)), len(replies(bob, second))) == (1, 0)
    set_status(owner, "available")
    set_status(owner, "busy")
    asker.send(second, "break-the-provider in another busy period")
    assert "Ask me tomorrow" not in reply(asker, second)["body"]
    assert len(replies(bob, first)) == 1
