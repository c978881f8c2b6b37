"""Devices are told of messages: to a real push service, which checks who sends and reads what arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.people import PASSWORD, Person, Socket
from tests.push_service import Browser, PushService, encoded
from tests.server import PATIENCE, Server, wait_for

Meet = Callable[[str], Person]
Subscribe = Callable[[Person], Browser]


def direct(one: Socket, other: Person) -> str:
    """Their room, made by the one."""
    room: str = one.call("room:create", {"kind": "direct", "member_ids": [other.id]})["room"]["id"]
    return room


def closed(one: Socket, *others: Person) -> str:
    room = one.call("room:create", {"kind": "closed", "name": "Den", "member_ids": [other.id for other in others]})
    found: str = room["room"]["id"]
    return found


@pytest.fixture
def bob(person: Meet, online: Callable[..., Socket]) -> Socket:
    """Whoever says something."""
    return online(person("Bob"))


def test_a_device_is_told_at_once_and_only_it_can_read_what(
    person: Meet, subscribed: Subscribe, bob: Socket, push_service: PushService
) -> None:
    ada, eve = person("Ada"), person("Eve")
    hers, eves = subscribed(ada), subscribed(eve)
    room = direct(bob, ada)
    said = bob.send(room, "Is the **demo**\n on?")
    (notice,) = hers.wait()
    assert (notice["title"], notice["body"]) == ("Bob", "Is the demo on?")
    assert (notice["url"], notice["tag"]) == (f"/rooms/{room}/messages/{said['id']}", room)
    sent = push_service.headers[-1]
    assert (sent["Content-Encoding"], sent["Topic"], sent["Urgency"]) == ("aes128gcm", room, "high")
    assert push_service.keys == {ada.get("/api/push/key").json()["key"]}
    assert eves.notices == []


def test_a_notice_is_in_the_language_of_whoever_it_is_for(person: Meet, subscribed: Subscribe, bob: Socket) -> None:
    ada, eve = person("Ada"), person("Eve")
    hers, eves = subscribed(ada), subscribed(eve)
    ada.write("PATCH", "/users/me", json={"language": "fr"}).raise_for_status()
    bob.send(closed(bob, ada, eve), "@Ada @Eve is the demo on?")
    assert hers.wait()[0]["title"] == "Bob dans Den"
    assert eves.wait()[0]["title"] == "Bob in Den"


def test_a_login_with_a_page_in_sight_is_not_told_and_another_of_the_same_person_is(
    person: Meet, subscribed: Subscribe, online: Callable[..., Socket], bob: Socket
) -> None:
    ada = person("Ada")
    laptop = subscribed(ada)
    phone_login = Person.__new__(Person)
    phone_login.url, phone_login.http = ada.url, requests.Session()
    phone_login.http.post(
        f"{ada.url}/users/login", json={"email": ada.email, "password": PASSWORD}, timeout=PATIENCE
    ).raise_for_status()
    phone = subscribed(phone_login)
    page = online(ada)
    room = direct(bob, ada)
    assert page.call("presence:visible", {"visible": True}) == {"ok": True}
    bob.send(room, "one")
    assert phone.wait()[0]["body"] == "one"
    assert page.call("presence:visible", {"visible": False}) == {"ok": True}
    bob.send(room, "two")
    assert [notice["body"] for notice in laptop.wait()] == ["two"]
    page.call("presence:visible", {"visible": True})
    page.close()
    bob.send(room, "three")
    assert [notice["body"] for notice in laptop.wait(2)] == ["two", "three"]


@pytest.mark.parametrize("visible", [None, "yes", 1, []], ids=repr)
def test_what_does_not_say_whether_a_page_is_in_sight_is_refused(bob: Socket, visible: object) -> None:
    assert bob.call("presence:visible", {"visible": visible})["error"]["code"] == "bad_input"


@pytest.mark.parametrize(
    ("about", "involvement", "told"),
    [
        ("mentions", "everything", ["@Ada here"]),
        ("everything", "everything", ["plain", "@Ada here"]),
        ("everything", "mentions", ["@Ada here"]),
        ("everything", "nothing", []),
        ("nothing", "everything", []),
    ],
)
def test_nobody_is_told_more_than_they_want(
    person: Meet,
    subscribed: Subscribe,
    online: Callable[..., Socket],
    bob: Socket,
    about: str,
    involvement: str,
    told: list[str],
) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    hers, zoes = subscribed(ada), subscribed(zoe)
    ada.write("PATCH", "/users/me/notifications", json={"notify_about": about})
    zoe.write("PATCH", "/users/me/notifications", json={"notify_about": "everything"})
    room = closed(bob, ada, zoe)
    ack = online(ada).call("room:involve", {"room_id": room, "involvement": involvement})
    assert ack["ok"], ack
    for count, text in enumerate(["plain", "@Ada here", "the end"], 1):
        bob.send(room, text)
        zoes.wait(count)  # so that each is sent before the next takes its place
    if about == involvement == "everything":
        told = [*told, "the end"]
    wait_for(lambda: len(hers.notices) >= len(told), "what Ada wants to be told")
    assert [(notice["title"], notice["body"]) for notice in hers.notices] == [("Bob in Den", text) for text in told]


def test_nobody_is_told_in_their_quiet_hours(person: Meet, subscribed: Subscribe, bob: Socket) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    hers, zoes = subscribed(ada), subscribed(zoe)
    here = datetime.now(UTC)
    hours = {
        "quiet_from": f"{here - timedelta(hours=2):%H:%M}",
        "quiet_until": f"{here + timedelta(hours=2):%H:%M}",
    }
    assert ada.write("PATCH", "/users/me/notifications", json=hours).json()["notifications"] | hours == {
        "notify_about": "mentions",
        "mail_mentions": True,
        **hours,
    }
    room = closed(bob, ada, zoe)
    bob.send(room, "@Ada @Zoe now")
    zoes.wait()
    assert hers.notices == []
    # The same hours far away are others.
    ada.write("PATCH", "/users/me", json={"time_zone": "Pacific/Kiritimati" if here.hour < 20 else "Pacific/Pago_Pago"})
    bob.send(room, "@Ada @Zoe later")
    assert [notice["body"] for notice in hers.wait()] == ["@Ada @Zoe later"]


def test_a_stand_in_is_named_as_one(
    person: Meet, subscribed: Subscribe, online: Callable[..., Socket], bob: Socket
) -> None:
    ada = person("Ada")
    eve = person("Eve")
    hers, eves = subscribed(ada), subscribed(eve)
    online(ada).call("status:set", {"status": "busy", "note": "Writing"})
    eve_online = online(eve)
    eve_online.send(direct(eve_online, ada), "Is the demo on?")
    assert hers.wait()[0]["title"] == "Eve"
    assert eves.wait()[0]["title"] == "Ada's stand-in (AI)"
    assert len(hers.notices) == 1  # not of her own stand-in


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_browser_that_is_gone_is_forgotten(
    person: Meet, subscribed: Subscribe, bob: Socket, push_service: PushService, status: int
) -> None:
    ada = person("Ada")
    browser = subscribed(ada)
    push_service.statuses[browser.name] = status
    assert ada.get("/api/push/key").json()["is_subscribed"] is True
    bob.send(direct(bob, ada), "Hello")
    wait_for(lambda: ada.get("/api/push/key").json()["is_subscribed"] is False, "the device to be forgotten")


def test_a_service_that_has_a_bad_day_loses_no_subscription_and_is_tried_again(
    person: Meet, subscribed: Subscribe, bob: Socket, push_service: PushService
) -> None:
    ada = person("Ada")
    browser, room = subscribed(ada), direct(bob, ada)
    push_service.statuses[browser.name] = 503
    answer = ada.write("POST", "/api/push/test")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "push_failed")
    tried = len(push_service.headers)
    bob.send(room, "in vain at first")
    wait_for(lambda: len(push_service.headers) > tried, "a first try")
    del push_service.statuses[browser.name]
    assert browser.wait()[0]["body"] == "in vain at first"


def test_a_login_that_ends_takes_its_device_with_it(person: Meet, subscribed: Subscribe, bob: Socket) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    hers, zoes = subscribed(ada), subscribed(zoe)
    room = closed(bob, ada, zoe)
    assert ada.write("POST", "/users/logout").status_code == 200
    bob.send(room, "@Ada @Zoe hello")
    zoes.wait()
    assert hers.notices == []


def test_a_browser_belongs_to_whoever_logged_in_last(person: Meet, subscribed: Subscribe, bob: Socket) -> None:
    ada, eve, zoe = person("Ada"), person("Eve"), person("Zoe")
    shared, zoes = subscribed(ada), subscribed(zoe)
    assert eve.write("PUT", "/api/push/subscription", json=shared.subscription()).status_code == 200
    assert ada.get("/api/push/key").json()["is_subscribed"] is False
    bob.send(closed(bob, ada, zoe), "@Ada @Zoe secret")
    zoes.wait()
    assert shared.notices == []


def test_a_test_notification_can_be_asked_for(person: Meet, subscribed: Subscribe) -> None:
    ada = person("Ada")
    answer = ada.write("POST", "/api/push/test")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_subscribed")
    browser = subscribed(ada)
    assert ada.write("POST", "/api/push/test").json() == {"ok": True}
    assert browser.notices[0]["url"] == "/settings/notifications"
    assert ada.write("DELETE", "/api/push/subscription").json() == {"ok": True}
    assert ada.write("POST", "/api/push/test").status_code == 409


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:1/push",
        "https://127.0.0.1/push",
        "https://10.0.0.7/push",
        "https://[::1]/push",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/push",
        "http://192.0.2.1/push",
        "https://user@192.0.2.1/",
        "ftp://192.0.2.1/",
        "javascript:alert(1)",
        "x",
    ],
)
def test_nothing_is_sent_to_what_is_no_push_service(person: Meet, push_service: PushService, endpoint: str) -> None:
    ada = person("Ada")
    body = {**push_service.browser().subscription(), "endpoint": endpoint}
    answer = ada.write("PUT", "/api/push/subscription", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_endpoint")
    assert ada.get("/api/push/key").json()["is_subscribed"] is False


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": ""},
        {"endpoint": 5},
        {"endpoint": "https://example.com/" + "x" * 2_000},
        {"keys": {}},
        {"keys": None},
        {"keys": {"p256dh": "x", "auth": "x"}},
        {"keys": {"p256dh": encoded(b"\4" + b"\1" * 64), "auth": encoded(b"a" * 16)}},
        {"keys": {"p256dh": "é", "auth": encoded(b"a" * 16)}},
    ],
    ids=["empty", "number", "long", "no-keys", "null", "short", "not-on-the-curve", "not-base64"],
)
def test_what_is_no_subscription_is_refused(person: Meet, push_service: PushService, change: dict[str, object]) -> None:
    ada = person("Ada")
    answer = ada.write("PUT", "/api/push/subscription", json={**push_service.browser().subscription(), **change})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert ada.get("/api/push/key").json()["is_subscribed"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/push/key"),
        ("PUT", "/api/push/subscription"),
        ("DELETE", "/api/push/subscription"),
        ("POST", "/api/push/test"),
        ("GET", "/users/me/notifications"),
        ("PATCH", "/users/me/notifications"),
    ],
)
def test_without_a_login_there_is_nothing(pushing: Server, method: str, path: str) -> None:
    answer = requests.request(method, f"{pushing.url}{path}", json={}, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "change",
    [
        {"notify_about": "all"},
        {"quiet_from": "24:00"},
        {"quiet_from": "7:00"},
        {"quiet_until": "\u0661\u0662:00"},
        {"quiet_until": 7},
        {"mail_mentions": "yes"},
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_not_kept(person: Meet, change: dict[str, object]) -> None:
    ada = person("Ada")
    before = ada.get("/users/me/notifications").json()
    answer = ada.write("PATCH", "/users/me/notifications", json=change)
    assert (answer.status_code, set(answer.json()["error"]["fields"])) == (400, set(change))
    assert ada.get("/users/me/notifications").json() == before
