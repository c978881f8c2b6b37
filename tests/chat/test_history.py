from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.chat.stored import Connect, Documents, MakeRoom, Meet, room_of_a_member
from tests.people import Person


@pytest.fixture
def long_room(ada: Person, room: MakeRoom, documents: Documents) -> str:
    """A room in which Ada has said 120 things."""
    den = room(ada)
    documents["messages"].insert_many(
        {
            "room": ObjectId(den),
            "seq": seq,
            "changes": [{"n": seq, "kind": "created"}],
            "sender": ObjectId(ada.id),
            "origin": "person",
            "on_behalf_of": None,
            "body": f"Message {seq}",
            "client_message_id": f"{den}-{seq}",
            "socket_id": "-",
            "created_at": ObjectId().generation_time,
        }
        for seq in range(1, 121)
    )
    return den


def seqs(someone: Person, room_id: str, **query: int) -> list[int]:
    return [message["seq"] for message in someone.messages(room_id, **query)]


def test_history_has_the_shape_of_the_message_that_was_sent(ada: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada)
    assert ada.messages(den) == []
    sent = online(ada).send(den, "Hello")
    assert ada.messages(den) == [sent]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, range(71, 121)),
        ({"limit": 3}, range(118, 121)),
        ({"limit": 100}, range(21, 121)),
        ({"limit": 5_000}, range(21, 121)),
        ({"before": 10, "limit": 5}, range(5, 10)),
        ({"before": 3}, range(1, 3)),
        ({"before": 1}, range(0)),
        ({"after": 117}, range(118, 121)),
        ({"after": 0, "limit": 2}, range(1, 3)),
        ({"after": 120}, range(0)),
        ({"after": 9_000}, range(0)),
        ({"after": 10, "before": 14}, range(11, 14)),
        ({"after": 10, "before": 90, "limit": 4}, range(11, 15)),
    ],
)
def test_a_page_is_ascending_and_holds_what_was_asked_for(
    ada: Person, long_room: str, query: dict[str, int], expected: range
) -> None:
    assert seqs(ada, long_room, **query) == list(expected)


@pytest.mark.parametrize(
    ("around", "limit", "expected"),
    [
        (60, 5, range(58, 63)),
        (60, 4, range(59, 63)),
        (60, 1, range(60, 61)),
        (1, 6, range(1, 5)),
        (120, 6, range(118, 121)),
        (0, 6, range(1, 4)),
        (9_000, 6, range(118, 121)),
    ],
)
def test_a_page_around_a_message_has_it_in_the_middle(
    ada: Person, long_room: str, around: int, limit: int, expected: range
) -> None:
    assert seqs(ada, long_room, around=around, limit=limit) == list(expected)


def test_a_page_at_a_time_has_the_first_message_from_then_on_in_the_middle(
    ada: Person, long_room: str, documents: Documents
) -> None:
    noon = datetime(2025, 3, 1, 12, tzinfo=UTC)
    for seq in range(1, 121):  # two at a time
        moment = noon + timedelta(minutes=seq // 2)
        documents["messages"].update_one({"room": ObjectId(long_room), "seq": seq}, {"$set": {"created_at": moment}})

    def page(moment: datetime) -> list[int]:
        answer = ada.get(f"/api/rooms/{long_room}/messages", params={"at": moment.isoformat(), "limit": 3})
        return [message["seq"] for message in answer.json()["messages"]]

    assert page(noon + timedelta(minutes=30)) == [59, 60, 61]
    assert page(noon + timedelta(minutes=30, seconds=-1)) == [59, 60, 61]
    assert page(noon.astimezone(timezone(timedelta(hours=5))) - timedelta(days=9)) == [1, 2]
    assert page(noon + timedelta(days=9)) == [119, 120]


def test_in_a_room_in_which_nothing_was_said_there_is_nothing_around_any_place(ada: Person, room: MakeRoom) -> None:
    den = room(ada)
    for query in ({"around": "1"}, {"at": "2025-03-01T12:00:00Z"}):
        answer = ada.get(f"/api/rooms/{den}/messages", params=query).json()
        assert answer == {"messages": [], "change": 0}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"around": "5", "before": "9"}, "around"),
        ({"around": "5", "after": "0"}, "around"),
        ({"around": "5", "at": "2025-03-01T12:00:00Z"}, "at"),
        ({"at": "2025-03-01T12:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"replies": "perhaps"}, "replies"),
    ],
    ids=str,
)
def test_a_place_that_makes_no_sense_is_refused(ada: Person, query: dict[str, str], field: str) -> None:
    answer = ada.get(f"/api/rooms/{ada.lobby()}/messages", params=query)
    assert_refused(answer, 400, "bad_input")
    assert list(answer.json()["error"]["fields"]) == [field]


def test_a_page_says_up_to_which_change_it_is_complete(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(ada), online(ada)
    sent = socket.send(den, "Helo")
    edited = socket.call("message:edit", {"message_id": sent["id"], "body": "Hello"})["message"]
    assert ada.get(f"/api/rooms/{den}/messages").json() == {"messages": [edited], "change": 2}
    assert ada.get(f"/api/messages/{sent['id']}").json() == {"message": edited, "change": 2}


def test_one_message_is_for_members_only(ada: Person, eve: Person, room: MakeRoom, online: Connect) -> None:
    sent = online(ada).send(room(ada), "Secret")
    answers = [eve.get(f"/api/messages/{message_id}") for message_id in (sent["id"], str(ObjectId()))]
    for answer in answers:
        assert_refused(answer, 404, "message_not_found")
    assert answers[0].text == answers[1].text
    assert_refused(ada.get("/api/messages/x"), 404, "not_found")


def test_a_permalink_is_a_page_for_members_only(ada: Person, eve: Person, long_room: str) -> None:
    (middle,) = ada.messages(long_room, around=60, limit=1)
    path = f"/rooms/{long_room}/messages/{middle['id']}"
    assert "Message 60" in ada.get(path).text
    assert "Message 120" not in ada.get(path).text
    for someone, address in (
        (eve, path),
        (ada, f"/rooms/{ada.lobby()}/messages/{middle['id']}"),
        (ada, f"/rooms/{long_room}/messages/{ObjectId()}"),
        (ada, f"/rooms/{long_room}/messages/x"),
    ):
        answer = someone.get(address)
        assert answer.status_code == 404
        assert "Message 60" not in answer.text


def test_a_message_leads_to_its_room_whoever_is_in_it_and_nobody_else(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada)
    sent = online(ada).send(den, "Here")
    path = f"/messages/{sent['id']}"
    answer = ada.get(path, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/rooms/{den}/messages/{sent['id']}")
    for answer in (eve.get(path), eve.get(f"/messages/{ObjectId()}")):
        assert_refused(answer, 404, "message_not_found")
    assert_refused(ada.get("/messages/x"), 404, "not_found")
    answer = requests.get(f"{ada.url}{path}", allow_redirects=False, timeout=20)
    assert (answer.status_code, "/users/login" in answer.headers["Location"]) == (302, True)
    assert den not in answer.headers["Location"]


@pytest.mark.parametrize("name", ["before", "after", "around", "limit"])
@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "nan", "1e3", "\ud83d", "\0", "{}", "5 OR 1=1"])
def test_a_bad_number_is_refused_by_its_name(ada: Person, name: str, value: str) -> None:
    answer = ada.get(f"/api/rooms/{ada.lobby()}/messages", params={name: value.encode("utf-8", "surrogatepass")})
    assert_refused(answer, 400, "bad_input")
    assert list(answer.json()["error"]["fields"]) == [name]


@pytest.mark.parametrize("query", [{"limit": 0}, {"before": 2**64}, {"after": 2**64}], ids=str)
def test_a_number_out_of_bounds_is_refused(ada: Person, query: dict[str, int]) -> None:
    assert_refused(ada.get(f"/api/rooms/{ada.lobby()}/messages", params=query), 400, "bad_input")


def test_an_outsider_is_refused_as_if_there_were_no_such_room(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada)
    online(ada).send(den, "Secret")
    answers = [eve.get(f"/api/rooms/{room_id}/messages") for room_id in (den, str(ObjectId()))]
    for answer in answers:
        assert_refused(answer, 404, "room_not_found")
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("room_id", ["lobby", "z" * 24, "$ne", "6" * 25, "%00", "[object%20Object]"])
def test_an_address_that_names_no_room_is_not_found(ada: Person, room_id: str) -> None:
    assert_refused(ada.get(f"/api/rooms/{room_id}/messages"), 404, "not_found")


def test_the_login_less_are_refused(ada: Person) -> None:
    for path in ("/api/rooms", f"/api/rooms/{ada.lobby()}/messages"):
        assert_refused(requests.get(f"{ada.url}{path}", timeout=10), 401, "not_authenticated")


def test_a_bearer_token_is_as_good_as_the_cookie(ada: Person) -> None:
    headers = {"Authorization": f"Bearer {ada.token}"}
    for path in ("/api/rooms", f"/api/rooms/{ada.lobby()}/messages"):
        assert requests.get(f"{ada.url}{path}", headers=headers, timeout=10).json() == ada.get(path).json()


def test_a_new_user_is_in_the_lobby(person: Meet) -> None:
    ada = person("Ada")
    (lobby,) = ada.get("/api/rooms").json()["rooms"]
    assert (lobby["name"], lobby["kind"], lobby["last_read_seq"]) == ("Lobby", "open", 0)


def test_rooms_come_with_the_seq_of_their_last_message_the_lobby_first(
    person: Meet, room: MakeRoom, online: Connect
) -> None:
    ada, bob = person("Ada"), person("Bob")
    attic, cellar = room(ada, name="attic"), room(ada, bob, name="Cellar")
    room(bob, name="Bob's own")
    socket = online(ada)
    last = [socket.send(cellar, f"Message {number}") for number in range(3)][-1]
    rooms = ada.get("/api/rooms").json()["rooms"]
    assert [there["name"] for there in rooms] == ["Lobby", "attic", "Cellar"]
    assert rooms[1:] == [
        room_of_a_member(attic, "attic", seq=0, change=0),
        {**room_of_a_member(cellar, "Cellar", seq=3, change=3), "last_message_at": last["created_at"]},
    ]


def test_nothing_is_written_over_http(ada: Person) -> None:
    headers = {"Authorization": f"Bearer {ada.token}"}
    for path in ("/api/rooms", f"/api/rooms/{ada.lobby()}/messages"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = requests.request(method, f"{ada.url}{path}", headers=headers, json={}, timeout=10)
            assert_refused(answer, 405, "method_not_allowed")


def assert_refused(answer: requests.Response, status: int, code: str) -> None:
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"]
