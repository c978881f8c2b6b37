"""Colours for code, as classes that css/rich_text.css knows. Pure.

Only languages on the list: each gets through hostile text in a bounded time (tests/chat/test_rich_text.py), which
cannot be said of all that Pygments has.
"""

from __future__ import annotations

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

LONGEST = 3_000  # characters of code; the worst of that length take some tenths of a second
CLASSES = frozenset(STANDARD_TYPES.values()) - {""}
LANGUAGES = {
    "bash": "bash", "sh": "bash", "shell": "bash", "zsh": "bash",
    "c": "c", "cpp": "cpp", "c++": "cpp",
    "css": "css", "diff": "diff", "patch": "diff", "dockerfile": "docker", "docker": "docker",
    "go": "go", "golang": "go", "html": "html", "xml": "xml", "svg": "xml", "ini": "ini", "toml": "toml",
    "java": "java", "javascript": "javascript", "js": "javascript", "jsx": "javascript", "json": "json",
    "kotlin": "kotlin", "kt": "kotlin", "lua": "lua", "make": "make", "makefile": "make",
    "php": "php", "python": "python", "py": "python", "ruby": "ruby", "rb": "ruby", "rust": "rust", "rs": "rust",
    "sql": "sql", "swift": "swift", "typescript": "typescript", "ts": "typescript", "tsx": "typescript",
    "yaml": "yaml", "yml": "yaml",
}  # fmt: skip

_formatter = HtmlFormatter(nowrap=True)


def language(info: str) -> str | None:
    """The language that the words behind a fence name, if it is on the list."""
    words = info.split(maxsplit=1)
    return LANGUAGES.get(words[0].lower()) if words else None


def highlighted(code: str, language: str) -> str:
    """The code as escaped HTML, with `span`s of classes."""
    result: str = highlight(code, _lexer(language), _formatter)
    return result


@lru_cache(len(LANGUAGES))
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
