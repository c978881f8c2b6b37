"""JSON Web Tokens: what they carry and how they are made and read.

Claims: `sub` the user's id, `name`, `session` (the login it belongs to), `type` (its kind: access or refresh),
`jti`, `csrf`, `exp`. Access tokens live 15 minutes, refresh tokens 30 days. Source: RFC 7519.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Self

from bson import ObjectId
from bson.errors import InvalidId
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from app.auth.models import User
from app.errors import NotAuthenticated
from app.language import N_

ACCESS_LIFETIME = timedelta(minutes=15)


class TokenExpired(NotAuthenticated):
    code = "token_expired"
    message = N_("That token is past its time. Refresh it, or log in again.")


class BadToken(NotAuthenticated):
    message = N_("That token is not valid. Log in to get a new one.")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    user_id: ObjectId
    name: str
    session_id: str
    jti: str

    @classmethod
    def of(cls, claims: dict[str, Any]) -> Self:
        """Errors: `BadToken` for a signed token that says too little."""
        try:
            return cls(ObjectId(claims["sub"]), str(claims["name"]), str(claims["session"]), str(claims["jti"]))
        except (KeyError, TypeError, InvalidId):
            raise BadToken from None


def new_jti() -> str:
    return uuid.uuid4().hex


def access_token(user: User, session_id: str) -> str:
    token: str = create_access_token(str(user.id), additional_claims={"name": user.name, "session": session_id})
    return token


def refresh_token(user: User, session_id: str, jti: str) -> str:
    claims = {"name": user.name, "session": session_id, "jti": jti}
    token: str = create_refresh_token(str(user.id), additional_claims=claims)
    return token


def read(token: str, kind: Literal["access", "refresh"]) -> Claims:
    """The claims of a signed, unexpired token of that kind. Errors: `TokenExpired`, `BadToken`."""
    try:
        claims = decode_token(token)
    except ExpiredSignatureError:
        raise TokenExpired from None
    except (PyJWTError, JWTExtendedException, ValueError):
        raise BadToken from None
    if claims.get("type") != kind:
        raise BadToken
    return Claims.of(claims)
