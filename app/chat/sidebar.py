"""How somebody has arranged their sidebar: the order of their rooms, and which of its sections are folded."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from bson import ObjectId
from mongoengine import Document, ListField, ObjectIdField, StringField
from pydantic import Field
from typing_extensions import TypedDict

from app.chat.payloads import RoomPayload
from app.parsing import Id, Input

Section = Literal["rooms", "direct", "online", "offline", "bots"]
MOST_ROOMS = 1_000


class Sidebar(Document):  # type: ignore[misc]
    user = ObjectIdField(primary_key=True)
    order = ListField(ObjectIdField())
    folded = ListField(StringField(choices=get_args(Section)))

    meta = {"collection": "sidebars", "auto_create_index": False}  # noqa: RUF012


class SidebarChange(Input):
    """What is left out stays as it is."""

    order: Annotated[list[Id], Field(max_length=MOST_ROOMS)] | None = None
    folded: Annotated[list[Section], Field(max_length=len(get_args(Section)))] | None = None


class SidebarPayload(TypedDict):
    order: list[str]
    folded: list[str]


def read(user_id: ObjectId) -> SidebarPayload:
    found = Sidebar._get_collection().find_one({"_id": user_id}) or {}
    return {"order": [str(room_id) for room_id in found.get("order", [])], "folded": found.get("folded", [])}


def arrange(user_id: ObjectId, form: SidebarChange) -> SidebarPayload:
    """Keep what is given. Rooms that the user is not in may be named; they say nothing to anybody."""
    given: dict[str, Any] = {key: value for key, value in form.model_dump().items() if value is not None}
    if given:
        Sidebar._get_collection().update_one({"_id": user_id}, {"$set": given}, upsert=True)
    return read(user_id)


def ordered(rooms: list[RoomPayload], order: list[str]) -> list[RoomPayload]:
    """Rooms in the order that their user gave them; the others behind, as they were."""
    places = {room_id: place for place, room_id in enumerate(order)}
    return sorted(rooms, key=lambda room: places.get(room["id"], len(order)))
