"""mongoengine's default connection, to the embedded mongod or to the server that MONGODB_URI names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import mongoengine
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from app.database.embedded import EmbeddedMongo
from app.database.errors import DatabaseUnavailable
from app.database.provisioning import AUTHENTICATION_FAILED, UNAUTHORIZED

DEFAULT_DATABASE = "standin"
# An address may set these itself: the defaults suit a server that is near.
TIMEOUTS_MS = {"serverSelectionTimeoutMS": 5_000, "connectTimeoutMS": 5_000, "socketTimeoutMS": 20_000}
MALFORMED = (
    "MONGODB_URI cannot be used: check that it reads mongodb://user:password@host:port/database, "
    "that special characters in the password are percent-encoded, and that a mongodb+srv host is known to DNS"
)

_embedded: EmbeddedMongo | None = None


class DatabaseSettings(Protocol):
    """What this layer asks of the settings."""

    @property
    def mongodb_uri(self) -> str | None: ...
    @property
    def instance(self) -> Path: ...


def connect(settings: DatabaseSettings) -> None:
    """Connect mongoengine's default alias, and prove that the database takes durable writes.

    Connecting again replaces the connection. Raises DatabaseUnavailable, after which nothing is connected.
    """
    # At level INFO it would tell of each wait for a server, with the whole topology.
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    mongoengine.disconnect()
    try:
        _open(_embedded_uri(settings.instance) if settings.mongodb_uri is None else settings.mongodb_uri)
    except BaseException:
        disconnect()
        raise


def disconnect() -> None:
    """Close the connection and let go of the embedded mongod. Harmless if there is none."""
    global _embedded  # noqa: PLW0603 - as process-wide as mongoengine's default connection
    mongoengine.disconnect()
    if _embedded:
        _embedded.release()
        _embedded = None


def _embedded_uri(instance: Path) -> str:
    global _embedded  # noqa: PLW0603
    if _embedded is None or _embedded.folder != (instance / "mongodb").resolve():
        disconnect()
        _embedded = EmbeddedMongo(instance / "mongodb")
    return _embedded.ensure_running()


def _open(uri: str) -> None:
    try:
        parsed = parse_uri(uri)
    except (PyMongoError, ValueError):
        raise DatabaseUnavailable(MALFORMED) from None  # the cause may quote the password
    database = parsed["database"] or DEFAULT_DATABASE
    timeouts = {name: value for name, value in TIMEOUTS_MS.items() if name not in parsed["options"]}
    try:
        client = mongoengine.connect(
            database,
            host=uri,
            tz_aware=True,
            uuidRepresentation="standard",
            w="majority",
            journal=True,
            appname="standin",
            **timeouts,
        )
        _check(client, database)
    except (PyMongoError, mongoengine.ConnectionFailure, ValueError) as error:
        raise DatabaseUnavailable(f"MongoDB at {_masked(parsed, uri)} {_advice(error, database)}") from error


def _check(client: MongoClient[Any], database: str) -> None:
    """Delete nothing, durably: unlike a ping this needs the right to write, a primary, and its majority."""
    client[database]["standin_check"].delete_one({"_id": None})


def _masked(parsed: Mapping[str, Any], uri: str) -> str:
    user = f"{parsed['username']}:***@" if parsed["username"] else ""
    hosts = ",".join(f"{host}:{port}" if port else host for host, port in parsed["nodelist"])
    return f"{uri.partition('://')[0]}://{user}{hosts}/{parsed['database'] or ''}"


def _advice(error: Exception, database: str) -> str:
    """What went wrong and what to check. The driver's own text is long and may tell secrets."""
    if isinstance(error, OperationFailure) and error.code == AUTHENTICATION_FAILED:
        return "refused the login: check the user, the password and authSource in MONGODB_URI"
    if isinstance(error, OperationFailure) and error.code == UNAUTHORIZED:
        return f"lets this user not write to {database!r}: check MONGODB_URI and the user's roles"
    if isinstance(error, ConnectionFailure):
        return "does not answer: check that it runs, and the host, port, replicaSet and TLS in MONGODB_URI"
    return f"cannot be used ({type(error).__name__}): check MONGODB_URI"
