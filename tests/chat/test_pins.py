"""What a room keeps in view."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import ObjectId

from app.chat.models import MOST_PINS
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_changes import catch_up, code, delete
from tests.people import Person, Socket


def pin(socket: Socket, message_id: Any, *, on: Any = True) -> Any:
    return socket.call("message:pin", {"message_id": message_id, "on": on})


def pins(someone: Person, room_id: str) -> Any:
    return someone.get(f"/api/rooms/{room_id}/pins").json()


def pinned_places(documents: Documents, room_id: str) -> list[int]:
    return [one["pin"] for one in documents["messages"].find({"room": ObjectId(room_id), "pin": {"$exists": True}})]


def test_any_member_pins_a_message_for_all_as_the_next_change(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "The plan")
    pinned = pin(reader, sent["id"])["message"]
    assert pinned == {**sent, "change": 2, "pinned_at": pinned["pinned_at"]}
    assert pinned["pinned_at"] is not None
    for socket in (author, reader):
        assert socket.wait_for("message:pinned", id=sent["id"]) == {"message": pinned, "change": 2}
    assert pins(ada, den) == {"messages": [pinned]}
    assert catch_up(author, den, 1)["changes"] == [{"change": 2, "kind": "pinned", "message": pinned}]


def test_pinning_and_unpinning_again_change_nothing(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "The plan")
    assert pin(author, sent["id"], on=False) == {"ok": True, "message": sent}
    assert pin(author, sent["id"]) == pin(author, sent["id"])
    gone = pin(author, sent["id"], on=False)["message"]
    assert gone == {**sent, "change": 3}
    assert pin(author, sent["id"], on=False)["message"] == gone
    assert pins(ada, den) == {"messages": []}


def test_what_was_pinned_last_comes_first(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    sent = [author.send(den, body) for body in ("One", "Two", "Three")]
    for index in (1, 2, 0):
        pin(author, sent[index]["id"])
    assert [message["body"] for message in pins(ada, den)["messages"]] == ["One", "Three", "Two"]


def test_a_deleted_message_loses_its_pin_and_gets_none(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "The plan")
    pin(author, sent["id"])
    assert delete(author, sent["id"])["message"]["pinned_at"] is None
    assert pins(ada, den) == {"messages": []}
    assert pinned_places(documents, den) == []
    assert code(pin(author, sent["id"])) == "message_deleted"


def test_a_room_has_no_more_than_so_many_pins_and_a_place_that_is_free_again_is_used(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author = room(ada), online(ada)
    sent = [author.send(den, f"Message {number}") for number in range(MOST_PINS + 8)]
    for place, message in enumerate(sent[: MOST_PINS - 3]):
        changes = {"pin": place, "pinned_at": documents["messages"].find_one({})["created_at"]}  # type: ignore[index]
        documents["messages"].update_one({"_id": ObjectId(message["id"])}, {"$set": changes})
    rest = sent[MOST_PINS - 3 :]
    with ThreadPoolExecutor(len(rest)) as together:
        answers = list(together.map(lambda message: pin(author, message["id"]), rest))
    assert sum(answer["ok"] for answer in answers) == 3
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} == {"too_many_pins"}
    assert sorted(pinned_places(documents, den)) == list(range(MOST_PINS))
    assert len(pins(ada, den)["messages"]) == MOST_PINS
    refused = next(message for message, answer in zip(rest, answers, strict=True) if not answer["ok"])
    pin(author, sent[5]["id"], on=False)
    assert pin(author, refused["id"])["ok"]


def test_many_who_pin_one_message_at_once_pin_it_once(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    sockets = [online(someone) for someone in (ada, bob) for _ in range(4)]
    sent = sockets[0].send(den, "The plan")
    with ThreadPoolExecutor(len(sockets)) as together:
        answers = list(together.map(lambda socket: pin(socket, sent["id"]), sockets))
    assert len({answer["message"]["change"] for answer in answers}) == 1
    assert catch_up(sockets[0], den, 0)["change"] == 2


def test_in_an_archived_room_nothing_is_pinned(
    ada: Person, person: Any, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    someone = person("Someone new")
    den = room(someone)
    socket = online(someone)
    sent = socket.send(den, "The plan")
    moment = documents["rooms"].find_one({"_id": ObjectId(den)})["created_at"]  # type: ignore[index]
    documents["rooms"].update_one({"_id": ObjectId(den)}, {"$set": {"archived_at": moment}})
    documents["memberships"].insert_one(
        {
            "room": ObjectId(den),
            "user": ObjectId(ada.id),
            "last_read_seq": 0,
            "joined_at": moment,
            "came_by": "invitation",
        }
    )
    assert code(pin(online(ada), sent["id"])) == "room_archived"
    assert pins(someone, den) == {"messages": []}


def test_an_outsider_neither_pins_nor_sees_what_is_pinned(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    sent = author.send(den, "The plan")
    pinned = pin(author, sent["id"])["message"]
    assert code(pin(outsider, sent["id"], on=False)) == "message_not_found"
    assert pin(outsider, sent["id"]) == pin(outsider, str(ObjectId()))
    answer = eve.get(f"/api/rooms/{den}/pins")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "room_not_found")
    assert answer.json() == eve.get(f"/api/rooms/{ObjectId()}/pins").json()
    assert pins(ada, den) == {"messages": [pinned]}


@pytest.mark.parametrize("values", [{"message_id": "x"}, {"message_id": None}, {"on": "yes"}, {"on": None}, {"on": 1}])
def test_a_pin_of_nothing_is_refused(ada: Person, room: MakeRoom, online: Connect, values: dict[str, Any]) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "The plan")
    answer = author.call("message:pin", {"message_id": sent["id"], "on": True, **values})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(values))
    assert ada.messages(den) == [sent]
