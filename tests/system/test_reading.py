"""What is unread is one truth for all of somebody's devices; who writes is shown while it lasts."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.chat.stored import Documents
from tests.people import Person
from tests.server import wait_for
from tests.system.pages import Chat, toast
from tests.system.watch import OFFLINE, Watch

Meet = Callable[[str], Person]
Enter = Callable[..., Chat]
Den = Callable[..., str]


def marker(person: Person, path: str) -> int:
    rooms = person.get("/api/rooms").json()["rooms"]
    found: int = next(room["last_read_seq"] for room in rooms if path.endswith(room["id"]))
    return found


HIDE = """() => {
  Object.defineProperty(document, "hidden", {get: () => true});
  navigator.setAppBadge = async (rooms) => (window.icon = rooms);
}"""


def badge(chat: Chat, path: str) -> str:
    return chat.page.locator(f'.room-link[href="{path}"] .badge').inner_text().split()[0]


def test_what_is_read_on_one_device_is_read_on_the_others(meet: Meet, enter: Enter, den: Den) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    phone = enter(ada)
    writer = enter(bob, path, "Den")
    phone.page.evaluate(HIDE)
    writer.say_and_see("@Ada: one")
    writer.say_and_see("Two")
    # What comes while nobody looks is counted in the title, and rooms with something new on the icon of the app.
    expect(phone.page).to_have_title(re.compile(r"^\(\d+\) Lobby"))
    wait_for(lambda: phone.page.evaluate("window.icon >= 1"), "the icon to tell")
    link = phone.page.locator(f'.room-link[href="{path}"]')
    expect(link.locator(".badge")).to_be_visible()
    assert badge(phone, path) == "@"
    laptop = enter(ada, path, "Den")
    expect(laptop.message("Two")).to_be_visible()
    expect(link.locator(".badge")).to_be_hidden()
    wait_for(lambda: marker(ada, path) == 2, "the server to know")


def test_what_was_read_without_a_connection_is_told_when_it_is_back(
    meet: Meet, enter: Enter, den: Den, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    ada = meet("Ada")
    path = den(ada)
    chat = enter(ada, path, "Den")
    chat.page.context.set_offline(True)
    chat.say("Written in a tunnel")
    chat.page.context.set_offline(False)
    expect(chat.unsent()).to_have_count(0)
    wait_for(lambda: marker(ada, path) == 1, "the server to know")


def test_what_is_marked_as_unread_is_unread_on_all_devices_until_escape(meet: Meet, enter: Enter, den: Den) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    writer = enter(bob, path, "Den")
    for text in ("One", "Two", "Three"):
        writer.say_and_see(text)
    reader = enter(ada, path, "Den")
    wait_for(lambda: marker(ada, path) == 3, "everything to be read")
    choose(reader, "Two", "Seen by")
    expect(reader.page.get_by_text("Nobody else has seen this yet")).to_be_visible()
    choose(reader, "Two", "Mark unread from here")
    wait_for(lambda: marker(ada, path) == 1, "the marker to go back")
    expect(reader.page.locator(".entry", has=reader.page.locator(".new-line"))).to_contain_text("Two")
    choose(writer, "One", "Seen by")
    expect(toast(writer.page)).to_have_text("Seen by Ada")
    reader.log.press("Escape")
    wait_for(lambda: marker(ada, path) == 3, "everything to be read again")


def choose(chat: Chat, text: str, entry: str) -> None:
    """In the menu of a message."""
    chat.message(text).first.focus()
    chat.page.keyboard.press("Enter")
    chat.page.get_by_role("menuitem", name=entry).click()


def test_a_room_tells_no_more_than_its_reader_wants_to_be_told(meet: Meet, enter: Enter, den: Den) -> None:
    ada, bob = meet("Ada Involved"), meet("Bob")
    path = den(ada, bob)
    page, writer, phone = enter(ada), bob.connect(), ada.connect()
    room_id = path.rpartition("/")[2]
    link = page.page.locator(f'.room-link[href="{path}"]')
    assert phone.call("room:involve", {"room_id": room_id, "involvement": "mentions"})["ok"]
    writer.send(room_id, "For nobody in particular")
    mention = writer.send(room_id, "For @Ada Involved")
    expect(link.locator(".badge")).to_contain_text("@ 1")
    assert phone.call("room:involve", {"room_id": room_id, "involvement": "nothing"})["ok"]
    expect(link.locator(".badge")).to_be_hidden()
    assert phone.call("room:involve", {"room_id": room_id, "involvement": "everything"})["ok"]
    expect(link.locator(".badge")).to_contain_text("@ 2")
    assert mention["seq"] == 2
    for socket in (writer, phone):
        socket.close()


def test_who_writes_is_shown_to_the_others_until_it_is_said(meet: Meet, enter: Enter, den: Den) -> None:
    ada, bob, eve = meet("Ada"), meet("Bob"), meet("Eve")
    path = den(ada, bob, eve)
    writer, other, reader = enter(ada, path, "Den"), enter(bob, path, "Den"), enter(eve, path, "Den")
    line = reader.page.locator(".typing")
    expect(line).to_be_hidden()
    writer.composer.press_sequentially("Hello", delay=20)
    expect(line).to_have_text("Ada is writing")
    other.composer.press_sequentially("Oh", delay=20)
    expect(line).to_have_text("Ada and Bob are writing")
    expect(writer.page.locator(".typing")).to_have_text("Bob is writing")
    writer.composer.press("Enter")
    expect(line).to_have_text("Bob is writing")
    other.composer.fill("")
    expect(line).to_be_hidden()


def test_a_sign_of_life_in_the_page_brings_somebody_back(meet: Meet, enter: Enter, documents: Documents) -> None:
    ada, bob = meet("Ada Idle"), meet("Bob")
    chat, watcher = enter(ada), bob.connect()
    presence = {"_id": documents["users"].find_one({"email": ada.email})["_id"]}  # type: ignore[index]
    documents["presences"].update_one(presence, {"$set": {"is_away": True}})
    chat.page.keyboard.press("Shift")
    watcher.wait_for("user:changed", id=ada.id, is_away=False)
    watcher.close()
