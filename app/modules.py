"""Which JavaScript modules a page needs: its first one, what that imports, and so on.

The page names them all in its import map, with the versions of the files, and lets the browser fetch them at once
instead of one after the other as it comes upon them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath

from flask import Flask

FOLDER = Path(__file__).parent / "static" / "js"
_IMPORT = re.compile(r"""\bfrom\s+"(\.{1,2}/[^"]+)\.js";""")


def init_app(app: Flask) -> None:
    # Who develops changes the imports while the app runs.
    app.jinja_env.globals["modules_of"] = modules_of.__wrapped__ if app.debug else modules_of


@cache
def modules_of(entry: str) -> list[str]:
    """The names of all modules behind one, without itself, in the order in which they are found: `lib/text`."""
    found: list[str] = []
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        for path in _IMPORT.findall((FOLDER / f"{name}.js").read_text("utf-8")):
            imported = _resolved(PurePosixPath(name).parent / path)
            if imported not in found:
                found.append(imported)
                waiting.append(imported)
    return found


def _resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
