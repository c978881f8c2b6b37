"""Whatever happens, in whatever order: in the end every screen shows what the database holds; nothing acked is lost.

hypothesis makes up the stories: who comes and goes, says, answers, edits, deletes, reacts and pins, who is taken out of
the room and let in again, and when a worker, the database or the Redis between two workers is killed.
`STANDIN_STORIES=200` tells many more of them than a run of the tests does, and `STANDIN_REPORT` names a file for what
was counted: docs/reliability.md has the figures of a long run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person
from tests.redis_server import PROGRAM, RedisServer
from tests.server import Server, wait_for
from tests.system.faults import is_healthy, kill_database, kill_one_worker, kill_worker
from tests.system.follower import RECOVERY_SECONDS, Follower, Message

STORIES = int(os.environ.get("STANDIN_STORIES", "4")) // 2  # of each kind
STEPS = 30
PEOPLE = range(4)
EMOJI = ["\N{THUMBS UP SIGN}", "\N{PARTY POPPER}"]
TELLING = settings(
    max_examples=STORIES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

who, choice, yes_or_no = st.sampled_from(PEOPLE), st.integers(0, 1_000), st.booleans()
CHAPTERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "comes": {"who": who},
    "goes": {"who": who},
    "says": {"who": who, "burst": st.integers(1, 5), "waits": yes_or_no},
    "says_and_goes_at_once": {"who": who},
    "edits_one_of_theirs": {"who": who, "choice": choice},
    "deletes_one_of_theirs": {"who": who, "choice": choice},
    "answers": {"who": who, "choice": choice, "waits": yes_or_no},
    "pins": {"who": who, "choice": choice, "on": yes_or_no},
    "is_taken_out": {"who": st.sampled_from(PEOPLE[1:])},
    "is_let_in": {"who": st.sampled_from(PEOPLE[1:])},
    "reacts": {"who": who, "choice": choice, "emoji": st.sampled_from(EMOJI), "on": yes_or_no},
    "something_is_killed": {"kill": st.sampled_from([kill_worker, kill_database, kill_one_worker, "redis"])},
}
# Faults are rarer than what people do, so that there is something to lose.
LIKELY = [name for name in CHAPTERS for _ in range(1 if name == "something_is_killed" else 2)]
chapter = st.sampled_from(LIKELY).flatmap(lambda name: st.tuples(st.just(name), st.fixed_dictionaries(CHAPTERS[name])))


@dataclass(frozen=True)
class World:
    """Where the stories happen."""

    server: Server
    documents: Documents
    redis: RedisServer | None


class Story:
    """Four people in a room of their own, each on a device that follows docs/protocol.md.

    What happens is made up beforehand, not as it goes: servers and clocks take part, so no story goes the same way
    twice.
    """

    world: ClassVar[World]
    told: ClassVar[Counter[str]] = Counter()
    numbers: ClassVar[Iterator[int]] = count()

    def __init__(self) -> None:
        self.people = [sign_up(self.world.server, f"Person {number}") for number in PEOPLE]
        self.room_id = add_room(self.world.documents, *self.people)
        of_the_first = {"room": ObjectId(self.room_id), "user": ObjectId(self.people[0].id)}
        self.world.documents["memberships"].update_one(of_the_first, {"$set": {"role": "owner"}})
        self.devices = [Follower(person, self.room_id) for person in self.people]
        self.edits: dict[str, str] = {}  # by message: what it was changed to last, acknowledged
        self.told["stories"] += 1
        for device in self.devices:
            device.connect()
        for who in PEOPLE:  # so that there is something to answer, to edit and to pin
            self.says(who, 1, waits=True)

    def comes(self, who: int) -> None:
        if not self.devices[who].is_connected:
            self.devices[who].connect()
            self.told["connections"] += 1

    def goes(self, who: int) -> None:
        self.devices[who].disconnect()

    def says(self, who: int, burst: int, waits: bool) -> None:
        for _ in range(burst):
            key = f"story-{next(self.numbers)}"
            self.devices[who].say(key, f"This is {key}", wait=waits)
            self.told["sends"] += 1

    def says_and_goes_at_once(self, who: int) -> None:
        self.says(who, 3, waits=False)
        self.devices[who].disconnect()

    def answers(self, who: int, choice: int, waits: bool) -> None:
        if message := self._any_of(who, choice):
            key = f"story-{next(self.numbers)}"
            places = {"thread_id": message["id"], "reply_to": message["id"]}
            self.devices[who].say(key, f"An answer, {key}", wait=waits, **places)
            self.told["answers"] += 1

    def pins(self, who: int, choice: int, on: bool) -> None:
        if message := self._any_of(who, choice):
            self.told["pins"] += self.devices[who].change_message("message:pin", message["id"], on=on)

    def is_taken_out(self, who: int) -> None:
        self.told["removals"] += self._owner_asks("room:remove", who)

    def is_let_in(self, who: int) -> None:
        self.told["invitations"] += self._owner_asks("room:invite", who)

    def edits_one_of_theirs(self, who: int, choice: int) -> None:
        if message := self._one_of(who, choice):
            self.edits.pop(message["id"], None)
            body = f"Edited, {next(self.numbers)}"
            if self.devices[who].change_message("message:edit", message["id"], body=body):
                self.edits[message["id"]] = body
                self.told["edits"] += 1

    def deletes_one_of_theirs(self, who: int, choice: int) -> None:
        if message := self._one_of(who, choice):
            self.edits.pop(message["id"], None)
            self.told["deletions"] += self.devices[who].change_message("message:delete", message["id"])

    def reacts(self, who: int, choice: int, emoji: str, on: bool) -> None:
        if message := self._any_of(who, choice):
            details = {"emoji": emoji, "on": on}
            self.told["reactions"] += self.devices[who].change_message("message:react", message["id"], **details)

    def something_is_killed(self, kill: Callable[[Server], None] | str) -> None:
        if callable(kill):
            kill(self.world.server)
            self.told[kill.__name__] += 1
        elif self.world.redis:
            self.world.redis.kill()
            self.world.redis.start()
            self.told["kill_redis"] += 1

    def tell(self, chapters: list[tuple[str, dict[str, Any]]]) -> None:
        """Let all of it happen, and look at how it ends."""
        try:
            for name, details in chapters:
                getattr(self, name)(**details)
                assert [fault for device in self.devices for fault in device.faults] == [], "no message ever moves"
            self._check()
        finally:
            for device in self.devices:
                device.disconnect()

    def _one_of(self, who: int, choice: int) -> Message | None:
        mine = list(self.devices[who].acked.values())
        return mine[choice % len(mine)] if mine and self.devices[who].is_connected else None

    def _any_of(self, who: int, choice: int) -> Message | None:
        seen = list(self.devices[who].seen.values())
        return seen[choice % len(seen)] if seen and self.devices[who].is_connected else None

    def _owner_asks(self, event: str, who: int) -> bool:
        owner = self.devices[0]
        return owner.is_connected and owner.ask(event, room_id=self.room_id, user_ids=[self.people[who].id])

    def _all_are_let_in(self) -> bool:
        if not self.devices[0].is_connected:
            self.devices[0].connect()
        return all(self._owner_asks("room:invite", who) for who in PEOPLE[1:])

    def _check(self) -> None:
        wait_for(self._all_are_let_in, "everybody to be in the room", RECOVERY_SECONDS)
        for device in self.devices:
            wait_for(device.is_settled, "everything to be acknowledged", RECOVERY_SECONDS)
        answer = self.people[0].get(f"/api/rooms/{self.room_id}/messages").json()
        for device in self.devices:
            what = f"all that happened up to {answer['change']} to be here"
            wait_for(partial(device.is_up_to, answer["change"]), what, RECOVERY_SECONDS)
        history = Follower(self.people[0], self.room_id)
        history.seen = {message["id"]: message for message in read_history(self.people[0], self.room_id)}
        for device in self.devices:
            assert device.view() == history.view()
        refused = {key for device in self.devices for key in device.refused}
        everything = {message["client_message_id"]: message["id"] for message in history.seen.values()}
        stored = {key: message_id for key, message_id in everything.items() if key not in refused}
        promised = {key: message["id"] for device in self.devices for key, message in device.acked.items()}
        assert stored == promised
        assert [message["seq"] for message in history.seen.values()] == list(range(1, len(everything) + 1))
        for message_id, body in self.edits.items():
            assert history.seen[message_id]["body"] == body
        self.told["messages"] += len(everything)
        self.told["refused"] += len(refused)
        self.told["gaps filled"] += sum(device.gaps for device in self.devices)
        self.told["changes"] += count_changes(self.world.documents, self.room_id)
        self.told["views compared"] += len(self.devices)


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def stories(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[type[Story]]:
    """A server of their own, and at the end a line for whoever asked for one."""
    if request.param > 1 and PROGRAM is None:
        pytest.skip("redis-server is not installed")
    redis = RedisServer(tmp_path).start() if request.param > 1 else None
    several = {"REDIS_URL": redis.url, "WORKERS": str(request.param)} if redis else {}
    server = Server(tmp_path / "stories", **several).start()
    Story.told = Counter()
    try:
        with open_database(server) as documents:
            Story.world = World(server, documents, redis)
            yield Story
    finally:
        server.stop()
        if redis:
            redis.stop()
    if report := os.environ.get("STANDIN_REPORT"):
        counts = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in sorted(Story.told.items()))
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(f"{request.node.callspec.id}: {counts}\n")


@pytest.mark.timeout(180 + 60 * STORIES)
def test_every_client_ends_with_what_the_database_holds(stories: type[Story]) -> None:
    @TELLING
    @given(st.lists(chapter, min_size=STEPS // 3, max_size=STEPS))
    def tell(chapters: list[tuple[str, dict[str, Any]]]) -> None:
        stories().tell(chapters)

    tell()
    assert stories.told["views compared"] == stories.told["stories"] * len(PEOPLE)


def sign_up(server: Server, name: str) -> Person:
    """Someone new, as soon as the last fault is over."""

    def attempt() -> Person | None:
        try:
            return Person(server.url, name) if is_healthy(server) else None
        except (AssertionError, OSError):
            return None

    person = wait_for(attempt, "somebody to sign up", RECOVERY_SECONDS)
    assert person is not None
    return person


def count_changes(documents: Documents, room_id: str) -> int:
    """How many changes a room has had; its places are without a hole."""
    messages = documents["messages"].find({"room": ObjectId(room_id)})
    places = sorted(change["n"] for message in messages for change in message["changes"])
    assert places == list(range(1, len(places) + 1))
    return len(places)


def read_history(someone: Person, room_id: str) -> list[Message]:
    found: list[Message] = []
    while page := someone.messages(room_id, after=len(found), limit=100):
        found += page
    return found
