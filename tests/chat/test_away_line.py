from __future__ import annotations

from tests.chat.busy import Busy, replies, reply
from tests.chat.stored import Connect, MakeRoom
from tests.people import Person
from tests.server import Server


def test_without_a_key_the_first_message_of_a_sender_gets_one_plain_line(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den, hers = room(ada, bob), room(ada, eve)
    busy(ada, note="Back after lunch")
    asker, other = online(bob), online(eve)
    asker.send(den, "Are you there?")
    line = reply(asker, den)
    assert line["body"].startswith("Ada is busy until ")
    assert line["body"].endswith("Back after lunch")
    assert (line["sender"]["name"], line["on_behalf_of"]) == ("Ada's stand-in (AI)", {"id": ada.id, "name": "Ada"})
    asker.send(den, "Hello?")
    other.send(hers, "Are you there?")
    reply(other, hers)
    assert replies(bob, den) == [line]
    digest = ada.get("/api/stand-in/digest", params={"room_id": den}).json()
    assert {need["message"]["body"] for need in digest["needs_you"]} == {"Hello?", "Are you there?"}
    assert ([room["count"] for room in digest["rooms"]], digest["answered"], digest["tokens"]) == ([2], [], 0)


def test_the_line_is_in_the_language_of_whoever_asks(
    server: Server, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    ada, zoe = Person(server.url, "Ada"), Person(server.url, "Zoe")
    zoe.write("PATCH", "/users/me", json={"language": "de"}).raise_for_status()
    den = room(ada, zoe)
    busy(ada, note="Back after lunch")
    asker = online(zoe)
    asker.send(den, "Are you there?")
    line = reply(asker, den)
    assert line["body"].startswith("Ada ist beschäftigt bis ")
    assert line["body"].endswith("Ada hat diese Notiz hinterlassen: Back after lunch")


def test_a_socket_is_refused_in_the_language_of_whoever_opened_it(server: Server, online: Connect) -> None:
    zoe = Person(server.url, "Zoe")
    before = online(zoe).call("message:send", {})
    zoe.write("PATCH", "/users/me", json={"language": "de"}).raise_for_status()
    after = online(zoe).call("message:send", {})
    assert before["error"]["code"] == after["error"]["code"] == "bad_input"
    assert before["error"]["fields"]["room_id"] == "Fill this in."
    assert after["error"]["fields"]["room_id"] == "Fülle das aus."
