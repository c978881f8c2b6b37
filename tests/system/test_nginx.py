"""Two machines behind nginx, as docs/operations.md sets it up: instances that share a database and a Redis alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from playwright.sync_api import Page
from pymongo import MongoClient
from requests.adapters import HTTPAdapter

from app.database.embedded import EmbeddedMongo
from tests.nginx_server import PROGRAM, Nginx
from tests.people import Person, Socket
from tests.redis_server import PROGRAM as REDIS
from tests.redis_server import RedisServer
from tests.server import Server, start_together, wait_for
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.talk import Talk, check_that_nothing_is_lost, let_go
from tests.system.watch import Watch

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed"),
    pytest.mark.skipif(REDIS is None, reason="redis-server is not installed"),
]

SECRETS = {"STANDIN_SECRET_KEY": "s" * 32, "STANDIN_JWT_SECRET_KEY": "j" * 32}


@dataclass
class Cluster:
    """What stands behind one address, and which machine holds which connection."""

    nginx: Nginx
    machines: list[Server]
    connections: Any

    def holder(self, socket: Socket) -> str:
        """The process of a connection, as the app names it."""
        found = wait_for(lambda: self.connections.find_one({"socket_id": socket.id}), "the connection to be stored")
        return str(found["server"])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    redis = RedisServer(tmp_path_factory.mktemp("redis")).start()
    mongo = EmbeddedMongo(tmp_path_factory.mktemp("mongo") / "mongodb")
    uri = mongo.ensure_running()
    machines = [Server(tmp_path_factory.mktemp(name)) for name in ("app1", "app2")]
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), [machine.port for machine in machines])
    for machine in machines:
        machine.environment |= {
            **SECRETS,
            "MONGODB_URI": uri,
            "REDIS_URL": redis.url,
            "STANDIN_AUTH_URL": nginx.url,
            "STANDIN_CHAT_URL": nginx.url,
            "STANDIN_ORIGINS": nginx.sticky_url,
            "STANDIN_TRUSTED_PROXIES": "1",
        }
    start_together(machines)
    with MongoClient[dict[str, Any]](uri) as client:
        yield Cluster(nginx.start(), machines, client["standin"]["connections"])
    nginx.stop()
    assert [machine.stop() for machine in machines] == [0, 0]
    mongo.release()
    redis.stop()


@pytest.fixture
def sockets() -> Iterator[list[Socket]]:
    """What is put in here is closed after the test."""
    opened: list[Socket] = []
    yield opened
    for socket in opened:
        let_go(socket)


class From(HTTPAdapter):
    """Requests from an address of its own on this machine, as of somebody in another network."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **options)  # type: ignore[no-untyped-call]


def from_network(number: int) -> requests.Session:
    http = requests.Session()
    http.mount("http://", From(f"127.0.{number}.1"))
    return http


def test_websockets_are_shared_out_and_a_message_reaches_those_of_both_machines(
    cluster: Cluster, sockets: list[Socket]
) -> None:
    ada = Person(cluster.nginx.url, "Ada")
    sockets += [ada.connect() for _ in range(4)]
    assert len({cluster.holder(socket) for socket in sockets}) == 2
    sent = sockets[0].send(ada.lobby(), "to whichever machine")
    for socket in sockets:
        socket.wait_for("message:created", id=sent["id"])


def test_a_client_that_polls_stays_with_its_machine(cluster: Cluster, sockets: list[Socket]) -> None:
    holders = set()
    for number in range(8):  # networks, of which each belongs to one of the machines
        http = from_network(number)
        ada = Person(cluster.nginx.sticky_url, "Ada", http)
        sockets.append(Socket(ada.url, {"token": ada.token}, http, transports=["polling"]))
        holders.add(cluster.holder(sockets[-1]))
    assert len(holders) == 2
    sent = [socket.send(ada.lobby(), "by polling") for socket in sockets]
    for socket in sockets:
        socket.wait_for("message:created", id=sent[-1]["id"])


def test_a_client_that_begins_with_polling_moves_to_a_websocket(cluster: Cluster, sockets: list[Socket]) -> None:
    ada = Person(cluster.nginx.sticky_url, "Ada")
    sockets.append(ada.connect(transports=["polling", "websocket"]))
    assert sockets[0].client.transport() == "websocket"
    sent = sockets[0].send(ada.lobby(), "after the upgrade")
    sockets[0].wait_for("message:created", id=sent["id"])


def test_a_machine_that_dies_loses_nothing_and_its_clients_go_on_at_the_other(
    cluster: Cluster, sockets: list[Socket]
) -> None:
    ada, grace = (Person(cluster.nginx.url, name) for name in ("Ada", "Grace"))
    room = ada.lobby()
    sockets += [person.connect() for person in (ada, grace) for _ in range(2)]
    talks = [Talk(person, person.connect(), room) for person in (ada, grace)]
    for talk in talks:
        talk.wait_for_more()
    cluster.machines[0].kill()
    wait_for(lambda: not all(socket.client.connected for socket in sockets), "the connections of the machine to end")
    for talk in talks:
        talk.wait_for_more()
        talk.stop()
    survivors = [socket for socket in sockets if socket.client.connected]
    assert survivors
    for survivor in survivors:
        check_that_nothing_is_lost(talks, survivor)
    sockets.append(polling := Socket(ada.url, {"token": ada.token}, transports=["polling"]))  # there is but one now
    polling.send(room, "with one machine")
    cluster.machines[0].start()
    wait_for(lambda: is_shared_out(cluster, ada), "nginx to use the machine again", 30)


def is_shared_out(cluster: Cluster, person: Person) -> bool:
    opened = [person.connect() for _ in range(4)]
    holders = {cluster.holder(socket) for socket in opened}
    for socket in opened:
        socket.close()
    return len(holders) == 2


def test_the_page_goes_on_at_the_other_machine(cluster: Cluster, browse: Callable[..., Page], watch: Watch) -> None:
    grace = Person(cluster.nginx.url, "Grace")
    page = browse(cluster.nginx.url)
    log_in(page.context, grace)
    page.goto("/")
    chat = Chat(page)
    chat.expect_connection("Connected")
    chat.say_and_see("through nginx")
    watch.allow("socket.io")
    for machine in cluster.machines:  # one after the other, so one of them is hers
        wait_for(lambda: is_shared_out(cluster, grace), "nginx to use both machines", 30)
        machine.kill()
        chat.say_and_see(f"while {machine.instance.name} is away")
        chat.expect_connection("Connected")
        machine.start()
