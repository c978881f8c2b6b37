"""Pins, bookmarks, forwarded messages, messages that are sent later, and reminders, as a person meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from playwright.sync_api import Locator, expect

from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.system.pages import Chat, toast
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]


class Kept:
    """What the chat page has for keeping things, by roles and labels."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.page = chat, chat.page
        self.pins = self.page.get_by_role("complementary", name="Pinned messages")
        self.later = self.page.get_by_role("complementary", name="Later")
        self.due = self.page.get_by_role("region", name="Reminders that are due")
        self.moment = self.page.get_by_role("dialog", name=re.compile("^(Remind me|Send later)$"))
        self.forward = self.page.get_by_role("dialog", name="Forward")

    def choose(self, message: str, entry: str) -> None:
        """From the menu of a message, by keyboard."""
        article = self.chat.message(message).last
        article.focus()
        article.press("Enter")
        self.page.get_by_role("menuitem", name=entry, exact=True).click()

    def open_pins(self) -> Locator:
        self.page.get_by_role("button", name="Pinned messages", exact=True).click()
        expect(self.pins).to_be_visible()
        return self.pins

    def open_later(self) -> Locator:
        self.page.get_by_role("button", name=re.compile("^Later")).click()
        expect(self.later).to_be_visible()
        return self.later

    def send_later(self, text: str, entry: str) -> None:
        self.chat.composer.fill(text)
        self.page.get_by_role("button", name="Schedule", exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile(f"^{entry}")).click()


@pytest.fixture
def ada(meet: Meet) -> Person:
    return meet("Ada")


@pytest.fixture
def bob(meet: Meet) -> Person:
    return meet("Bob")


def make_due(documents: Documents, collection: str, user: Person) -> None:
    documents[collection].update_one({"user": ObjectId(user.id)}, {"$set": {"at": datetime.now(UTC)}})


def test_a_message_that_one_pins_is_found_by_everyone_until_it_is_unpinned(
    enter: Enter, den: Callable[..., str], ada: Person, bob: Person
) -> None:
    path = den(ada, bob)
    hers, his = Kept(enter(ada, path, "Den")), Kept(enter(bob, path, "Den"))
    expect(his.open_pins()).to_contain_text("Nothing is pinned here")
    hers.chat.say_and_see("We meet at three")
    hers.choose("We meet at three", "Pin for everyone")
    expect(toast(hers.page)).to_have_text("Pinned for everyone in this room")
    for page in (hers, his):
        expect(page.chat.message("We meet at three").get_by_text("Pinned", exact=True)).to_have_count(1)
    expect(his.pins.get_by_role("listitem")).to_contain_text(["We meet at three"])
    his.pins.get_by_role("button", name="Unpin").click()
    expect(his.pins).to_contain_text("Nothing is pinned here")
    expect(hers.chat.page.locator(".entry[data-pinned]")).to_have_count(0)


def test_a_bookmark_is_kept_over_a_reload_and_removed_from_the_panel(
    enter: Enter, den: Callable[..., str], ada: Person
) -> None:
    kept = Kept(enter(ada, den(ada), "Den"))
    kept.chat.say_and_see("The recipe")
    kept.choose("The recipe", "Bookmark")
    kept.page.reload()
    kept.chat.expect_connection("Connected")
    expect(kept.chat.message("The recipe").get_by_text("Bookmarked by you")).to_have_count(1)
    item = kept.open_later().get_by_role("listitem").filter(has_text="The recipe")
    item.get_by_role("button", name="Remove").click()
    expect(kept.later).to_contain_text("Nothing is kept for later")
    expect(kept.page.locator(".entry[data-bookmarked]")).to_have_count(0)


def test_a_message_is_forwarded_with_a_comment_and_names_its_author(
    enter: Enter, den: Callable[..., str], documents: Documents, ada: Person, bob: Person, watch: Watch
) -> None:
    source, target = den(ada), den(ada, bob)
    documents["rooms"].update_one({"_id": ObjectId(target.rpartition("/")[2])}, {"$set": {"name": "Plans"}})
    his = Kept(enter(bob, target, "Plans"))
    hers = Kept(enter(ada, source, "Den"))
    hers.chat.say_and_see("We ship on Monday")
    hers.choose("We ship on Monday", "Forward")
    expect(hers.forward.get_by_role("searchbox", name="To")).to_be_focused()
    hers.page.keyboard.type("pla")
    expect(hers.forward.get_by_role("radio")).to_have_count(1)
    hers.page.keyboard.press("ArrowDown")
    hers.forward.get_by_label("Comment").fill("For your plans")
    hers.forward.get_by_role("button", name="Forward", exact=True).click()
    expect(toast(hers.page)).to_have_text("Forwarded to Plans")
    expect(his.chat.messages).to_contain_text(["For your plans", "We ship on Monday"])
    forwarded = his.chat.message("We ship on Monday")
    expect(forwarded).to_contain_text("Forwarded from Ada")
    watch.allow("/api/messages/")
    forwarded.get_by_role("link", name="Forwarded from Ada").press("Enter")
    expect(his.page.get_by_text("in a room that you are not in")).to_be_visible()
    hers.page.goto(target)
    hers.page.get_by_role("link", name="Forwarded from Ada").click()
    expect(hers.page).to_have_url(re.compile(f"{source}/messages/"))
    expect(hers.chat.message("We ship on Monday")).to_have_count(1)


def test_a_reminder_shows_when_it_is_due_and_goes_when_it_is_dismissed(
    enter: Enter, den: Callable[..., str], documents: Documents, ada: Person
) -> None:
    kept = Kept(enter(ada, den(ada), "Den"))
    kept.chat.say_and_see("Call the plumber")
    kept.choose("Call the plumber", "Remind me")
    kept.moment.get_by_role("radio", name="Tomorrow 9:00").check()
    kept.moment.get_by_label("Note").fill("Before noon")
    kept.moment.get_by_role("button", name="Remind me").click()
    expect(kept.moment).to_be_hidden()
    expect(kept.chat.messages.last).to_be_focused()
    kept.chat.composer.focus()
    make_due(documents, "reminders", ada)
    expect(kept.due).to_contain_text("Call the plumber")
    expect(kept.due).to_contain_text("Before noon")
    expect(kept.chat.composer).to_be_focused()
    kept.page.reload()
    kept.chat.expect_connection("Connected")
    kept.due.get_by_role("button", name="Dismiss").click()
    expect(kept.due).to_be_hidden()
    expect(kept.open_later()).to_contain_text("Nothing is kept for later")


def test_a_reminder_that_is_due_is_put_off_for_twenty_minutes(
    enter: Enter, den: Callable[..., str], documents: Documents, ada: Person
) -> None:
    kept = Kept(enter(ada, den(ada), "Den"))
    kept.chat.say_and_see("Call the plumber")
    kept.choose("Call the plumber", "Remind me")
    kept.moment.get_by_role("button", name="Remind me").click()
    expect(kept.moment).to_be_hidden()
    make_due(documents, "reminders", ada)
    kept.due.get_by_role("button", name="In 20 minutes").click()
    expect(kept.due).to_be_hidden()
    expect(kept.open_later().get_by_role("button", name="Change time")).to_have_count(1)
    assert ada.get("/api/reminders").json()["reminders"][0]["state"] == "waiting"


def test_a_message_is_sent_later_by_keyboard_changed_and_sent_now(
    enter: Enter, den: Callable[..., str], ada: Person
) -> None:
    kept = Kept(enter(ada, den(ada), "Den"))
    button = kept.page.get_by_role("button", name="Schedule", exact=True)
    expect(button).to_be_disabled()
    kept.chat.composer.fill("Good morning")
    button.focus()
    kept.page.keyboard.press("Enter")
    expect(kept.page.get_by_role("menuitem", name=re.compile("^In 1 hour"))).to_be_focused()
    kept.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    kept.page.keyboard.press("ArrowUp")
    kept.page.keyboard.press("ArrowDown")
    kept.page.keyboard.press("Enter")
    expect(kept.chat.composer).to_have_value("")
    expect(kept.page.get_by_text("A message waits to be sent here: tomorrow 9:00")).to_be_visible()
    expect(kept.chat.messages).to_have_count(0)

    kept.open_later().get_by_role("button", name="Edit").click()
    kept.moment.get_by_label("Message").fill("Good evening")
    kept.moment.get_by_role("button", name="Save").click()
    expect(kept.later.get_by_role("listitem")).to_contain_text(["Good evening"])
    kept.later.get_by_role("button", name="Send now").click()
    expect(kept.chat.message("Good evening")).to_have_count(1)
    expect(kept.later).to_contain_text("Nothing is kept for later")


def test_a_message_is_sent_when_a_busy_person_is_back(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Callable[..., str], ada: Person
) -> None:
    zelda = meet("Zelda")
    theirs = online(zelda)
    theirs.call("status:set", {"status": "busy", "note": "Writing"})
    kept = Kept(enter(ada, den(ada, zelda), "Den"))
    kept.send_later("@Zelda can we talk?", "When Zelda is back")
    expect(kept.page.get_by_text("A message waits to be sent here: when Zelda is back")).to_be_visible()
    expect(kept.chat.messages).to_have_count(0)
    theirs.call("status:set", {"status": "available"})
    expect(kept.chat.message("can we talk?")).to_have_count(1)
    expect(kept.chat.messages).to_have_count(1)


def test_what_was_not_sent_says_why_and_can_be_cancelled(
    enter: Enter, den: Callable[..., str], documents: Documents, ada: Person
) -> None:
    path = den(ada)
    kept = Kept(enter(ada, path, "Den"))
    kept.send_later("Too late", "Tomorrow")
    expect(kept.page.get_by_text("A message waits to be sent here")).to_be_visible()
    reason = {"code": "room_archived", "message": "This room is archived."}
    documents["scheduled"].update_one({"user": ObjectId(ada.id)}, {"$set": {"state": "failed", "reason": reason}})
    kept.page.reload()
    kept.chat.expect_connection("Connected")
    item = kept.open_later().get_by_role("listitem")
    expect(item).to_contain_text("Not sent")
    expect(item).to_contain_text("This room is archived.")
    item.get_by_role("button", name="Cancel").click()
    expect(kept.later).to_contain_text("Nothing is kept for later")


def test_a_time_that_has_passed_is_not_taken(enter: Enter, den: Callable[..., str], ada: Person) -> None:
    kept = Kept(enter(ada, den(ada), "Den"))
    kept.send_later("Hello", "Choose a time")
    kept.moment.get_by_role("radio", name="Choose a time").check()
    kept.moment.get_by_label("Date and time").fill("2020-01-31T09:30")
    kept.moment.get_by_role("button", name="Send later").click()
    expect(kept.moment.get_by_role("alert")).to_contain_text("Choose a time to come")
    assert ada.get("/api/scheduled").json() == {"scheduled": []}
    later = datetime.now(UTC) + timedelta(days=2)
    kept.moment.get_by_label("Date and time").fill(later.strftime("%Y-%m-%dT%H:%M"))
    kept.moment.get_by_role("button", name="Send later").click()
    expect(kept.moment).to_be_hidden()
    expect(kept.chat.composer).to_have_value("")


@pytest.mark.parametrize(
    "screen", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desk", "phone"]
)
def test_no_violation_in_any_of_it(
    enter: Enter, den: Callable[..., str], documents: Documents, ada: Person, screen: dict[str, object]
) -> None:
    kept = Kept(enter(ada, den(ada), "Den", **screen, **NO_POLICY))
    kept.chat.composer.fill("The recipe")
    kept.page.get_by_role("button", name="Send", exact=True).click()
    expect(kept.chat.unsent("The recipe")).to_have_count(0)
    expect(kept.chat.message("The recipe")).to_have_count(1)
    for entry in ("Pin for everyone", "Bookmark"):
        kept.choose("The recipe", entry)
    expect(kept.page.locator(".entry[data-pinned][data-bookmarked]")).to_have_count(1)
    kept.choose("The recipe", "Remind me")
    assert violations(kept.page) == []
    kept.moment.get_by_role("button", name="Remind me").click()
    expect(kept.moment).to_be_hidden()
    kept.choose("The recipe", "Forward")
    expect(kept.forward.get_by_role("radio")).not_to_have_count(0)
    assert violations(kept.page) == []
    kept.page.keyboard.press("Escape")
    kept.chat.composer.fill("Hello")
    kept.page.get_by_role("button", name="Schedule", exact=True).click()
    assert violations(kept.page) == []
    kept.page.get_by_role("menuitem", name=re.compile("^Tomorrow")).click()
    expect(kept.page.get_by_text("A message waits to be sent here")).to_be_visible()
    make_due(documents, "reminders", ada)
    expect(kept.due).to_contain_text("The recipe")
    assert violations(kept.page) == []
    kept.open_pins()
    assert violations(kept.page) == []
    kept.pins.get_by_role("button", name="Close the panel").click()
    if screen:
        kept.page.get_by_role("button", name="Show rooms and people").click()
    kept.open_later()
    expect(kept.later.get_by_role("listitem")).to_have_count(3)
    assert violations(kept.page) == []
