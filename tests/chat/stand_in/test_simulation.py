"""Two busy people, a bot and ten senders, 500 messages: no reply to a reply, and what bounds stand-ins holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from app.auth.models import now
from app.chat import auto_replies
from app.chat.models import ORIGINS
from app.chat.stand_in import own_room
from tests.ai_provider import Provider, start_provider
from tests.bots import Bot
from tests.chat.busy import set_status, set_up
from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person, Socket
from tests.server import Server, wait_for

REPLIES_A_DAY, REPLIES_IN_A_ROW, REPLIES_TO_ONE = 24, 5, 10
SENDERS, ROUNDS, MESSAGES = 10, 4, 500
BOT_SAYS = 12  # in each round
ANSWER = "In the wiki. @Ada @Grace"  # as if it called both


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = start_provider([{"match": {}, "response": {"content": ANSWER}}])
    yield running
    running.stop()


@pytest.fixture
def server(provider: Provider, tmp_path: Any) -> Iterator[Server]:
    model = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": provider.base_url}
    running = Server(tmp_path / "server", STANDIN_REPLIES_A_DAY=str(REPLIES_A_DAY), **model).start()
    yield running
    running.stop()


class Town:
    """Who there is, where they talk, and what they have said so far."""

    def __init__(self, server: Server, documents: Documents) -> None:
        self.documents = documents
        self.busy = [Person(server.url, name) for name in ("Ada", "Grace")]
        self.senders = [Person(server.url, f"Sender {number}") for number in range(SENDERS)]
        self.bot = Bot(self.busy[0])  # who came first administers
        everyone = [*self.busy, *self.senders]
        self.hall = add_room(documents, *everyone, self.bot, name="Hall")
        self.dens = {
            (sender.id, owner.id): add_room(documents, sender, owner) for sender in self.senders for owner in self.busy
        }
        self.pairs = [add_room(documents, *self.busy, name=f"Pair {number}") for number in range(2)]
        self.sockets: dict[str, Socket] = {person.id: person.connect() for person in everyone}
        self.said = 0

    def say(self, person: Person, room_id: str, text: str) -> None:
        self.sockets[person.id].send(room_id, text)
        self.said += 1

    def say_as_bot(self) -> None:
        message = self.bot.say(self.hall, f"@Ada and @Grace, is build {self.said} for you?")
        assert sorted(message["mentions"]) == sorted(owner.id for owner in self.busy)
        self.said += 1

    def close(self) -> None:
        for socket in self.sockets.values():
            socket.close()


def play(town: Town) -> None:
    """In rounds, so that bursts end in between and there is more to answer than may be answered."""
    ada, grace = town.busy
    for turn in range(ROUNDS):
        for sender in town.senders:
            for owner in town.busy:
                for part in range(4):
                    town.say(sender, town.dens[sender.id, owner.id], f"Question {turn}.{part}")
            town.say(sender, town.hall, f"@Ada and @Grace, and who else? {turn}")
            town.say(sender, town.hall, "Nobody in particular")
        for _ in range(BOT_SAYS):
            town.say_as_bot()
        for owner, other, pair in ((ada, grace, town.pairs[0]), (grace, ada, town.pairs[1])):
            for part in range(3):
                town.say(owner, pair, f"@{other.name} are you there? {turn}.{part}")
        town.sockets[ada.id].client.sleep(4.5)
    while town.said < MESSAGES:
        town.say(town.senders[town.said % SENDERS], town.hall, "So long")


@pytest.mark.parametrize("origin", ORIGINS)
def test_only_what_a_person_says_is_considered(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    considered: list[Any] = []
    monkeypatch.setattr(auto_replies._bursts, "add", lambda *burst: considered.append(burst) or True)
    monkeypatch.setattr(own_room, "is_one", lambda *_room: False)
    place = {"room_id": str(ObjectId()), "thread_id": None, "sender": {"id": str(ObjectId()), "name": "Robot"}}
    auto_replies.consider({"origin": origin, "leave": False, "ask": False, **place})  # type: ignore[typeddict-item]
    assert bool(considered) is (origin == "person")


def test_500_messages(server: Server, provider: Provider) -> None:
    with open_database(server) as documents:
        town = Town(server, documents)
        for owner in town.busy:
            set_up(owner)
            set_status(town.sockets[owner.id], "busy", note="Back at 3")
        began = now()
        play(town)
        calls = documents["stand_in_calls"]
        wait_for(lambda: calls.count_documents({}) and not calls.count_documents({"outcome": "pending"}), "all to end")
        town.sockets[town.busy[0].id].client.sleep(3)
        count(town, list(calls.find()), len(provider.journal()))
        assert documents["messages"].count_documents({"origin": {"$in": ["person", "bot"]}}) == MESSAGES
        assert documents["messages"].count_documents({"created_at": {"$lt": began}}) == 0
        town.close()


def count(town: Town, calls: list[dict[str, Any]], asked: int) -> None:
    messages = {message["_id"]: message for message in town.documents["messages"].find()}
    answers = [message for message in messages.values() if message["origin"] == "standin"]
    away = [message for message in answers if message["client_message_id"].startswith("away:")]
    outcomes = Counter(call["outcome"] for call in calls)
    reasons = Counter(call["reason"] for call in calls if call["outcome"] == "refused")
    print(  # noqa: T201 - what it came to
        f"\n{MESSAGES} messages: {len(answers)} answers, {len(away)} of them away lines; "
        f"{asked} requests; calls {dict(outcomes)}; refused {dict(reasons)}"
    )
    # Nobody answers an answer, or a bot, although it called both by name.
    assert sum(message["origin"] == "bot" for message in messages.values()) == ROUNDS * BOT_SAYS
    assert {messages[call["trigger"]]["origin"] for call in calls} == {"person"}
    assert all(call["asker"] != call["owner"] for call in calls)
    assert str(town.bot.id) not in {str(call["asker"]) for call in calls}
    # What is said is what was asked, and one line for each who could not be answered.
    assert asked == outcomes["done"] == len(answers) - len(away)
    assert len({message["client_message_id"] for message in away}) == len(away)
    assert len(away) <= len(town.busy) * (SENDERS + 1)
    # What bounds it held, and was needed.
    made = [call for call in calls if call["outcome"] != "refused"]
    assert max(Counter(call["owner"] for call in made).values()) == REPLIES_A_DAY
    assert max(Counter((call["owner"], call["asker"]) for call in made).values()) <= REPLIES_TO_ONE
    assert max(Counter((call["owner"], call["room"]) for call in made).values()) <= REPLIES_IN_A_ROW
    assert reasons["budget"] > 0
    assert reasons["in_a_row"] > 0
