from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
import websocket
from bson import ObjectId
from socketio.exceptions import ConnectionError as NotLetIn

from tests.chat.stored import Connect, Documents, MakeRoom, Meet, room_of_a_member
from tests.people import Person
from tests.server import Server, wait_for


def refusal(url: str, auth: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What a client that is not let in is told: {message, data: {code, message}}. Fails if it hears anything else."""
    heard: list[Any] = []
    told: list[Any] = []
    client = socketio.Client(reconnection=False)
    client.on("connect_error", told.append, namespace="/chat")
    client.on("*", lambda *event: heard.append(event), namespace="/chat")
    with pytest.raises(NotLetIn):
        client.connect(
            url, namespaces=["/chat"], auth=auth, headers=headers or {}, transports=["websocket"], wait_timeout=10
        )
    assert not heard
    error: dict[str, Any] = told[0]
    assert error["message"] == error["data"]["message"]
    return error


def unsigned(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[::-1]}"


@pytest.fixture
def broken(documents: Documents) -> Iterator[Callable[[str], None]]:
    """Make a collection refuse every write, until the test is over."""
    aside: list[str] = []

    def break_(name: str) -> None:
        documents[name].rename(f"{name}_aside")
        documents.create_collection(name, validator={"nobody_has_this": True})
        aside.append(name)

    yield break_
    for name in aside:
        documents[f"{name}_aside"].rename(name, dropTarget=True)


def test_a_token_or_the_cookie_lets_a_person_in(ada: Person, online: Connect) -> None:
    cookie = {"Cookie": f"access_token_cookie={ada.http.cookies['access_token_cookie']}"}
    for socket in (online(ada), type(online(ada))(ada.url, headers=cookie)):
        assert socket.wait_for("session:ready")["user"]["id"] == ada.id
        socket.close()


@pytest.mark.parametrize(
    "auth",
    [None, {}, {"token": ""}, {"token": None}, {"token": 5}, {"token": ["x"]}, {"token": {"$gt": ""}}],
    ids=str,
)
def test_who_brings_no_token_is_told_to_log_in(server: Server, auth: Any) -> None:
    assert refusal(server.url, auth)["data"]["code"] == "not_authenticated"


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u2028", "nul\0", "half a pair \ud83d", "x" * 5_000])
def test_a_token_that_is_none_is_refused(server: Server, token: str) -> None:
    assert refusal(server.url, {"token": token})["data"]["code"] == "not_authenticated"


def test_a_forged_token_and_a_refresh_token_are_refused(server: Server, ada: Person) -> None:
    refresh_token = next(cookie.value for cookie in ada.http.cookies if cookie.name == "refresh_token_cookie")
    for token in (unsigned(ada.token), refresh_token):
        assert refusal(server.url, {"token": token})["data"]["code"] == "not_authenticated"


def test_who_has_logged_out_is_refused_and_leaves_nothing_behind(
    server: Server, person: Meet, documents: Documents
) -> None:
    ada = person("Ada")
    assert ada.write("POST", "/users/logout").ok
    assert refusal(server.url, {"token": ada.token})["data"]["code"] == "session_revoked"
    assert documents["connections"].count_documents({"user": ObjectId(ada.id)}) == 0
    assert documents["presences"].count_documents({"_id": ObjectId(ada.id)}) == 0


@pytest.mark.parametrize("collection", ["connections", "presences"])
def test_a_failure_late_in_connecting_refuses_and_leaves_nothing_behind(
    server: Server, person: Meet, documents: Documents, broken: Callable[[str], None], collection: str
) -> None:
    ada = person("Ada")
    broken(collection)
    error = refusal(server.url, {"token": ada.token})
    assert error["data"]["code"] == "unavailable"
    assert documents["connections"].count_documents({"user": ObjectId(ada.id)}) == 0
    assert documents["presences"].count_documents({"_id": ObjectId(ada.id), "is_online": True}) == 0


def test_who_is_refused_hears_nothing_of_what_is_said_meanwhile(server: Server, ada: Person, online: Connect) -> None:
    socket, is_over = online(ada), threading.Event()

    def talk() -> None:
        while not is_over.is_set():
            socket.send(ada.lobby(), "Members only")

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        for _ in range(20):
            refusal(server.url, {"token": unsigned(ada.token)})
    finally:
        is_over.set()
        talking.join()


def test_session_ready_tells_who_and_where_one_is_and_comes_after_the_ack_of_the_connection(
    ada: Person, bob: Person, eve: Person, room: MakeRoom
) -> None:
    den = room(ada, name="Den of Ada")
    room(bob, name="Den of Bob")
    packets = list(first_packets(ada, 2))
    assert packets[0].startswith("40/chat,{")
    event, payload = json.loads(packets[1].removeprefix("42/chat,"))
    assert event == "session:ready"
    assert payload["user"] == {
        "id": ada.id,
        "name": "Ada",
        "status": "available",
        "status_until": None,
        "status_note": "",
        "is_online": True,
        "is_away": False,
        "role": payload["user"]["role"],  # whoever of the tests comes first is the administrator
        "avatar_url": None,
    }
    assert payload["rooms"][0]["name"] == "Lobby"
    assert room_of_a_member(den, "Den of Ada", seq=0, change=0) in payload["rooms"]
    assert "Den of Bob" not in [there["name"] for there in payload["rooms"]]
    users = {user["id"]: user for user in payload["users"]}
    assert users[ada.id] == payload["user"]
    assert users[bob.id].keys() == users[ada.id].keys()
    assert users.keys() >= {ada.id, bob.id, eve.id}


def first_packets(someone: Person, count: int) -> Iterator[str]:
    """The packets of the namespace as they come over the wire."""
    address = someone.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    wire = websocket.create_connection(address, timeout=10)
    try:
        assert wire.recv().startswith("0{")
        wire.send(f"40/chat,{json.dumps({'token': someone.token})}")
        for _ in range(count):
            yield str(wire.recv())
    finally:
        wire.close()


def test_a_live_connection_is_stored_with_its_socket_id_and_username(
    ada: Person, online: Connect, documents: Documents
) -> None:
    socket = online(ada)
    stored = documents["connections"].find_one({"socket_id": socket.id})
    assert stored is not None
    assert stored["username"] == "Ada"
    socket.close()
    wait_for(lambda: not documents["connections"].find_one({"socket_id": socket.id}), "the connection to be removed")


def test_a_stored_connection_expires_unless_its_heartbeat_is_renewed(documents: Documents) -> None:
    expiring = [index for index in documents["connections"].list_indexes() if "expireAfterSeconds" in index]
    assert [dict(index["key"]) for index in expiring] == [{"beat_at": 1}]
