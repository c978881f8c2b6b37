"""What a browser says so that it can be told."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, Field

from app.chat.notices import delivery
from app.chat.unfurl.guard import LONGEST_URL
from app.language import N_
from app.parsing import Input, Line


def decoded(text: str) -> bytes:
    """Bytes in base64url, with or without padding. Errors: ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(N_("This is no key of a browser.")) from None


def _usable(keys: PushKeys) -> PushKeys:
    if not delivery.are_keys(decoded(keys.p256dh), decoded(keys.auth)):
        raise ValueError(N_("These are no keys of a browser."))
    return keys


class PushKeys(Input):
    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class Subscribe(Input):
    """As the browser's PushSubscription is in JSON."""

    endpoint: Annotated[Line, Field(min_length=1, max_length=LONGEST_URL)]
    keys: Annotated[PushKeys, AfterValidator(_usable)]


class Visibility(Input):
    visible: bool
