"""What is accepted about rooms and people, as typed models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from app.auth.forms import is_visible
from app.chat.forms import PAGE_LIMIT
from app.parsing import Id, Input, Line, Text

ROOM_NAME_LIMIT = 80
DESCRIPTION_LIMIT = 500
MOST_AT_ONCE = 100
MOST_IN_DIRECT = 10
PEOPLE_LIMIT = 500


RoomName = Annotated[Line, Field(min_length=1, max_length=ROOM_NAME_LIMIT), AfterValidator(is_visible)]
Description = Annotated[Text, Field(max_length=DESCRIPTION_LIMIT)]
UserIds = Annotated[list[Id], Field(max_length=MOST_AT_ONCE)]


class RoomCreate(Input):
    """A direct room has no name of its own; the others must have one."""

    kind: Literal["open", "closed", "direct"]
    name: RoomName | None = None
    description: Description | None = None
    member_ids: Annotated[UserIds, Field(default_factory=list)]


class RoomOnly(Input):
    """Which room."""

    room_id: Id


class RoomPeople(Input):
    """Whom to invite into a room, or to remove from it."""

    room_id: Id
    user_ids: Annotated[UserIds, Field(min_length=1)]


class RoomUpdate(Input):
    """Values left out stay as they are."""

    room_id: Id
    name: RoomName | None = None
    description: Description | None = None


class RoomArchive(Input):
    room_id: Id
    archived: bool


class RoomInvolve(Input):
    room_id: Id
    involvement: Literal["everything", "mentions", "nothing"]


class PageQuery(Input):
    """From a query string. `after` is the id of the last that the caller has."""

    model_config = ConfigDict(strict=False)

    after: Id | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PAGE_LIMIT))] = 50


class PeopleQuery(PageQuery):
    """Of people a page is larger: a client wants them all."""

    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PEOPLE_LIMIT))] = PEOPLE_LIMIT


class OpenRoomsQuery(PageQuery):
    """`q`: a part of the name."""

    q: Annotated[Text, Field(max_length=ROOM_NAME_LIMIT)] = ""
