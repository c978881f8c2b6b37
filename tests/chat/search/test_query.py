"""What is typed into the search field, understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.search import tokens
from app.chat.search.matching import highlights, needle
from app.chat.search.query import Query, Term, parse
from app.errors import BadInput

TODAY = date(2026, 11, 24)


def terms(text: str) -> list[Term]:
    return parse(text, TODAY).terms


def test_words_phrases_and_beginnings() -> None:
    assert terms('ship "Release Notes" win* now') == [
        Term(("ship",)),
        Term(("release", "notes")),
        Term(("win",), is_prefix=True),
        Term(("now",), is_prefix=True),
    ]


def test_a_word_is_finished_by_a_space_or_a_quote() -> None:
    assert terms("now ") == terms('"now"') == [Term(("now",))]
    assert terms("now") == terms('"now') == [Term(("now",), is_prefix=True)]


def test_a_single_character_of_a_script_without_spaces_may_begin_a_pair() -> None:
    assert terms("会 ") == [Term(("会",), is_prefix=True)]
    assert terms("会議室 ") == [Term(("会議", "議室"))]
    assert terms("会議abc ") == [Term(("会議", "議", "abc"))]
    assert terms("abc会 ") == [Term(("abc", "会"), is_prefix=True)]


def test_filters_are_kept_apart_from_words() -> None:
    query = parse('from:@ada -from:"Bob B" in:#lobby -in:attic has:Links -has:file is:thread plan ', TODAY)
    assert query.terms == [Term(("plan",))]
    assert (query.people.wanted, query.people.excluded) == (["ada"], ["Bob B"])
    assert (query.rooms.wanted, query.rooms.excluded) == (["lobby"], ["attic"])
    assert (query.marks.wanted, query.marks.excluded) == (["link", "thread"], ["file"])


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("before:2026-02-03", None, date(2026, 2, 3)),
        ("after:2026-02-03", date(2026, 2, 4), None),
        ("on:2026-02-03", date(2026, 2, 3), date(2026, 2, 4)),
        ("on:2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("on:2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("on:Today", TODAY, date(2026, 11, 25)),
        ("before:yesterday", None, date(2026, 11, 23)),
        ("after:2026-01 before:2026-03 after:2025", date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_days_are_a_span(text: str, since: date | None, until: date | None) -> None:
    query = parse(text, TODAY)
    assert (query.since, query.until) == (since, until)


def test_a_filter_that_is_being_typed_is_waited_for() -> None:
    assert parse("plan from:", TODAY) == Query(terms=[Term(("plan",))])
    with pytest.raises(BadInput, match="Write something behind from:"):
        parse("from: plan", TODAY)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_understood_or_refused_with_a_sentence(text: str) -> None:
    try:
        query = parse(text, TODAY)
    except BadInput as error:
        refusal = error
    else:
        assert all(word for term in query.terms for word in term.words)
        return
    assert list(refusal.fields or {}) == ["q"]


@given(st.text(max_size=200))
def test_words_are_the_same_with_and_without_their_places(text: str) -> None:
    found = list(tokens.find(text))
    assert tokens.words(text) == [word.text for word in found]
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert all(" " not in word.text for word in found)


@given(st.text(max_size=60))
def test_a_text_is_found_by_itself_and_highlighted_within_it(text: str) -> None:
    try:
        query = parse(f'"{text.replace(chr(34), " ")}" ', TODAY)
    except BadInput:
        return
    stored = f" {' '.join(tokens.words(text))} "
    for term in query.terms:
        assert needle(term) in stored
        ranges = highlights(text, [term])
        assert ranges
        assert all(0 <= one["start"] < one["end"] <= len(text) for one in ranges)
