from __future__ import annotations

from collections.abc import Callable

from tests.people import Person, Socket

Meet = Callable[[str], Person]
Connect = Callable[..., Socket]


def test_a_message_reaches_the_room_and_the_senders_other_connections(person: Meet, online: Connect) -> None:
    ada, bob = person("Ada"), person("Bob")
    here, there, other = online(ada), online(ada), online(bob)
    sent = here.send(ada.lobby(), "Hello")
    for socket in (here, there, other):
        assert socket.wait_for("message:created", id=sent["id"]) == {"message": sent}
