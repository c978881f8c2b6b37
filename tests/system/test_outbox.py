"""What is sent on the page arrives: once, in order, whatever came between; what is refused holds up nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bson import ObjectId
from playwright.sync_api import Page, WebSocket, expect

from tests.chat.stored import Documents, add_room, open_database
from tests.chat.test_database_away import Mongod
from tests.people import Person
from tests.server import Server, wait_for
from tests.system.faults import frozen, workers
from tests.system.pages import LOST, Chat
from tests.system.test_delivery import WAITS, wired
from tests.system.test_messages_change import choose
from tests.system.watch import OFFLINE, Watch

FRUIT = [chr(number) for number in range(0x1F347, 0x1F352)]
PATIENCE_FOR_AN_ACK = "00:11"
"""A little more than the page waits for an answer."""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be treated badly, and takes six messages of one person at once, then two a second; of
    other changes eight, then two a second."""
    limits = {
        "STANDIN_RATE_LIMITS": "on",
        "STANDIN_MESSAGES_A_MINUTE": "120",
        "STANDIN_CHANGES_A_MINUTE": "120",
    }
    server = Server(tmp_path_factory.mktemp("outbox"), **limits).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own_documents(own_server: Server) -> Iterator[Documents]:
    with open_database(own_server) as database:
        yield database


@pytest.fixture
def ada(own_server: Server) -> Person:
    return Person(own_server.url, "Ada")


@pytest.fixture
def room(own_documents: Documents, ada: Person) -> str:
    return add_room(own_documents, ada)


@pytest.fixture
def chat(enter: Callable[..., Chat], ada: Person, room: str) -> Chat:
    return enter(ada, f"/rooms/{room}", "Den")


def said(person: Person, room_id: str) -> list[str]:
    return [message["body"] for message in person.messages(room_id)]


def sends(page: Page) -> list[str]:
    """The frames of a page, from its next load on, that send a message."""
    frames: list[str] = []

    def note(payload: str | bytes) -> None:
        if isinstance(payload, str) and '"message:send"' in payload:
            frames.append(payload)

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", watch)
    return frames


def test_a_server_that_stands_still_gets_all_of_it_later_in_order_each_once(
    chat: Chat, own_server: Server, ada: Person, room: str
) -> None:
    chat.page.clock.install()
    chat.page.reload()
    chat.expect_connection("Connected")
    written = ["before it answered", "and this", "and that"]
    with frozen(*workers(own_server)):
        for text in written:
            chat.say(text)
        expect(chat.unsent()).to_have_count(3)
        chat.page.clock.fast_forward(PATIENCE_FOR_AN_ACK)
        expect(chat.unsent(written[0])).to_contain_text("The server does not answer. Trying again…")
        expect(chat.unsent(written[1])).to_contain_text("Waiting for the message before it")
        expect(chat.page.get_by_text("Not sent.")).to_have_count(0)
    chat.page.clock.fast_forward(PATIENCE_FOR_AN_ACK)
    expect(chat.unsent()).to_have_count(0)
    assert chat.texts(*written) == written
    assert said(ada, room) == written


def test_a_database_that_stands_still_is_waited_for_without_a_new_connection(
    chat: Chat, own_server: Server, ada: Person, room: str, watch: Watch
) -> None:
    watch.allow("status of 503")
    frames = sends(chat.page)
    chat.page.reload()
    chat.expect_connection("Connected")
    with frozen(Mongod(own_server).pid()):
        chat.say("one while it was away")
        chat.say("another one")
        expect(chat.unsent("one while")).to_contain_text("Trying again…")
        while sum("one while" in frame for frame in frames) < 2:  # it is tried again over the same connection
            chat.page.wait_for_timeout(100)
        assert not any("another one" in frame for frame in frames)
    expect(chat.unsent()).to_have_count(0)
    assert said(ada, room) == ["one while it was away", "another one"]
    assert len([frame for frame in frames if "another one" in frame]) == 1


def test_more_at_once_than_the_server_allows_goes_out_as_it_does(
    chat: Chat, ada: Person, room: str, watch: Watch
) -> None:
    watch.allow(OFFLINE, "socket.io")
    written = [f"{number} of nine" for number in range(1, 10)]
    chat.page.context.set_offline(True)  # so that all go at once, however long it takes to write them
    chat.expect_connection(LOST)
    for text in written:
        chat.say(text)
    chat.page.context.set_offline(False)
    expect(chat.unsent().filter(has_text="Too many at once. The rest follows in a moment.").first).to_be_visible()
    expect(chat.unsent()).to_have_count(0)
    assert chat.texts(*written) == written
    assert said(ada, room) == written


def test_what_is_refused_stands_aside_and_what_is_behind_it_goes_on_from_any_room(
    chat: Chat, own_documents: Documents, ada: Person, room: str, watch: Watch
) -> None:
    watch.allow("socket.io")
    elsewhere = add_room(own_documents, ada, name="Elsewhere")
    wire = wired(chat)
    wire.is_cut = True
    wire.break_off()
    chat.expect_connection(LOST)
    for text in ("good", "bad \0 one", "regretted", "good again"):
        chat.say(text)
    expect(chat.unsent().filter(has_text=WAITS)).to_have_count(4)
    chat.unsent("regretted").get_by_role("button", name="Delete").click()
    expect(chat.unsent("regretted")).to_have_count(0)
    expect(chat.composer).to_be_focused()

    chat.page.goto(f"/rooms/{elsewhere}")
    other = Chat(chat.page, "Elsewhere")
    other.say("said elsewhere")
    expect(other.unsent("said elsewhere")).to_contain_text(WAITS)
    wire.is_cut = False
    other.expect_connection("Connected")
    expect(other.unsent()).to_have_count(0)
    expect(other.page.get_by_text("A message of yours in another room was not sent.")).to_be_visible()
    assert said(ada, elsewhere) == ["said elsewhere"]
    assert said(ada, room) == ["good", "good again"]

    chat.page.goto(f"/rooms/{room}")
    expect(chat.unsent()).to_have_count(1)
    expect(chat.unsent("bad")).to_contain_text("Not sent.")
    expect(chat.unsent("bad").get_by_role("button", name="Retry")).to_be_visible()
    chat.unsent("bad").get_by_role("button", name="Delete").click()
    expect(chat.unsent()).to_have_count(0)


def test_of_several_tabs_one_sends_and_another_goes_on_when_that_one_is_closed(
    chat: Chat, ada: Person, room: str, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    tabs = [chat, Chat(chat.page.context.new_page(), "Den")]
    frames = [sends(tab.page) for tab in tabs]
    for tab in tabs:
        tab.page.goto(f"/rooms/{room}")
        tab.expect_connection("Connected")
    chat.page.context.set_offline(True)
    for tab in tabs:
        tab.expect_connection(LOST)
    written = ["first of three", "second of three", "third of three"]
    for text, tab in zip(written, [*tabs, chat], strict=True):
        tab.say(text)
        for each in tabs:
            expect(each.unsent(text)).to_contain_text(WAITS)
    chat.page.context.set_offline(False)
    for tab in tabs:
        expect(tab.unsent()).to_have_count(0)
        assert tab.texts(*written) == written
    assert said(ada, room) == written
    assert len(frames[0]) + len(frames[1]) == len(written)

    chat.page.context.set_offline(True)
    chat.expect_connection(LOST)
    chat.say("closed with this")
    expect(tabs[1].unsent("closed with this")).to_contain_text(WAITS)
    chat.page.close()
    tabs[1].page.context.set_offline(False)
    expect(tabs[1].unsent()).to_have_count(0)
    assert said(ada, room) == [*written, "closed with this"]


def test_changes_that_are_too_many_at_once_are_all_made_by_themselves(
    enter: Callable[..., Chat], own_documents: Documents, own_server: Server, ada: Person
) -> None:
    bob = Person(own_server.url, "Bob")
    room = add_room(own_documents, ada, bob)
    chat = enter(ada, f"/rooms/{room}", "Den")
    chat.say_and_see("Shall we?")
    reactions = {"$set": {"reactions": {fruit: [ObjectId(bob.id)] for fruit in FRUIT}}}
    own_documents["messages"].update_one({"room": ObjectId(room)}, reactions)
    put_off = puttings_off(chat.page)
    chat.page.reload()
    chat.expect_connection("Connected")
    chips = chat.log.get_by_role("group", name="Reactions").get_by_role("button")
    expect(chips).to_have_count(len(FRUIT))
    chips.evaluate_all("chips => chips.forEach((chip) => chip.click())")
    choose(chat, "Shall we?", "Edit")
    chat.composer.fill("Shall we dance?")
    chat.composer.press("Enter")

    def are_all_made() -> bool:
        [message] = bob.messages(room)
        both = [bob.id, ada.id]
        return message["body"] == "Shall we dance?" and all(each["user_ids"] == both for each in message["reactions"])

    wait_for(are_all_made, "all that was done on the page")
    expect(chips.and_(chat.page.locator("[aria-pressed=true]"))).to_have_count(len(FRUIT))
    expect(chat.message("Shall we dance?")).to_have_count(1)
    expect(chat.page.get_by_text("was not saved")).to_have_count(0)
    assert put_off, "nothing was too much"


def puttings_off(page: Page) -> list[str]:
    """The answers to a page, from its next load on, that put off what was asked."""
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(str(frame)) if "rate_limited" in str(frame) else None)

    page.on("websocket", watch)
    return frames
