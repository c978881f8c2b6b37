from __future__ import annotations

import pytest

from app.ai.grounding import REMOVED, keep_grounded

CONTEXT = ["The plan: https://docs.example/plan (see also wiki.example/Home).", "Mail ada@team.example, file notes.txt"]


@pytest.mark.parametrize(
    "answer",
    [
        "Nothing to link here. It costs 3.5 percent, e.g. at noon, 10:30.",
        "It is at https://docs.example/plan.",
        "(https://docs.example/plan)",
        "Look in wiki.example/Home, or in Notes.txt.",
        "Write to ada@team.example!",
    ],
)
def test_what_stands_in_the_context_is_kept(answer: str) -> None:
    assert keep_grounded(answer, CONTEXT) == answer


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/?q=secret",
        "HTTPS://EVIL.EXAMPLE",
        "http://10.0.0.1/x",
        "//evil.example/x",
        "ftp://evil.example",
        "www.evil.example",
        "evil.example",
        "evil.example:8080/x",
        "bob@evil.example",
        "mailto:bob@evil.example",
        "javascript:alert(1)",
        "data:text/html;base64,AAAA",
        "https://docs.example/plan2",
        "https://docs.example/pla",
        "https://docs.example/plan?d=secret",
        "https://docs.example",
        "https://docs.example/plan\u200b",
        "https://docs.example@evil.example/plan",
        "xhttps://evil.example",
        "1https://evil.example",
    ],
)
def test_any_other_link_is_removed(link: str) -> None:
    kept = keep_grounded(f"See {link} now", CONTEXT)
    assert REMOVED in kept
    assert "evil" not in kept.casefold()
    assert "secret" not in kept
    assert kept.startswith("See ")
    assert kept.endswith(" now")


def test_a_link_of_a_markdown_link_is_shown_or_removed() -> None:
    assert keep_grounded("[the plan](https://docs.example/plan)", CONTEXT) == "the plan https://docs.example/plan"
    assert keep_grounded("[the plan](https://evil.example/x)", CONTEXT) == f"the plan {REMOVED}"
    assert keep_grounded('[x](https://evil.example "t")', CONTEXT) == f"x {REMOVED}"
    assert keep_grounded("[[x](https://evil.example/1)](https://evil.example/2)", CONTEXT).count("evil") == 0
    assert keep_grounded("[x][1]\n[1]: https://evil.example", CONTEXT) == f"[x][1]\n[1]: {REMOVED}"


def test_an_image_is_never_kept() -> None:
    assert keep_grounded("![chart](https://docs.example/plan)", CONTEXT) == "chart https://docs.example/plan"
    assert keep_grounded("![](https://evil.example/p.png)", CONTEXT) == REMOVED
    assert keep_grounded("![x][1]", CONTEXT) == "[x][1]"
    assert keep_grounded("A <img src='https://evil.example/p.png'> B", CONTEXT) == "A  B"


@pytest.mark.parametrize("part", ["a", "a.", "a@", "[", "](", "https:", "a-", "/", "!["])
def test_hostile_text_is_searched_in_linear_time(part: str) -> None:
    # Quadratic work on this would take minutes, and the time limit of the test would end it.
    keep_grounded("https://evil.example " + part * 100_000, [part * 100_000])
