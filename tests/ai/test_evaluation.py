"""The evaluation set against a provider that gives the answers which its cases hold. `make eval` asks a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.ai.assistant import Usage
from tests.ai.evaluation import Case, load
from tests.ai.raw_provider import STREAM_HEAD, RawProvider, event, serve
from tests.server import ROOT

CASES = load()
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


class Script:
    """What the provider says next."""

    text = ""

    def answer(self) -> Iterator[bytes]:
        yield STREAM_HEAD
        for start in range(0, len(self.text), 7):
            yield event(self.text[start : start + 7])
        yield event("", "stop") + b"data: [DONE]\n\n"


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def recorded(script: Script) -> Iterator[RawProvider]:
    with serve(script.answer) as provider:
        yield provider


def last_request(provider: RawProvider) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(provider.bodies[-1])
    return request


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(CASES) >= 30
    assert {case.kind for case in CASES} == {"stand-in", "ask", "assistant", "summary"}
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.must or case.must_not or case.left for case in CASES)


@each_case
def test_a_good_answer_goes_through_as_it_is_and_passes(
    case: Case, script: Script, recorded: RawProvider, use: Callable[..., None]
) -> None:
    use(recorded.base_url)
    script.text = case.good
    usage = Usage()
    answer = case.ask(usage)
    assert case.problems(answer) == []
    if case.kind != "summary":  # there the references are numbered anew
        assert answer == case.good
    assert usage.tokens_in > 0


@each_case
def test_a_bad_answer_is_found_to_be_bad_or_made_good_by_the_server(
    case: Case, script: Script, recorded: RawProvider, use: Callable[..., None]
) -> None:
    use(recorded.base_url)
    script.text = case.bad
    assert case.problems(case.bad)
    assert bool(case.problems(case.ask(Usage()))) is not case.server


@each_case
def test_what_others_wrote_is_never_part_of_the_system_block(
    case: Case, script: Script, recorded: RawProvider, use: Callable[..., None]
) -> None:
    use(recorded.base_url)
    script.text = case.good
    case.ask(Usage())
    request = last_request(recorded)
    system, *turns = request["messages"]
    assert system["role"] == "system"
    assert [turn["role"] for turn in turns] == [*(role for role, _ in case.history), "user"]
    others = [case.question, *(text for line in case.transcript for text in line[:2])]
    if case.kind == "stand-in":
        others.append(case.asker)
    for text in others:
        assert len(text) < 4 or text not in system["content"]
    assert not {"tools", "functions", "tool_choice"} & request.keys()


def evaluate(**environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, str(ROOT / "bin" / "eval.py")]
    return subprocess.run(command, env=variables, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)


def test_without_a_key_the_evaluation_says_what_it_needs(tmp_path: Path) -> None:
    ended = evaluate(STANDIN_INSTANCE=str(tmp_path))
    assert ended.returncode == 2
    assert "OPENAI_API_KEY" in ended.stderr


def test_the_evaluation_prints_a_row_for_each_case(script: Script, recorded: RawProvider, tmp_path: Path) -> None:
    script.text = "I'll leave this for Ada."
    ended = evaluate(STANDIN_INSTANCE=str(tmp_path), OPENAI_API_KEY="key", OPENAI_BASE_URL=recorded.base_url)
    rows = ended.stdout.splitlines()
    named = [row.split("  ")[1] for row in rows if row.startswith(("pass", "FAIL"))]
    assert named == [case.name for case in CASES]
    passed = sum(row.startswith("pass") for row in rows)
    assert 0 < passed < len(CASES)
    assert f"{passed} of {len(CASES)} passed" in rows[-1]
    assert ended.returncode == 1
