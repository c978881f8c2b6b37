"""Connecting: what holds for every connection, and one clear line when there is none to be had."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import mongoengine
import pytest

from app.database import DatabaseUnavailable, connect, disconnect
from app.database.embedded import EmbeddedMongo
from app.database.provisioning import APP_USER

from .conftest import servers

PASSWORD = "hunter2-hunter2"


@dataclass(frozen=True)
class Settings:
    instance: Path
    mongodb_uri: str | None = None


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    """An embedded server that runs throughout."""
    mongo = EmbeddedMongo(tmp_path_factory.mktemp("instance") / "mongodb")
    mongo.ensure_running()
    yield mongo
    mongo.release()


@pytest.fixture
def instance(embedded: EmbeddedMongo) -> Path:
    return embedded.folder.parent


@pytest.fixture
def own_uri(embedded: EmbeddedMongo) -> str:
    return embedded.ensure_running()


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    disconnect()


def refusal(instance: Path, uri: str) -> str:
    """What connecting to the address says; always one line, and never the password."""
    with pytest.raises(DatabaseUnavailable) as caught:
        connect(Settings(instance, uri))
    message = str(caught.value)
    assert "\n" not in message
    assert PASSWORD not in message
    return message


def address(instance: Path, login: str = "", options: str = "") -> str:
    host = str(instance / "mongodb" / "mongod.sock").replace("/", "%2F")
    return f"mongodb://{login}{host}/standin?serverSelectionTimeoutMS=1000{options}"


def test_without_an_address_the_embedded_server_of_the_instance_is_used(instance: Path) -> None:
    connect(Settings(instance))
    hello = mongoengine.get_db().command("hello")
    assert hello["primary"] == str(instance / "mongodb" / "mongod.sock")
    assert mongoengine.get_db().name == "standin"


def test_an_address_is_used_instead_of_the_embedded_server(own_uri: str, tmp_path: Path) -> None:
    connect(Settings(tmp_path, own_uri))
    assert mongoengine.get_db().name == "standin"
    assert list(tmp_path.iterdir()) == []


def test_writes_wait_for_the_majority_and_its_journal_whatever_the_address_says(own_uri: str, tmp_path: Path) -> None:
    connect(Settings(tmp_path, f"{own_uri}&w=1&journal=false"))
    assert mongoengine.get_db().write_concern.document == {"w": "majority", "j": True}


def test_times_come_back_with_their_zone_and_uuids_as_they_were(instance: Path) -> None:
    connect(Settings(instance))
    things = mongoengine.get_db()["things"]
    thing = {"_id": uuid4(), "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    things.insert_one(thing)
    assert things.find_one({"_id": thing["_id"]}) == thing


def test_connecting_again_keeps_the_server_and_connecting_elsewhere_lets_go_of_it(
    instance: Path, tmp_path: Path
) -> None:
    connect(Settings(tmp_path))
    server = servers(tmp_path / "mongodb")
    connect(Settings(tmp_path))
    assert servers(tmp_path / "mongodb") == server
    connect(Settings(instance))
    assert not servers(tmp_path / "mongodb")


def test_an_unreachable_server_is_told_with_its_address_and_a_masked_password(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refuses, and nobody else can take it
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        uri = f"mongodb://ada:{PASSWORD}@{host}/standin?serverSelectionTimeoutMS=300"
        message = refusal(tmp_path, uri)
    assert message.startswith(f"MongoDB at mongodb://ada:***@{host}/standin does not answer: check")


def test_a_wrong_password_is_told(instance: Path) -> None:
    message = refusal(instance, address(instance, f"{APP_USER}:{PASSWORD}@"))
    assert "refused the login" in message


def test_a_missing_login_is_told(instance: Path) -> None:
    assert "lets this user not write to 'standin'" in refusal(instance, address(instance))


def test_a_user_without_the_right_to_write_is_told(own_uri: str, tmp_path: Path) -> None:
    uri = own_uri.replace("/standin?", "/another?") + "&authSource=standin"
    assert "lets this user not write to 'another'" in refusal(tmp_path, uri)


def test_a_wrong_replica_set_is_told_like_a_server_that_does_not_answer(instance: Path) -> None:
    message = refusal(instance, address(instance, options="&replicaSet=another"))
    assert "does not answer" in message
    assert "replicaSet" in message


@pytest.mark.parametrize(
    "uri",
    [
        f"postgres://ada:{PASSWORD}@db/standin",
        f"mongodb://ada:{PASSWORD}/@db/standin",
        f"mongodb://ada:{PASSWORD}@@db:27017/standin",
        f"mongodb://ada:{PASSWORD}@db:port/standin",
        f"mongodb://ada:{PASSWORD}@db/standin?tls=perhaps",
        "",
    ],
)
def test_a_malformed_address_is_told_without_repeating_it(tmp_path: Path, uri: str) -> None:
    assert refusal(tmp_path, uri).startswith("MONGODB_URI cannot be used: check")
