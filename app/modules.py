"""Which JavaScript modules a page needs: its first one, what that imports, and so on.

The page names them all in its import map, with the versions of the files, and lets the browser fetch them at once
instead of one after the other as it comes upon them. What is imported only when needed is mapped, but not fetched.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath

from flask import Flask

from app import language

FOLDER = Path(__file__).parent / "static" / "js"
_IMPORT = re.compile(r"""\bfrom\s+"(\.{1,2}/[^"]+)\.js";""")
_LATER = re.compile(r"""(?:=>|\bawait)\s+import\("(\.{1,2}/[^"]+)\.js"\)""")  # not those in the types of comments

_SOON = re.compile(r"""\bimport\("(\.{1,2}/[^"]+)\.js"\).*\bisSoon: true""")


def init_app(app: Flask) -> None:
    language.ask_who_speaks_first(speaking_first)
    # Who develops changes the imports while the app runs.
    for function in (modules_of, later_modules_of):
        app.jinja_env.globals[function.__name__] = function.__wrapped__ if app.debug else function


@cache
def modules_of(entry: str) -> list[str]:
    """The names of all modules behind one, without itself, in the order in which they are found: `lib/text`."""
    found: list[str] = []
    waiting = [entry]
    while waiting:
        for imported in _named(waiting.pop(0), _IMPORT):
            if imported not in found:
                found.append(imported)
                waiting.append(imported)
    return found


@cache
def later_modules_of(entry: str) -> list[str]:
    """Those that a page comes to import while it is used, and what only they import, at once or later."""
    first = modules_of.__wrapped__(entry)
    found: list[str] = []
    waiting = [entry, *first]
    while waiting:
        for imported in _named(waiting.pop(0), _LATER):
            new = [each for each in [imported, *modules_of.__wrapped__(imported)] if each not in (*found, *first)]
            found += new
            waiting += new
    return found


@cache
def speaking_first() -> frozenset[str]:
    """The files of the chat that speak before anything is opened: its first modules, and what comes by itself."""
    soon = _named("application", _SOON)
    names = [each for name in ["application", *soon] for each in [name, *modules_of.__wrapped__(name)]]
    return frozenset(f"app/static/js/{name}.js" for name in names)


def _named(module: str, how: re.Pattern[str]) -> list[str]:
    folder = PurePosixPath(module).parent
    return [_resolved(folder / path) for path in how.findall((FOLDER / f"{module}.js").read_text("utf-8"))]


def _resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
