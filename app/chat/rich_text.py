"""A message's text as it is shown: Markdown in, HTML out in which nothing can do harm. Pure.

The text that was typed stays as it is. What it becomes is made once, by the server: parsed by markdown-it without HTML,
images, and whatever hides what was typed; then cleaned by nh3 down to a list of what is allowed, as if the parser were
not to be trusted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import emoji
import nh3
from bson import ObjectId
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.chat import highlighting
from app.chat.mentions import CALL, MOST_CALLS, SIGNS, Names, call_at, calls_everyone_at

DEEPEST = 10  # lists in quotes in lists; what is deeper is text
LONGEST = 40_000  # characters of HTML: five times those of the longest body
SCHEMES = frozenset({"http", "https", "mailto"})

# Whatever none of these is in is shown as it is typed. Most messages are that, and every one is asked: so one pattern
# for each kind, which is ten times as quick to look for as all of them in one.
_SIGN = re.compile(rf"[{SIGNS}*_`~\\\[|]")
# The same without the signs of calls, and with whatever else may be more than a line of words: an address in brackets,
# the two colons of an emoji's name, a second line or another control.
_MORE_THAN_CALLS = re.compile(r"[*_`~\\\[|<\x00-\x1f\x7f-\x9f]|:[^:]*:")
_AFTER_COLON = re.compile(r"://|mailto:|:[\w+\-]+:", re.IGNORECASE)
_AT_BEGINNING = re.compile(r"^[ \t]*(?:#{1,6}\s|>|[+\-]\s|-[ \t]*-[ \t]*-|\d{1,9}[.)]\s)", re.MULTILINE)
_END_OF_CELL = re.compile(r"</t[hd]>\s*")
_END_OF_LINE = re.compile(r"</(?:p|li|pre|tr)>\s*|<(?:br|hr)[ /]*>\s*")
_LINK = re.compile(r'<a [^>]*?href="([^"]+)"')
_ALIGNED = re.compile(r"text-align:(left|right|center)")
_PLAIN_BLOCKS = {"paragraph_open", "inline", "paragraph_close"}
_PLAIN_INLINE = {"text", "softbreak", "hardbreak"}

_cleaner = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "strong", "em", "s", "a", "span", "code", "pre", "blockquote", "ul", "ol", "li"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "a": {"href", "title"},
        "ol": {"start"},
        "pre": {"data-language"},
        "span": {"data-user-id", "data-all", "role", "aria-label"},
    },
    allowed_classes={
        "p": {"heading"},
        "span": {"mention", "task", *highlighting.CLASSES},
        "th": {"align-left", "align-right", "align-center"},
        "td": {"align-left", "align-right", "align-center"},
    },
    clean_content_tags={"script", "style"},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


@dataclass(frozen=True, slots=True)
class Text:
    """A message's text, who can be mentioned in it, and what its author may do."""

    body: str
    names: Names[ObjectId] = field(default_factory=Names)
    may_call_everyone: bool = False
    has_links: bool = True  # not those of a stand-in: whoever asked may have steered it


@dataclass(frozen=True, slots=True)
class Rendered:
    """`html` is None where the text says it all by itself."""

    html: str | None = None
    mentions: frozenset[ObjectId] = frozenset()
    mentions_all: bool = False


def is_plain(body: str) -> bool:
    """Whether there is certainly nothing to render: quick, and true for most of what is said."""
    return not (
        _SIGN.search(body)
        or (":" in body and _AFTER_COLON.search(body))
        or _AT_BEGINNING.match(body)
        or ("\n" in body and _AT_BEGINNING.search(body))
    )


def clean(markup: str) -> str:
    """The markup with all taken out that this module would not write."""
    return _cleaner.clean(markup)


def words(markup: str) -> str:
    """What rendered HTML says, without any of its marks, for where there is no room for them."""
    lines = _END_OF_LINE.sub("\n", _END_OF_CELL.sub(" ", markup))
    return html.unescape(nh3.clean(lines, tags=set())).strip()


def links(markup: str) -> list[str]:
    """The web addresses that rendered HTML leads to, each once, in order."""
    found = (html.unescape(address) for address in _LINK.findall(markup))
    return list(dict.fromkeys(address for address in found if address.lower().startswith(("http://", "https://"))))


def with_calls_alone(text: Text) -> Rendered | None:
    """What a parser makes of a line in which somebody is called and nothing else is marked; None for any other text.

    Most texts that are not plain are such a line, and it takes a tenth of the parser's time. It is made of escaped text
    and of our own tags alone, in the very words of `clean`, which need not look at it again.
    """
    body = text.body.strip()
    if _MORE_THAN_CALLS.search(text.body) or _AFTER_COLON.search(body) or _AT_BEGINNING.search(text.body):
        return None
    parts: list[str] = []
    called: set[ObjectId] = set()
    is_for_all, looked, written = False, 0, 0
    for _ in range(MOST_CALLS):
        if (sign := CALL.search(body, looked)) is None:
            break
        start, looked = sign.start(), sign.end()
        call = call_at(body, start, text.names)
        end = call.end if call else calls_everyone_at(body, start) if text.may_call_everyone else None
        if end is None:
            continue
        content = body[start:end]
        parts += [_escaped(body[written:start]), _call(content, call.keys) if call else _call_of_all(content)]
        called |= call.keys if call else set()
        is_for_all, looked, written = is_for_all or call is None, end, end
    if not parts:
        return Rendered()
    markup = f"<p>{''.join(parts)}{_escaped(body[written:])}</p>"
    return Rendered(markup, frozenset(called), is_for_all) if len(markup) <= LONGEST else None


class Renderer:
    """Renders texts one after the other: the parser that finds links keeps a state, so no two threads may share one."""

    def __init__(self) -> None:
        self._parsers = {True: _parser(has_links=True), False: _parser(has_links=False)}

    def render(self, text: Text) -> Rendered:
        """The text in HTML, and whom it mentions where it is not code."""
        if is_plain(text.body):
            return Rendered()
        if (rendered := with_calls_alone(text)) is not None:
            return rendered
        return self.parsed(text)

    def parsed(self, text: Text) -> Rendered:
        """The same by way of the parser, whatever the text is."""
        parser, env = self._parsers[text.has_links], {"text": text}
        tokens = parser.parse(text.body, env)
        inline = [child for token in tokens for child in token.children or ()]
        return Rendered(
            html=None if _says_the_same(text.body, tokens, inline) else _html(parser, tokens, env),
            mentions=frozenset().union(*(token.meta["keys"] for token in inline if token.type == "mention")),
            mentions_all=any(token.type == "mention_all" for token in inline),
        )


def _parser(*, has_links: bool) -> MarkdownIt:
    options = {"html": False, "breaks": True, "linkify": has_links, "maxNesting": DEEPEST, "xhtmlOut": False}
    parser = MarkdownIt("commonmark", {**options, "tasklists": True})
    parser.enable(["table", "strikethrough", "linkify"])
    # Indented code and underlined headings happen by accident, entities and references hide what was typed, and a
    # picture from elsewhere tells its owner who reads.
    parser.disable(["code", "lheading", "entity", "reference", "image", "html_block", "html_inline"])
    if has_links and parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        for schema in ("ftp:", "//"):
            parser.linkify.add(schema, None)
    else:
        parser.disable(["link", "autolink", "linkify"])
    parser.validateLink = _is_safe_link  # type: ignore[method-assign,assignment]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.inline.add_terminator_char(SIGNS[1])
    parser.inline.ruler.before("emphasis", "mention", _mention)
    parser.core.ruler.push("finish", _finish)
    for rule in (mention, mention_all, fence, heading_open, heading_close, list_item_open):
        parser.add_render_rule(rule.__name__, rule)
    return parser


def _is_safe_link(link: str) -> bool:
    scheme, colon, rest = link.partition(":")
    return bool(colon and rest) and scheme.lower() in SCHEMES


def _mention(state: StateInline, silent: bool) -> bool:
    """A name behind an @. An inline rule, so that neither code nor an address is looked at, and no name is markup."""
    text: Text = state.env["text"]
    if state.src[state.pos] not in SIGNS or state.env.setdefault("looks", 0) >= MOST_CALLS:
        return False
    state.env["looks"] += 1
    kind, call = "mention", call_at(state.src, state.pos, text.names)
    end = call.end if call else None
    if end is None and text.may_call_everyone:
        kind, end = "mention_all", calls_everyone_at(state.src, state.pos)
    if end is None or end > state.posMax:
        return False
    if not silent:
        token = state.push(kind, "span", 0)
        token.content = state.src[state.pos : end]
        token.meta = {"keys": call.keys if call else frozenset()}
    state.pos = end
    return True


def _finish(state: StateCore) -> None:
    """Emoji for their names, addresses where links lead, and classes for styles."""
    for token in state.tokens:
        if aligned := _ALIGNED.search(str(token.attrGet("style") or "")):
            token.attrs = {"class": f"align-{aligned[1]}"}
        is_address = False
        for child in token.children or ():
            if child.type == "link_open":
                is_address = child.info == "auto"
                if not is_address:
                    child.attrSet("title", str(child.attrGet("href")))
            elif child.type == "link_close":
                is_address = False
            elif child.type == "text" and not is_address and ":" in child.content:
                child.content = emoji.emojize(child.content, language="alias")


def _says_the_same(body: str, tokens: Sequence[Token], inline: Sequence[Token]) -> bool:
    if any(token.type not in _PLAIN_BLOCKS for token in tokens) or any(
        token.type not in _PLAIN_INLINE for token in inline
    ):
        return False
    return "".join(body.split()) == "".join("".join(token.content.split()) for token in inline)


def _html(parser: MarkdownIt, tokens: Sequence[Token], env: dict[str, Any]) -> str | None:
    """The markup, without colours in code where these would be too much of it, and none where all of it is."""
    for is_coloured in (True, False):
        markup = clean(parser.renderer.render(tokens, parser.options, {**env, "is_coloured": is_coloured})).strip()
        if len(markup) <= LONGEST:
            return markup
    return None


def _escaped(text: str) -> str:
    """A text between tags, as `clean` writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def _call(content: str, keys: Iterable[ObjectId]) -> str:
    ids = " ".join(sorted(map(str, keys)))
    return f'<span class="mention" data-user-id="{ids}">{_escaped(content)}</span>'


def _call_of_all(content: str) -> str:
    return f'<span class="mention" data-all="">{_escaped(content)}</span>'


# How some kinds of tokens are written, in place of the parser's own ways.

Tokens = Sequence[Token]


def mention(_: RendererHTML, tokens: Tokens, index: int, _options: Any, _env: Any) -> str:
    return _call(tokens[index].content, tokens[index].meta["keys"])


def mention_all(_: RendererHTML, tokens: Tokens, index: int, _options: Any, _env: Any) -> str:
    return _call_of_all(tokens[index].content)


def fence(_: RendererHTML, tokens: Tokens, index: int, _options: Any, env: Any) -> str:
    code, language = tokens[index].content, highlighting.language(tokens[index].info)
    env["coloured"] = env.get("coloured", 0) + len(code)
    is_coloured = language and env["is_coloured"] and env["coloured"] <= highlighting.LONGEST
    inner = highlighting.highlighted(code, language) if language and is_coloured else html.escape(code)
    label = f' data-language="{html.escape(language)}"' if language else ""
    return f"<pre{label}><code>{inner}</code></pre>\n"


def heading_open(_: RendererHTML, _tokens: Tokens, _index: int, _options: Any, _env: Any) -> str:
    return '<p class="heading"><strong>'


def heading_close(_: RendererHTML, _tokens: Tokens, _index: int, _options: Any, _env: Any) -> str:
    return "</strong></p>\n"


def list_item_open(_: RendererHTML, tokens: Tokens, index: int, _options: Any, _env: Any) -> str:
    is_done = tokens[index].meta.get("checked")
    label = "Done" if is_done else "To do"
    return "<li>" if is_done is None else f'<li><span class="task" role="img" aria-label="{label}"></span> '
