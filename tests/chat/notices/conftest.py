from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.people import Person
from tests.push_service import Browser, PushService, open_push_service
from tests.server import Server


@pytest.fixture(scope="package")
def push_service() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service
        assert service.problems == []


@pytest.fixture(scope="package")
def pushing(push_service: PushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Standin that may ask the push service of the tests."""
    allowed = f"127.0.0.1:{push_service.port}"
    running = Server(tmp_path_factory.mktemp("pushing"), STANDIN_PUSH_ALLOW=allowed).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture
def person(pushing: Server) -> Callable[[str], Person]:
    """Sign somebody up there."""
    return lambda name: Person(pushing.url, name)


@pytest.fixture
def subscribed(push_service: PushService) -> Callable[[Person], Browser]:
    """A browser in which somebody wants to be told: `subscribed(ada)`."""

    def subscribe(someone: Person) -> Browser:
        browser = push_service.browser()
        answer = someone.write("PUT", "/api/push/subscription", json=browser.subscription())
        assert answer.status_code == 200, answer.text
        return browser

    return subscribe
