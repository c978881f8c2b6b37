"""Fills Standin's database with people who are logged in, and their rooms: `python -m bench.seed ROOMS MEMBERS`.

Prints one line of JSON per person: `{"token", "room", "user", "name", "email"}`. Signing up a thousand people over HTTP
would take six minutes of bcrypt. Whatever was in the database before is gone.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta

from bson import ObjectId
from flask import Flask
from mongoengine import Document, get_db

from app import create_app, database
from app.auth import passwords, tokens
from app.auth.models import Session, User, now
from app.chat import models
from app.chat.models import Membership, Message, Room
from app.chat.stand_in.models import StandIn
from bench import corpus

CORPUS_PAGE = 2_000
GRACE = "Grace Hopper"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", type=int)
    parser.add_argument("members", type=int)
    parser.add_argument("--history", type=int, default=0, help="messages in each room")
    parser.add_argument(
        "--corpus", type=int, default=0, help="messages over all rooms, the first person in every second"
    )
    parser.add_argument("--password", help="of everybody; without it nobody can log in")
    parser.add_argument("--grace", choices=("available", "busy"), help=f"add {GRACE} to each room")
    options = parser.parse_args()
    app = create_app()
    try:
        with app.app_context():
            for line in fill(app, options):
                print(json.dumps(line))
    finally:
        database.disconnect()


def fill(app: Flask, options: argparse.Namespace) -> Iterator[dict[str, str]]:
    """Make it all; yields the people."""
    for name in get_db().list_collection_names():
        get_db().drop_collection(name)
    for model in (User, Session, *models.ALL):
        model.ensure_indexes()
    password_hash = passwords.hash_password(options.password) if options.password else "none"
    rooms = _insert(Room(name=f"Room {number}", kind="open") for number in range(options.rooms))
    for room in rooms:
        yield from _people(app, room, options.members, password_hash)
        if options.grace:
            _add_grace(room, options.grace)
        if options.history:
            _insert(_history(room, options.history))
    if options.corpus:
        _spread(rooms, options.corpus)


def _people(app: Flask, room: Room, count: int, password_hash: str) -> Iterator[dict[str, str]]:
    users = _insert(_user(f"Member {number}", password_hash) for number in range(count))
    sessions = _insert(Session(user=user.id, refresh_jti=tokens.new_jti()) for user in users)
    _insert(Membership(room=room.id, user=user.id) for user in users)
    for user, session in zip(users, sessions, strict=True):
        with app.test_request_context():
            token = tokens.access_token(user, str(session.id))
        yield {"token": token, "room": str(room.id), "user": str(user.id), "name": user.name, "email": user.email}


def _user(name: str, password_hash: str) -> User:
    email = f"{ObjectId()}@example.com"
    return User(name=name, email=email, email_key=email, password_hash=password_hash)


def _add_grace(room: Room, status: str) -> None:
    user = _user(GRACE, "none")
    user.status, user.status_until = status, now() + timedelta(hours=8)
    _insert([user])
    _insert([StandIn(user=user.id, mode="answer", changed_at=now())])
    _insert([Membership(room=room.id, user=user.id)])


def _history(room: Room, count: int) -> Iterator[Message]:
    senders = Membership.objects(room=room.id).scalar("user")
    for seq in range(1, count + 1):
        yield Message(
            room=room.id,
            seq=seq,
            changes=[{"n": seq, "kind": "created"}],
            sender=senders[seq % len(senders)],
            origin="person",
            body=f"Message {seq} of a conversation, of about the length that people write most of the time.",
            client_message_id=f"seed-{seq}",
        )


def _spread(rooms: list[Document], count: int) -> None:
    """Messages like those of a team, past mongoengine: it would take minutes to make a million objects."""
    senders = list(User.objects.scalar("id"))
    _insert(Membership(room=room.id, user=senders[0]) for room in rooms[2::2])
    made = corpus.messages(count, [room.id for room in rooms], senders)
    while page := list(itertools.islice(made, CORPUS_PAGE)):
        Message._get_collection().insert_many(page)


def _insert(documents: Iterator[Document] | list[Document]) -> list[Document]:
    listed = list(documents)
    inserted: list[Document] = type(listed[0]).objects.insert(listed)
    return inserted


if __name__ == "__main__":
    main()
