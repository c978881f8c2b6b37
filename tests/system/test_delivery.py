"""Messages on bad networks: kept, sent once, fetched when missed, never doubled."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, WebSocketRoute, expect

from tests.people import Person, Socket
from tests.server import Server, wait_for
from tests.system.pages import LOST, Chat
from tests.system.watch import OFFLINE, Watch

WAITS = "Will send when you are back online"
SERVER_DOWN = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket connection to", "ERR_EMPTY_RESPONSE")


class Wire:
    """The WebSocket of a page, which can be cut, or made deaf: then what the server says does not arrive."""

    def __init__(self) -> None:
        self.is_cut = False
        self.is_deaf = False
        self._held: list[str | bytes] = []
        self._socket: WebSocketRoute | None = None

    def carry(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close()
            return
        self._socket = socket
        server = socket.connect_to_server()
        server.on_message(lambda message: self._held.append(message) if self.is_deaf else socket.send(message))

    def poll(self, route: Route) -> None:
        """Long polling, which takes over where WebSockets fail, is cut as well."""
        route.abort() if self.is_cut else route.continue_()

    def hear(self) -> None:
        """What was held back arrives."""
        assert self._socket is not None
        self.is_deaf = False
        for message in self._held:
            self._socket.send(message)

    def forget(self) -> None:
        """What was held back is lost; what comes now arrives."""
        self.is_deaf = False
        self._held.clear()

    def break_off(self) -> None:
        """The connection is lost, with all that was held back."""
        assert self._socket is not None
        self.is_deaf = False
        self._socket.close()


def wired(chat: Chat) -> Wire:
    """Put a wire under a page, from its next load on."""
    wire = Wire()
    chat.page.route_web_socket("**/socket.io/**", wire.carry)
    chat.page.route("**/socket.io/**", wire.poll)
    chat.page.reload()
    chat.expect_connection("Connected")
    return wire


def test_what_is_written_while_the_server_is_away_is_sent_once_and_in_order(
    make_server: Callable[..., Server], enter: Callable[..., Chat], watch: Watch
) -> None:
    watch.allow(*SERVER_DOWN)
    server = make_server().start()
    ada = Person(server.url, "Ada")
    chat = enter(ada)
    chat.say_and_see("before")
    server.stop()
    chat.expect_connection(LOST)
    written = ["first while away", "second while away", "third while away"]
    for text in written:
        chat.say(text)
        expect(chat.composer).to_have_value("")
        expect(chat.unsent(text)).to_contain_text(WAITS)
    chat.expect_connection("Offline")
    chat.composer.fill("a draft")

    server.start()
    chat.expect_connection("Connected")
    expect(chat.unsent()).to_have_count(0)
    assert chat.texts("before", *written) == ["before", *written]
    assert [message["body"] for message in ada.messages(ada.lobby())] == ["before", *written]
    expect(chat.composer).to_have_value("a draft")


def test_what_waits_is_kept_over_a_reload(
    enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("socket.io")
    ada = meet("Ada")
    chat = enter(ada)
    wire = wired(chat)
    wire.is_cut = True
    wire.break_off()
    chat.expect_connection(LOST)
    written = ["one that waits", "another\nof two lines"]
    for text in written:
        chat.say(text)
    chat.page.reload()
    for text in written:
        expect(chat.unsent(text)).to_contain_text(WAITS)

    wire.is_cut = False
    chat.page.reload()
    expect(chat.unsent()).to_have_count(0)
    assert chat.texts(*written) == written
    assert [each["body"] for each in ada.messages(ada.lobby()) if each["sender"]["id"] == ada.id] == written


def test_a_refused_message_says_why_and_can_be_tried_again_or_deleted(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"))
    chat.say("refused \0 for good")
    refused = chat.unsent("for good")
    expect(refused).to_contain_text("Not sent.")
    expect(chat.page.get_by_role("alert").filter(has_text="Your message was not sent.")).to_have_count(1)
    refused.get_by_role("button", name="Retry").click()
    expect(refused).to_contain_text("Not sent.")
    chat.page.reload()
    expect(refused).to_contain_text("Not sent.")
    refused.get_by_role("button", name="Delete").click()
    expect(refused).to_have_count(0)
    expect(chat.composer).to_be_focused()
    chat.page.reload()
    chat.expect_connection("Connected")
    expect(chat.message("for good")).to_have_count(0)


def test_a_message_on_its_way_becomes_the_message_where_it_stands(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"))
    wire = wired(chat)
    wire.is_deaf = True
    chat.say("on its way")
    expect(chat.unsent("on its way")).to_be_visible()
    bubble = chat.message("on its way").element_handle()
    wire.hear()
    expect(chat.unsent()).to_have_count(0)
    expect(chat.message("on its way")).to_have_count(1)
    assert chat.message("on its way").evaluate("(article, before) => article === before", bubble)


def test_a_message_whose_answer_was_lost_is_there_once(
    enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    ada = meet("Ada")
    chat = enter(ada)
    wire = wired(chat)
    wire.is_deaf = True
    chat.say("was it heard?")
    lobby = ada.lobby()

    def has_arrived() -> bool:
        chat.page.evaluate("true")  # the wire is carried while the page is asked something
        return heard(ada, lobby, "was it heard?") == 1

    wait_for(has_arrived, "the message in the history")
    expect(chat.unsent("was it heard?")).to_be_visible()
    wire.break_off()
    expect(chat.unsent()).to_have_count(0)
    expect(chat.message("was it heard?")).to_have_count(1)
    chat.say_and_see("yes, once")
    assert heard(ada, lobby, "was it heard?") == 1


def test_what_was_missed_while_offline_is_fetched_in_order_each_once(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
    watch: Watch,
) -> None:
    watch.allow(OFFLINE)
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    speaker = online(bob)
    chat = enter(ada, path, "Den")
    speaker.send(path.rpartition("/")[2], "heard live")
    expect(chat.message("heard live")).to_have_count(1)
    chat.page.context.set_offline(True)
    chat.expect_connection("Reconnecting…")
    missed = [f"missed {number:03}" for number in range(130)]  # more than a page of history
    for text in missed:
        speaker.send(path.rpartition("/")[2], text)
    chat.page.context.set_offline(False)
    expect(chat.message(missed[-1])).to_have_count(1)
    expect(chat.messages).to_have_count(len(missed) + 1)
    assert chat.texts("heard live", *missed) == ["heard live", *missed]


def test_a_thread_in_the_panel_catches_up_and_loads_again_what_could_not_be_loaded(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
    watch: Watch,
) -> None:
    watch.allow("socket.io", "ERR_CONNECTION_RESET")
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    room, speaker = path.rpartition("/")[2], online(bob)
    root = speaker.send(room, "where it began")

    def reply(text: str) -> dict[str, Any]:
        payload = {"room_id": room, "body": text, "client_message_id": text, "thread_id": root["id"]}
        answer: dict[str, Any] = speaker.call("message:send", payload)["message"]
        return answer

    kept, changed, deleted = reply("a reply that stays"), reply("a reply to change"), reply("a reply to delete")
    chat = enter(ada, path, "Den")
    wire = wired(chat)
    panel = chat.page.get_by_role("complementary", name="Thread")
    replies = panel.get_by_role("log", name="Thread").get_by_role("article")
    history = re.compile(r"/messages\?thread=")
    chat.page.route(history, lambda route: route.abort("connectionreset"))
    chat.message("where it began").get_by_role("button", name="3 replies").click()
    expect(panel).to_contain_text("The thread could not be loaded. Trying again…")
    chat.page.unroute(history)
    expect(replies).to_have_count(4)
    expect(panel.get_by_text("Trying again…")).to_have_count(0)

    wire.is_cut = True
    wire.break_off()
    chat.expect_connection(LOST)
    panel.get_by_role("textbox").fill("mine, meanwhile")
    panel.get_by_role("textbox").press("Enter")
    expect(replies.filter(has_text=WAITS)).to_have_count(1)
    speaker.call("message:edit", {"message_id": changed["id"], "body": "changed meanwhile"})
    speaker.call("message:delete", {"message_id": deleted["id"]})
    speaker.call("message:react", {"message_id": kept["id"], "emoji": "👍", "on": True})
    missed = [f"missed {number:03}" for number in range(110)]  # more than a page of changes
    for text in missed:
        reply(text)
    wire.is_cut = False
    chat.expect_connection("Connected")
    expect(replies).to_have_count(1 + 3 + len(missed) + 1)
    texts = ["a reply that stays", "changed meanwhile", "This message was deleted", *missed, "mine, meanwhile"]
    for article, text in zip(replies.all_inner_texts()[1:], texts, strict=True):
        assert text in article
    expect(replies.nth(1).get_by_role("button", name="👍")).to_be_visible()
    expect(chat.message("where it began").get_by_role("button", name="113 replies")).to_be_visible()


def heard(person: Person, room_id: str, text: str) -> int:
    return sum(message["body"] == text for message in person.messages(room_id))
