from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.chat.unfurl.guard import Rules
from tests.chat.unfurl.site import Site, open_site


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    with open_site() as running:
        yield running


@pytest.fixture(scope="package")
def rules(site: Site) -> Rules:
    return Rules(frozenset({("127.0.0.1", site.port)}))
