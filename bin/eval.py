"""Ask a real provider every question of tests/ai/cases, and print what its answers hold and lack.

OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL and OPENAI_MODELS are those of the server; the first model is asked. An
answer may take EVAL_SECONDS, a minute if that is not set. Words in the arguments choose the cases whose names hold
them. Ends with 1 where a case failed; with 2 without a key or such a case, and where the provider gives no answer three
times in a row.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()  # or nothing would cut off an answer that trickles in for ever

import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from app.ai import ProviderError, client  # noqa: E402
from app.ai.assistant import Usage  # noqa: E402
from config import load_settings  # noqa: E402
from tests.ai.evaluation import Case, load  # noqa: E402

MOST_SILENT = 3  # cases in a row


def main(words: list[str]) -> int:
    settings = load_settings()
    cases = [case for case in load() if all(word in case.name for word in words)]
    if settings.openai_api_key is None:
        return _give_up("set OPENAI_API_KEY, and OPENAI_BASE_URL and OPENAI_MODEL where you want others.")
    if not cases:
        return _give_up(f"no case has {' and '.join(words)} in its name.")
    key, model = settings.openai_api_key.get_secret_value(), settings.models[0]
    seconds = float(os.environ.get("EVAL_SECONDS", "60"))
    client.configure(client.ProviderSettings(key, settings.openai_base_url, model, timeout_seconds=seconds))
    total, passed, silent = Usage(), 0, 0
    for case in cases:
        problems, is_answered = _ask(case, total)
        passed += not problems
        silent = 0 if is_answered else silent + 1
        if silent == MOST_SILENT:
            return _give_up(f"{model} gave no answer {silent} times in a row, so the others are not asked.")
    print(f"{model}: {passed} of {len(cases)} passed, {total.tokens_in} tokens in, {total.tokens_out} out")
    return 0 if passed == len(cases) else 1


def _ask(case: Case, total: Usage) -> tuple[list[str], bool]:
    """Ask one, print its row, and add what it used to the total. What is wrong, and whether there was an answer."""
    began, usage, answer = time.monotonic(), Usage(), ""
    try:
        answer = case.ask(usage)
        problems = case.problems(answer)
    except ProviderError as error:
        problems = [f"no answer: {error}"]
    total.tokens_in += usage.tokens_in
    total.tokens_out += usage.tokens_out
    seconds, tokens = time.monotonic() - began, usage.tokens_in + usage.tokens_out
    print(f"{'FAIL' if problems else 'pass'}  {case.name:<80}  {seconds:5.1f} s  {tokens:>6}", flush=True)
    if problems:
        print(f"      {'; '.join(problems)}\n      {' '.join(answer.split())}".rstrip(), flush=True)
    return problems, bool(answer)


def _give_up(why: str) -> int:
    sys.stderr.write(f"eval: {why}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
