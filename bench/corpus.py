"""Messages like those of a team, made up: few words are frequent, most are rare. The same every time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

VOCABULARY = 60_000
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "wa", "ye", "zi")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=1000)


def vocabulary() -> list[str]:
    """The words by rank: the first is the most frequent."""
    made = ("".join(parts) for length in (1, 2, 3, 4) for parts in itertools.product(SYLLABLES, repeat=length))
    return list(itertools.islice(made, VOCABULARY))


def messages(count: int, rooms: list[ObjectId], senders: list[ObjectId]) -> Iterator[dict[str, Any]]:
    """`count` stored messages over these rooms, of 3 to 25 words, in order of their time."""
    chance = random.Random(1)
    words, weights = vocabulary(), list(itertools.accumulate(1 / (rank + 2) for rank in range(VOCABULARY)))
    seqs = dict.fromkeys(rooms, 0)
    for number in range(count):
        room = chance.choice(rooms)
        seqs[room] += 1
        yield {
            "_id": ObjectId(),
            "room": room,
            "seq": seqs[room],
            "changes": [{"n": seqs[room], "kind": "created"}],
            "sender": chance.choice(senders),
            "origin": "person",
            "on_behalf_of": None,
            "body": " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(3, 25))),
            "client_message_id": f"corpus-{number}",
            "socket_id": None,
            "created_at": BEGAN + SPAN * number / count,
        }
