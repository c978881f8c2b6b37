"""What becomes of messages, as it is seen: edited, deleted, reacted to, answered, talked about in threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from playwright.sync_api import Locator, Page, expect

from tests.chat.stored import Documents
from tests.chat.test_replies import send
from tests.people import Person, Socket
from tests.system.pages import LOST, Chat, toast
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.test_delivery import wired
from tests.system.watch import OFFLINE, Watch

THUMBS_UP = "\N{THUMBS UP SIGN}"
GONE = "This message was deleted"


class Two:
    """Ada before her page, Bob at a socket, in a room of their own."""

    def __init__(self, ada: Person, bob: Person, path: str, enter: Callable[..., Chat], socket: Socket) -> None:
        self.ada, self.bob, self.path = ada, bob, path
        self.room = path.rpartition("/")[2]
        self.enter = enter
        self.socket = socket

    def open(self, who: Person | None = None, **options: Any) -> Chat:
        return self.enter(who or self.ada, self.path, "Den", **options)

    def says(self, body: str, **more: Any) -> dict[str, Any]:
        """Bob does."""
        message: dict[str, Any] = send(self.socket, self.room, body, **more)["message"]
        return message

    def does(self, event: str, message: dict[str, Any], **more: Any) -> None:
        """Bob does that to a message."""
        assert self.socket.call(f"message:{event}", {"message_id": message["id"], **more})["ok"]

    def bodies(self) -> list[str]:
        """What the database has, without threads."""
        found = self.ada.get(f"/api/rooms/{self.room}/messages", params={"replies": "false", "limit": 100}).json()
        return [GONE if message["deleted_at"] else message["body"] for message in found["messages"]]


@pytest.fixture
def two(
    meet: Callable[[str], Person], den: Callable[..., str], enter: Callable[..., Chat], online: Callable[..., Socket]
) -> Two:
    ada, bob = meet("Ada"), meet("Bob")
    return Two(ada, bob, den(ada, bob), enter, online(bob))


def menu(chat: Chat, text: str) -> Locator:
    """The menu of a message, opened from its bar."""
    chat.message(text).hover()
    chat.page.get_by_role("toolbar", name="Message").get_by_role("button", name="More", exact=True).click()
    opened = chat.page.get_by_role("menu", name="Message")
    expect(opened).to_be_visible()
    return opened


def choose(chat: Chat, text: str, entry: str) -> None:
    menu(chat, text).get_by_role("menuitem", name=entry, exact=True).click()


def bodies(chat: Chat) -> Locator:
    return chat.log.locator(".message__body")


def test_an_edit_a_reaction_and_a_deletion_are_seen_by_the_other(two: Two) -> None:
    mine, theirs = two.open(), two.open(two.bob)
    mine.say_and_see("The demo is at twoo")
    choose(mine, "The demo is at twoo", "Edit")
    expect(mine.composer).to_have_value("The demo is at twoo")
    mine.composer.fill("The demo is at two")
    mine.composer.press("Enter")
    for chat in (mine, theirs):
        expect(chat.message("The demo is at two")).to_have_text(re.compile("edited"))
        expect(chat.message("twoo")).to_have_count(0)

    menu(theirs, "The demo is at two").get_by_role("menuitem", name="React with thumbs up").click()
    expect(theirs.message("The demo").get_by_role("button", name=f"{THUMBS_UP} 1: You")).to_have_attribute(
        "aria-pressed", "true"
    )
    chip = mine.message("The demo").get_by_role("button", name=f"{THUMBS_UP} 1: Bob")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(theirs.message("The demo").get_by_role("button", name=f"{THUMBS_UP} 2: You and Ada")).to_be_visible()
    mine.message("The demo").get_by_role("button", name=f"{THUMBS_UP} 2: You and Bob").click()
    expect(theirs.message("The demo").get_by_role("button", name=f"{THUMBS_UP} 1: You")).to_be_visible()

    choose(mine, "The demo", "Delete")
    dialog = mine.page.get_by_role("dialog", name="Delete this message?")
    expect(dialog).to_contain_text("The demo is at two")
    dialog.get_by_role("button", name="Delete").click()
    for chat in (mine, theirs):
        expect(bodies(chat)).to_have_text([GONE])
        expect(chat.messages.get_by_role("button", name=THUMBS_UP)).to_have_count(0)
    theirs.page.reload()
    expect(bodies(theirs)).to_have_text([GONE])


def test_what_others_wrote_can_be_neither_edited_nor_deleted(two: Two) -> None:
    two.says("Bob wrote this")
    chat = two.open()
    opened = menu(chat, "Bob wrote this")
    expect(opened.get_by_role("menuitem", name="Reply", exact=True)).to_be_visible()
    for entry in ("Edit", "Delete"):
        expect(opened.get_by_role("menuitem", name=entry, exact=True)).to_be_hidden()


def test_what_the_server_refuses_is_taken_back_with_a_reason(two: Two) -> None:
    chat = two.open()
    chat.say_and_see("about to be changed")
    choose(chat, "about to be changed", "Edit")
    chat.composer.fill("changed \0 badly")
    chat.composer.press("Enter")
    expect(chat.page.get_by_role("status").filter(has_text="Your change was not saved.")).to_be_visible()
    expect(bodies(chat)).to_have_text(["about to be changed"])
    expect(chat.composer).to_have_value(re.compile("changed .* badly"))


def test_after_changes_that_were_missed_the_page_is_as_the_database_is(two: Two, watch: Watch) -> None:
    watch.allow(OFFLINE, "socket.io")
    early = [two.says(f"early {number}") for number in range(4)]
    chat = two.open()
    chat.page.context.set_offline(True)
    chat.expect_connection(LOST)
    two.does("edit", early[0], body="early, edited")
    two.does("delete", early[1])
    two.does("react", early[2], emoji=THUMBS_UP, on=True)
    for number in range(2):
        two.says(f"in the thread {number}", thread_id=early[3]["id"])
    late = [two.says(f"late {number}") for number in range(105)]
    two.does("edit", late[0], body="late, edited")
    two.does("delete", late[1])
    chat.page.context.set_offline(False)
    expect(chat.message("late 104")).to_have_count(1)
    expected = ["early, edited", GONE, "early 2", "early 3", "late, edited", GONE]
    expected += [f"late {number}" for number in range(2, 105)]
    expect(bodies(chat)).to_have_text(expected)
    assert two.bodies() == expected[-100:]
    expect(chat.message("early 2").get_by_role("button", name=f"{THUMBS_UP} 1: Bob")).to_have_count(1)
    expect(chat.message("early 3").get_by_role("button", name="2 replies")).to_have_count(1)


def test_a_lost_change_is_noticed_at_the_next_and_fetched(two: Two) -> None:
    first, second = two.says("first"), two.says("second")
    chat = two.open()
    wire = wired(chat)
    wire.is_deaf = True
    two.does("edit", first, body="first, edited")
    two.does("delete", second)
    chat.page.wait_for_timeout(300)
    wire.forget()
    two.says("third")
    expect(bodies(chat)).to_have_text(["first, edited", GONE, "third"])


def test_a_reply_quotes_and_leads_to_what_it_answers(two: Two) -> None:
    asked = two.says("Tea or coffee?")
    two.says("Anyone?")
    chat, theirs = two.open(), two.open(two.bob)
    choose(chat, "Tea or coffee?", "Reply")
    expect(chat.composer).to_be_focused()
    expect(chat.page.get_by_role("status").filter(has_text="Replying to Bob")).to_contain_text("Tea or coffee?")
    chat.composer.press("Escape")
    expect(chat.page.get_by_text("Replying to Bob")).to_be_hidden()
    choose(chat, "Tea or coffee?", "Reply")
    chat.say("Tea, please")
    for each in (chat, theirs):
        quote = each.message("Tea, please").get_by_role("link", name="In reply to Bob Tea or coffee?")
        expect(quote).to_have_attribute("href", f"{two.path}/messages/{asked['id']}")
    two.does("edit", asked, body="Tea or juice?")
    expect(chat.message("Tea, please").get_by_role("link")).to_contain_text("Tea or juice?")
    chat.message("Tea, please").get_by_role("link").click()
    expect(chat.messages.first).to_be_focused()
    two.does("delete", asked)
    expect(chat.message("Tea, please").get_by_role("link")).to_contain_text(GONE)


def test_a_thread_is_beside_the_room_and_live(two: Two) -> None:
    root = two.says("Where is lunch?")
    chat, theirs = two.open(), two.open(two.bob)
    choose(chat, "Where is lunch?", "Reply in a thread")
    panel = chat.page.get_by_role("complementary", name="Thread")
    field = panel.get_by_role("textbox", name="Reply in the thread")
    expect(field).to_be_focused()
    field.fill("At the corner")
    field.press("Enter")
    expect(panel.get_by_role("article").filter(has_text="At the corner")).to_have_count(1)
    expect(panel.locator("[data-pending]")).to_have_count(0)
    second = two.says("The blue one?", thread_id=root["id"])
    expect(panel.get_by_role("article").filter(has_text="The blue one?")).to_have_count(1)
    for each in (chat, theirs):
        expect(each.message("Where is lunch?").get_by_role("button", name="2 replies")).to_be_visible()
        expect(each.message("At the corner")).to_have_count(0)
    two.does("delete", second)
    expect(panel.get_by_text(GONE)).to_be_visible()
    expect(theirs.message("Where is lunch?").get_by_role("button", name="1 reply")).to_be_visible()
    theirs.page.reload()
    theirs.message("Where is lunch?").get_by_role("button", name="1 reply").click()
    opened = theirs.page.get_by_role("complementary", name="Thread").locator(".message__body")
    expect(opened).to_have_text(["Where is lunch?", "At the corner", GONE])
    chat.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_permalink_opens_the_history_around_its_message(two: Two, watch: Watch) -> None:
    watch.allow("404")
    sent = [two.says(f"message {number}.") for number in range(130)]
    chat = two.enter(two.ada, f"{two.path}/messages/{sent[40]['id']}", "Den")
    target = chat.message("message 40.")
    expect(target).to_be_focused()
    expect(target).to_be_in_viewport()
    expect(chat.message("message 129.")).to_have_count(0)
    chat.log.evaluate("log => log.scrollTop = 0")
    expect(chat.message("message 0.")).to_have_count(1)
    chat.page.get_by_role("button", name="Jump to newest").click()
    expect(chat.message("message 129.")).to_be_in_viewport()
    two.says("the newest.")
    expect(chat.message("the newest.")).to_have_count(1)
    answer = chat.page.goto(f"{two.path}/messages/{'5' * 24}")
    assert answer is not None
    assert answer.status == 404


def test_a_permalink_of_a_reply_opens_its_thread(two: Two) -> None:
    root = two.says("Where is lunch?")
    reply = two.says("At the corner", thread_id=root["id"])
    chat = two.enter(two.ada, f"{two.path}/messages/{reply['id']}", "Den")
    panel = chat.page.get_by_role("complementary", name="Thread")
    expect(panel.get_by_role("article").filter(has_text="At the corner")).to_be_focused()
    expect(chat.message("Where is lunch?")).to_be_visible()


def test_a_link_is_copied_that_leads_back(two: Two) -> None:
    sent = two.says("Remember this")
    chat = two.open()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(chat, "Remember this", "Copy link")
    expect(toast(chat.page)).to_contain_text("Link copied")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{two.ada.url}{two.path}/messages/{sent['id']}"


def test_the_last_message_is_edited_by_arrow_up_and_all_is_done_by_keyboard(two: Two) -> None:
    two.says("Somebody else")
    chat = two.open()
    keyboard = chat.page.keyboard
    chat.say_and_see("my frist")
    chat.say_and_see("my second")
    keyboard.press("ArrowUp")
    expect(chat.composer).to_have_value("my second")
    keyboard.press("Escape")
    expect(chat.composer).to_have_value("")
    keyboard.press("ArrowUp")
    keyboard.type(", edited")
    keyboard.press("Control+Enter")
    expect(chat.message("my second, edited")).to_have_count(1)
    expect(chat.composer).to_be_focused()

    keyboard.press("F6")
    chat.log.focus()
    keyboard.press("Tab")
    for _ in range(6):
        if chat.message("my second").evaluate("element => element === document.activeElement"):
            break
        keyboard.press("Tab")
    expect(chat.message("my second")).to_be_focused()
    expect(chat.message("my second")).to_have_accessible_name(re.compile(r"^Ada, [\d:]+, my second, edited, edited$"))
    keyboard.press("ArrowUp")
    expect(chat.message("my frist")).to_be_focused()
    keyboard.press("Enter")
    opened = chat.page.get_by_role("menu", name="Message")
    expect(opened.get_by_role("menuitem", name="React with thumbs up")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(opened.get_by_role("menuitem", name="Reply", exact=True)).to_be_focused()
    keyboard.press("Escape")
    expect(opened).to_be_hidden()
    expect(chat.message("my frist")).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Enter")
    expect(chat.message("my frist").get_by_role("button", name=f"{THUMBS_UP} 1: You")).to_be_visible()


def test_an_emoji_is_found_by_words_and_put_where_the_caret_is(two: Two) -> None:
    chat = two.open()
    chat.composer.fill("Well done !")
    chat.composer.press("ArrowLeft")
    chat.page.locator("#composer").get_by_role("button", name="Emoji").click()
    picker = chat.page.get_by_role("dialog", name="Choose an emoji")
    expect(picker.get_by_role("searchbox")).to_be_focused()
    expect(picker.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    picker.get_by_role("searchbox").fill("party pop")
    expect(picker.get_by_role("button", name="party popper")).to_be_visible()
    chat.page.keyboard.press("Enter")
    expect(picker).to_be_hidden()
    expect(chat.composer).to_have_value("Well done \N{PARTY POPPER}!")
    expect(chat.composer).to_be_focused()
    chat.page.locator("#composer").get_by_role("button", name="Emoji").click()
    expect(picker.get_by_role("button", name="Used last")).to_have_attribute("aria-pressed", "true")
    chat.page.keyboard.press("ArrowDown")
    expect(picker.get_by_role("button", name="party popper")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(picker).to_be_hidden()


def test_the_line_between_days_leads_to_another_day(two: Two, documents: Documents) -> None:
    sent = [two.says(f"message {number}.") for number in range(80)]
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for number, message in enumerate(sent):
        moment = start + timedelta(days=number // 8)
        documents["messages"].update_one({"_id": ObjectId(message["id"])}, {"$set": {"created_at": moment}})
    chat = two.open()
    chat.log.get_by_role("button", name="10 March").click()
    box = chat.page.get_by_role("dialog", name="Jump to a date")
    box.get_by_label("Jump to a date").fill("2026-03-03")
    box.get_by_role("button", name="Go", exact=True).click()
    expect(chat.message("message 16.")).to_be_focused()
    expect(chat.message("message 79.")).to_have_count(0)


def test_on_touch_a_message_has_a_button_for_its_menu(two: Two) -> None:
    two.says("Touch me")
    chat = two.open(viewport=PHONE, has_touch=True, is_mobile=True)
    chat.message("Touch me").get_by_role("button", name="More").tap()
    opened = chat.page.get_by_role("menu", name="Message")
    opened.get_by_role("menuitem", name="Reply in a thread").tap()
    panel = chat.page.get_by_role("complementary", name="Thread")
    panel.get_by_role("textbox").fill("By thumb")
    panel.get_by_role("button", name="Send").tap()
    expect(panel.get_by_role("article").filter(has_text="By thumb")).to_have_count(1)
    panel.get_by_role("button", name="Close the panel").tap()
    expect(chat.message("Touch me").get_by_role("button", name="1 reply")).to_be_visible()


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_no_state_of_a_message_has_a_fault_that_axe_finds(two: Two, viewport: dict[str, int]) -> None:
    root = two.says("Where is lunch?")
    two.does("react", root, emoji=THUMBS_UP, on=True)
    two.does("edit", two.says("At the corner"), body="Round the corner")
    two.does("delete", two.says("Oh"))
    two.says("Really", reply_to=root["id"])
    two.says("Yes", thread_id=root["id"])
    chat = two.open(viewport=viewport, **NO_POLICY)
    page: Page = chat.page
    opened = menu(chat, "Round the corner")
    assert violations(page) == []
    opened.get_by_role("menuitem", name="Reply", exact=True).click()
    assert violations(page) == []
    page.locator("#composer").get_by_role("button", name="Emoji").click()
    expect(page.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    chat.message("Where is lunch?").first.get_by_role("button", name="1 reply").click()
    expect(page.get_by_role("complementary", name="Thread").get_by_role("article")).to_have_count(2)
    assert violations(page) == []
