from __future__ import annotations

import pytest

from app.chat.mentions import mentioned

NAMES = {
    1: "Ada",
    2: "Ada Lovelace",
    3: "Bob",
    4: "Zo\u00eb",
    5: "O'Brien (ops)",
    6: "\u5f20\u4e09",
    7: "Stra\u00dfe",
    8: "a.*b",
}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@Ada are you there?", {1}),
        ("Are you there, @ada?", {1}),
        ("@ADA", {1}),
        ("(@Ada)", {1}),
        ("@Ada's turn", {1}),
        ("Thanks!\n@Ada", {1}),
        ("@Ada Lovelace, hello", {2}),
        ("@ada lovelace", {2}),
        ("@Ada Lovelaces", {1}),
        ("@Ada and @Bob", {1, 3}),
        ("@Bob @Bob @Bob", {3}),
        ("@Zo\u00eb", {4}),
        ("@Zoe\u0308", {4}),
        ("@o'brien (OPS)!", {5}),
        ("\u8bf7@\u5f20\u4e09 \u770b", {6}),
        ("\uff20Ada", {1}),
        ("@STRASSE", {7}),
        ("@a.*b", {8}),
        ("\u05e9\u05dc\u05d5\u05dd @Ada", {1}),
    ],
)
def test_a_name_behind_an_at_sign_is_a_mention(body: str, expected: set[int]) -> None:
    assert mentioned(body, NAMES) == expected


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Ada",
        "@",
        "@@",
        "@ Ada",
        "@Adam",
        "@Ada1",
        "@Ada_",
        "ada@ada",
        "mail bob@bob.example",
        "x_@Ada",
        "@aXXb",
        "@all",
    ],
)
def test_anything_else_is_none(body: str) -> None:
    assert mentioned(body, NAMES) == set()


def test_people_of_one_name_are_all_mentioned() -> None:
    assert mentioned("@Ada", {1: "Ada", 2: "ada", 3: "Bob"}) == {1, 2}


def test_nobody_is_mentioned_among_nobody() -> None:
    assert mentioned("@Ada", {}) == set()
