"""The language in which this reader is spoken to: which one it is, and every text in it.

Texts stand in the code in English, marked by `_`, `ngettext` or, where they are only told later, by `N_` and `saying`.
`app/translations` has the others, one catalog of GNU gettext for each language. Errors are made in English and told
in the reader's language where they leave the server (`told`).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from flask import Blueprint, Flask, Response, abort, g, has_request_context, request, url_for
from gevent.threadpool import ThreadPool

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}
"""Each by its own name."""
DEFAULT = "en"
COOKIE = "standin_language"
FOLDER = Path(__file__).parent / "translations"
A_YEAR = 365 * 24 * 60 * 60

languages = Blueprint("languages", __name__)
_of_sockets: dict[str, str] = {}
_readers = ThreadPool(1)
_spoken: ContextVar[str | None] = ContextVar("language", default=None)


@dataclass(frozen=True, slots=True)
class _Tongue:
    texts: Translations
    scripts: dict[str, str]
    """The texts of the page's scripts, as modules of their own: all (an empty name), or by when the chat needs them."""
    versions: dict[str, str]


_tongues: dict[str, _Tongue] = {}
_chosen_by_caller: Callable[[], str] = str
_speaking_first: Callable[[], Collection[str]] = tuple


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=current, language_names=LANGUAGES, texts_of_scripts=script_address)
    app.jinja_env.globals.update(number=number, dollars=dollars)
    app.register_blueprint(languages)
    app.after_request(_vary)


def ask_for_choice(chosen_by_caller: Callable[[], str]) -> None:
    """How to learn what whoever makes this request has chosen; empty: nothing, or nobody knows who it is."""
    global _chosen_by_caller  # noqa: PLW0603
    _chosen_by_caller = chosen_by_caller


def ask_who_speaks_first(files: Callable[[], Collection[str]]) -> None:
    """How to learn which scripts of the chat speak as soon as it is there: what only others say comes after it."""
    global _speaking_first  # noqa: PLW0603
    _speaking_first = files


def current() -> str:
    """What was asked for by `speaking`, else the language of this request's reader, else English."""
    if spoken := _spoken.get():
        return spoken
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = DEFAULT  # for what is told meanwhile
        g.language = known(_chosen_by_caller()) or named_by_browser() or DEFAULT
    return str(g.language)


def known(language: str | None) -> str:
    """The language if there is a catalog of it, else an empty text."""
    return language if language in LANGUAGES else ""


def named_by_browser() -> str:
    """What was chosen in this browser, else what it asks for; an empty text if that is none of ours."""
    asked = (name.lower().split("-")[0] for name, quality in request.accept_languages if quality > 0)
    return known(request.cookies.get(COOKIE)) or next(filter(known, asked), "")


def keep_in_browser(response: Response, language: str, *, is_secure: bool) -> None:
    """Let pages without a login come in the language that was chosen last; an empty one forgets it."""
    if language:
        response.set_cookie(COOKIE, language, max_age=A_YEAR, samesite="Lax", secure=is_secure)
    else:
        response.delete_cookie(COOKIE, samesite="Lax", secure=is_secure)


def keep_for_socket(socket_id: str, chosen: str) -> None:
    """Remember the language of whoever opens this socket, until they leave: events come without a request."""
    _of_sockets[socket_id] = known(chosen) or named_by_browser() or DEFAULT


def forget_socket(socket_id: str) -> None:
    _of_sockets.pop(socket_id, None)


def of_socket(socket_id: str) -> str:
    return _of_sockets.get(socket_id, DEFAULT)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Say everything in a language meanwhile: for what is written to somebody who does not ask at the moment."""
    token = _spoken.set(known(language) or DEFAULT)
    try:
        yield
    finally:
        _spoken.reset(token)


def gettext(text: str, **values: Any) -> str:
    """A text in the reader's language; `%(name)s` in it stands for a value."""
    return _filled(_tongue(current()).texts.gettext(text), values)


def pgettext(meaning: str, text: str, **values: Any) -> str:
    """The same where an English word means several things; the meaning is only told to those who translate."""
    return _filled(str(_tongue(current()).texts.pgettext(meaning, text)), values)


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """The same for a number of things; `%(n)s` is the number."""
    return _filled(_tongue(current()).texts.ngettext(one, many, n), {"n": n, **values})


def _filled(text: str, values: dict[str, Any], language: str | None = None) -> str:
    """Numbers as the reader writes them."""
    if not values:
        return text
    return text % {name: number(value, language) if isinstance(value, int) else value for name, value in values.items()}


def number(value: float, language: str | None = None) -> str:
    """A number as the reader writes it: 1,234.5 or 1.234,5."""
    return str(format_decimal(value, locale=language or current()))


def dollars(value: float) -> str:
    return f"${format_decimal(value, '#,##0.0000', locale=current())}"


def N_(text: str) -> str:  # noqa: N802 - as gettext calls it
    """Marks a text that is told later."""
    return text


class Saying(str):
    """A text with values, in English, that can be told in another language later."""

    __slots__ = ("many", "n", "text", "values")

    text: str
    many: str
    n: int
    values: dict[str, Any]


def saying(text: str, **values: Any) -> Saying:
    return _saying(_filled(text, values, DEFAULT), text, "", 0, values)


def nsaying(one: str, many: str, n: int) -> Saying:
    values = {"n": n}
    return _saying(_filled(one if n == 1 else many, values, DEFAULT), one, many, n, values)


def standing_for(shown: str, text: str) -> Saying:
    """What a library says in English, and what is told of it in other languages."""
    return _saying(shown, text, "", 0, {})


def _saying(shown: str, text: str, many: str, n: int, values: dict[str, Any]) -> Saying:
    saying = Saying(shown)
    saying.text, saying.many, saying.n, saying.values = text, many, n, values
    return saying


def told(text: str) -> str:
    """A text of `N_`, `saying` or `nsaying` in the reader's language; any other as it is."""
    if not text or current() == DEFAULT:
        return str(text)
    if not isinstance(text, Saying):
        return gettext(text)
    if text.many:
        return ngettext(text.text, text.many, text.n)
    return gettext(text.text, **text.values)


@languages.get("/locale/<language>.js")
def script(language: str) -> Response:
    """The texts of the page's scripts: all, `de`, or `de-first` and `de-later`."""
    language, _, part = language.partition("-")
    if not known(language) or part not in _tongue(language).scripts:
        abort(404)
    tongue = _tongue(language)
    response = Response(tongue.scripts[part], mimetype="text/javascript")
    response.cache_control.public = True
    response.cache_control.max_age = A_YEAR if request.args.get("v") == tongue.versions[part] else 0
    return response


def script_address(part: str = "") -> str:
    """Another address whenever the texts are. `first` and `later` are those of the chat."""
    name = f"{current()}-{part}" if part else current()
    return url_for("languages.script", language=name, v=_tongue(current()).versions[part])


def catalog_of(language: str) -> Catalog:
    if language == DEFAULT:
        return Catalog(DEFAULT)
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, language)


def _tongue(language: str) -> _Tongue:
    """Read when somebody first speaks it. That takes a quarter of a second, in a thread: only they wait for it."""
    if language not in _tongues:
        _tongues[language] = _read(language) if language == DEFAULT else _readers.apply(_read, (language,))
    return _tongues[language]


def _read(language: str) -> _Tongue:
    catalog, compiled = catalog_of(language), io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    scripts = _scripts(catalog)
    versions = {part: hashlib.sha256(script.encode()).hexdigest()[:12] for part, script in scripts.items()}
    return _Tongue(Translations(compiled), scripts, versions)


def _scripts(catalog: Catalog) -> dict[str, str]:
    """Only what scripts say. The rule of the plural is an expression of C, and means the same in JavaScript."""
    said, speaking_first = [message for message in catalog if _is_of_scripts(message)], _speaking_first()
    first = [message for message in said if any(name in speaking_first for name, _ in message.locations)]
    plural = f"export const plural = (n) => Number({catalog.plural_expr});\n"
    later = _listed(message for message in said if message not in first)
    return {
        "": f"export const texts = {_listed(said)};\n{plural}",
        "first": f"export const texts = {_listed(first)};\n{plural}",
        "later": f'import {{ texts }} from "standin/texts";\nObject.assign(texts, {later});\n',
    }


def _listed(messages: Iterable[Message]) -> str:
    return json.dumps({_key(each): each.string for each in messages}, ensure_ascii=False, separators=(",", ":"))


def _is_of_scripts(message: Message) -> bool:
    return bool(message.id) and not message.context and any(name.endswith(".js") for name, _ in message.locations)


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def _vary(response: Response) -> Response:
    """What was told in a language differs with what decided about it."""
    if "language" in g:
        response.vary.update(("Accept-Language", "Cookie"))
    return response
