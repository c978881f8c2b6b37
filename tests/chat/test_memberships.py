from __future__ import annotations

from bson import ObjectId
from flask import Flask

from app.chat import memberships
from app.chat.models import LOBBY, Room


def test_who_comes_in_joins_the_lobby_also_from_another_room(app: Flask) -> None:
    user_id, den = ObjectId(), Room(name="Den", kind="closed").save()
    memberships.join(user_id, den.id)
    rooms = memberships.enter(user_id)
    assert set(rooms) == {den.id, Room.objects(key=LOBBY).get().id}
    assert memberships.enter(user_id) == rooms
