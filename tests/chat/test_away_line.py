from __future__ import annotations

from tests.chat.busy import Busy, replies, reply
from tests.chat.stored import Connect, MakeRoom
from tests.people import Person


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
