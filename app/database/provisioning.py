"""Makes a fresh or moved mongod usable: one replica set member that is primary, a root, and the app's user.

Every step looks first and may be repeated, so a start that was cut short is finished by the next one.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from app.database.folder import Credentials, MongoFolder

APP_USER = "standin"
DATABASE = "standin"
REPLICA_SET = "rs0"
POLL_SECONDS = 0.01
ELECTION_POLLS = 50
# Error codes of MongoDB: https://www.mongodb.com/docs/manual/reference/error-codes/
UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED, NOT_YET_INITIALIZED = 13, 18, 23, 94

Client = MongoClient[dict[str, Any]]


def provision(folder: MongoFolder, credentials: Credentials) -> None:
    """Bring the listening server to where the app's user can write.

    Raises ConnectionFailure while it cannot be reached or is not primary yet (try again), and
    OperationFailure if the passwords do not fit the data.
    """
    with _direct(folder) as client:
        if not _is_primary(client):
            _make_primary(client, folder, credentials)
    _make_users(folder, credentials)


def app_uri(folder: MongoFolder, credentials: Credentials) -> str:
    """The address for the app's user. It names the replica set, so that clients wait out a restart."""
    host = quote(str(folder.server_socket), safe="")
    password = quote(credentials.app_password, safe="")
    return f"mongodb://{APP_USER}:{password}@{host}/{DATABASE}?replicaSet={REPLICA_SET}"


def _direct(
    folder: MongoFolder, user: str | None = None, password: str | None = None, database: str = "admin"
) -> Client:
    return MongoClient(
        f"mongodb://{quote(str(folder.server_socket), safe='')}",
        directConnection=True,
        username=user,
        password=password,
        authSource=database,
        serverSelectionTimeoutMS=2_000,
    )


def _is_primary(client: Client) -> bool:
    return bool(client.admin.command("hello")["isWritablePrimary"])


def _make_primary(client: Client, folder: MongoFolder, credentials: Credentials) -> None:
    """Give a fresh server its replica set, a moved one its new address, and any a moment to elect itself."""
    here = str(folder.server_socket)
    if "setName" not in client.admin.command("hello") and not _initiate(client, here):
        _readdress(folder, credentials, here)
    for _ in range(ELECTION_POLLS):
        if _is_primary(client):
            return
        time.sleep(POLL_SECONDS)
    raise ConnectionFailure("the embedded MongoDB is not primary yet")


def _initiate(client: Client, here: str) -> bool:
    """Tell whether the server was fresh. One that has moved, or still reads its configuration, looks the same."""
    try:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": here}]})
    except OperationFailure as error:
        if error.code not in (ALREADY_INITIALIZED, UNAUTHORIZED):
            raise
        return False
    return True


def _readdress(folder: MongoFolder, credentials: Credentials, here: str) -> None:
    with _direct(folder, "root", credentials.root_password) as root:
        try:
            config = root.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != NOT_YET_INITIALIZED:
                raise
            return  # still being read
        if config["members"][0]["host"] != here:
            config["members"][0]["host"] = here
            config["version"] += 1
            root.admin.command("replSetReconfig", config, force=True)


def _make_users(folder: MongoFolder, credentials: Credentials) -> None:
    if _can_log_in(folder, APP_USER, credentials.app_password, DATABASE):
        return
    if not _can_log_in(folder, "root", credentials.root_password, "admin"):
        with _direct(folder) as anyone:  # allowed once, by the localhost exception, while there are no users
            anyone.admin.command("createUser", "root", pwd=credentials.root_password, roles=["root"])
    with _direct(folder, "root", credentials.root_password) as root:
        roles = ["readWrite", "dbAdmin"]
        root[DATABASE].command("createUser", APP_USER, pwd=credentials.app_password, roles=roles)


def _can_log_in(folder: MongoFolder, user: str, password: str, database: str) -> bool:
    with _direct(folder, user, password, database) as client:
        try:
            client[database].command("ping")
        except OperationFailure as error:
            if error.code == AUTHENTICATION_FAILED:
                return False
            raise
    return True
