"""What was measured: samples of one server under one load, and their medians."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Values = dict[str, float]


@dataclass(frozen=True)
class Sample:
    """One run of one server under one load."""

    suite: str
    load: str
    server: str
    values: Values


@dataclass
class Book:
    """All samples of a run, with the machine they are from."""

    machine: dict[str, Any]
    samples: list[Sample] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def note(self, suite: str, load: str, server: str, values: Values) -> None:
        """Keep a sample and show its main figures at once."""
        self.samples.append(Sample(suite, load, server, values))
        shown = "  ".join(f"{name} {value:,.4g}" for name, value in values.items() if name in SHOWN)
        print(f"    {load:<42} {server:<28} {shown}", flush=True)

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Go on when a server fails, and say so in the results."""
        try:
            yield
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            self.failures.append(f"{what}: {error}")
            print(f"    FAILED: {what}: {error}", file=sys.stderr, flush=True)

    def median(self, suite: str, load: str, server: str, name: str) -> float | None:
        """The median of one figure over the repetitions; None where it was not measured."""
        found = [s.values[name] for s in self._of(suite, load, server) if name in s.values]
        return statistics.median(found) if found else None

    def servers(self, suite: str, load: str | None = None) -> list[str]:
        """The servers measured, in the order of their first samples."""
        return _unique(s.server for s in self.samples if s.suite == suite and load in {None, s.load})

    def loads(self, suite: str) -> list[str]:
        """The loads measured, in the order of their first samples."""
        return _unique(s.load for s in self.samples if s.suite == suite)

    def total(self, name: str) -> float:
        """The sum of one figure over everything."""
        return sum(s.values.get(name, 0) for s in self.samples)

    def take_over(self, earlier: Book) -> None:
        """Add what an earlier run has measured and this one has not."""
        measured = {(s.suite, s.load, s.server) for s in self.samples}
        kept = [s for s in earlier.samples if (s.suite, s.load, s.server) not in measured]
        self.samples += kept
        self.machine["earlier"] = {"when": earlier.machine["when"], "suites": _unique(s.suite for s in kept)}

    def forget(self, load: str) -> None:
        """Leave out a load that is not measured any more, or under another name."""
        self.samples = [sample for sample in self.samples if sample.load != load]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Book:
        content = json.loads(path.read_text("utf-8"))
        return cls(content["machine"], [Sample(**sample) for sample in content["samples"]], content["failures"])

    def _of(self, suite: str, load: str, server: str) -> Iterable[Sample]:
        return (s for s in self.samples if (s.suite, s.load, s.server) == (suite, load, server))


SHOWN = {"rate", "p99", "ack_p99", "messages", "cpu_per_million", "per_second", "kb", "longest_ms", "dropped"}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
