"""Notifications and the app without a network: a real service worker, and a push service that the tests are.

Chromium would ask a push service of its own, which cannot be reached here. So the page is given a subscription of the
tests' service; what arrives there is decrypted and handed to the service worker as the browser would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.people import Person, Socket
from tests.push_service import Browser, PushService, open_push_service
from tests.server import Server, wait_for
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import Watch

SUBSCRIBE = """given => {
  let current = null;
  const unsubscribe = async () => { current = null; return true; };
  const made = () => ({ ...given, options: {}, toJSON: () => given, unsubscribe });
  PushManager.prototype.subscribe = async () => (current = made());
  PushManager.prototype.getSubscription = async () => current;
}"""

LISTEN = """() => {
  window.answers = [];
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.type === "version" && answers.push(data));
}"""
OFFER = """() => {
  window.asked = false;
  const choice = {prompt: () => (window.asked = true), userChoice: Promise.resolve({outcome: "accepted"})};
  dispatchEvent(Object.assign(new Event("beforeinstallprompt", {cancelable: true}), choice));
}"""
MAKE_OLDER = """(version) => {
  document.querySelector("[data-controller=notices]").dataset.noticesVersionValue = version;
}"""


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service
        assert service.problems == []


@pytest.fixture(scope="module")
def pushing(push_service: PushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    allowed = f"127.0.0.1:{push_service.port}"
    running = Server(tmp_path_factory.mktemp("pushing"), STANDIN_PUSH_ALLOW=allowed).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture
def person(pushing: Server) -> Callable[[str], Person]:
    return lambda name: Person(pushing.url, name)


@pytest.fixture
def app(browse: Callable[..., Page]) -> Callable[..., Page]:
    """A page with its service worker in charge: `app(ada, "/")`."""

    def open_app(person: Person, path: str, browser: Browser | None = None, **options: Any) -> Page:
        page = browse(person.url, service_workers="allow", permissions=["notifications"], **options)
        if browser:
            page.context.add_init_script(f"({SUBSCRIBE})({json.dumps(browser.subscription())})")
        log_in(page.context, person)
        page.goto(path)
        page.evaluate(
            "navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready)"
        )
        wait_for(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the worker to take over")
        return page

    return open_app


def deliver(page: Page, notice: dict[str, Any]) -> None:
    """Give the service worker what a push service would."""
    devtools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    wait_for(lambda: page.evaluate("1") and found, "the service worker's registration")
    origin = page.evaluate("location.origin")
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[-1]["registrationId"], "data": json.dumps(notice)},
    )
    devtools.detach()


def shown(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
          .map(({title, body, tag, data}) => ({title, body, tag, url: data.url}))"""
    )
    return found


def test_a_browser_is_told_and_shows_what_it_is_told(
    app: Callable[..., Page], person: Callable[[str], Person], online: Callable[..., Socket], push_service: PushService
) -> None:
    ada, bob = person("Ada"), person("Bob")
    browser = push_service.browser()
    page = app(ada, "/settings/notifications", browser, **NO_POLICY)
    page.get_by_role("button", name="Turn on notifications").click()
    expect(page.get_by_role("status").filter(has_text="This browser tells you of messages")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Send a test notification").click()
    expect(page.get_by_role("status").filter(has_text="Sent.")).to_be_visible()
    deliver(page, browser.wait()[0])
    wait_for(lambda: shown(page), "the test notification")
    assert shown(page)[0]["title"] == "Standin"
    speaker = online(bob)
    room = speaker.call("room:create", {"kind": "direct", "member_ids": [ada.id]})["room"]["id"]
    said = speaker.send(room, "Is the demo on?")
    notice = browser.wait(2)[1]
    assert (notice["title"], notice["body"]) == ("Bob", "Is the demo on?")
    deliver(page, notice)  # a page is in sight here, which tells of it by itself
    assert all(each["title"] == "Standin" for each in shown(page))
    page.goto("/")
    Chat(page).expect_connection("Connected")
    speaker.send(room, "You are there, are you not?")
    expect(page.get_by_role("link", name="Bob")).to_contain_text("2")
    assert len(browser.notices) == 2
    worker = page.context.service_workers[0]
    worker.evaluate(
        "url => self.clients.matchAll().then(([page]) => page.postMessage({type: 'open', url}))", notice["url"]
    )
    page.wait_for_url(f"**/rooms/{room}/messages/{said['id']}")
    worker.evaluate("room => self.registration.showNotification('Bob', {tag: room, data: {url: '/'}})", room)
    speaker.send(room, "And now?")
    wait_for(lambda: all(each["tag"] != room for each in shown(page)), "what was read to be taken away")
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Turn on notifications").click()
    expect(page.get_by_role("button", name="Send a test notification")).to_be_focused()
    assert ada.get("/api/push/key").json()["is_subscribed"] is True
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_focused()
    assert ada.get("/api/push/key").json()["is_subscribed"] is False


def test_quiet_hours_and_what_one_is_told_of_are_saved(
    app: Callable[..., Page], person: Callable[[str], Person]
) -> None:
    ada = person("Ada")
    page = app(ada, "/settings/notifications", viewport=PHONE)
    page.get_by_role("radio", name="Everything").check()
    page.get_by_label("From").fill("22:00")
    page.get_by_label("to", exact=True).fill("07:00")
    page.get_by_label("Play a sound").uncheck()
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    kept = ada.get("/users/me/notifications").json()["notifications"]
    assert (kept["notify_about"], kept["quiet_from"], kept["quiet_until"]) == ("everything", "22:00", "07:00")
    page.reload()
    expect(page.get_by_label("From")).to_have_value("22:00")
    expect(page.get_by_label("Play a sound")).not_to_be_checked()


def test_a_browser_that_forbids_it_is_helped(browse: Callable[..., Page], person: Callable[[str], Person]) -> None:
    ada = person("Ada")
    page = browse(ada.url, **NO_POLICY)
    log_in(page.context, ada)
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.goto("/settings/notifications")
    expect(page.get_by_text("Click the sign left of the address")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_hidden()
    assert violations(page) == []


def test_a_message_sounds_once_in_all_tabs_and_not_where_it_is_muted(
    browse: Callable[..., Page], person: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    ada, bob = person("Ada"), person("Bob")
    speaker = online(bob)
    room = speaker.call("room:create", {"kind": "direct", "member_ids": [ada.id]})["room"]["id"]
    note = "{ localStorage.tones = Number(localStorage.tones ?? 0) + 1; }"
    silence = "AudioScheduledSourceNode.prototype.stop = () => {};"
    page = browse(ada.url)
    log_in(page.context, ada)
    page.context.add_init_script(f"{silence} AudioScheduledSourceNode.prototype.start = () => {note}")
    other = page.context.new_page()
    for tab, text in ((page, "A touch"), (other, "Another one")):
        tab.goto("/")
        chat = Chat(tab)
        chat.expect_connection("Connected")
        chat.say_and_see(text)  # without a touch a page may not sound
    speaker.send(room, "psst")
    wait_for(lambda: page.evaluate("localStorage.tones") == "2", "the two notes of one chime")
    expect(page.locator('link[rel="icon"]')).to_have_attribute("href", "/static/favicon-unread.svg")
    page.evaluate("id => localStorage.setItem(`standin:${id}:sound`, 'false')", ada.id)
    speaker.send(room, "psst again")
    for tab in (page, other):
        expect(tab.get_by_role("link", name="Bob")).to_contain_text("2")
    assert page.evaluate("localStorage.tones") == "2"


def test_the_chat_opens_without_a_network_and_sends_what_was_written_when_it_is_back(
    app: Callable[..., Page], person: Callable[[str], Person], online: Callable[..., Socket], watch: Watch
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "Failed to fetch", "service-worker")
    ada = person("Ada")
    page = app(ada, "/")
    context: BrowserContext = page.context
    chat = Chat(page)
    chat.say_and_see("Said before")
    page.reload()  # now by the worker, which keeps it
    chat.expect_connection("Connected")
    context.set_offline(True)
    page.reload()
    expect(chat.message("Said before")).to_have_count(1)
    chat.expect_connection("Offline")
    chat.say("Written on the train")
    expect(chat.unsent("Written on the train")).to_have_count(1)
    page.goto("/settings")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.get_by_role("link", name="Go to the chat").click()
    expect(chat.unsent("Written on the train")).to_have_count(1)
    context.set_offline(False)
    expect(chat.unsent()).to_have_count(0)
    assert [message["body"] for message in ada.messages(ada.lobby())][-1] == "Written on the train"
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.evaluate("caches.has('standin-pages')") is False
    # Where a login was ended from elsewhere, what was kept goes as soon as somebody else may log in.
    page.evaluate("caches.open('standin-pages').then(() => null)")
    page.goto("/users/login")
    wait_for(lambda: not page.evaluate("caches.has('standin-pages')"), "the pages that were kept to go")


def test_a_page_that_is_older_than_what_the_server_has_now_says_so_and_one_that_is_not_does_not(
    app: Callable[..., Page], person: Callable[[str], Person]
) -> None:
    page = app(person("Ada"), "/")
    news = page.get_by_role("status").filter(has_text="Standin was updated. Reload the page when it suits you.")
    # Another language is another worker, but not another version of the page.
    page.evaluate(LISTEN)
    for language, version, is_told in (("de", None, False), ("fr", "of last week", True)):
        if version:
            page.evaluate(MAKE_OLDER, version)
        page.context.add_cookies([{"name": "standin_language", "value": language, "url": page.url}])
        page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
        wait_for(lambda: page.evaluate("answers.splice(0).length"), "the new worker to say which version it is")
        expect(news).to_have_count(int(is_told))
    page.get_by_role("button", name="Close", exact=True).click()
    expect(news).to_be_hidden()


def test_the_app_can_be_installed(app: Callable[..., Page], person: Callable[[str], Person]) -> None:
    page = app(person("Ada"), "/")
    devtools = page.context.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [],
        [{"errorId": "in-incognito", "errorArguments": []}],
    )
    described = json.loads(manifest["data"])
    for icon in described["icons"] + described["screenshots"]:
        assert page.request.get(icon["src"]).ok
    assert described["shortcuts"]
    assert {each["form_factor"] for each in described["screenshots"]} == {"wide", "narrow"}
    for shortcut in described["shortcuts"]:
        assert page.request.get(shortcut["url"]).ok
    # The browser says when it may be installed, which it cannot be here.
    page.evaluate(OFFER)
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Install Standin").click()
    assert page.evaluate("asked") is True
    expect(page.get_by_role("button", name="Install Standin")).to_be_hidden()


def test_who_writes_to_somebody_at_night_is_told_how_late_it_is_there(
    browse: Callable[..., Page], person: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    ada, bob = person("Ada"), person("Bob")
    room = online(ada).call("room:create", {"kind": "direct", "member_ids": [bob.id]})["room"]["id"]
    page = browse(ada.url)
    log_in(page.context, ada)
    for hour, is_told in ((3, True), (12, False)):
        bob.write("PATCH", "/users/me", json={"time_zone": zone_where_it_is(hour)})
        page.goto(f"/rooms/{room}")
        Chat(page, "Bob").expect_connection("Connected")
        expect(page.get_by_role("status").filter(has_text="where Bob is.")).to_have_count(int(is_told))


def zone_where_it_is(hour: int) -> str:
    """The signs of these names are the wrong way round, as POSIX has them."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"
