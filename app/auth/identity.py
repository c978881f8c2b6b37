"""From a token to a person: the one place that reads cookies and JWTs, for HTTP and for sockets.

`authenticated` and `authenticate_socket` stand where the original had its AuthenticateToken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bson import ObjectId
from flask import Flask, g, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.config import config as jwt_config
from flask_jwt_extended.exceptions import (
    CSRFError,
    JWTExtendedException,
    NoAuthorizationError,
    RevokedTokenError,
)
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from pymongo import timeout
from pymongo.errors import PyMongoError

from app import language
from app.auth import bots, tokens
from app.auth.models import SESSION_LIFETIME, Session
from app.auth.services import SessionRevoked, language_of, resume
from app.auth.tokens import ACCESS_LIFETIME, BadToken, Claims, TokenExpired
from app.errors import Forbidden, NotAuthenticated
from app.extensions import jwt
from app.language import N_
from app.parsing import id_from_path

P = ParamSpec("P")
R = TypeVar("R")
LANGUAGE_SECONDS = 0.5


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    message = N_("This page is out of date. Reload it and try again.")


def init_app(app: Flask) -> None:
    """Tokens come in the Authorization header or in cookies; a cookie's writes need its CSRF value too."""
    settings = app.config["SETTINGS"]
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=SESSION_LIFETIME,
        JWT_COOKIE_SECURE=settings.is_cookie_secure,
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_DOMAIN=settings.cookie_domain,
        JWT_SESSION_COOKIE=False,
        JWT_REFRESH_COOKIE_PATH="/users",
        JWT_CSRF_CHECK_FORM=True,
        JWT_DECODE_LEEWAY=5,  # seconds by which the clocks of two servers may differ
    )
    jwt.init_app(app)
    language.ask_for_choice(_chosen_language)


@jwt.token_in_blocklist_loader
def is_revoked(_header: dict[str, Any], claims: dict[str, Any]) -> bool:
    return not Session.is_live(str(claims.get("session", "")))


def authenticated(view: Callable[P, R]) -> Callable[P, R]:
    """Let only a person with a good access token in; `caller()` is then who it is.

    A write that is authenticated by a cookie must carry the token's CSRF value as well (double submit).
    """
    return _guard(view, refresh=False)


def authenticated_by_head(view: Callable[P, R]) -> Callable[P, R]:
    """The same from the headers alone: for routes that read a large body only once they know who sends it.

    The CSRF value has to be in the header; looking for it in the form would read the body.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        is_bearer = request.authorization is not None and request.authorization.type == "bearer"
        if not is_bearer and not request.headers.get(jwt_config.access_csrf_header_name):
            raise CsrfFailed if request.cookies.get(jwt_config.access_cookie_name) else NotAuthenticated
        g.caller = _verify(refresh=False, by_head=True)
        return view(*args, **kwargs)

    return guarded


def authenticated_bot(view: Callable[P, R]) -> Callable[P, R]:
    """Let only the bot in whose id stands in the address, with its key: `Authorization: Bearer KEY`.

    No browser sends that by itself, so there is no CSRF value to ask for.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        given = request.authorization
        if given is None or given.type != "bearer" or not given.token:
            raise bots.BadKey
        g.bot_id = id_from_path(str((request.view_args or {}).get("bot_id")))
        bots.check_key(g.bot_id, given.token)
        return view(*args, **kwargs)

    return guarded


def calling_bot() -> ObjectId:
    """Which bot makes this request. Only inside a view that lets in bots."""
    bot_id: ObjectId = g.bot_id
    return bot_id


def with_refresh_token(view: Callable[P, R]) -> Callable[P, R]:
    """The same for a refresh token."""
    return _guard(view, refresh=True)


def caller() -> Claims:
    """Who makes this request. Only inside a guarded view."""
    claims: Claims = g.caller
    return claims


def page_visitor() -> Claims | None:
    """Who opens this page, or None. For pages that send the login-less elsewhere instead of refusing them."""
    try:
        return _verify(refresh=False)
    except (NotAuthenticated, Forbidden):
        return None


def resumed_access_token() -> str | None:
    """A new access token for a browser that comes with its newest refresh token, or None."""
    try:
        claims = _verify(refresh=True)
        return resume(claims.session_id, claims.jti)
    except (NotAuthenticated, Forbidden):
        return None


def authenticate_socket(auth: Any) -> Claims:
    """Who opens this socket: by `auth={"token": access_token}`, else by the cookie. Errors: `NotAuthenticated`."""
    given = auth.get("token") if isinstance(auth, dict) else None
    token = given or request.cookies.get(jwt_config.access_cookie_name)
    if not isinstance(token, str):
        raise NotAuthenticated
    claims = tokens.read(token, "access")
    if not Session.is_live(claims.session_id):
        raise SessionRevoked
    return claims


def _chosen_language() -> str:
    """The language that whoever makes this request has chosen: also where nobody is let in, as on a page of an error.

    A database that is away is not waited for.
    """
    bearer = request.authorization.token if request.authorization else None
    token = bearer or request.cookies.get(jwt_config.access_cookie_name)
    try:
        with timeout(LANGUAGE_SECONDS):
            return language_of(tokens.read(token, "access").user_id) if token else ""
    except (NotAuthenticated, PyMongoError):
        return ""


def _guard(view: Callable[P, R], *, refresh: bool) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        g.caller = _verify(refresh=refresh)
        return view(*args, **kwargs)

    return guarded


def _verify(*, refresh: bool, by_head: bool = False) -> Claims:
    """The claims of this request's token, its library's errors translated into ours."""
    if not _given_csrf_value(
        by_head=by_head
    ).isascii():  # the library compares text in constant time, which takes ASCII only
        raise CsrfFailed
    try:
        verify_jwt_in_request(refresh=refresh)
    except CSRFError:
        raise CsrfFailed from None
    except ExpiredSignatureError:
        raise TokenExpired from None
    except RevokedTokenError:
        raise SessionRevoked from None
    except NoAuthorizationError:
        raise NotAuthenticated from None
    except (PyJWTError, JWTExtendedException, ValueError):
        raise BadToken from None
    if get_jwt().get("type") != ("refresh" if refresh else "access"):  # the library takes whatever is no refresh token
        raise BadToken
    return Claims.of(get_jwt())


def _given_csrf_value(*, by_head: bool) -> str:
    header, field = jwt_config.access_csrf_header_name, jwt_config.access_csrf_field_name
    return request.headers.get(header) or (None if by_head else request.form.get(field)) or ""
