"""The settings in the browser: one's picture, profile, password and devices."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from tests.people import PASSWORD, Person
from tests.server import PATIENCE
from tests.system.conftest import log_in
from tests.system.pages import Chat, toast
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import Watch


def two_halves() -> bytes:
    """A picture twice as wide as high, red on the left and blue on the right."""
    image = Image.new("RGB", (600, 300), (220, 30, 30))
    image.paste((30, 30, 220), (300, 0, 600, 300))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def settings_of(browse: Callable[..., Page]) -> Callable[..., Page]:
    """A page of somebody's settings: `settings_of(ada, "password")`."""

    def open_settings(person: Person, section: str, **options: object) -> Page:
        page = browse(person.url, **options)
        log_in(page.context, person)
        page.goto(f"/settings/{section}")
        return page

    return open_settings


def test_a_picture_is_cropped_by_keyboard_and_seen_by_others_and_taken_away(
    settings_of: Callable[..., Page], enter: Callable[..., Chat], den: Callable[..., str], meet: Callable[[str], Person]
) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    hers, his = settings_of(ada, "profile", **NO_POLICY), enter(bob, path, "Den")
    with hers.expect_file_chooser() as chooser:
        hers.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files([{"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"}])
    expect(hers.get_by_role("status").filter(has_text="no picture that can be read")).to_be_visible()
    with hers.expect_file_chooser() as chooser:
        hers.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files([{"name": "me.png", "mimeType": "image/png", "buffer": two_halves()}])
    dialog = hers.get_by_role("dialog", name="What is shown of it")
    zoom = dialog.get_by_role("slider", name="Larger")
    expect(zoom).to_be_focused()
    expect(dialog.get_by_role("slider", name="Up and down")).to_be_disabled()
    dialog.get_by_role("slider", name="Left and right").press("End")
    assert violations(hers) == []
    zoom.press("Enter")
    expect(dialog).to_be_hidden()
    expect(hers.get_by_role("status").filter(has_text="This is your picture now.")).to_be_visible()
    expect(hers.get_by_role("button", name="Choose a picture")).to_be_focused()
    shown = Image.open(io.BytesIO(ada.get(ada.get("/users/me").json()["user"]["avatar_url"]).content)).convert("RGB")
    assert [shown.getpixel((x, 128))[2] > 200 for x in (8, 128, 248)] == [True, True, True]
    hers.goto(path)
    Chat(hers, "Den").say_and_see("Hello")
    expect(his.message("Hello").locator(".avatar img")).to_have_js_property("naturalWidth", 256)
    hers.goto("/settings/profile")
    hers.get_by_role("button", name="Remove picture").click()
    expect(his.message("Hello").locator(".avatar img")).to_have_count(0)


def test_a_profile_is_saved_and_what_is_wrong_stands_beside_its_field(
    settings_of: Callable[..., Page], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 40[03]")
    ada = meet("Ada")
    page = settings_of(ada, "profile", timezone_id="Europe/Paris", **NO_POLICY)
    zone = page.get_by_label("Time zone")
    zone.fill("Atlantis")
    page.get_by_label("About you").fill("Engines")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Choose a time zone such as Europe/Paris.")).to_be_visible()
    expect(zone).to_be_focused()
    assert violations(page) == []
    page.get_by_role("button", name="Use Europe/Paris").click()
    page.get_by_label("Name").fill("Ada L.")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    user = ada.get("/users/me").json()["user"]
    assert (user["name"], user["bio"], user["time_zone"]) == ("Ada L.", "Engines", "Europe/Paris")


def test_a_new_password_logs_the_other_devices_out(
    settings_of: Callable[..., Page], enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 40[13]")
    ada = meet("Ada")
    page, other = settings_of(ada, "password", viewport=PHONE, **NO_POLICY), Person.__new__(Person)
    other.url, other.name, other.http = ada.url, ada.name, requests.Session()
    body = {"email": ada.email, "password": PASSWORD}
    other.http.post(f"{ada.url}/users/login", json=body, timeout=PATIENCE)
    chat = enter(other)
    page.get_by_label("Present password").fill("not the password")
    page.get_by_label("New password").fill("a better horse battery staple")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("That is not your present password.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status").filter(has_text="Your password is changed.")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_value("")
    expect(chat.page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_a_device_is_logged_out_from_another(
    settings_of: Callable[..., Page], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 401")
    ada = meet("Ada")
    headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
    lost = requests.Session()
    body = {"email": ada.email, "password": PASSWORD}
    lost.post(f"{ada.url}/users/login", json=body, headers=headers, timeout=PATIENCE)
    page = settings_of(ada, "sessions", **NO_POLICY)
    devices = page.get_by_role("list", name="Devices").get_by_role("listitem")
    expect(devices).to_have_count(2)
    expect(devices.filter(has_text="This device")).to_have_count(1)
    assert violations(page) == []
    page.get_by_role("button", name="End Firefox · Linux").click()
    expect(devices).to_have_count(1)
    expect(toast(page)).to_have_text("That device is logged out.")
    assert lost.get(f"{ada.url}/users/me", timeout=PATIENCE).status_code == 401
