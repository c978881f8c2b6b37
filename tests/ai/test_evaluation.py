"""The evaluation set against a provider that gives the answers which its cases hold. `make eval` asks a real one."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.ai.assistant import Usage
from tests.ai.evaluation import Case, load
from tests.ai.raw_provider import STREAM_HEAD, RawProvider, event, serve
from tests.ai_provider import start_provider
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


def evaluate(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `make eval` runs, with the Makefile's own words."""
    recipe = ["make", "--dry-run", "--silent", "--old-file=.venv/.dev", "eval", f"ARGS={' '.join(words)}"]
    said = subprocess.run(recipe, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    command = next(line for line in said.splitlines() if "eval.py" in line)
    command = command.replace(".venv/bin/python", sys.executable)
    variables = {"PATH": os.environ["PATH"], "STANDIN_INSTANCE": str(folder), **environment}
    return subprocess.run(  # noqa: S602 - a line of our Makefile
        command, shell=True, env=variables, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )


def asked_of(provider: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": "made-up", "OPENAI_BASE_URL": provider}


def test_without_a_key_the_evaluation_says_what_it_needs(tmp_path: Path) -> None:
    ended = evaluate(tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == ("eval: set OPENAI_API_KEY, and OPENAI_BASE_URL and OPENAI_MODEL where you want others.\n")


def test_the_evaluation_prints_a_row_for_each_case_and_ends_with_1_where_one_failed(
    script: Script, recorded: RawProvider, tmp_path: Path
) -> None:
    script.text = "I'll leave this for Ada."
    ended = evaluate(tmp_path, **asked_of(recorded.base_url))
    rows = ended.stdout.splitlines()
    named = [row.split("  ")[1] for row in rows if row.startswith(("pass", "FAIL"))]
    assert named == [case.name for case in CASES]
    passed = sum(row.startswith("pass") for row in rows)
    assert 0 < passed < len(CASES)
    assert f"gpt-4o-mini: {passed} of {len(CASES)} passed" in rows[-1]
    assert "      lacks " in ended.stdout, "and why the others did not"
    assert ended.returncode == 1


def test_the_evaluation_of_chosen_cases_against_a_server_that_is_told_their_answers(tmp_path: Path) -> None:
    chosen = [case for case in CASES if case.name.startswith("grounded") and case.kind == "stand-in"][:2]
    for case in chosen:
        answers = [{"match": {"userMessage": case.question}, "response": {"content": case.good}}]
        provider = start_provider(answers)
        try:
            ended = evaluate(tmp_path, shlex.quote(case.name), **asked_of(provider.base_url))
        finally:
            provider.stop()
        assert ended.stdout.startswith(f"pass  {case.name}"), ended
        assert "1 of 1 passed" in ended.stdout
        assert ended.returncode == 0
    ended = evaluate(tmp_path, "nosuchcase", OPENAI_API_KEY="made-up")
    assert (ended.returncode, ended.stderr) == (2, "eval: no case has nosuchcase in its name.\n")


def test_a_provider_that_never_ends_its_answers_is_given_up(tmp_path: Path) -> None:
    def trickle() -> Iterator[bytes]:
        yield STREAM_HEAD
        while True:
            yield event("")

    with serve(trickle, pause=0.05) as provider:
        ended = evaluate(tmp_path, EVAL_SECONDS="0.3", **asked_of(provider.base_url))
    assert ended.stdout.count("FAIL") == 3
    assert ended.stdout.count("no answer: timeout") == 3
    assert "gave no answer 3 times in a row" in ended.stderr
    assert ended.returncode == 2
