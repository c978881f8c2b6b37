"""Programs that write into rooms: made by administrators, let in by a key, marked as what they are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.auth.test_avatar import picture
from tests.bots import BOTS, Bot
from tests.chat.busy import Busy, replies, reply
from tests.chat.rooms import code, made, make, members_of
from tests.chat.stored import Connect, Documents
from tests.people import NOBODYS_ID, PASSWORD, Person
from tests.server import PATIENCE, Server


@pytest.fixture(scope="module")
def root(server: Server, documents: Documents) -> Person:
    person = Person(server.url, "Root")
    make(documents, person, "administrator")
    return person


@pytest.fixture(scope="module")
def outsider(server: Server, root: Person) -> Person:
    assert root
    return Person(server.url, "Mallory")


@pytest.fixture
def bot(root: Person) -> Bot:
    return Bot(root)


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_an_administrator_makes_a_bot_and_everyone_learns_of_it(root: Person, bob: Person, online: Connect) -> None:
    his = online(bob)
    bot = Bot(root, "Builds")
    told = his.wait_for("user:changed", id=bot.id)["user"]
    assert (told["name"], told["role"], told["is_online"], told["status"]) == ("Builds", "bot", False, "available")
    assert bot.made["rooms"] == [{"id": bob.lobby(), "name": "Lobby"}]
    assert bot.id in members_of(bob, bob.lobby())
    listed = root.get(BOTS)
    assert next(one for one in listed.json()["bots"] if one["id"] == bot.id) == bot.made
    assert bot.key not in listed.text
    profile = bob.get(f"/api/users/{bot.id}").json()["user"]
    assert (profile["role"], profile["bio"]) == ("bot", "")


def test_its_key_is_shown_once_and_not_kept(bot: Bot, documents: Documents) -> None:
    assert len(bot.key) > 40
    stored = documents["users"].find_one({"_id": ObjectId(bot.id)})
    assert stored
    assert bot.key not in str(stored)
    assert bot.key.rsplit("-", 1)[1] not in str(stored)


def test_it_writes_into_a_room_and_is_marked_as_a_bot(
    bot: Bot, ada: Person, bob: Person, online: Connect, documents: Documents
) -> None:
    hers, his = online(ada), online(bob)
    den = made(hers, "closed", "Den", bob)
    assert refused(bot.post({"room_id": den, "body": "Hello"})) == (404, "room_not_found")
    assert hers.call("room:invite", {"room_id": den, "user_ids": [bot.id]})["user_ids"] == [bot.id]
    message = bot.say(den, "Build **7** of https://example.com/7 is red, @Bob and @all")
    assert his.wait_for("message:created", id=message["id"])["message"] == message
    assert (message["origin"], message["sender"]) == ("bot", {"id": bot.id, "name": bot.name})
    assert (message["on_behalf_of"], message["mentions_all"]) == (None, False)
    assert message["mentions"] == [bob.id]
    assert '<a href="https://example.com/7"' in message["html"]
    assert "<strong>7</strong>" in message["html"]
    answer = bot.say(den, "Green again", reply_to=message["id"], thread_id=message["id"])
    assert (answer["reply_to"]["id"], answer["thread_id"]) == (message["id"], message["id"])
    assert [one["origin"] for one in bob.messages(den)] == ["bot", "bot"]
    stored = documents["messages"].find_one({"_id": ObjectId(message["id"])})
    assert stored
    assert stored["origin"] == "bot"


def test_a_form_does_as_well(bot: Bot, bob: Person) -> None:
    headers, data = {"Authorization": f"Bearer {bot.key}"}, {"room_id": bob.lobby(), "body": "From a script"}
    answer = requests.post(f"{bot.url}/messages", data=data, headers=headers, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["message"]["body"]) == (201, "From a script")


def test_what_is_sent_twice_is_one_message(bot: Bot, bob: Person, documents: Documents) -> None:
    lobby, key = bob.lobby(), uuid.uuid4().hex
    first = bot.say(lobby, "Once", client_message_id=key)
    again = bot.post({"room_id": lobby, "body": "Twice", "client_message_id": key})
    assert (again.status_code, again.json()["message"]) == (200, first)
    assert documents["messages"].count_documents({"client_message_id": key}) == 1
    assert bot.say(lobby, "Same")["id"] != bot.say(lobby, "Same")["id"]


def test_what_was_sent_is_answered_so_also_when_the_room_is_archived_since(
    bot: Bot, ada: Person, online: Connect
) -> None:
    hers = online(ada)
    den = made(hers, "closed", "Den")
    hers.call("room:invite", {"room_id": den, "user_ids": [bot.id]})
    first = bot.say(den, "Once", client_message_id="once")
    hers.call("room:archive", {"room_id": den, "archived": True})
    again = bot.post({"room_id": den, "body": "Once", "client_message_id": "once"})
    assert (again.status_code, again.json()["message"]["id"]) == (200, first["id"])
    assert refused(bot.post({"room_id": den, "body": "More"})) == (409, "room_archived")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        {"body": "Hello"},
        {"room_id": NOBODYS_ID},
        {"room_id": NOBODYS_ID, "body": ""},
        {"room_id": NOBODYS_ID, "body": "x" * 8001},
        {"room_id": NOBODYS_ID, "body": 7},
        {"room_id": {"$ne": None}, "body": "Hello"},
        {"room_id": NOBODYS_ID, "body": "Hello", "client_message_id": ""},
        {"room_id": NOBODYS_ID, "body": "Hello", "reply_to": "x"},
    ],
)
def test_what_is_no_message_is_refused(bot: Bot, payload: Any) -> None:
    assert refused(bot.post(payload)) == (400, "bad_input")


def test_only_its_own_key_lets_it_write(root: Person, bot: Bot, bob: Person, documents: Documents) -> None:
    payload, other = {"room_id": bob.lobby(), "body": "Let me in"}, Bot(root, "Other")
    before = documents["messages"].count_documents({})
    for key in (other.key, bob.token, bot.key[:-1], f"{bot.key}x", "\xff", "x"):
        assert refused(bot.post(payload, key=key)) == (401, "bad_key")
    for headers in ({}, {"Authorization": f"Basic {bot.key}"}, {"Authorization": "Bearer"}, {"Authorization": bot.key}):
        answer = requests.post(f"{bot.url}/messages", json=payload, headers=headers, timeout=PATIENCE)
        assert refused(answer) == (401, "bad_key")
    assert refused(bob.write("POST", f"{BOTS}/{bot.id}/messages", json=payload)) == (401, "bad_key")
    bot.url = f"{root.url}{BOTS}/{bob.id}"  # a person has no key
    assert refused(bot.post(payload)) == (401, "bad_key")
    bot.url = f"{root.url}{BOTS}/nobody"
    assert refused(bot.post(payload)) == (404, "not_found")
    assert documents["messages"].count_documents({}) == before


def test_a_new_key_takes_the_place_of_the_old_one(root: Person, bot: Bot, bob: Person) -> None:
    answer = root.write("POST", f"{BOTS}/{bot.id}/key")
    assert answer.status_code == 200
    payload = {"room_id": bob.lobby(), "body": "Hello"}
    assert refused(bot.post(payload)) == (401, "bad_key")
    assert bot.post(payload, key=answer.json()["key"]).status_code == 201


def test_a_bot_has_another_name_and_a_picture(root: Person, bot: Bot, bob: Person, online: Connect) -> None:
    his = online(bob)
    assert root.write("PATCH", f"{BOTS}/{bot.id}", json={"name": "Deploys"}).json()["bot"]["name"] == "Deploys"
    assert his.wait_for("user:changed", id=bot.id, name="Deploys")["user"]["role"] == "bot"
    assert bot.say(bob.lobby(), "Hello")["sender"]["name"] == "Deploys"
    answer = root.write("POST", f"{BOTS}/{bot.id}/avatar", files={"file": ("me.jpg", picture())})
    assert answer.status_code == 200, answer.text
    url = answer.json()["bot"]["avatar_url"]
    assert his.wait_for("user:changed", id=bot.id, avatar_url=url)
    assert bob.get(url).headers["Content-Type"] == "image/webp"
    assert refused(root.write("POST", f"{BOTS}/{bot.id}/avatar", files={"file": ("me.jpg", b"no")}))[0] == 400
    assert root.write("DELETE", f"{BOTS}/{bot.id}/avatar").json()["bot"]["avatar_url"] is None


def test_a_bot_that_is_removed_is_gone_and_what_it_wrote_stays(
    root: Person, bot: Bot, ada: Person, bob: Person, online: Connect
) -> None:
    hers, his = online(ada), online(bob)
    den = made(hers, "closed", "Den", bob)
    hers.call("room:invite", {"room_id": den, "user_ids": [bot.id]})
    message = bot.say(den, "Remember me")
    assert root.write("DELETE", f"{BOTS}/{bot.id}").json() == {"ok": True}
    assert his.wait_for("user:removed")["user_id"] == bot.id
    assert refused(bot.post({"room_id": den, "body": "Hello"})) == (401, "bad_key")
    assert bot.id not in members_of(bob, den)
    assert bot.id not in {user["id"] for user in bob.get("/api/users").json()["users"]}
    assert bob.messages(den)[-1]["sender"] == message["sender"]
    assert code(hers.call("room:invite", {"room_id": den, "user_ids": [bot.id]})) == "user_not_found"
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/key"), ("DELETE", "/avatar")):
        answer = root.write(method, f"{BOTS}/{bot.id}{path}", json={"name": "Back"})
        assert refused(answer) == (404, "bot_not_found"), path
    assert bot.id not in {one["id"] for one in root.get(BOTS).json()["bots"]}


@pytest.mark.parametrize("role", ["member", "guest"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("PATCH", "/{}"), ("DELETE", "/{}"), ("POST", "/{}/key"), ("DELETE", "/{}/avatar")],
)
def test_nobody_but_administrators_manages_bots(
    role: str, method: str, path: str, bot: Bot, outsider: Person, documents: Documents
) -> None:
    make(documents, outsider, role)
    before = list(documents["users"].find().sort("_id", 1))
    answer = outsider.write(method, BOTS + path.format(bot.id), json={"name": "Mine"})
    assert refused(answer) == (403, "not_allowed")
    upload = outsider.write("POST", f"{BOTS}/{bot.id}/avatar", files={"file": ("me.jpg", picture())})
    assert refused(upload) == (403, "not_allowed")
    page = outsider.get(f"/settings/bots{'/' + bot.id if path else ''}", headers={"Accept": "text/html"})
    assert page.status_code == 403
    assert "Only administrators make bots" in page.text
    assert list(documents["users"].find().sort("_id", 1)) == before


def test_without_a_login_there_are_no_bots(server: Server, bot: Bot) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("PATCH", f"/{bot.id}"), ("POST", f"/{bot.id}/avatar")):
        answer = requests.request(method, f"{server.url}{BOTS}{path}", timeout=PATIENCE)
        assert refused(answer) == (401, "not_authenticated"), path
    as_bot = requests.get(f"{server.url}/api/rooms", headers={"Authorization": f"Bearer {bot.key}"}, timeout=PATIENCE)
    assert refused(as_bot) == (401, "not_authenticated")


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines", 7, None])
def test_what_is_no_name_is_refused(root: Person, bot: Bot, name: Any) -> None:
    for method, path in (("POST", ""), ("PATCH", f"/{bot.id}")):
        assert refused(root.write(method, BOTS + path, json={"name": name})) == (400, "bad_input")


@pytest.mark.parametrize("path", [f"/{NOBODYS_ID}", f"/{NOBODYS_ID}/key"])
def test_a_bot_that_is_not_there_is_not_found(root: Person, path: str) -> None:
    method = "POST" if path.endswith("key") else "DELETE"
    assert refused(root.write(method, BOTS + path)) == (404, "bot_not_found")


def test_a_bot_cannot_log_in_and_has_no_other_role(root: Person, bot: Bot, documents: Documents) -> None:
    """Not with what stands for its address, and not if it had a real one and a password that is known."""
    stored = documents["users"].find_one({"_id": ObjectId(bot.id)})
    known = documents["users"].find_one({"_id": ObjectId(root.id)})
    assert stored
    assert known
    address = {"email": f"{bot.id}@example.com", "email_key": f"{bot.id}@example.com"}
    documents["users"].update_one(
        {"_id": stored["_id"]}, {"$set": {**address, "password_hash": known["password_hash"]}}
    )
    for email in (stored["email"], address["email"]):
        body = {"email": email, "password": PASSWORD}
        answer = requests.post(f"{root.url}/users/login", json=body, timeout=PATIENCE)
        assert refused(answer) in {(400, "bad_input"), (401, "invalid_credentials")}
    for role in ("administrator", "member", "guest"):
        assert refused(root.write("PATCH", f"/api/users/{bot.id}", json={"role": role})) == (409, "is_bot")
    assert refused(root.write("PATCH", f"/api/users/{bot.id}", json={"role": "bot"})) == (400, "bad_input")
    assert refused(root.write("PATCH", f"/api/users/{root.id}", json={"role": "bot"})) == (400, "bad_input")


def test_a_bot_never_owns_a_room(bot: Bot, ada: Person, bob: Person, online: Connect) -> None:
    hers = online(ada)
    den = made(hers, "closed", "Den")
    hers.call("room:invite", {"room_id": den, "user_ids": [bot.id]})
    hers.call("room:invite", {"room_id": den, "user_ids": [bob.id]})
    hers.call("room:leave", {"room_id": den})
    assert members_of(bob, den) == {bot.id: "member", bob.id: "owner"}


def test_nobody_stands_in_for_a_bot_or_answers_one(
    bot: Bot, ada: Person, bob: Person, online: Connect, busy: Busy, documents: Documents
) -> None:
    his = online(bob)
    den, pair = made(his, "closed", "Den", ada), made(his, "closed", "Pair", ada)
    for place in (den, pair):
        his.call("room:invite", {"room_id": place, "user_ids": [bot.id]})
    his.call("room:leave", {"room_id": pair})
    busy(ada)
    # As nothing but an import could have it.
    busy_bot = {"status": "busy", "status_mode": "answer", "status_since": datetime.now(UTC) - timedelta(hours=1)}
    documents["users"].update_one({"_id": ObjectId(bot.id)}, {"$set": busy_bot})
    called = [bot.say(pair, "@Ada are you there? Nobody else is."), bot.say(den, "@Ada are you there?")]
    bot.say(pair, "The build is green")
    bot.say(den, "@all the build is green")
    his.send(den, f"@{bot.name} are you?")
    made_later = made(his, "closed", "Later", ada)
    his.send(made_later, "Where is the plan?")
    assert reply(his, made_later)["on_behalf_of"]["id"] == ada.id  # it came last, and all before it were looked at
    assert replies(ada, pair) == replies(ada, den) == []
    needs = [(need["message"]["id"], need["reason"]) for need in ada.get("/api/stand-in/digest").json()["needs_you"]]
    said = {str(message["_id"]) for message in documents["messages"].find({"sender": ObjectId(bot.id)})}
    theirs = [need for need in needs if need[0] in said]
    assert theirs == [(message["id"], "mention") for message in reversed(called)], "what calls her by name, and no more"


def test_it_says_so_much_a_minute_and_bad_keys_use_up_nothing(make_server: Any) -> None:
    server = make_server(STANDIN_RATE_LIMITS="on").start()
    root = Person(server.url, "Root")  # whoever comes first administers
    bot, lobby = Bot(root), root.lobby()
    payload = {"room_id": lobby, "body": "Hello"}
    for _ in range(125):
        assert refused(bot.post(payload, key="x")) == (401, "bad_key")
    statuses = [bot.post(payload).status_code for _ in range(120)]
    assert set(statuses) == {201}
    answer = bot.post(payload)
    assert refused(answer) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
