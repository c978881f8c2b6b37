"""How the files of the pages go out: together, small, and never older than what was written."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import assets

STATIC = Path(assets.__file__).parent / "static"


@pytest.fixture
def unminified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr(assets, "MINIFIED", tmp_path)
    assets._body.cache_clear()
    yield tmp_path
    assets._body.cache_clear()


def test_the_style_sheets_of_the_chat_page_are_one(client: FlaskClient, unminified: Path) -> None:
    parts = [(STATIC / "css" / f"{name}.css").read_bytes() for name in assets.SHEETS["css/chat.css"]]
    answer = client.get("/static/css/chat.css")
    assert answer.mimetype == "text/css"
    assert answer.data == b"\n".join(parts)


@pytest.mark.parametrize("name", ["css/chat.css", "js/application.js", "vendor/uFuzzy.mjs"])
def test_text_is_compressed_for_whoever_takes_it_so(client: FlaskClient, name: str) -> None:
    plain = client.get(f"/static/{name}")
    small = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert plain.headers["ETag"] != small.headers["ETag"]


def test_what_set_up_made_smaller_is_served_until_the_source_is_another(client: FlaskClient, unminified: Path) -> None:
    source = (STATIC / "js" / "application.js").read_bytes()
    assert client.get("/static/js/application.js").data == source
    (unminified / f"{hashlib.sha256(b'as it was').hexdigest()}.js").write_bytes(b"old")
    assets._body.cache_clear()
    assert client.get("/static/js/application.js").data == source
    (unminified / f"{hashlib.sha256(source).hexdigest()}.js").write_bytes(b"small")
    assets._body.cache_clear()
    assert client.get("/static/js/application.js").data == b"small"


@pytest.mark.parametrize(
    "name", ["../wiring.py", "..%2fassets.py", "css/../../config.css", "%2fetc/passwd", "css", "a%00.css"]
)
def test_nothing_outside_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}", follow_redirects=True).status_code == 404
