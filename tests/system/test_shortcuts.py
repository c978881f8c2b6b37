"""As quick as the keyboard: to any room or person, to the last message, to what is unread, and the list of all keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from bson import ObjectId
from playwright.sync_api import Locator, Page, Route, expect

from tests.chat.stored import Documents, add_room
from tests.people import Person, Socket
from tests.system.pages import Chat, toast
from tests.system.test_accessibility import violations
from tests.system.test_frame import overflow

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Online = Callable[..., Socket]


@pytest.fixture
def house(meet: Meet, documents: Documents) -> tuple[Person, Person, dict[str, str]]:
    """Two people with three rooms of their own beside the Lobby."""
    kim, lou = meet("Kim Switch"), meet("Łucja Switch")
    # What others say in the Lobby is unread for whoever comes later.
    lobby = {"user": ObjectId(kim.id), "room": ObjectId(kim.lobby())}
    documents["memberships"].update_one(lobby, {"$set": {"involvement": "nothing"}})
    rooms = {name: add_room(documents, kim, lou, name=name) for name in ("Atelier", "Bureau", "Café Zürich")}
    return kim, lou, rooms


def switcher(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Go to a room or person")


def options(page: Page) -> Locator:
    return switcher(page).get_by_role("option")


def arrive(page: Page, room_id: str) -> None:
    """The page of that room, once its keys work."""
    expect(page).to_have_url(re.compile(room_id))
    Chat(page).expect_connection("Connected")


def test_a_few_letters_lead_to_rooms_looked_at_last_to_unread_ones_and_to_people(
    house: tuple[Person, Person, dict[str, str]], enter: Enter, online: Online
) -> None:
    kim, lou, rooms = house
    chat = enter(kim, f"/rooms/{rooms['Bureau']}", "Bureau")
    page = chat.page
    page.goto(f"/rooms/{rooms['Café Zürich']}")
    page.goto(f"/rooms/{rooms['Atelier']}")
    Chat(page, "Atelier").expect_connection("Connected")
    online(lou).send(rooms["Bureau"], "@Kim Switch psst")
    page.keyboard.press("Control+k")
    # The one looked at before this one comes first, and the unread one says so.
    expect(options(page).first).to_contain_text("Café Zürich")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    expect(options(page).filter(has_text="Bureau")).to_contain_text("@ 1 unread", use_inner_text=True)
    page.keyboard.press("ArrowDown")
    expect(options(page).filter(has_text="Bureau")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    arrive(page, rooms["Bureau"])
    page.keyboard.press("Control+k")
    page.keyboard.type("zur cf")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")
    arrive(page, rooms["Café Zürich"])
    page.get_by_role("button", name="Go to…").click()
    page.keyboard.type("lucja sw")
    expect(options(page)).to_have_count(0)  # ł is a letter of its own
    page.keyboard.press("Control+a")
    page.keyboard.type("Łucj")
    expect(options(page)).to_contain_text(["Łucja Switch"])
    page.keyboard.press("Control+k")
    expect(switcher(page)).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("Łucja")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Łucja Switch")).to_be_visible()


def test_keys_lead_through_the_rooms_and_to_the_last_message(
    house: tuple[Person, Person, dict[str, str]], enter: Enter, online: Online
) -> None:
    kim, lou, rooms = house
    theirs = online(lou)
    theirs.send(rooms["Café Zürich"], "Over here")
    theirs.send(rooms["Atelier"], "@Kim Switch the last word")
    chat = enter(kim, f"/rooms/{rooms['Atelier']}", "Atelier")
    page = chat.page
    expect(chat.message("the last word")).to_be_visible()
    page.keyboard.press("Shift+ArrowUp")
    expect(page.get_by_text("Replying to Łucja Switch")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+Backslash")
    page.get_by_role("searchbox", name=re.compile("emoji", re.IGNORECASE)).fill("seedling")
    expect(page.get_by_role("button", name="seedling", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(chat.message("the last word").get_by_role("button", name=re.compile("🌱"))).to_be_visible()
    page.keyboard.press("Control+Shift+m")
    mentions = page.get_by_role("complementary", name="Mentions of you")
    expect(mentions.get_by_role("listitem")).to_contain_text(["the last word"])
    page.keyboard.press("Control+Shift+m")
    expect(mentions).to_be_hidden()
    with page.expect_file_chooser():
        page.keyboard.press("Control+u")
    page.keyboard.press("Alt+Shift+ArrowDown")
    arrive(page, rooms["Café Zürich"])
    Chat(page, "Café Zürich").composer.fill("half a thought")
    page.keyboard.press("Alt+ArrowUp")
    arrive(page, rooms["Bureau"])
    expect(Chat(page, "Bureau").composer).to_have_value("")
    page.keyboard.press("Alt+ArrowDown")
    arrive(page, rooms["Café Zürich"])
    expect(Chat(page, "Café Zürich").composer).to_have_value("half a thought")


@pytest.mark.parametrize(
    "viewport", [{"width": 1280, "height": 800}, {"width": 320, "height": 640}], ids=["desk", "small"]
)
def test_nothing_of_it_violates_a_rule_of_axe_or_is_wider_than_the_page(
    viewport: dict[str, int], enter: Enter, meet: Meet
) -> None:
    page = enter(meet("Kim"), viewport=viewport, bypass_csp=True).page
    for chord in ("Control+k", "Control+/", "Control+Shift+m"):
        page.keyboard.press(chord)
        assert violations(page) == []
        assert overflow(page) == []
        page.keyboard.press("Escape")
    if viewport["width"] < 768:
        page.get_by_role("button", name="Show rooms and people").click()
    page.get_by_role("button", name="Account menu").click()
    assert violations(page) == []
    assert overflow(page) == []


def test_the_list_of_keys_opens_anywhere_but_where_one_writes(enter: Enter, meet: Meet) -> None:
    chat = enter(meet("Kim"))
    keys = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    chat.composer.press("?")
    expect(chat.composer).to_have_value("?")
    chat.page.keyboard.press("Control+/")
    expect(keys.get_by_text("Go to a room or person")).to_be_visible()
    chat.page.keyboard.press("Control+k")
    expect(switcher(chat.page)).to_be_hidden()
    chat.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    chat.log.focus()
    chat.page.keyboard.press("?")
    expect(keys).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="Account menu").click()
    chat.page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(keys).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("button", name="Account menu")).to_be_focused()


@pytest.fixture
def slow(enter: Enter, meet: Meet, den: Callable[..., str]) -> tuple[Chat, Callable[[str], Callable[[], None]]]:
    """A page, and how a file of it is kept back: `release = keep("**/parts/**")`, then `release()`."""
    chat = enter(hasty := meet("Hasty"), den(hasty), "Den")

    def keep(pattern: str) -> Callable[[], None]:
        kept: list[Route] = []
        chat.page.route(pattern, lambda route: kept.append(route))  # noqa: PLW0108 (Playwright looks into what it is given)

        def release() -> None:
            for route in kept:
                route.continue_()
            chat.page.unroute(pattern)

        return release

    return chat, keep


def test_what_is_typed_before_its_field_is_there_is_for_it(
    slow: tuple[Chat, Callable[[str], Callable[[], None]]],
) -> None:
    chat, keep = slow
    page, release = chat.page, keep("**/parts/**")
    chat.composer.focus()
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type("heronx")
    page.keyboard.press("Backspace")
    expect(chat.composer).to_have_value("")
    release()
    expect(page.locator("#search-field")).to_have_value("heron")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.keyboard.press("Escape")
    release = keep("**/emoji_picker_controller.js*")
    page.get_by_role("button", name="Emoji", exact=True).click()
    page.keyboard.type("seedling")
    release()
    expect(page.locator("#emoji-search")).to_have_value("seedling")
    page.keyboard.press("Escape")
    expect(chat.composer).to_have_value("")


def test_enter_waits_for_the_choices_that_it_takes_one_of(
    slow: tuple[Chat, Callable[[str], Callable[[], None]]],
) -> None:
    chat, keep = slow
    release = keep("**/completion_list_controller.js*")
    chat.composer.focus()
    chat.page.keyboard.type("/a")
    chat.page.keyboard.press("Enter")
    release()
    expect(chat.composer).to_have_value("/ask ")
    expect(chat.messages).to_have_count(0)


def test_a_button_that_is_pressed_before_its_panel_can_act_acts_then(
    slow: tuple[Chat, Callable[[str], Callable[[], None]]],
) -> None:
    chat, keep = slow
    release = keep("**/room_details_controller.js*")
    chat.page.get_by_role("button", name="Members and details").click()
    chat.page.get_by_role("button", name="Move up").click()
    release()
    expect(toast(chat.page)).to_have_text(re.compile(r"^Den is room \d of \d$"))
