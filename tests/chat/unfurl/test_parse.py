"""What a page says of itself, as text."""

from __future__ import annotations

import pytest

from app.chat.unfurl.fetch import Page
from app.chat.unfurl.parse import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TITLE, preview
from tests.chat.unfurl.site import PAGE

URL = "https://www.bakery.example/cake"


def parse(markup: str | bytes, charset: str | None = None) -> tuple[str, str, str] | None:
    content = markup.encode() if isinstance(markup, str) else markup
    found = preview("as typed", Page(URL, content, charset))
    if found is None:
        return None
    assert found["url"] == "as typed"
    return found["title"], found["description"], found["site_name"]


def test_what_a_page_says_for_previews_comes_before_its_title() -> None:
    assert parse(PAGE) == ("Cake <b> for all", "It is a good cake.", "The Bakery")


def test_without_it_there_are_its_title_and_its_host() -> None:
    assert parse("<title> A\n cake </title>") == ("A cake", "", "bakery.example")


@pytest.mark.parametrize("markup", ["", "<p>x</p>", "<title></title>", "<title> \x07\u200e </title>", "{}", "\0" * 100])
def test_a_page_that_says_nothing_has_no_preview(markup: str) -> None:
    assert parse(markup) is None


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ("<title>Gr\u00fc\u00dfe</title>".encode(), None),
        ("<title>Gr\u00fc\u00dfe</title>".encode("latin-1"), "latin-1"),
        ('<meta charset="iso-8859-1"><title>Gr\u00fc\u00dfe</title>'.encode("latin-1"), None),
        ("<title>Gr\u00fc\u00dfe</title>".encode(), "no-such"),
        ("<title>Gr\u00fc\u00dfe</title>".encode(), "rot13"),
        ("<title>Gr\u00fc\u00dfe</title>".encode(), "base64"),
    ],
)
def test_letters_are_read_as_they_were_meant(content: bytes, charset: str | None) -> None:
    assert parse(content, charset) == ("Gr\u00fc\u00dfe", "", "bakery.example")


def test_texts_are_cut_and_hold_nothing_that_cannot_be_seen() -> None:
    found = parse(
        f"<title>\u202e{'x' * 5000}\x07</title><meta name=description content='{'y ' * 5000}'>"
        f"<meta property=og:site_name content='{'z' * 5000}'>"
    )
    assert found is not None
    assert [len(text) for text in found] == [LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_NAME]
    assert found[0] == "x" * (LONGEST_TITLE - 1) + "\u2026"


def test_hostile_pages_are_read_or_not_but_never_fail() -> None:
    for piece in (
        "<",
        "<!",
        "<![",
        "<a ",
        "<title>",
        "</",
        "<meta ",
        "<meta charset=",
        "&",
        "<!--",
        "<svg>",
        "<table>",
        "\xff",
    ):
        parse(piece * (1024 * 1024 // len(piece)))
