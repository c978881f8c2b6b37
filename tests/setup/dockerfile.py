"""Just enough of a Dockerfile's grammar to run its commands outside a container."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One build stage: its instructions in order, as (name, arguments)."""

    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [arguments for instruction, arguments in self.instructions if instruction == name]

    def command(self, name: str) -> list[str]:
        """The argument list of CMD or HEALTHCHECK in its exec form."""
        (arguments,) = self.all(name)
        command: list[str] = json.loads(arguments[arguments.index("[") :])
        return command

    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for arguments in self.all("ENV") for pair in shlex.split(arguments))

    def copies(self) -> list[tuple[str | None, list[str], str]]:
        """Each COPY: the stage it copies from (None: the build context), the sources, the destination."""
        found = []
        for arguments in self.all("COPY"):
            *flags, destination = shlex.split(arguments)
            stages = [part.removeprefix("--from=") for part in flags if part.startswith("--from=")]
            sources = [part for part in flags if not part.startswith("--")]
            found.append((next(iter(stages), None), sources, destination))
        return found


def parse(path: Path) -> list[Stage]:
    """The stages of a Dockerfile, in order; an unnamed one is called "final"."""
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            _, _, name = arguments.partition(" AS ")
            stages.append(Stage(name or "final"))
        else:
            stages[-1].instructions.append((instruction, " ".join(arguments.split())))
    return stages
