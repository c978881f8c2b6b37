from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId
from flask import Flask
from mongoengine import Document, get_db

from app.auth.models import User, now
from app.chat import transfer
from app.chat.kept import Bookmark, Reminder, Scheduled
from app.chat.models import Connection, Membership, Message, Room
from app.chat.stand_in.models import StandIn
from app.chat.transfer import exports, imports, records

NOTHING_KEPT = {"stand_ins": 0, "bookmarks": 0, "scheduled": 0, "reminders": 0}
HASH = "$2b$12$" + "a" * 53

pytestmark = pytest.mark.usefixtures("app")


def add_user(name: str, **values: Any) -> User:
    email = f"{name}@Example.com"
    return User(name=name, email=email, email_key=email.casefold(), password_hash=HASH, **values).save()


def add_room(name: str, *members: User, key: str | None = None) -> Room:
    room = Room(name=name, kind="open", key=key).save()
    for member in members:
        Membership(room=room.id, user=member.id).save()
    return room


def say(room: Room, sender: User, body: str, **more: Any) -> Message:
    seq = Message.objects(room=room.id).count() + 1
    values = {"client_message_id": f"{room.id}-{seq}", "socket_id": f"socket-of-{sender.name}", **more}
    values.setdefault("changes", [{"n": seq, "kind": "created"}])
    return Message(room=room.id, seq=seq, sender=sender.id, body=body, **values).save()


@pytest.fixture
def ada(app: Flask) -> User:
    hours = {"quiet_from": "22:00", "quiet_until": "07:00"}
    about = {
        "bio": "Engines,\nand numbers",
        "time_zone": "Europe/London",
        "language": "de",
        "notify_about": "everything",
        "busy_since": now(),
        "busy_seen": False,
        **hours,
    }
    return add_user("Ada", role="administrator", mail_mentions=False, status_mode="draft", **about)


@pytest.fixture
def lobby(ada: User) -> Room:
    """A room in which Ada, Grace and Ada's stand-in have spoken."""
    grace = add_user("Grace")
    room = add_room("Lobby", ada, grace, key="lobby")
    say(room, ada, 'Größe 👋\u2028 "quoted"\nand a second line')
    say(room, grace, "@Ada are you there?")
    say(room, ada, "Ada is busy.", origin="standin", on_behalf_of=ada.id, socket_id=None)
    return room


def keep_something(room: Room) -> None:
    """Somebody bookmarks and schedules messages of the room, and wants to be reminded of one."""
    message = Message.objects(room=room.id).first()
    Bookmark(user=message.sender, message=message.id, room=room.id).save()
    later = {"user": message.sender, "room": room.id, "body": "Later"}
    Scheduled(client_message_id="later", at=now(), claimed_until=now(), claims=1, **later).save()
    failed = {"state": "failed", "reason": {"code": "room_archived", "message": "It is archived."}}
    Scheduled(client_message_id="when back", when_back=ObjectId(), reply_to=ObjectId(), **failed, **later).save()
    file = {"id": ObjectId(), "name": "plan.txt", "type": "text/plain", "size": 4}
    Scheduled(client_message_id="file", at=now(), files=[file], **{**later, "body": ""}).save()
    Reminder(user=message.sender, message=message.id, room=room.id, at=now(), state="due").save()


def exported() -> list[str]:
    return list(transfer.full())


def load(lines: list[str]) -> transfer.Imported:
    return transfer.load(io.BytesIO("".join(lines).encode()), lambda _: None)


def forget(*models: type[Document]) -> None:
    for model in models:
        model._get_collection().delete_many({})


def forget_everything() -> None:
    forget(*(kind.model for kind in records.KINDS.values()))


def changed(lines: list[str], number: int, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """The lines with `change` made to the document in line `number`, counted from 1."""
    line = json.loads(lines[number - 1])
    change(line["document"])
    return [*lines[: number - 1], json.dumps(line) + "\n", *lines[number:]]


def number_of(lines: list[str], collection: str) -> int:
    """The number of the first line that holds a document of this collection."""
    return next(n for n, line in enumerate(lines, 1) if json.loads(line).get("collection") == collection)


def refusal(lines: list[str]) -> str:
    with pytest.raises(transfer.Refused) as caught:
        load(lines)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_was_exported_and_imported_into_an_empty_database_exports_the_same_again(lobby: Room) -> None:
    # Written as the message log writes it: with nulls, and in another order than the models.
    Message._get_collection().insert_one(
        {
            "body": "*raw*",
            "html": "<p><em>raw</em></p>",
            "_id": ObjectId(),
            "room": lobby.id,
            "seq": 4,
            "changes": [{"n": 4, "kind": "created"}, {"n": 5, "kind": "reacted"}],
            "reactions": {"\N{THUMBS UP SIGN}": [ObjectId()]},
            "pin": 0,
            "pinned_at": now(),
            "forwarded_from": {"message": ObjectId(), "room": lobby.id, "sender": ObjectId(), "origin": "standin"},
            "mentions": [ObjectId()],
            "reply_to": ObjectId(),
            "thread": ObjectId(),
            "mentions_all": True,
            "files": [{"id": ObjectId(), "name": "a.jpg", "type": "image/jpeg", "size": 9, "width": 2, "height": 1}],
            "previews": [{"url": "https://a.example", "title": "A", "description": "", "site_name": "a.example"}],
            "unfurl_off": ["https://b.example"],
            "leave": True,
            "ask": True,
            "sender": ObjectId(),
            "origin": "person",
            "on_behalf_of": None,
            "socket_id": None,
            "client_message_id": "raw",
            "created_at": now(),
        }
    )
    owner = User.objects(name="Ada").get()
    say(
        lobby,
        owner,
        "",
        origin="standin",
        on_behalf_of=owner.id,
        asked_by=owner.id,
        state="failed",
        changes=[{"n": 6, "kind": "created"}],
        socket_id=None,
    )
    bot = add_user("Robot", role="bot", key_hash="a" * 64, removed_at=now())
    say(lobby, bot, "Build 7 is green", origin="bot", changes=[{"n": 7, "kind": "created"}], socket_id=None)
    Room(name="Assistant", kind="assistant", key=f"assistant:{owner.id}").save()
    chosen = {"notes": "In the wiki.", "allow": "only", "user_ids": [ObjectId()], "model": "large", "changed_at": now()}
    StandIn(user=owner.id, mode="draft", **chosen).save()
    keep_something(lobby)
    before = exported()
    assert [json.loads(line)["collection"] for line in before[-6:-1]] == [
        "bookmarks",
        *["scheduled"] * 3,
        "reminders",
    ]
    documents = {name: list(get_db()[name].find()) for name in records.KINDS}
    forget_everything()
    load(before)
    assert exported()[1:] == before[1:]
    assert {name: list(get_db()[name].find()) for name in records.KINDS} == documents


@pytest.mark.usefixtures("lobby")
def test_every_document_is_in_the_file_and_the_last_line_counts_them() -> None:
    first, *documents, last = (json.loads(line) for line in exported())
    assert first["standin"] == 1
    assert [line["collection"] for line in documents] == ["users"] * 2 + ["rooms"] + ["memberships"] * 2 + [
        "messages"
    ] * 3
    assert last == {"end": {"users": 2, "rooms": 1, "memberships": 2, "messages": 3, **NOTHING_KEPT}}


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", "<p onclick=x>y</p>", "<p>open", "<img src=x>"])
def test_html_that_this_standin_would_not_write_is_refused(markup: str) -> None:
    lines = exported()
    number = number_of(lines, "messages")
    assert "html" in refusal(changed(lines, number, lambda document: document.update(html=markup)))


@pytest.mark.usefixtures("lobby")
def test_importing_twice_changes_nothing() -> None:
    lines = exported()
    again = load(lines)
    assert exported()[1:] == lines[1:]
    assert again.new.total() == 0
    assert again.kept == {"users": 2, "rooms": 1, "memberships": 2, "messages": 3}


def test_what_is_stored_already_stays_as_it_is(ada: User, lobby: Room) -> None:
    lines = exported()
    User.objects(id=ada.id).update_one(set__name="Ada Lovelace")
    forget(Message)
    outcome = load(lines)
    assert outcome.new == {"users": 0, "rooms": 0, "memberships": 0, "messages": 3, **NOTHING_KEPT}
    assert User.objects(id=ada.id).get().name == "Ada Lovelace"


def test_an_address_that_another_account_has_is_refused_before_anything_is_written(ada: User, lobby: Room) -> None:
    lines = exported()
    forget_everything()
    other = add_user("Grace")
    assert refusal(lines) == "line 3: among the users here is another with the same email_key"
    assert [user.id for user in User.objects] == [other.id]
    assert Room.objects.count() == Message.objects.count() == 0


def test_a_lobby_of_another_database_is_refused(lobby: Room) -> None:
    lines = exported()
    forget(Room)
    add_room("Lobby", key="lobby")
    assert refusal(lines) == "line 4: among the rooms here is another with the same key"


def test_a_place_in_a_room_that_another_message_has_is_refused(ada: User, lobby: Room) -> None:
    lines = exported()
    forget(Message)
    say(lobby, ada, "said since", client_message_id="another")
    assert refusal(lines) == "line 7: among the messages here is another with the same room, seq"
    assert Message.objects.count() == 1


def test_a_message_that_was_sent_under_another_id_is_refused(ada: User, lobby: Room) -> None:
    lines = exported()
    sent_again = Message.objects(seq=1).get().client_message_id
    forget(Message)
    Message(room=lobby.id, seq=9, sender=ada.id, body="again", client_message_id=sent_again).save()
    assert refusal(lines).endswith("another with the same sender, origin, client_message_id")


def test_a_membership_of_the_same_user_and_room_is_kept_under_its_own_id(ada: User, lobby: Room) -> None:
    lines = exported()
    forget(Membership)
    kept = Membership(room=lobby.id, user=ada.id, last_read_seq=2).save()
    outcome = load(lines)
    assert (outcome.new["memberships"], outcome.kept["memberships"]) == (1, 1)
    assert Membership.objects(user=ada.id).get() == kept


def test_what_a_user_keeps_already_is_kept_under_its_own_id(ada: User, lobby: Room) -> None:
    keep_something(lobby)
    lines = exported()
    message = Bookmark.objects.get().message
    forget(Bookmark, Scheduled, Reminder)
    kept = Bookmark(user=ada.id, message=message, room=lobby.id).save()
    outcome = load(lines)
    assert (outcome.new["bookmarks"], outcome.new["scheduled"], outcome.new["reminders"]) == (0, 3, 1)
    assert Bookmark.objects.get() == kept


def test_what_is_kept_of_a_message_that_is_not_in_the_file_is_not_in_it_either(ada: User, lobby: Room) -> None:
    Bookmark(user=ada.id, message=ObjectId(), room=lobby.id).save()
    Scheduled(user=ObjectId(), room=lobby.id, body="Later", client_message_id="later", at=now()).save()
    assert json.loads(exported()[-1])["end"] == {
        "users": 2,
        "rooms": 1,
        "memberships": 2,
        "messages": 3,
        **NOTHING_KEPT,
    }


@pytest.mark.usefixtures("lobby")
def test_two_users_of_one_file_with_one_address_are_refused_by_the_index() -> None:
    lines = exported()
    forget_everything()
    same = changed(lines, 3, lambda user: user.update(email_key="ada@example.com"))
    assert refusal(same) == "line 3: among the users here is another with the same email_key"
    assert User.objects.count() == 1


@pytest.mark.usefixtures("lobby")
def test_more_documents_than_a_batch_all_arrive_in_order(ada: User, lobby: Room) -> None:
    for count in range(imports.BATCH):
        say(lobby, ada, f"message {count}")
    lines = exported()
    forget_everything()
    assert load(lines).new["messages"] == imports.BATCH + 3
    assert exported()[1:] == lines[1:]


BROKEN_LINES = {
    "no JSON": "Ada says hello",
    "half a line": '{"collection": "messages", "docum',
    "not an object": "[1, 2]",
    "another collection": '{"collection": "sessions", "document": {}}',
    "nothing of ours": "{}",
    "an id that is none": '{"collection": "rooms", "document": {"_id": {"$oid": "x"}}}',
    "a date beyond time": '{"collection": "rooms", "document": {"_id": {"$date": {"$numberLong": "9e99"}}}}',
    "endless brackets": "[" * 100_000,
    "a line without end": '"' + "x" * records.LONGEST_LINE,
    "a negative count": '{"end": {"users": -1}}',
}


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize("broken", BROKEN_LINES.values(), ids=BROKEN_LINES.keys())
def test_a_broken_line_is_named_and_nothing_is_written(broken: str) -> None:
    lines = exported()
    forget_everything()
    assert refusal([*lines[:4], broken + "\n", *lines[4:]]).startswith("line 5: ")
    assert User.objects.count() == 0


WRONG_VALUES: dict[str, tuple[str, dict[str, Any]]] = {
    "a number as text": ("messages", {"seq": "1"}),
    "a place before the first": ("messages", {"seq": 0}),
    "yes as a number": ("memberships", {"last_read_seq": True}),
    "an operator for a name": ("users", {"name": {"$gt": ""}}),
    "a hash that bcrypt cannot read": ("users", {"password_hash": "secret"}),
    "an unknown status": ("users", {"status": "asleep"}),
    "an unknown kind": ("rooms", {"kind": "secret"}),
    "a date as text": ("rooms", {"created_at": "2026-01-31"}),
    "an id as text": ("messages", {"sender": "665f1f77bcf86cd799439011"}),
    "an empty message": ("messages", {"body": ""}),
    "a change of no kind": ("messages", {"changes": [{"n": 1, "kind": "stolen"}]}),
    "a message without a beginning": ("messages", {"changes": []}),
    "a pin beyond the last place": ("messages", {"pin": 100}),
    "a file of nothing": ("messages", {"files": [{"name": "a.jpg"}]}),
    "a forwarded message of nobody": ("messages", {"forwarded_from": {}}),
    "a message that is too long": ("messages", {"body": "x" * 8001}),
    "a field that nobody knows": ("rooms", {"color": "red"}),
    "nothing for something": ("messages", {"client_message_id": None}),
}


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize(("collection", "values"), WRONG_VALUES.values(), ids=WRONG_VALUES.keys())
def test_a_wrong_value_is_refused_with_its_line_and_field(collection: str, values: dict[str, Any]) -> None:
    lines = exported()
    number = number_of(lines, collection)
    forget_everything()
    told = refusal(changed(lines, number, lambda document: document.update(values)))
    assert told.startswith(f"line {number}: {next(iter(values))}")
    assert User.objects.count() == 0


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize("values", [{"last_read_seq": 2**64}, {"body": "half a pair: \ud83d"}, {"socket_id": "\ud83d"}])
def test_a_value_that_cannot_be_stored_is_refused_before_anything_is_written(values: dict[str, Any]) -> None:
    lines = exported()
    number = number_of(lines, "memberships" if "last_read_seq" in values else "messages")
    forget_everything()
    assert refusal(changed(lines, number, lambda document: document.update(values))).startswith(f"line {number}: ")
    assert User.objects.count() == 0


@pytest.mark.usefixtures("lobby")
def test_a_file_that_was_cut_short_is_refused() -> None:
    lines = exported()
    forget_everything()
    assert refusal(lines[:-1]) == f"line {len(lines)}: the last line is missing, so the file was cut short"
    without_one = [*lines[:5], *lines[6:]]
    assert refusal(without_one) == (
        f"line {len(without_one)}: the file should hold 2 users, 1 rooms, 2 memberships, 3 messages, "
        "but holds 2 users, 1 rooms, 1 memberships, 3 messages"
    )
    assert User.objects.count() == 0


def test_something_behind_the_last_line_is_refused() -> None:
    lines = exported()
    assert refusal([*lines, lines[-1]]) == "line 3: there is something after the last line"


@pytest.mark.parametrize("text", ["", "Ada: hello\n", "{}\n", '{"users": {}, "messages": []}\n', "\0\1\2"])
def test_a_file_of_another_kind_is_refused(text: str) -> None:
    assert refusal([text]).startswith("line 1: ")


def test_a_file_of_a_later_format_is_refused() -> None:
    assert refusal(['{"standin": 2, "exported_at": "2030-01-01T00:00:00.000Z"}\n']) == (
        "line 1: this export has format 2, and this Standin reads format 1"
    )


@pytest.mark.parametrize("collection", records.KINDS)
def test_a_record_has_every_field_of_its_model(collection: str) -> None:
    kind = records.KINDS[collection]
    stored = {"id" if field.db_field == "_id" else name for name, field in kind.model._fields.items()}
    assert set(kind.record.model_fields) == stored


def test_an_export_while_people_talk_and_join_refers_to_nothing_it_does_not_hold(
    ada: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 7)
    for count in range(50):
        say(lobby, ada, f"before {count}")
    stop, joined = threading.Event(), threading.Semaphore(0)

    def live() -> None:
        while not stop.is_set():
            newcomer = add_user(f"Newcomer {ObjectId()}")
            Membership(room=lobby.id, user=newcomer.id).save()
            say(lobby, newcomer, "hello, I am new")
            joined.release()

    life = threading.Thread(target=live)
    life.start()
    try:
        lines = list(_slowly(transfer.full(), joined))
    finally:
        stop.set()
        life.join()

    documents = [json.loads(line) for line in lines[1:-1]]
    held: dict[str, list[Any]] = {name: [] for name in records.KINDS}
    for line in documents:
        held[line["collection"]].append(line["document"])
    users = {user["_id"]["$oid"] for user in held["users"]}
    assert {membership["user"]["$oid"] for membership in held["memberships"]} <= users
    assert {message["sender"]["$oid"] for message in held["messages"]} <= users
    assert [message["seq"] for message in held["messages"]] == list(range(1, len(held["messages"]) + 1))
    assert len(held["messages"]) >= 53
    forget_everything()
    assert load(lines).new.total() == len(documents)


def _slowly(lines: Iterator[str], joined: threading.Semaphore) -> Iterator[str]:
    """The lines, with somebody coming and talking between some of them."""
    for number, line in enumerate(lines):
        if number % 10 == 0:
            assert joined.acquire(timeout=20)
        yield line


def test_the_original_format_has_users_by_socket_and_messages_in_order(ada: User, lobby: Room) -> None:
    Connection(socket_id="silent", username="Grace", user=ObjectId(), session="s", server="s").save()
    Connection(socket_id="socket-of-Ada", username="Ada", user=ada.id, session="s", server="s").save()
    text = "".join(transfer.original())
    whole = json.loads(text, object_pairs_hook=_each_name_once)
    owner, stand_in = {"username": "Ada", "socketID": "socket-of-Ada"}, f"standin-{ada.id}"
    grace = {"username": "Grace", "socketID": "socket-of-Grace"}
    answerer = {"username": "Ada's stand-in (AI)", "socketID": stand_in}
    assert whole == {
        "users": {
            "silent": {"username": "Grace", "socketID": "silent"},
            "socket-of-Ada": owner,
            "socket-of-Grace": grace,
            stand_in: answerer,
        },
        "messages": [
            {"socket-of-Ada": owner, "message": 'Größe 👋\u2028 "quoted"\nand a second line'},
            {"socket-of-Grace": grace, "message": "@Ada are you there?"},
            {stand_in: answerer, "message": "Ada is busy."},
        ],
    }


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(pairs) == len({name for name, _ in pairs})
    return dict(pairs)


def test_an_empty_database_is_exported_in_both_formats() -> None:
    assert json.loads("".join(transfer.original())) == {"users": {}, "messages": []}
    assert len(exported()) == 2
    assert load(exported()).new.total() == 0
