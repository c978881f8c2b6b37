"""What the chat page opens comes once for everybody who reads a language."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.chat import parts
from app.language import LANGUAGES, speaking


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_each_language_are_kept_for_good_under_their_address(
    app: Flask, client: FlaskClient, language: str
) -> None:
    with app.test_request_context(), speaking(language):
        address = parts.address()
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    html = gzip.decompress(answer.data).decode()
    assert {"switcher", "conversation"}.isdisjoint(re.findall(r'id="([\w-]+)"', html))
    assert {"forward", "search-panel", "shortcuts"} <= set(re.findall(r'id="([\w-]+)"', html))
    assert client.get(address.partition("?")[0]).cache_control.max_age is None


def test_a_language_that_there_is_not_has_none(client: FlaskClient) -> None:
    assert client.get("/parts/xx.html").status_code == 404
