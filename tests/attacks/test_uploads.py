"""Files that are not what they say, one by one: what each is taken for, and that it does nothing where it is opened."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tests.attacks.hostile_files import ANYTHING, BOMBS, NAMES, PDF, POLYGLOTS, SCRIPT, TEXT, picture
from tests.attacks.world import World
from tests.server import Server

NO_PICTURE, TOO_LARGE = (400, "not_a_picture"), (413, "picture_too_large")


def upload(world: World, content: bytes, name: str = "picture.html", kind: str = "text/html") -> requests.Response:
    return world.eve.write("POST", "/api/files", files={"file": (name, content, kind)})


def uploaded(world: World, content: bytes, name: str = "picture.html") -> dict[str, Any]:
    answer = upload(world, content, name)
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json()["file"]
    return file


def is_harmless(headers: Mapping[str, str]) -> bool:
    """Whether a browser that goes there runs nothing: it believes the type, and what it shows is in a sandbox."""
    policy, kind = headers["Content-Security-Policy"], headers["Content-Type"]
    is_shut = "default-src 'none'" in policy and "script-src" not in policy
    is_apart = "sandbox" in policy or (kind == PDF and "frame-ancestors 'none'" in policy)
    is_shown = kind.split("/")[0] in {"image", "audio", "video"} or kind == PDF
    how = headers["Content-Disposition"].partition(";")[0]
    return (
        is_shut
        and is_apart
        and how == ("inline" if is_shown else "attachment")
        and headers["X-Content-Type-Options"] == "nosniff"
        and headers["Cross-Origin-Resource-Policy"] == "same-origin"
    )


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_is_two_things_is_the_harmless_one(name: str, world: World) -> None:
    content, expected = POLYGLOTS[name]
    file = uploaded(world, content)
    given = world.eve.get(file["url"])
    assert given.headers["Content-Type"] == expected
    assert is_harmless(given.headers), given.headers
    if expected.startswith("image/"):
        assert SCRIPT not in given.content
        assert b"PK\x03\x04" not in given.content
    else:
        assert given.content == content
    saved = world.eve.get(f"{file['url']}?download")
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in saved.headers["Content-Security-Policy"]


PORTRAITS = [name for name, (_, kind) in POLYGLOTS.items() if kind.startswith("image/")]
PORTRAITS += ["the beginning of a GIF and HTML", "a PDF with HTML in it", "an SVG", "PostScript", "a TIFF", "an icon"]


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_file_that_is_two_things_is_a_portrait_only_as_a_picture(name: str, world: World) -> None:
    content, expected = POLYGLOTS[name]
    answer = world.eve.write("POST", "/users/me/avatar", files={"file": ("me.png", content, "image/png")})
    if not expected.startswith("image/"):
        assert (answer.status_code, answer.json()["error"]["code"]) == NO_PICTURE
        return
    given = world.eve.get(answer.json()["user"]["avatar_url"])
    assert given.headers["Content-Type"] == "image/webp"
    assert is_harmless(given.headers)
    assert SCRIPT not in given.content


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_is_too_much_is_refused_or_harmless(name: str, world: World) -> None:
    content, expected = BOMBS[name]
    answer = upload(world, content, "bomb.png")
    avatar = world.eve.write("POST", "/users/me/avatar", files={"file": ("bomb.png", content, "image/png")})
    if expected == TOO_LARGE[1]:
        for one in (answer, avatar):
            assert (one.status_code, one.json()["error"]["code"]) == TOO_LARGE
    else:
        given = world.eve.get(answer.json()["file"]["url"])
        assert given.headers["Content-Type"] == expected
        assert is_harmless(given.headers)
        assert avatar.status_code == (400 if expected == ANYTHING else 200)


def test_after_all_that_pictures_are_taken_as_before(world: World, attacked: Server) -> None:
    assert uploaded(world, picture("PNG"))["type"] == "image/png"
    assert "Traceback" not in attacked.read_log()


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_no_name_leads_elsewhere_or_says_more_than_a_name(number: int, world: World) -> None:
    file = uploaded(world, b"plain", NAMES[number])
    name: str = file["name"]
    assert name
    assert len(name.encode()) <= 255
    assert not set(name) & set("/\\")
    assert not [character for character in name if unicodedata.category(character) in {"Cc", "Zl", "Zp"}]
    assert not [character for character in name if unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "RLI"}]
    given = world.eve.get(file["url"])
    told = given.headers["Content-Disposition"]
    parts = re.fullmatch(r"""attachment; filename="([ !#-\[\]-~]+)"; filename\*=UTF-8''([\w.~%-]+)""", told, re.ASCII)
    assert parts, told
    assert unquote(parts[2]) == name
    assert given.headers["Content-Type"] == TEXT
    assert "Set-Cookie" not in given.headers
    assert is_harmless(given.headers)
