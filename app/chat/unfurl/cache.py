"""What was found at an address, kept for a day; that nothing was, for some minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mongoengine import DateTimeField, DictField, Document, StringField

from app.auth.models import now
from app.chat.unfurl.parse import Preview

KEPT_FOR = timedelta(hours=24)
NOTHING_KEPT_FOR = timedelta(minutes=10)


class Unfurled(Document):  # type: ignore[misc]
    """The preview of an address, or none."""

    url = StringField(primary_key=True)
    preview = DictField(default=None)
    expires_at = DateTimeField(required=True)

    meta = {  # noqa: RUF012
        "collection": "unfurled",
        "auto_create_index": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }


def read(urls: list[str]) -> dict[str, Preview | None]:
    """What is known of these addresses."""
    found: Any = Unfurled.objects(url__in=urls, expires_at__gt=now())
    return {one.url: one.to_mongo().get("preview") for one in found}


def write(url: str, preview: Preview | None) -> None:
    expires_at = now() + (KEPT_FOR if preview else NOTHING_KEPT_FOR)
    Unfurled.objects(url=url).update_one(set__preview=preview, set__expires_at=expires_at, upsert=True)
