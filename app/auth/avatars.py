"""The pictures of people: cut to a small square, one for each user."""

from __future__ import annotations

import hashlib

from bson import Binary, ObjectId

from app.auth import signals
from app.auth.models import User
from app.auth.services import find_user
from app.errors import NotFound
from app.files import pictures
from app.files.models import Avatar


def change(user_id: ObjectId, data: bytes) -> User:
    """Make the picture in `data` the user's. Everyone who is connected learns of it.

    Errors: `NotAPicture`, `PictureTooLarge`.
    """
    picture = pictures.avatar(data, user_id)
    version = hashlib.sha256(picture.data).hexdigest()[:16]
    Avatar.objects(user=user_id).update_one(upsert=True, version=version, picture=Binary(picture.data))
    return _changed(user_id, User.objects(id=user_id, avatar__ne=version).update_one(avatar=version))


def remove(user_id: ObjectId) -> User:
    """Show the initials again."""
    user = _changed(user_id, User.objects(id=user_id, avatar__ne=None).update_one(unset__avatar=True))
    Avatar.objects(user=user_id).delete()
    return user


def find(user_id: ObjectId) -> Avatar:
    """Errors: `NotFound` for whoever has none."""
    avatar: Avatar | None = Avatar.objects(user=user_id).first()
    if avatar is None:
        raise NotFound
    return avatar


def _changed(user_id: ObjectId, count: int) -> User:
    user = find_user(user_id)
    if count:
        signals.user_changed.send(user)
    return user
