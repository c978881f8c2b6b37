"""What was missed comes by e-mail: over a real mail server, once, gathered, and only to those who want it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from app.chat.notices import letters
from tests.chat.stored import open_database
from tests.mail_server import MailServer, open_mail_server, text_of
from tests.people import Person, Socket
from tests.server import PATIENCE, Server, start_together, wait_for

Meet = Callable[[str], Person]
AFTER = {"STANDIN_MAIL_AFTER_MINUTES": "0.1", "STANDIN_MAIL_FROM": "Standin <chat@example.com>"}


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with open_mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def mailing(post: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("mailing"), STANDIN_SMTP_URL=post.url, **AFTER).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture
def person(mailing: Server) -> Meet:
    return lambda name: Person(mailing.url, name)


@pytest.fixture
def bob(person: Meet, online: Callable[..., Socket]) -> Socket:
    return online(person("Bob"))


def room_of(one: Socket, kind: str, *others: Person) -> str:
    named = {} if kind == "direct" else {"name": "Den"}
    room = one.call("room:create", {"kind": kind, **named, "member_ids": [other.id for other in others]})
    found: str = room["room"]["id"]
    return found


def unsubscribe_link(text: str) -> str:
    found = re.search(r"http\S+/unsubscribe/\S+", text)
    assert found, text
    return found.group()


def test_what_was_missed_is_gathered_into_one_letter_and_what_was_read_is_not_in_it(
    person: Meet, bob: Socket, post: MailServer
) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    den, direct = room_of(bob, "closed", ada, zoe), room_of(bob, "direct", ada)
    bob.send(den, "nothing for anybody")
    bob.send(den, "@Ada is the <b>demo</b> on?")
    said = bob.send(direct, "Call me.\nSoon.")
    (letter,) = post.wait_for(ada.email)
    assert (letter["From"], letter["Subject"]) == ("Standin <chat@example.com>", "2 messages wait for you")
    plain, html = text_of(letter), text_of(letter, "html")
    assert "Bob in Den" in plain
    assert "@Ada is the <b>demo</b> on?" in plain
    assert "&lt;b&gt;demo&lt;/b&gt;" in html
    assert f"{ada.url}/rooms/{direct}/messages/{said['id']}" in plain
    assert "nothing for anybody" not in plain + html
    assert post.logins > 0
    assert post.to(zoe.email) == []
    # A second time is another letter, of what is new alone.
    bob.send(direct, "Are you there?")
    second = post.wait_for(ada.email, 2)[1]
    assert second["Subject"] == "Bob wrote to you"
    assert "Call me." not in text_of(second)


def test_who_is_there_or_has_read_it_gets_no_letter(
    person: Meet, online: Callable[..., Socket], bob: Socket, post: MailServer
) -> None:
    ada, eve, zoe = person("Ada"), person("Eve"), person("Zoe")
    den = room_of(bob, "closed", ada, eve, zoe)
    online(eve)
    reader = online(ada)
    said = bob.send(den, "@Ada @Eve @Zoe hello")
    assert reader.call("room:read", {"room_id": den, "seq": said["seq"]})["ok"]
    reader.close()
    post.wait_for(zoe.email)
    bob.send(den, "@Zoe and now")
    post.wait_for(zoe.email, 2)
    assert post.to(ada.email) == post.to(eve.email) == []


def test_the_link_in_a_letter_ends_the_letters_and_nobody_elses(person: Meet, bob: Socket, post: MailServer) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    den = room_of(bob, "closed", ada, zoe)
    bob.send(den, "@Ada hello")
    (letter,) = post.wait_for(ada.email)
    link = unsubscribe_link(text_of(letter))
    assert letter["List-Unsubscribe"] == f"<{link}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = requests.get(link, headers={"Accept": "text/html"}, timeout=PATIENCE)
    assert (page.status_code, "Stop the mails?" in page.text) == (200, True)
    assert ada.get("/users/me/notifications").json()["notifications"]["mail_mentions"] is True
    answer = requests.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=PATIENCE)
    assert answer.json() == {"ok": True}
    assert ada.get("/users/me/notifications").json()["notifications"]["mail_mentions"] is False
    assert zoe.get("/users/me/notifications").json()["notifications"]["mail_mentions"] is True
    bob.send(den, "@Ada @Zoe again")
    post.wait_for(zoe.email)
    assert len(post.to(ada.email)) == 1


def test_a_link_that_we_did_not_sign_ends_nothing(person: Meet, mailing: Server) -> None:
    ada = person("Ada")
    for token in (ada.id, f"{ada.id}.x", f'"{ada.id}".AAAA', "%00", "x" * 500):
        for method in ("GET", "POST"):
            answer = requests.request(method, f"{mailing.url}/unsubscribe/{token}", timeout=PATIENCE)
            assert answer.status_code == 404, (method, token)
    assert ada.get("/users/me/notifications").json()["notifications"]["mail_mentions"] is True


def test_no_name_becomes_a_header(person: Meet, online: Callable[..., Socket], post: MailServer) -> None:
    """What is one line to us may be several to the one who takes it for an encoded word."""
    ada, mallory, name = person("Ada"), person("Mallory"), "=?utf-8?q?x=0d=0aBcc:_eve@example.com=0d=0a?="
    for someone in (ada, mallory):
        someone.write("PATCH", "/users/me", json={"name": name}).raise_for_status()
    writing = online(mallory)
    writing.send(room_of(writing, "direct", ada), "Hello")
    (letter,) = post.wait_for(ada.email)
    assert letter["Bcc"] is None
    assert "=0d=0aBcc" in letter["Subject"]
    assert "=0d=0aBcc" in letter["To"]


def test_a_stand_in_is_named_as_one(person: Meet, online: Callable[..., Socket], post: MailServer) -> None:
    ada, eve = person("Ada"), person("Eve")
    online(ada).call("status:set", {"status": "busy", "note": "Writing"})
    asking = online(eve)
    asking.send(room_of(asking, "direct", ada), "Is the demo on?")
    asking.wait_for("message:created", origin="standin")
    asking.close()
    (letter,) = post.wait_for(eve.email)
    assert letter["Subject"] == "Ada's stand-in (AI) wrote to you"
    assert "Ada's stand-in (AI), " in text_of(letter)
    assert "Ada&#39;s stand-in (AI)</strong>" in text_of(letter, "html")


def test_a_letter_is_in_the_language_of_whoever_gets_it(person: Meet, bob: Socket, post: MailServer) -> None:
    ada = person("Ada")
    ada.write("PATCH", "/users/me", json={"language": "fr"}).raise_for_status()
    bob.send(room_of(bob, "closed", ada), "@Ada is the demo on?")
    (letter,) = post.wait_for(ada.email)
    assert letter["Subject"] == "Bob vous a écrit dans Den"
    plain, html = text_of(letter), text_of(letter, "html")
    assert "Bonjour Ada," in plain
    assert "Bob dans Den, " in plain
    assert '<html lang="fr">' in html
    assert "Ouvrir la messagerie" in html


def test_two_processes_send_a_letter_once_and_a_restart_loses_none(
    make_server: Callable[..., Server], online: Callable[..., Socket]
) -> None:
    with open_mail_server() as post:
        environment = {"STANDIN_SMTP_URL": post.url, **AFTER}
        post.answer = "451 Not now"
        first = make_server("shared", **environment)
        second = make_server("shared", **environment)
        first.start()
        ada, bob = Person(first.url, "Ada"), Person(first.url, "Bob")
        speaker = online(bob)
        speaker.send(room_of(speaker, "direct", ada), "Hello")
        with open_database(first) as documents:
            put_off = {"until": {"$lt": datetime.now(UTC) + timedelta(minutes=1)}}
            wait_for(lambda: post.tries and documents["mail_turns"].find_one(put_off), "a letter to be tried in vain")
        first.kill()
        post.answer = "250 Taken"
        start_together([first, second])
        post.wait_for(ada.email)
        others = [Person(second.url, f"Person {number}") for number in range(3)]
        speaker = online(Person(second.url, "Eve"))
        for other in others:
            speaker.send(room_of(speaker, "direct", other), "Hello")
        for other in others:
            post.wait_for(other.email)
        first.stop()
        second.stop()
        assert [len(post.to(one.email)) for one in (ada, *others)] == [1, 1, 1, 1]


def test_an_address_that_is_refused_for_good_is_not_tried_for_ever(person: Meet, bob: Socket, post: MailServer) -> None:
    ada, zoe = person("Ada"), person("Zoe")
    post.answer = "550 Nobody here"
    tries = post.tries
    bob.send(room_of(bob, "direct", ada), "Hello")
    wait_for(lambda: post.tries > tries, "a letter to be tried")
    post.answer = "250 Taken"
    bob.send(room_of(bob, "direct", zoe), "Hello")
    post.wait_for(zoe.email)
    assert post.to(ada.email) == []


def test_a_token_is_of_one_person_and_not_of_another_secret() -> None:
    letters.configure(lambda _name, _values: "", "https://chat.example.com", "s" * 32, "a@example.com")
    token = letters.unsubscribe_token("5" * 24)
    assert letters.unsubscribed(token) == "5" * 24
    letters.configure(lambda _name, _values: "", "https://chat.example.com", "t" * 32, "a@example.com")
    assert letters.unsubscribed(token) is None
