"""The error family and its two translators: one shape on HTTP and on the socket.

Every error a caller can cause has a stable `code`, a `message` that says what to do next and, where it helps,
`fields` that name what was wrong: `{"error": {"code", "message", "fields"?}}`.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, NotRequired

from flask import Flask, Response, jsonify, render_template, request
from mongoengine.errors import NotUniqueError, OperationError
from pymongo.errors import PyMongoError
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from app.language import N_, nsaying, told
from app.realtime.log import OncePerInterval

logger = logging.getLogger(__name__)
_database_mishaps = OncePerInterval(log=logger.error)


class ErrorPayload(TypedDict):
    """What a client is told of an error."""

    code: str
    message: str
    fields: NotRequired[dict[str, str]]
    retry_after: NotRequired[int]


def in_a_row(fields: dict[str, str]) -> str:
    """What is wrong with each field, for whoever shows one text."""
    return " ".join(f"{name}: {text}" for name, text in fields.items())


class StandinError(Exception):
    """An error that the caller caused or must know of. Subclasses are facts: `NotAMember`, `EmailTaken`."""

    status: int = HTTPStatus.BAD_REQUEST
    code: str = "bad_input"
    message: str = N_("That did not work. Check what you sent and try again.")

    def __init__(self, message: str | None = None, fields: dict[str, str] | None = None) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.fields = fields

    def payload(self) -> ErrorPayload:
        """In the reader's language."""
        payload = ErrorPayload(code=self.code, message=told(self.message))
        if self.fields:
            payload["fields"] = {name: told(text) for name, text in self.fields.items()}
            if self.message == in_a_row(self.fields):
                payload["message"] = in_a_row(payload["fields"])
        return payload


class BadInput(StandinError):
    """A value is missing, of the wrong type or out of bounds."""


class NotAuthenticated(StandinError):
    status, code = HTTPStatus.UNAUTHORIZED, "not_authenticated"
    message = N_("Log in to continue.")


class Forbidden(StandinError):
    status, code = HTTPStatus.FORBIDDEN, "forbidden"
    message = N_("You may not do that.")


class NotFound(StandinError):
    status, code = HTTPStatus.NOT_FOUND, "not_found"
    message = N_("That is not here, or not for you to see.")


class Conflict(StandinError):
    status, code = HTTPStatus.CONFLICT, "conflict"
    message = N_("That clashes with something that exists already.")


class TooManyRequests(StandinError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, "rate_limited"
    message = N_("Too many tries. Wait a little and try again.")

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            nsaying(
                "Too many tries. Try again in %(n)s second.", "Too many tries. Try again in %(n)s seconds.", retry_after
            )
        )
        self.retry_after = retry_after

    def payload(self) -> ErrorPayload:
        return {**super().payload(), "retry_after": self.retry_after}


class Unavailable(StandinError):
    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"
    message = N_("Standin cannot reach its database at the moment. Try again in a few seconds.")


class Unexpected(StandinError):
    status, code = HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error"
    message = N_("Something went wrong on our side and was written to the log. Try again in a moment.")


CODES_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: "bad_input",
    HTTPStatus.UNAUTHORIZED: "not_authenticated",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}


def as_standin_error(error: Exception) -> StandinError:
    """`error` as one of the family. What nobody foresaw is logged with its traceback and told without detail."""
    if isinstance(error, StandinError):
        return error
    if isinstance(error, PyMongoError | OperationError) and not isinstance(error, NotUniqueError):
        # Everything that everybody does fails alike while it is away, and each error tells the whole topology.
        _database_mishaps.warn(f"database: {type(error).__name__}", error)
        return Unavailable()
    logger.error("unexpected %s", type(error).__name__, exc_info=error)
    return Unexpected()


def socket_error(error: Exception) -> dict[str, Any]:
    """The ack of an event that failed: `{"ok": false, "error": {...}}`."""
    return {"ok": False, "error": as_standin_error(error).payload()}


def register(app: Flask) -> None:
    """Translate every error of a request; nothing reaches the client as a bare 500."""
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, lambda error: respond(as_standin_error(error)))


def respond(error: StandinError) -> Response:
    """`error` as JSON, or as a page for a browser that asked for one."""
    if wants_page():
        response = Response(render_template("error.html", status=int(error.status), **error.payload()))
    else:
        response = jsonify(error=error.payload())
    response.status_code = error.status
    response.vary.add("Accept")
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def wants_page() -> bool:
    """Whether the caller is a browser going to a page, not a program reading data."""
    if request.is_json or request.path.startswith("/api/"):
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html" and (
        "text/html" in request.accept_mimetypes.values()
    )


def _http_exception(error: HTTPException) -> Any:
    """What Flask itself refuses: no such route, a wrong method, a body that is too large."""
    refusal = error.get_response()
    if refusal.status_code < HTTPStatus.BAD_REQUEST:
        return refusal
    status = HTTPStatus(refusal.status_code)
    known = StandinError(error.description)
    known.status = status
    known.code = CODES_OF_STATUS.get(status, status.phrase.lower().replace(" ", "_"))
    response = respond(known)
    response.headers.extend((name, value) for name, value in refusal.headers if name in {"Allow", "Retry-After"})
    return response
