"""Rooms and people in the page: made, found, filled and left by hand and by keyboard, as others see it at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chat.rooms import made, make, make_guest, rooms_of
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.server import wait_for
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Online = Callable[..., Socket]


def rooms(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Rooms", exact=True).get_by_role("link")


def directs(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Direct messages").get_by_role("link")


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def show_details(page: Page, room: str = "Den") -> Locator:
    page.get_by_role("button", name="Members and details").click()
    panel = page.get_by_role("complementary", name=room)
    expect(panel.get_by_role("list", name="Members").get_by_role("listitem").first).to_be_visible()
    return panel


def arrive(page: Page, room: str = "Lobby") -> Chat:
    """The page of another room, once it is there and connected."""
    expect(page.get_by_role("heading", name=room, level=1, exact=True)).to_be_visible()
    chat = Chat(page, room)
    chat.expect_connection("Connected")
    return chat


def test_a_room_is_made_and_appears_for_those_in_it_without_a_reload(enter: Enter, meet: Meet) -> None:
    maker, member = enter(meet("Maker")), enter(meet("Yvonne"))
    maker.page.get_by_role("button", name="New room").click()
    made_here = dialog(maker.page, "New room")
    made_here.get_by_role("radio", name="Closed").check()
    made_here.get_by_role("textbox", name="Name").fill("Launch")
    made_here.get_by_role("textbox", name="What it is for").fill("The day in March")
    made_here.get_by_role("searchbox", name="People").fill("yvo")
    made_here.get_by_role("checkbox", name="Yvonne").first.check()
    made_here.get_by_role("button", name="Make the room").click()
    launch = arrive(maker.page, "Launch")
    expect(maker.page.get_by_text("2 members · The day in March")).to_be_visible()
    link = rooms(member.page).filter(has_text="Launch")
    expect(link).to_be_visible()
    launch.say_and_see("Welcome")
    expect(link).to_contain_text("1")
    link.click()
    expect(Chat(member.page, "Launch").message("Welcome")).to_have_count(1)


def test_a_room_is_made_with_the_keyboard_alone(enter: Enter, meet: Meet) -> None:
    meet("Yolanda")
    chat = enter(meet("Maker"))
    keys = chat.page.keyboard
    chat.page.get_by_role("button", name="New room").focus()
    keys.press("Enter")
    expect(chat.page.get_by_role("textbox", name="Name")).to_be_focused()
    keys.type("By keyboard")
    keys.press("Tab")
    keys.press("Tab")
    expect(chat.page.get_by_role("searchbox", name="People")).to_be_focused()
    keys.type("yol")
    keys.press("Enter")
    expect(dialog(chat.page, "New room").get_by_role("button", name="Yolanda")).to_be_visible()
    keys.press("Enter")
    arrive(chat.page, "By keyboard")
    expect(chat.page.get_by_text("2 members", exact=True)).to_be_visible()


def test_escape_leaves_a_dialog_and_the_focus_is_back_where_it_was(enter: Enter, meet: Meet) -> None:
    chat = enter(meet("Ada"))
    for button, title in (
        ("New room", "New room"),
        ("Browse rooms", "Browse rooms"),
        ("New direct message", "New room"),
    ):
        chat.page.get_by_role("button", name=button).focus()
        chat.page.keyboard.press("Enter")
        expect(dialog(chat.page, title)).to_be_visible()
        chat.page.keyboard.press("Escape")
        expect(dialog(chat.page, title)).to_be_hidden()
        expect(chat.page.get_by_role("button", name=button)).to_be_focused()


def test_an_open_room_is_found_and_joined(enter: Enter, meet: Meet, online: Online) -> None:
    owner = online(meet("Owner"))
    made(owner, "open", "Books and films", description="What we read")
    made(owner, "closed", "Books in secret")
    chat = enter(meet("Reader"))
    chat.page.get_by_role("button", name="Browse rooms").click()
    found = dialog(chat.page, "Browse rooms")
    found.get_by_role("searchbox").fill("books")
    expect(found.get_by_role("listitem")).to_have_count(1)
    expect(found.get_by_role("listitem")).to_contain_text("1 member · What we read")
    found.get_by_role("button", name="Join Books and films").click()
    arrive(chat.page, "Books and films")
    expect(chat.page.get_by_text("2 members · What we read")).to_be_visible()


def test_a_person_is_chosen_and_written_to(enter: Enter, meet: Meet) -> None:
    zelda = meet("Zelda")
    zelda.write("PATCH", "/users/me", json={"bio": "Maps", "time_zone": "Asia/Tokyo"})
    hers, chat = enter(zelda), enter(meet("Ada"))
    chat.people("Online").get_by_role("button", name="Zelda").first.click()
    profile = dialog(chat.page, "Zelda")
    expect(profile).to_contain_text("Maps")
    expect(profile).to_contain_text("in Tokyo")
    profile.get_by_role("button", name="Message").click()
    direct = arrive(chat.page, "Zelda")
    direct.say_and_see("Just us")
    expect(directs(hers.page).filter(has_text="Ada")).to_contain_text("1")
    expect(directs(chat.page).filter(has_text="Zelda")).to_have_attribute("aria-current", "page")
    details = show_details(chat.page, "Zelda")
    for button in ("Leave room", "Archive room", "Edit name and description", "Invite"):
        expect(details.get_by_role("button", name=button)).to_be_hidden()


def test_direct_rooms_are_in_the_order_in_which_something_was_said(enter: Enter, meet: Meet, online: Online) -> None:
    me, others = meet("Me"), [meet(name) for name in ("Anna", "Bert", "Cleo")]
    sockets = [online(other) for other in others]
    ids = [made(socket, "direct", None, me) for socket in sockets]
    for socket, room_id in zip(sockets, ids, strict=True):
        socket.send(room_id, "Hello")
    chat = enter(me)
    expect(directs(chat.page)).to_have_count(3)
    names = directs(chat.page).locator("[data-slot=name]")
    assert names.all_inner_texts() == ["Cleo", "Bert", "Anna"]
    sockets[0].send(ids[0], "Again")
    expect(names.first).to_have_text("Anna")


def test_unread_rooms_come_first(enter: Enter, meet: Meet, online: Online) -> None:
    ada = meet("Ada")
    socket = online(meet("Owner"))
    made(socket, "closed", "Attic", ada)
    cellar = made(socket, "closed", "Cellar", ada)
    chat = enter(ada)
    names = rooms(chat.page).locator("[data-slot=name]")
    assert names.all_inner_texts() == ["Lobby", "Attic", "Cellar"]
    socket.send(cellar, "Down here")
    expect(names.first).to_have_text("Cellar")


def test_an_owner_names_describes_invites_removes_and_archives(enter: Enter, meet: Meet, online: Online) -> None:
    ada, xaver = meet("Ada"), meet("Xaver Unique")
    den = made(online(ada), "closed", "Den")
    chat, other = enter(ada, f"/rooms/{den}", "Den"), enter(xaver)
    panel = show_details(chat.page)
    panel.get_by_role("button", name="Edit name and description").click()
    panel.get_by_role("textbox", name="Name").fill("Attic")
    panel.get_by_role("textbox", name="What it is for").fill("Under the roof")
    panel.get_by_role("button", name="Save").click()
    panel = chat.page.get_by_role("complementary", name="Attic")
    expect(chat.page.get_by_role("heading", name="Attic", level=1)).to_be_visible()
    expect(rooms(chat.page).filter(has_text="Attic")).to_be_visible()

    panel.get_by_role("button", name="Invite").click()
    invitation = dialog(chat.page, "Invite people")
    invitation.get_by_role("searchbox").fill("xaver")
    invitation.get_by_role("checkbox", name="Xaver Unique").check()
    invitation.get_by_role("button", name="Invite").click()
    expect(panel.get_by_role("list", name="Members")).to_contain_text("Xaver Unique")
    rooms(other.page).filter(has_text="Attic").click()
    arrive(other.page, "Attic")

    panel.get_by_role("button", name="Remove Xaver Unique").click()
    dialog(chat.page, "Remove Xaver Unique from Attic?").get_by_role("button", name="Remove").click()
    expect(panel.get_by_role("list", name="Members")).not_to_contain_text("Xaver Unique")
    gone = dialog(other.page, "You are not in Attic any more")
    expect(gone).to_be_visible()
    other.page.keyboard.press("Escape")
    expect(gone).to_be_visible()
    gone.get_by_role("link", name="Go to your rooms").click()
    arrive(other.page)
    expect(rooms(other.page).filter(has_text="Attic")).to_have_count(0)

    panel.get_by_role("button", name="Archive room").click()
    dialog(chat.page, "Archive Attic?").get_by_role("button", name="Archive room").click()
    expect(chat.page.get_by_text("This room is archived")).to_be_visible()
    expect(chat.page.get_by_role("textbox", name="Message to")).to_be_hidden()
    expect(rooms(chat.page).filter(has_text="Attic")).to_have_count(0)
    panel.get_by_role("button", name="Open the room again").click()
    expect(chat.page.get_by_text("This room is archived")).to_be_hidden()
    expect(rooms(chat.page).filter(has_text="Attic")).to_be_visible()


def test_a_member_leaves_and_is_asked_first(enter: Enter, meet: Meet, online: Online) -> None:
    ada = meet("Ada")
    den = made(online(meet("Owner")), "open", "Den", ada)
    chat = enter(ada, f"/rooms/{den}", "Den")
    panel = show_details(chat.page)
    expect(panel.get_by_role("button", name="Archive room")).to_be_hidden()
    panel.get_by_role("button", name="Leave room").click()
    question = dialog(chat.page, "Leave Den?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_be_hidden()
    panel.get_by_role("button", name="Leave room").click()
    question.get_by_role("button", name="Leave room").click()
    arrive(chat.page)
    expect(rooms(chat.page).filter(has_text="Den")).to_have_count(0)


def test_an_involvement_is_chosen_and_kept(enter: Enter, meet: Meet, online: Online) -> None:
    ada = meet("Ada")
    den = made(online(ada), "closed", "Den")
    chat = enter(ada, f"/rooms/{den}", "Den")
    panel = show_details(chat.page)
    expect(panel.get_by_role("radio", name="Everything")).to_be_checked()
    panel.get_by_role("radio", name="Mentions").check()
    wait_for(lambda: rooms_of(ada)[den]["involvement"] == "mentions", "the involvement to be kept")
    chat.page.reload()
    chat.expect_connection("Connected")
    expect(show_details(chat.page).get_by_role("radio", name="Mentions")).to_be_checked()


def test_ones_own_profile_is_changed_and_seen_by_others(enter: Enter, meet: Meet, watch: Watch) -> None:
    watch.allow("status of 400")
    chat, other = enter(meet("Quirin")), enter(meet("Ada"))
    chat.status_button.click()
    chat.page.get_by_role("button", name="Your profile").click()
    dialog(chat.page, "Quirin").get_by_role("button", name="Edit profile").click()
    form = chat.page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill("Quirin the Second")
    form.get_by_role("textbox", name="About you").fill("Bees")
    form.get_by_role("combobox", name="Time zone").fill("Nowhere/City")
    form.get_by_role("button", name="Save profile").click()
    expect(form.get_by_role("alert")).to_contain_text("Choose a time zone such as Europe/Paris.")
    form.get_by_role("combobox", name="Time zone").fill("Europe/Paris")
    form.get_by_role("button", name="Save profile").click()
    expect(dialog(chat.page, "Quirin the Second")).to_contain_text("in Paris")
    other.people("Online").get_by_role("button", name="Quirin the Second").click()
    expect(dialog(other.page, "Quirin the Second")).to_contain_text("Bees")


def test_an_administrator_gives_a_role_in_the_profile(enter: Enter, meet: Meet, documents: Documents) -> None:
    root, wanda = meet("Root"), meet("Wanda Unique")
    make(documents, root, "administrator")
    chat = enter(root)
    chat.people("Offline").get_by_role("button", name="Wanda Unique").click()
    profile = dialog(chat.page, "Wanda Unique")
    profile.get_by_role("combobox", name="Role").select_option("guest")
    expect(profile.get_by_text("Guest", exact=True)).to_be_visible()
    assert wanda.get("/users/me").json()["user"]["role"] == "guest"


def test_a_guest_sees_their_rooms_and_the_people_there_alone(
    enter: Enter, meet: Meet, online: Online, browse: Callable[..., Page], documents: Documents
) -> None:
    guest, host = meet("Guest"), meet("Host Unique")
    meet("Stranger Unique")
    make_guest(documents, guest)
    den = made(online(host), "closed", "Den", guest)
    chat = enter(guest, f"/rooms/{den}", "Den")
    assert rooms(chat.page).locator("[data-slot=name]").all_inner_texts() == ["Den"]
    expect(chat.page.get_by_role("button", name="New room")).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Browse rooms")).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Host Unique")).to_be_visible()
    expect(chat.page.get_by_text("Stranger Unique")).to_have_count(0)
    panel = show_details(chat.page)
    expect(panel.get_by_role("button", name="Invite")).to_be_hidden()
    panel.get_by_role("button", name="Leave room").click()
    dialog(chat.page, "Leave Den?").get_by_role("button", name="Leave room").click()
    expect(chat.page.get_by_role("heading", name="You are in no room yet")).to_be_visible()
    chat.page.get_by_role("button", name="Log out").click()
    expect(chat.page).to_have_url(re.compile("/users/login"))


@pytest.mark.parametrize("viewport", [None, PHONE, {"width": 320, "height": 640}], ids=["desk", "phone", "small"])
def test_nothing_of_it_violates_a_rule_of_axe_or_is_wider_than_the_page(
    enter: Enter, meet: Meet, online: Online, viewport: dict[str, int] | None
) -> None:
    ada, zack = meet("Ada"), meet("Zack")
    owner = online(ada)
    den = made(owner, "closed", "Den", zack, description="A description that is long enough for a second line " * 3)
    made(owner, "direct", None, zack)
    archived = made(owner, "open", "Old")
    owner.call("room:archive", {"room_id": archived, "archived": True})
    options = {"viewport": viewport} if viewport else {}
    chat = enter(ada, f"/rooms/{den}", "Den", **options, **NO_POLICY)
    page = chat.page

    def check() -> None:
        # In the first frame of its animation a dialog is not to be seen yet.
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []

    def show_sidebar() -> None:
        if viewport:
            page.get_by_role("button", name="Show rooms and people").click()

    panel = show_details(page)
    check()
    panel.get_by_role("button", name="Edit name and description").click()
    check()
    panel.get_by_role("button", name="Cancel").click()
    panel.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")  # what opens it comes when it is first needed
    expect(dialog).to_be_visible()
    check()
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="Leave room").click()
    check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close the panel").click()
    show_sidebar()
    page.get_by_text("Archived", exact=True).click()
    check()
    for button in ("New room", "Browse rooms", "New direct message"):
        page.get_by_role("button", name=button).click()
        expect(dialog).to_be_visible()
        check()
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Zack").first.click()
    expect(dialog).to_be_visible()
    check()
