"""What a text becomes, and that nothing in it can do harm."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from app.chat import highlighting
from app.chat.mentions import names_of
from app.chat.models import BODY_LIMIT
from app.chat.rich_text import LONGEST, Rendered, Renderer, Text, clean, is_plain, links, with_calls_alone, words

ADA, BOB, STAR = (ObjectId(digit * 24) for digit in "abc")
NAMES = names_of({ADA: "Ada", BOB: "Bob Ray", STAR: "a*b*c"})
LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'
RENDERER = Renderer()


def html(body: str, **more: bool) -> str | None:
    return RENDERER.render(Text(body, NAMES, **more)).html


def called(name: str, key: ObjectId) -> str:
    return f'<span class="mention" data-user-id="{key}">{name}</span>'


@pytest.mark.parametrize(
    "body",
    [
        "Hello",
        'It\'s 10:30, 3 < 4 & 5 > 4: "fine".',
        "two\nlines\n\nand a third",
        "    indented",
        "Title\n===",
        "&amp; &lt;",
        "<b>bold</b>",
        "example.com, www.example.com and ada@example.com",
        "javascript:alert(1) ftp://example.com //example.com",
        "#general, -1, +1, 1.5 and 2 * 3 * 4",
        "snake_case_name and __init__.py"[:15],
        "10:30:45",
        ":no_such_emoji:",
        "[x](/users/logout)",
        "[x](javascript:alert(1))",
        "[x]: https"[:5],
        "@Nobody and @all",
        "one*",
    ],
)
def test_what_says_the_same_as_plain_text_has_no_html(body: str) -> None:
    assert html(body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("**bold** _it_ ~~gone~~", "<p><strong>bold</strong> <em>it</em> <s>gone</s></p>"),
        ("a\n*b*", "<p>a<br>\n<em>b</em></p>"),
        ("`<b>` & *c*", "<p><code>&lt;b&gt;</code> &amp; <em>c</em></p>"),
        (r"\*no\*", "<p>*no*</p>"),
        ("# Big", '<p class="heading"><strong>Big</strong></p>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("- [x] a", '<ul>\n<li><span class="task" role="img" aria-label="Done"></span> a</li>\n</ul>'),
        ("- [ ] a", '<ul>\n<li><span class="task" role="img" aria-label="To do"></span> a</li>\n</ul>'),
        ("---", "<hr>"),
        ("-- -", "<hr>"),
        ("```\n<a>\n```", "<pre><code>&lt;a&gt;\n</code></pre>"),
        (
            "```py\nx = 1\n```",
            '<pre data-language="python"><code><span class="n">x</span> <span class="o">=</span> '
            '<span class="mi">1</span>\n</code></pre>',
        ),
        ("```klingon\nx\n```", "<pre><code>x\n</code></pre>"),
        (":tada: `:tada:`", "<p>\N{PARTY POPPER} <code>:tada:</code></p>"),
        (":+1:", "<p>\N{THUMBS UP SIGN}</p>"),
        ("https://a.example/:tada:?b=1&c", f'<p><a href="https://a.example/:tada:?b=1&amp;c" {LINK}>'
         "https://a.example/:tada:?b=1&amp;c</a></p>"),
        ("(see https://a.example/b).", f'<p>(see <a href="https://a.example/b" {LINK}>https://a.example/b</a>).</p>'),
        ("[b](https://a.example \"t\")", f'<p><a href="https://a.example" title="https://a.example" {LINK}>b</a></p>'),
        ("![i](https://a.example)", f'<p>!<a href="https://a.example" title="https://a.example" {LINK}>i</a></p>'),
        ("<https://a.example>", f'<p><a href="https://a.example" {LINK}>https://a.example</a></p>'),
        ("mailto:a@b.example", f'<p><a href="mailto:a@b.example" {LINK}>mailto:a@b.example</a></p>'),
        ("*x* [r]: https\n\n[r]", "<p><em>x</em> [r]: https</p>\n<p>[r]</p>"),
    ],
)  # fmt: skip
def test_markdown_becomes_html(body: str, expected: str) -> None:
    assert html(body) == expected


def test_a_table_keeps_the_alignment_of_its_columns() -> None:
    table = html("|a|b|\n|-|-:|\n|1|2|")
    assert table is not None
    assert '<th>a</th>\n<th class="align-right">b</th>' in table
    assert '<td>1</td>\n<td class="align-right">2</td>' in table


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@Ada hi", f"<p>{called('@Ada', ADA)} hi</p>"),
        ("**@ada**", f"<p><strong>{called('@ada', ADA)}</strong></p>"),
        ("\uff20Ada", f"<p>{called(chr(0xFF20) + 'Ada', ADA)}</p>"),
        ("@Bob Ray, @Bob", f"<p>{called('@Bob Ray', BOB)}, @Bob</p>"),
        ("@a*b*c", f"<p>{called('@a*b*c', STAR)}</p>"),
    ],
)
def test_a_mention_is_a_chip_whatever_the_name(body: str, expected: str) -> None:
    assert html(body) == expected


@pytest.mark.parametrize(
    "body",
    ["`@Ada`", "```\n@Ada\n```", "~~~\n@Ada\n~~~", "ada@ada", "https://a.example/@Ada", "[x](https://a.example/@Ada)"],
)
def test_neither_code_nor_an_address_mentions_anyone(body: str) -> None:
    assert RENDERER.render(Text(body, NAMES)).mentions == frozenset()


def test_everyone_is_called_only_by_who_may() -> None:
    allowed = RENDERER.render(Text("@all: `@all` cake", NAMES, may_call_everyone=True))
    assert allowed.mentions_all
    assert allowed.html == '<p><span class="mention" data-all="">@all</span>: <code>@all</code> cake</p>'
    assert not RENDERER.render(Text("@all: *cake*", NAMES)).mentions_all
    assert not RENDERER.render(Text("`@all` @alligator", NAMES, may_call_everyone=True)).mentions_all


def test_a_member_of_that_name_comes_before_everyone() -> None:
    rendered = RENDERER.render(Text("@all", names_of({ADA: "All"}), may_call_everyone=True))
    assert (rendered.mentions, rendered.mentions_all) == ({ADA}, False)


def test_a_stand_in_has_no_links() -> None:
    body = "*see* https://a.example [x](https://a.example) <https://a.example>"
    expected = "<p><em>see</em> https://a.example [x](https://a.example) &lt;https://a.example&gt;</p>"
    assert html(body, has_links=False) == expected


def test_links_are_those_of_the_web_each_once_and_none_of_code() -> None:
    markup = html(
        "https://a.example/?x&y `https://b.example` [c](HTTPS://c.example) https://a.example/?x&y mailto:a@b.c"
    )
    assert links(markup or "") == ["https://a.example/?x&y", "HTTPS://c.example"]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/beacon.png)",
    "[x](https://a.example\"onmouseover=alert(1))",
    "[x](https://a.example 'x\" onclick=\"alert(1)')",
    "https://a.example/\"onmouseover=\"alert(1)",
    "```\"><script>alert(1)</script>\nx\n```",
    "```py\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "@\"><img src=x onerror=alert(1)>",
    "<style>*{display:none}</style>",
    "<math><mtext></p><style><!--</style><img src=x onerror=alert(1)>-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt; *x*",
    "<form action=//evil.example><input name=password>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "[r]: javascript:alert(1)\n\n[r]",
    "<!--><img src=x onerror=alert(1)>-->",
    "*a*\n<div style='position:fixed'>",
]  # fmt: skip


class Inspector(HTMLParser):
    """Fails on whatever rendered text must not hold."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {
            *("p", "br", "hr", "strong", "em", "s", "a", "span", "code", "pre", "blockquote", "ul", "ol", "li"),
            *("table", "thead", "tbody", "tr", "th", "td"),
        }
        for name, value in attrs:
            assert name in {
                *("href", "title", "target", "rel", "class", "start", "role", "aria-label"),
                *("data-user-id", "data-all", "data-language"),
            }
            if name == "href":
                assert re.match(r"(?i)(https?|mailto):", value or "")
        if tag == "a":
            assert dict(attrs)["rel"] == "noopener noreferrer nofollow ugc"


def inspect(body: str) -> None:
    markup = html(body, may_call_everyone=True)
    if markup is not None:
        Inspector().feed(markup)
        assert clean(markup) == markup
        assert len(markup) <= LONGEST


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "around", ["{}", "*x* {}", "> {}", "- {}", "**{}**", "[{}](https://a.example)", "# {}", "@Ada {}"]
)
def test_hostile_text_stays_text(hostile: str, around: str) -> None:
    inspect(around.format(hostile))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    rendered = RENDERER.render(Text(f"@{name} *x*", names_of({ADA: name})))
    assert rendered.html is not None
    Inspector().feed(rendered.html)
    assert clean(rendered.html) == rendered.html


MARKS = st.sampled_from(
    [*"*_`~[]()<>!|\\#-+>@:&\"' \n\t", "```", "https://a.example", "javascript:", "@Ada", ":tada:", "<a ", "1. "]
)


@given(st.lists(st.one_of(MARKS, st.text(max_size=5)), max_size=60).map("".join))
def test_whatever_is_written_nothing_dangerous_comes_out_and_cleaning_again_changes_nothing(body: str) -> None:
    inspect(body)


BARE_MARK = re.compile(r"^\s*(#{1,6}|[-+]|\d+[.)])\s*$", re.MULTILINE)


@given(st.one_of(st.text(max_size=200), st.lists(MARKS, max_size=20).map("".join)))
def test_what_is_plain_at_first_sight_is_so_at_the_second(body: str) -> None:
    if "\0" not in body and is_plain(body) and not BARE_MARK.search(body):  # one alone makes no empty list
        # One sign that has no meaning of its own leads past the quick look.
        assert RENDERER.render(Text(body + "\n\n|", NAMES)).html is None


@pytest.mark.parametrize(
    "pattern",
    ["[", "[](", "[a](", "*a_", "**a ", "`", "` `` ", "<", "> ", "- ", "- a\n  ", "|a", "|\n", "~", "http://", "://",
     "@", "@[", ":tada:", "&", "\\", "_", "<http://", "\n- ", "***", "```\n", "|a|b|\n|-|-|\n"],
)  # fmt: skip
def test_the_longest_of_texts_made_of_marks_alone_is_rendered_or_left_as_it_is(pattern: str) -> None:
    inspect((pattern * BODY_LIMIT)[:BODY_LIMIT])


def test_lists_and_quotes_are_nested_only_so_deep() -> None:
    deep = html("\n".join("  " * depth + "- a" for depth in range(60))) or ""
    assert 0 < deep.count("<ul>") <= 10


def test_code_that_is_too_long_has_no_colours() -> None:
    lines = [f"{name} = 'thirty letters of it, or more'\n" for name in "xy"]
    assert '<span class="nx">x</span>' in str(html("```js\n" + lines[0] * 70 + "```"))
    long = str(html("```js\n" + lines[0] * 90 + "```"))
    assert long.startswith('<pre data-language="javascript"><code>x = ')
    assert "<span" not in long
    two = str(html("```js\n" + lines[0] * 50 + "```\n```js\n" + lines[1] * 50 + "```"))
    assert '<span class="nx">x</span>' in two
    assert '<span class="nx">y</span>' not in two


def test_markup_that_would_be_too_long_in_colours_has_none() -> None:
    body = "```js\n" + "+1" * 1400 + "\n```\n" + "&" * 5000
    assert "<span" not in str(html(body))
    assert "<pre" in str(html(body))


def test_markup_that_is_too_long_without_colours_too_is_left_out() -> None:
    assert html("http://a " * 800) is None


def test_every_class_of_the_highlighter_survives() -> None:
    for language in set(highlighting.LANGUAGES.values()):
        code = highlighting.highlighted('# a "b" 1 <c> /* d */ def e(): return\n', language)
        assert clean(f"<code>{code}</code>") == f"<code>{code}</code>"


@pytest.mark.parametrize("language", sorted(set(highlighting.LANGUAGES.values())))
@pytest.mark.parametrize("pattern", ["\n", "a\n", "/", "`a", "<", "'", '"""', "/*", "(", "# ", "= "])
def test_no_language_chokes_on_hostile_code_or_changes_it(language: str, pattern: str) -> None:
    code = (pattern * highlighting.LONGEST)[: highlighting.LONGEST - 1] + "\n"
    coloured = highlighting.highlighted(code, language)
    assert unescape(re.sub("<[^>]+>", "", coloured)) == code


WORDS = st.sampled_from(
    [
        *("@Ada", "@bob ray", "@all", "＠Ada", "@Nobody", "x@Ada", "(@Ada)", "@", " ", "a", "'", '"', "&", "<", ">"),
        *(
            "&amp;",
            ":",
            "://",
            "http://a.b",
            ":tada:",
            "1.",
            "-",
            "#",
            "!",
            "\n",
            "\t",
            "\xa0",
            "\u2028",
            "é",
            "*",
            "]",
        ),
        *("<a@b.c>", "mailto:a@b.c", "www.a.b", "\u200b", "(", "{", "$", "%", "^", "=", "+ ", "~", "|"),
    ]
)


@given(st.lists(WORDS, max_size=12).map("".join), st.booleans(), st.booleans())
def test_the_short_way_for_calls_makes_what_the_parser_makes(body: str, may_all: bool, has_links: bool) -> None:
    text = Text(body, NAMES, may_all, has_links)
    quick = with_calls_alone(text)
    if quick is not None and not is_plain(body):  # which `render` asks first
        assert quick == RENDERER.parsed(text)


@pytest.mark.parametrize("body", ["@Ada", " @ada, is it 10:30? ", "@Ada & @Bob Ray", "@all: hello", "no@one"])
def test_a_line_with_calls_alone_takes_the_short_way(body: str) -> None:
    assert with_calls_alone(Text(body, NAMES, may_call_everyone=True)) is not None


def test_of_very_many_calls_the_first_hundred_are_looked_at_either_way() -> None:
    text = Text("@Ada " * 99 + "@x " + "@Bob Ray", NAMES)
    assert with_calls_alone(text) == RENDERER.parsed(text) == Rendered(RENDERER.render(text).html, frozenset({ADA}))


def test_the_words_of_a_message_have_no_marks() -> None:
    body = "# Now\n**bold** & <i> `a_b` [more](https://a.b/c)\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n- one\n- @Ada"
    rendered = RENDERER.render(Text(body, NAMES)).html
    assert rendered
    assert [line.split() for line in words(rendered).splitlines() if line.strip()] == [
        ["Now"],
        ["bold", "&", "<i>", "a_b", "more"],
        ["x", "y"],
        ["1", "2"],
        ["one"],
        ["@Ada"],
    ]
