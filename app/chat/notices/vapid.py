"""Who we are to the push services of browsers: one key pair for an installation. Source: RFC 8292.

Browsers tie their subscriptions to the public key. So it is kept in the database, where no setting gives another.
"""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from bson import Binary
from cachetools import TTLCache
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mongoengine.errors import NotUniqueError
from py_vapid import Vapid02

from app.chat.notices.models import PushKey

SIGNED_FOR_SECONDS = 12 * 3600  # a service may refuse what is good for more than a day
_ANEW_AFTER_SECONDS = 3600


@dataclass(slots=True)
class _Setup:
    private_key: str = ""  # from the settings, else that of the database
    subject: str = ""
    signer: Vapid02 | None = None


_setup = _Setup()
_signed: TTLCache[str, str] = TTLCache(maxsize=1_000, ttl=_ANEW_AFTER_SECONDS)


def configure(private_key: str, subject: str) -> None:
    """The key, if the settings give one, and whom a push service may ask about us."""
    _setup.private_key, _setup.subject, _setup.signer = private_key, subject, None
    _signed.clear()


def public_key() -> str:
    """What browsers need to subscribe: the point in base64url."""
    point = _signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def authorization(endpoint: str) -> str:
    """The header that says to the service of this endpoint who sends."""
    parts = urlsplit(endpoint)
    origin = f"{parts.scheme}://{parts.netloc}"
    header = _signed.get(origin)
    if header is None:
        claims = {"aud": origin, "sub": _setup.subject, "exp": int(time.time()) + SIGNED_FOR_SECONDS}
        header = _signed[origin] = str(_signer().sign(claims)["Authorization"])
    return header


def _signer() -> Vapid02:
    if _setup.signer is None:
        _setup.signer = Vapid02.from_raw((_setup.private_key or _kept()).encode())
    return _setup.signer


def _kept() -> str:
    """The key in the database. Of two processes that make one at the same moment, one wins."""
    with suppress(NotUniqueError):
        if PushKey.objects.first() is None:
            number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
            PushKey(private_key=Binary(number.to_bytes(32, "big"))).save(force_insert=True)
    return base64.urlsafe_b64encode(bytes(PushKey.objects.get().private_key)).decode().rstrip("=")
