"""Who is here: shown as they come, kept over a reload, gone a little after they close the page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.people import Person, Socket
from tests.system.pages import Chat


def test_people_are_shown_while_they_are_here_and_a_reload_is_no_departure(
    enter: Callable[..., Chat], meet: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    petra, quentin = meet("Petra"), meet("Quentin")
    observer = online(petra)
    chat = enter(petra)
    expect(chat.people("Offline").filter(has_text="Quentin")).to_be_visible()

    theirs = enter(quentin)
    expect(chat.people("Online").filter(has_text="Quentin")).to_be_visible()
    expect(chat.people("Offline").filter(has_text="Quentin")).to_have_count(0)
    theirs.page.reload()
    theirs.expect_connection("Connected")
    theirs.page.close()
    expect(chat.people("Offline").filter(has_text="Quentin")).to_be_visible()
    told = [(event, payload["user"]["name"]) for event, payload in observer.heard if event.startswith("user:")]
    assert [event for event, name in told if name == "Quentin"] == ["user:connected", "user:disconnected"]


def test_a_status_shows_with_its_end_and_note_until_it_is_taken_back(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    reader, rosa = enter(meet("Reader")), enter(meet("Rosa"))
    entry = reader.people("Online").filter(has_text="Rosa")
    rosa.set_status("Busy", until="Tomorrow 9:00", note="Writing")
    expect(entry).to_contain_text("Busy until tomorrow 9:00 · Writing")
    expect(rosa.page.get_by_role("button", name="Rosa Busy until tomorrow 9:00")).to_be_visible()
    rosa.set_status("Away", note="Lunch")
    expect(entry).to_contain_text("Away · Lunch")
    rosa.set_status("Available")
    expect(entry).not_to_contain_text("Lunch")
    expect(entry).not_to_contain_text("Away")


def test_a_busy_time_that_has_passed_is_not_taken_and_does_not_stand_in_the_way(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Tilda"))
    chat.status_button.click()
    chat.dialog.get_by_role("radio", name="Busy").check()
    chat.dialog.get_by_role("radio", name="Choose a time").check()
    chat.dialog.get_by_label("Busy until").fill("2020-01-01T10:00")
    chat.dialog.get_by_role("button", name="Save status").click()
    expect(chat.dialog).to_be_visible()
    chat.dialog.get_by_role("radio", name="1 hour").check()
    chat.dialog.get_by_role("button", name="Save status").click()
    expect(chat.dialog).to_be_hidden()
    expect(chat.status_button).to_contain_text("Busy until")


def test_someone_busy_who_has_left_is_still_shown_as_busy(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    reader, selma = enter(meet("Reader")), enter(meet("Selma"))
    selma.set_status("Busy", until="1 hour")
    selma.page.close()
    expect(reader.people("Offline").filter(has_text="Selma")).to_contain_text("Busy until")
    reader.composer.fill("@Selma")
    expect(reader.page.get_by_role("status").filter(has_text="Selma is busy until")).to_be_visible()
