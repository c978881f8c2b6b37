"""People for the full servers: logged in to Standin, and known by name to the peers that ask for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from bench.clients import Person, Shape
from bench.lab import ROOT, Lab
from bench.servers import Server, environment


@dataclass(frozen=True)
class Member:
    """Someone with an account, as `bench.seed` made it."""

    token: str
    room: str
    user: str
    name: str
    email: str

    def connection_to(self, server: Server) -> Person:
        """How this member connects."""
        if server.takes_tokens:
            return Person({"token": self.token}, self.room)
        return Person({"room": self.room, "user": self.user, "name": self.name}, self.room)


def populate(lab: Lab, shape: Shape, *options: str) -> list[Member]:
    """Replace all that is in the database by the people of `shape`, logged in anew."""
    command = [sys.executable, "-m", "bench.seed", str(shape.rooms), str(shape.members), *options]
    done = subprocess.run(command, cwd=ROOT, env=environment(lab), stdout=subprocess.PIPE, text=True, check=True)
    return [Member(**json.loads(line)) for line in done.stdout.splitlines()]
