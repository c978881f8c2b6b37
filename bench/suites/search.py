"""Searching a million messages, of which half are in one's own rooms; and how fast they can be found at all."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import time
from collections.abc import Callable
from urllib.parse import quote

from pymongo import MongoClient

from bench import corpus
from bench.clients import Shape
from bench.lab import Lab
from bench.population import populate
from bench.servers import STANDIN, Running, running
from bench.suites.login import longest_stall

SUITE = "search"
INDEXING, LOOP = "indexing", "longest stall of the loop while indexing"
SHAPE = Shape("forty rooms of ten", 40, 10, 0)
INDEX_SECONDS = 3600.0
BEFORE = corpus.BEGAN + corpus.SPAN / 2

Ask = Callable[[random.Random], str]
WORDS = corpus.vocabulary()


def _frequent(chance: random.Random) -> str:
    return chance.choice(WORDS[:50])


def _middling(chance: random.Random) -> str:
    return chance.choice(WORDS[500:2_000])


def _rare(chance: random.Random) -> str:
    return chance.choice(WORDS[20_000:])


SEARCHES: dict[str, Ask] = {
    "a frequent word": lambda chance: f"{_frequent(chance)} ",
    "a word of one message in a thousand": lambda chance: f"{_middling(chance)} ",
    "a rare word": lambda chance: f"{_rare(chance)} ",
    "two frequent words": lambda chance: f"{_frequent(chance)} {_frequent(chance)} ",
    "a frequent and a rare word": lambda chance: f"{_frequent(chance)} {_rare(chance)} ",
    "two words of one in a thousand": lambda chance: f"{_middling(chance)} {_middling(chance)} ",
    "the first letter of a word": lambda chance: _frequent(chance)[0],
    "the first five letters of a word": lambda chance: _rare(chance)[:5],
    "a phrase of frequent words": lambda chance: f'"{_frequent(chance)} {_frequent(chance)}"',
    "a phrase that nobody wrote": lambda chance: f'"{_frequent(chance)} {_rare(chance)} {_frequent(chance)}"',
    "from a person, in a room": lambda chance: f'from:me in:"Room 2" {_frequent(chance)} ',
    "a word before a day": lambda chance: f"{_middling(chance)} before:{BEFORE:%Y-%m-%d} ",
    "a word but not another": lambda chance: f"{_middling(chance)} -{_frequent(chance)} ",
    "links, of which there are none": lambda chance: f"{_frequent(chance)} has:link ",
}


def run(lab: Lab) -> None:
    member = populate(lab, SHAPE, "--corpus", str(lab.effort.messages))[0]
    headers = {"Authorization": f"Bearer {member.token}"}
    with lab.book.attempt("search"), running(lab, STANDIN) as server:
        longest_stall(server)
        seconds = _wait_until_indexed(lab)
        lab.book.note(SUITE, INDEXING, STANDIN.name, {"per_second": lab.effort.messages / seconds})
        lab.book.note(SUITE, LOOP, STANDIN.name, {"longest_ms": longest_stall(server)})
        for sort in ("newest", "best"):
            for load, ask in SEARCHES.items():
                times = _search(server, headers, ask, sort, lab.effort.searches)
                lab.book.note(SUITE, f"{load}, {sort} first", STANDIN.name, times)


def _wait_until_indexed(lab: Lab) -> float:
    """How long it takes until every message can be found."""
    began = time.monotonic()
    client: MongoClient[dict[str, object]] = MongoClient(lab.mongodb_uri)
    entries = client.get_default_database()["search_entries"]
    while entries.estimated_document_count() < lab.effort.messages:
        if time.monotonic() - began > INDEX_SECONDS:
            raise RuntimeError("the messages are not indexed in an hour")
        time.sleep(0.2)
    client.close()
    return time.monotonic() - began


def _search(server: Running, headers: dict[str, str], ask: Ask, sort: str, count: int) -> dict[str, float]:
    """Times in ms of some searches, one after the other; each asks for other words, and the same in every run."""
    chance, times, hits = random.Random(2), [], 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(count):
        path = f"/api/search?sort={sort}&q={quote(ask(chance))}"
        began = time.monotonic()
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        times.append((time.monotonic() - began) * 1000)
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {body[:200]!r}")
        hits += len(json.loads(body)["results"])
    connection.close()
    return {"p50": statistics.median(times), "p99": sorted(times)[int(len(times) * 0.99)], "hits": hits / count}
