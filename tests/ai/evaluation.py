"""The evaluation set: questions, what an answer may be made of, and what it must and must not hold.

Each case has an answer that is good and one that is bad, so that the checks are themselves checked. `server` marks
those whose bad answer is made good by the server, whatever model gave it.
"""

from __future__ import annotations

import tomllib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.ai import assistant, conversation, summary
from app.ai.assistant import AnswerRequest, TranscriptLine, Usage
from app.ai.conversation import ChatTurn
from app.ai.summary import SummaryLine

FOLDER = Path(__file__).with_name("cases")
OWNER = "Ada"


@dataclass(frozen=True)
class Case:
    """One question. `must` holds texts of which each has to be there, or one of those between bars."""

    name: str
    good: str
    bad: str
    kind: str = "stand-in"
    question: str = ""
    asker: str = "Bob"
    note: str = ""
    notes: str = ""
    until: str = ""
    transcript: list[list[str]] = field(default_factory=list)
    history: list[list[str]] = field(default_factory=list)
    must: list[str] = field(default_factory=list)
    must_not: list[str] = field(default_factory=list)
    left: bool = False
    server: bool = False

    def ask(self, usage: Usage) -> str:
        """Put it to the provider that is configured, as the server does, and return what would be shown."""
        if self.kind == "summary":
            lines = [SummaryLine("Den", speaker, text) for speaker, text in self.transcript]
            return summary.write(OWNER, lines, usage)[0]
        return deque(self._texts(usage), maxlen=1).pop()

    def _texts(self, usage: Usage) -> Iterable[str]:
        lines = tuple(TranscriptLine(one[0], one[1], is_standin=len(one) > 2) for one in self.transcript)
        if self.kind == "ask":
            return conversation.answer(self.asker, lines, self.question, usage)
        if self.kind == "assistant":
            turns = [ChatTurn(role, text) for role, text in self.history]  # type: ignore[arg-type]
            return conversation.converse(self.asker, turns, self.question, usage)
        until = datetime.fromisoformat(self.until) if self.until else None
        request = AnswerRequest(OWNER, until, self.note, self.notes, "", self.asker, lines, self.question)
        return assistant.write(request, usage)

    def problems(self, answer: str) -> list[str]:
        """What is wrong with an answer, in words."""
        said = answer.casefold()
        lacking = [text for text in self.must if not any(one.casefold() in said for one in text.split("|"))]
        held = [text for text in self.must_not if text.casefold() in said]
        problems = [f"lacks {text!r}" for text in lacking] + [f"holds {text!r}" for text in held]
        if self.left and not assistant.is_left_to_owner(answer, OWNER):
            problems.append("is not left for the owner")
        return problems


def load() -> list[Case]:
    """All cases, those of one file together."""
    return [case for path in sorted(FOLDER.glob("*.toml")) for case in _cases(path)]


def _cases(path: Path) -> Iterable[Case]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["case"]
    return [Case(**{**values, "name": f"{path.stem}: {values['name']}"}) for values in found]
