"""Ask a real provider every question of tests/ai/cases, and print what its answers hold and lack.

OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL and OPENAI_MODELS are those of the server; the first model is asked.
Words in the arguments choose the cases whose names hold them. Ends with 1 where a case failed, with 2 without a key.
"""

from __future__ import annotations

import sys
import time

from app.ai import ProviderError, client
from app.ai.assistant import Usage
from config import load_settings
from tests.ai.evaluation import Case, load


def main(words: list[str]) -> int:
    settings = load_settings()
    if settings.openai_api_key is None:
        sys.stderr.write("eval: set OPENAI_API_KEY, and OPENAI_BASE_URL and OPENAI_MODEL where you want others.\n")
        return 2
    key, model = settings.openai_api_key.get_secret_value(), settings.models[0]
    client.configure(client.ProviderSettings(key, settings.openai_base_url, model, timeout_seconds=60))
    cases = [case for case in load() if all(word in case.name for word in words)]
    usage = Usage()
    passed = sum(_is_passed(case, usage) for case in cases)
    print(f"{model}: {passed} of {len(cases)} passed, {usage.tokens_in} tokens in, {usage.tokens_out} out")
    return 0 if passed == len(cases) else 1


def _is_passed(case: Case, total: Usage) -> bool:
    """Ask one, print its row, and add what it used to the total."""
    began, usage = time.monotonic(), Usage()
    try:
        answer = case.ask(usage)
        problems = case.problems(answer)
    except ProviderError as error:
        answer, problems = "", [f"no answer: {error}"]
    total.tokens_in += usage.tokens_in
    total.tokens_out += usage.tokens_out
    seconds, tokens = time.monotonic() - began, usage.tokens_in + usage.tokens_out
    print(f"{'FAIL' if problems else 'pass'}  {case.name:<80}  {seconds:5.1f} s  {tokens:>6}")
    if problems:
        print(f"      {'; '.join(problems)}\n      {' '.join(answer.split())}")
    return not problems


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
