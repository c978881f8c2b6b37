"""What the provider is shown, and that its owner can see the same beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.ai_provider import Provider, start_provider
from tests.chat.busy import Busy, reply, set_status, set_up
from tests.chat.stored import Connect, Documents, MakeRoom, add_room, open_database
from tests.people import NOBODYS_ID, Person
from tests.server import Server


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    running = start_provider([{"match": {}, "response": {"content": "In the wiki."}}])
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One whose provider keeps what it was sent, in place of the one with a pen."""
    environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.base_url, "OPENAI_MODELS": "small,large"}
    running = Server(tmp_path_factory.mktemp("context"), **environment).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def documents(server: Server) -> Iterator[Documents]:
    with open_database(server) as database:
        yield database


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    return partial(add_room, documents)


def asked_about(provider: Provider, words: str) -> tuple[str, str, str]:
    """The model, the system block and the user block of the last request that holds these words."""
    request = provider.requests_about(words)[-1]
    system, user = (message["content"] for message in request["messages"])
    return request["model"], system, user


def preview(person: Person, room_id: str, question: str = "") -> Any:
    return person.get("/api/stand-in/preview", params={"room_id": room_id, "question": question})


def test_what_its_owner_sees_beforehand_is_what_is_sent(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, provider: Provider
) -> None:
    den, asker, owner = room(ada, bob), online(bob), online(ada)
    said = asker.send(den, "Morning")
    set_up(ada, notes="The plan is in the wiki.", tone="dry", model="large")
    set_status(owner, "busy", note="Back at 3")
    shown = preview(ada, den, "Where is the plan? (previewed)").json()
    assert shown["message_ids"] == [said["id"]]
    asker.send(den, "Where is the plan? (previewed)")
    reply(asker, den)
    assert asked_about(provider, "(previewed)") == (shown["model"], shown["system"], shown["user"])
    assert shown["model"] == "large"
    assert "The plan is in the wiki." in shown["system"]


def test_a_preview_is_of_rooms_that_one_is_in(ada: Person, bob: Person, eve: Person, room: MakeRoom) -> None:
    den = room(ada, bob)
    for room_id in (den, NOBODYS_ID):
        answer = preview(eve, room_id, "What do they say?")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "room_not_found")
    for query in ({}, {"room_id": "x"}, {"room_id": den, "question": "x" * 8_001}):
        answer = ada.get("/api/stand-in/preview", params=query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")


def test_what_does_not_fit_is_neither_shown_nor_recorded_as_shown(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den, asker = room(ada, bob), online(bob)
    said = [asker.send(den, f"{number} " + "x" * 1_900)["id"] for number in range(10)]
    shown = preview(ada, den, "Well?").json()
    assert 0 < len(shown["message_ids"]) < len(said)
    assert shown["message_ids"] == said[-len(shown["message_ids"]) :]
    assert [number for number in range(10) if f'"{number} xx' in shown["user"]] == list(
        range(10 - len(shown["message_ids"]), 10)
    )


def test_in_a_thread_the_thread_is_shown_and_not_the_room(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, provider: Provider
) -> None:
    den, asker = room(ada, bob), online(bob)
    root = asker.send(den, "the-root-of-the-thread")
    asker.send(den, "beside-the-thread")
    for number in range(1, 23):
        form = {"room_id": den, "thread_id": root["id"], "body": f"reply-{number:02}", "client_message_id": str(number)}
        assert asker.call("message:send", form)["ok"]
    busy(ada)
    form = {"room_id": den, "thread_id": root["id"], "body": "asked-in-the-thread", "client_message_id": "asked"}
    assert asker.call("message:send", form)["ok"]
    assert reply(asker, den)["thread_id"] == root["id"]
    _, _, shown = asked_about(provider, "asked-in-the-thread")
    assert "the-root-of-the-thread" in shown
    assert "beside-the-thread" not in shown
    assert [number for number in range(1, 23) if f"reply-{number:02}" in shown] == list(range(4, 23))
    assert shown.count("asked-in-the-thread") == 1


def test_of_a_burst_what_was_edited_or_taken_back_is_not_shown_as_it_was(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, provider: Provider
) -> None:
    den, asker = room(ada, bob), online(bob)
    busy(ada)
    first, second, _third = (asker.send(den, f"burst-{number} of-the-first-kind") for number in range(3))
    assert asker.call("message:delete", {"message_id": first["id"]})["ok"]
    assert asker.call("message:edit", {"message_id": second["id"], "body": "burst-1 of-the-second-kind"})["ok"]
    reply(asker, den)
    _, _, shown = asked_about(provider, "burst-2 of-the-first-kind")
    assert "burst-1 of-the-second-kind" in shown
    assert "burst-1 of-the-first-kind" not in shown
    assert "burst-0" not in shown


def test_of_files_their_names_and_types_are_shown(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, provider: Provider
) -> None:
    den, asker = room(ada, bob), online(bob)
    busy(ada)
    sent = bob.write("POST", "/api/files", files={"file": ("floor-plan.txt", b"Desk by the window")})
    form = {"room_id": den, "client_message_id": "files", "file_ids": [sent.json()["file"]["id"]]}
    assert asker.call("message:send", form)["ok"]
    reply(asker, den)
    _, _, shown = asked_about(provider, "floor-plan.txt")
    assert "[file: floor-plan.txt, text/plain" in shown.splitlines()[-1]
    assert "Desk by the window" not in shown
