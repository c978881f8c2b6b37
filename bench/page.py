"""Measures the page in a real browser: `python -m bench.page`, or only `weigh`, `load`, `scroll`, `flood` when named.

Needs Debian's chromium and what the tests need. Each line is a figure with what it should be; the exit status is the
number of those that miss. Run it on a quiet machine: the browser and the server share its cores. So of long tasks it
tells both how long they took by the clock, and how many were long by their own work, not by waiting for a core.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bson import ObjectId
from playwright.sync_api import Browser, Page, Response, sync_playwright

from app.auth.models import now
from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person, Socket
from tests.server import Server
from tests.system.conftest import CHROMIUM, FLAGS, log_in

LOADS = 5
SLOWDOWN = 4
MESSAGES = 10_000
SCROLL_SECONDS = 45
RATE, RATE_SECONDS, SENDERS = 200, 10, 20
KILOBYTE = 1_000
LONG_TASK = 50
READY = "document.querySelector('[role=log]')?.hasAttribute('data-ready') && document.querySelector('.entry')"

WATCH = """() => {
  const seen = (window.seen = {frames: [], tasks: [], nodes: 0}), list = document.querySelector(".messages__list");
  const note = (list) => seen.tasks.push(...list.getEntries().map(({duration}) => duration));
  new PerformanceObserver(note).observe({type: "longtask"});
  let last = performance.now();
  requestAnimationFrame(function look(moment) {
    seen.frames.push(moment - last);
    last = moment;
    seen.nodes = Math.max(seen.nodes, list.childElementCount);
    requestAnimationFrame(look);
  });
}"""
FIRST_LOOK = """
requestAnimationFrame(function look() {
  const log = document.querySelector("[role=log]")?.getBoundingClientRect();
  const last = [...document.querySelectorAll(".messages__list > .entry")].at(-1)?.getBoundingClientRect();
  const isSeen = log && last && last.height > 0 && last.top < log.bottom && last.bottom > log.top
    && document.querySelector(".messages__list").checkVisibility({opacityProperty: true, visibilityProperty: true});
  if (isSeen) requestAnimationFrame(() => (window.painted = performance.now()));
  else requestAnimationFrame(look);
});
"""
PAINTED = f"""() => new Promise((tell) => requestAnimationFrame(function look() {{
  if ({READY}) requestAnimationFrame(() => tell(performance.now()));
  else requestAnimationFrame(look);
}}))"""
SCROLL_UP = """(seconds) => new Promise((tell) => {
  const log = document.querySelector("[role=log]");
  const end = performance.now() + seconds * 1000;
  requestAnimationFrame(function step() {
    log.scrollTop -= 60;
    const first = Number(document.querySelector(".entry").dataset.seq);
    if (first === 1 && log.scrollTop === 0 || performance.now() > end) tell(first);
    else requestAnimationFrame(step);
  });
})"""


@dataclass(frozen=True)
class Figure:
    """What was measured, and below what it should be; `most` None: only told."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.most is not None and self.value > self.most

    def __str__(self) -> str:
        should = "" if self.most is None else f"(at most {self.most:,.0f})  {'MISSED' if self.is_missed else 'ok'}"
        return f"{self.name:<64} {self.value:>9,.1f} {self.unit:<3} {should}"


def main() -> None:
    figures: list[Figure] = []
    with _house() as (documents, reader, room), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for measure in _chosen(sys.argv[1:]):
            for figure in measure(browser, documents, reader, room):
                print(figure, flush=True)
                figures.append(figure)
        browser.close()
    sys.exit(sum(figure.is_missed for figure in figures))


def _chosen(names: list[str]) -> list[Callable[[Browser, Documents, Person, str], Iterator[Figure]]]:
    """All measurements, or those named."""
    every = {each.__name__: each for each in (weigh, load, scroll, flood)}
    return [every[name] for name in names or every]


def weigh(browser: Browser, _documents: Documents, reader: Person, room: str) -> Iterator[Figure]:
    """Everything that a first visit loads, each part gzipped by itself as a proxy does."""
    page, bodies = _page(browser, reader), {}

    def keep(response: Response) -> None:
        if not response.ok or response.request.service_worker:
            return  # what the worker keeps for later, it fetches when all else is done
        if "/api/" not in response.url and "/socket.io/" not in response.url:
            bodies[response.url.partition("?")[0]] = response.body()

    page.on("response", keep)
    _open(page, room)
    page.wait_for_timeout(1_000)
    shell = dict(bodies)
    page.wait_for_timeout(6_000)
    page.context.close()
    sizes = {url: len(body if url.endswith(".woff2") else gzip.compress(body, 6)) for url, body in shell.items()}
    ahead = sum(len(gzip.compress(body, 6)) for url, body in bodies.items() if url not in shell)
    yield Figure("files of it", len(shell), "")
    yield Figure("page shell, gzipped, without emoji data", sum(sizes.values()) / KILOBYTE, "kB", 150)
    yield Figure("fetched ahead, once nothing else is to be done", ahead / KILOBYTE, "kB")
    for kind in (".js", ".mjs", ".css", ".woff2"):
        yield Figure(
            f"  of that {kind}", sum(size for url, size in sizes.items() if url.endswith(kind)) / KILOBYTE, "kB"
        )


def load(browser: Browser, _documents: Documents, reader: Person, room: str) -> Iterator[Figure]:
    """From the click to messages that can be read, on a machine a quarter as fast."""
    painted, ready = [], []
    page = _page(browser, reader)
    page.add_init_script(FIRST_LOOK)
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    for _ in range(LOADS):
        page.goto(f"/rooms/{room}", wait_until="commit")
        ready.append(page.evaluate(PAINTED))
        painted.append(page.evaluate("painted"))
    page.context.close()
    slower = f"CPU {SLOWDOWN} times slower, median"
    yield Figure(f"newest messages painted, {slower}", statistics.median(painted), "ms", 1_000)
    yield Figure(f"  and the page acts, {slower}", statistics.median(ready), "ms")


def scroll(browser: Browser, _documents: Documents, reader: Person, room: str) -> Iterator[Figure]:
    """From the newest message to the first, a finger's width every frame."""
    page = _page(browser, reader)
    _open(page, room)
    page.evaluate(WATCH)
    with _worked(browser, page) as work:
        first = page.evaluate(SCROLL_UP, SCROLL_SECONDS)
    seen = page.evaluate("seen")
    page.context.close()
    yield Figure(f"scrolled through of {MESSAGES:,} messages", MESSAGES - first + 1, "")
    yield from _smoothness("scrolling", seen, work)
    yield Figure("messages in the page at once", seen["nodes"], "", 370)  # 300, some slack, and a page on its way


def flood(browser: Browser, documents: Documents, reader: Person, room: str) -> Iterator[Figure]:
    """While everybody talks at once."""
    page = _page(browser, reader)
    _open(page, room)
    senders = [Person(reader.url, f"Sender {number}") for number in range(SENDERS)]
    documents["memberships"].insert_many(
        {"room": ObjectId(room), "user": ObjectId(each.id), "last_read_seq": 0, "joined_at": now()} for each in senders
    )
    sockets = [each.connect() for each in senders]
    page.evaluate(WATCH)
    threads = [Thread(target=_talk, args=(socket, room)) for socket in sockets]
    with _worked(browser, page) as work:
        began = time.monotonic()
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            page.wait_for_timeout(200)
        seconds = time.monotonic() - began
        page.wait_for_timeout(500)
    seen = page.evaluate("seen")
    page.context.close()
    for socket in sockets:
        socket.close()
    yield Figure("messages a second that arrived", RATE * RATE_SECONDS / seconds, "/s")
    yield from _smoothness("200 messages a second", seen, work)


def _talk(socket: Socket, room: str) -> None:
    began = time.monotonic()
    for number in range(RATE * RATE_SECONDS // SENDERS):
        key = f"flood-{socket.id}-{number}"
        payload = {"room_id": room, "body": f"Message {number}, of no great length.", "client_message_id": key}
        socket.client.emit("message:send", payload, namespace="/chat")
        time.sleep(max(0.0, began + (number + 1) * SENDERS / RATE - time.monotonic()))


@contextmanager
def _worked(browser: Browser, page: Page) -> Iterator[list[float]]:
    """How much each task of the pages worked meanwhile, in ms of a processor: known when it is over."""
    work: list[float] = []
    events: list[dict[str, Any]] = []
    is_whole = Event()
    tracing = browser.new_browser_cdp_session()
    tracing.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    tracing.on("Tracing.tracingComplete", lambda _told: is_whole.set())
    tracing.send("Tracing.start", {"traceConfig": {"includedCategories": ["toplevel"]}})
    yield work
    tracing.send("Tracing.end")
    while not is_whole.is_set():
        page.wait_for_timeout(100)
    tracing.detach()
    named = [each for each in events if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"]
    pages = {(each["pid"], each["tid"]) for each in named}
    tasks = [each for each in events if each["name"].endswith("RunTask") and (each["pid"], each["tid"]) in pages]
    work += [each.get("tdur", 0) / 1_000 for each in tasks]


def _smoothness(while_what: str, seen: dict[str, list[float]], work: list[float]) -> Iterator[Figure]:
    frames = sorted(seen["frames"]) or [0.0]
    yield Figure(f"{while_what}: frame, 99 of 100", frames[int(len(frames) * 0.99)], "ms")
    yield Figure(f"{while_what}: tasks over {LONG_TASK} ms", sum(task > LONG_TASK for task in seen["tasks"]), "", 0)
    yield Figure(f"{while_what}: longest task", max(seen["tasks"], default=0), "ms")
    yield Figure(f"{while_what}: tasks over {LONG_TASK} ms of work", sum(each > LONG_TASK for each in work), "", 0)
    yield Figure(f"{while_what}: most work in a task", max(work, default=0), "ms")


def fill(documents: Documents, room: str, sender: Person) -> None:
    """A long history, past the server."""
    began = now() - timedelta(minutes=MESSAGES)
    documents["messages"].insert_many(_message(room, sender, seq, began) for seq in range(1, MESSAGES + 1))


def _message(room: str, sender: Person, seq: int, began: Any) -> dict[str, Any]:
    return {
        "room": ObjectId(room),
        "seq": seq,
        "changes": [{"n": seq, "kind": "created"}],
        "sender": ObjectId(sender.id),
        "origin": "person",
        "on_behalf_of": None,
        "body": f"Message {seq} of a long talk, " + "as long as people write. " * (1 + seq % 4),
        "client_message_id": f"page-{seq}",
        "created_at": began + timedelta(minutes=seq),
    }


def _page(browser: Browser, reader: Person) -> Page:
    context = browser.new_context(base_url=reader.url, viewport={"width": 1280, "height": 800})
    log_in(context, reader)
    return context.new_page()


def _open(page: Page, room: str) -> None:
    page.goto(f"/rooms/{room}")
    page.locator("[role=log][data-ready] .entry").first.wait_for()
    page.locator('.connection[data-state="online"]').wait_for()


@contextmanager
def _house() -> Iterator[tuple[Documents, Person, str]]:
    with tempfile.TemporaryDirectory(prefix="standin-") as folder:
        server = Server(Path(folder)).start()
        try:
            with open_database(server) as documents:
                reader, other = Person(server.url, "Reader"), Person(server.url, "Other")
                room = add_room(documents, other, reader)
                fill(documents, room, other)
                yield documents, reader, room
        finally:
            server.stop()


if __name__ == "__main__":
    main()
