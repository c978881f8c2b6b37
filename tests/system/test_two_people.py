"""The main job, whole: two people talk, one goes busy and is answered for. In one process and in two."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ai_provider import Provider
from tests.people import Person
from tests.server import Server, free_port
from tests.system.pages import Chat, sign_up
from tests.system.watch import Watch


@dataclass(frozen=True)
class House:
    """A running Standin: where its chat is, and where its doors are."""

    chat: str
    doors: str


@pytest.fixture(params=["one process", "two processes"])
def house(request: pytest.FixtureRequest) -> House:
    if request.param == "one process":
        url = request.getfixturevalue("standin").url
        return House(url, url)
    two_processes: House = request.getfixturevalue("two_processes")
    return two_processes


@pytest.fixture
def two_processes(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[House]:
    ports = {"auth": free_port(), "chat": free_port()}
    addresses = {f"STANDIN_{role.upper()}_URL": f"http://127.0.0.1:{port}" for role, port in ports.items()}
    model = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": provider.base_url}
    instance = tmp_path_factory.mktemp("split")
    servers = [Server(instance, ports[role], STANDIN_ROLE=role, **addresses, **model) for role in ports]
    for server in servers:
        server.start()
    yield House(addresses["STANDIN_CHAT_URL"], addresses["STANDIN_AUTH_URL"])
    assert [server.stop() for server in servers] == [0, 0]


def arrive(page: Page, house: House, name: str) -> Chat:
    """Come to the chat for the first time: by way of the login page to the sign-up form, and back."""
    page.goto("/")
    assert page.url.startswith(f"{house.doors}/users/login")
    page.get_by_role("link", name="Create an account").click()
    sign_up(page, name, f"{name}.{uuid.uuid4().hex[:8]}@example.com")
    page.wait_for_url(f"{house.chat}/")
    chat = Chat(page)
    chat.expect_connection("Connected")
    return chat


def test_two_people_talk_and_the_busy_one_is_answered_for(
    house: House, browse: Callable[..., Page], watch: Watch, provider: Provider
) -> None:
    watch.home(house.doors)
    nadia = arrive(browse(house.chat), house, "Nadia")
    omar = arrive(browse(house.chat), house, "Omar")
    expect(nadia.people("Online").filter(has_text="Omar")).to_be_visible()
    expect(omar.people("Online").filter(has_text="Nadia")).to_be_visible()

    omar.say("Morning, Nadia. How is the slide deck?")
    expect(nadia.message("How is the slide deck?")).to_have_count(1)
    nadia.say("Finished last night, the demo is ready.")
    expect(omar.message("Finished last night")).to_have_count(1)

    set_up_stand_in(nadia.page, house)
    nadia.set_status("Busy", until="30 minutes", note="Rehearsing")
    expect(omar.people("Online").filter(has_text="Nadia")).to_contain_text(re.compile(r"Busy until .+Rehearsing"))
    omar.composer.fill("@Nadia is the demo ready?")
    notice = omar.page.get_by_role("status").filter(has_text="their stand-in may answer")
    expect(notice).to_have_text(
        re.compile(r"^Nadia is busy until .*; their stand-in may answer\. Their note: “Rehearsing”$")
    )
    omar.composer.press("Enter")

    for reader in (omar, nadia):
        answer = reader.message("Nadia wrote that the demo is ready.")
        expect(answer).to_have_count(1)
        expect_stand_in(answer, "Nadia")
    [asked] = provider.requests_about("is the demo ready?")[-1:]
    assert "Rehearsing" in asked["messages"][0]["content"]
    assert "Finished last night" in asked["messages"][1]["content"]
    assert watch.strangers() == set()

    omar.log_out()
    expect(omar.page).to_have_url(f"{house.doors}/users/login")
    expect(nadia.people("Offline").filter(has_text="Omar")).to_be_visible()


def set_up_stand_in(page: Page, house: House) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    headers = {"X-CSRF-TOKEN": cookies["csrf_access_token"]}
    answer = page.request.put(f"{house.chat}/api/stand-in", data={"mode": "answer"}, headers=headers)
    assert answer.ok, answer.text()


def expect_stand_in(answer: Locator, owner: str) -> None:
    """Said in words, to eyes and to ears, and in the look: never to be taken for the person."""
    expect(answer).to_contain_text(f"{owner}'s stand-in (AI)")
    expect(answer).to_match_aria_snapshot(f"- article:\n  - text: AI stand-in for {owner}\n  - time")
    expect(answer.locator(".message__body")).to_have_css("border-style", "dashed")


def test_without_a_provider_there_is_one_plain_line_for_a_busy_period(
    server: Server, enter: Callable[..., Chat]
) -> None:
    ida = enter(Person(server.url, "Ida"))
    jon = enter(Person(server.url, "Jon"))
    away_line = "Ida left this note: At the dentist"
    ida.set_status("Busy", until="1 hour", note="At the dentist")
    jon.say_and_see("@Ida are you there?")
    expect(jon.message(away_line)).to_have_count(1)
    expect_stand_in(jon.message(away_line), "Ida")

    jon.say_and_see("@Ida hello?")
    ida.set_status("Available")
    ida.set_status("Busy", until="1 hour", note="At the dentist, again")
    jon.say_and_see("@Ida and now?")
    expect(jon.message(f"{away_line}, again")).to_have_count(1)
    expect(jon.message(away_line)).to_have_count(2)
