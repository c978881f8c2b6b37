"""Lists and events of presence tell one story: over restarts, and over reloads in a row."""

from __future__ import annotations

from collections.abc import Callable

from tests.chat.stored import Connect, Meet
from tests.people import Person, Socket
from tests.server import Server


def told_of(socket: Socket, someone: Person) -> list[str]:
    events = ("user:connected", "user:disconnected")
    return [name for name, told in list(socket.heard) if name in events and told["user"]["id"] == someone.id]


def test_after_a_restart_whoever_comes_back_is_online_for_those_who_came_first(
    make_server: Callable[..., Server],
) -> None:
    server = make_server().start()
    ada, bob = Person(server.url, "Ada"), Person(server.url, "Bob")
    ada.connect()
    bob.connect()
    server.stop()
    server.start()
    first = ada.connect()
    users = first.wait_for("session:ready")["users"]
    is_online = {user["id"]: user["is_online"] for user in users}
    second = bob.connect()
    second.wait_for("session:ready")
    # Either the list said so already or the event says so now; never neither, never both.
    assert is_online[bob.id] is not (told_of(first, bob) == ["user:connected"])
    second.close()
    first.wait_for("user:disconnected", id=bob.id)
    first.close()


def test_two_reloads_in_a_row_are_not_told(person: Meet, bob: Person, online: Connect) -> None:
    ada, carol, witness = person("Ada"), person("Carol"), online(bob)
    hers = online(carol)
    for _ in range(3):
        online(ada).close()
    online(ada)
    hers.close()
    witness.wait_for("user:disconnected", id=carol.id)
    assert told_of(witness, ada) == ["user:connected"]
