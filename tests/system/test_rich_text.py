"""Markdown in the browser: as the server rendered it, the same live and in the history, and nothing fetched for it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.people import Person
from tests.system.pages import Chat
from tests.system.watch import Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]

TEXT = """**bold** and `code` and https://example.com/a
> said

- one
- [x] two

```python
print("hello")
```"""


def test_markdown_is_shown_live_and_from_the_history(enter: Enter, meet: Meet, den: Den) -> None:
    ada, bea = meet("Ada"), meet("Bea")
    path = den(ada, bea)
    mine, theirs = enter(ada, path, "Den"), enter(bea, path, "Den")
    mine.composer.fill(TEXT)
    mine.composer.press("Enter")
    for chat in (mine, theirs):
        for _ in ("live", "from the history"):
            body = chat.message("bold and code").locator(".message__body")
            expect(body.locator("strong")).to_have_text("bold")
            expect(body.locator("p > code")).to_have_text("code")
            expect(body.locator("blockquote")).to_have_text("said")
            expect(body.get_by_role("listitem")).to_have_count(2)
            expect(body.get_by_role("img", name="Done")).to_have_count(1)
            expect(body.get_by_role("link")).to_have_attribute("href", "https://example.com/a")
            expect(body.get_by_role("region", name="Code").locator("span.s2")).to_contain_text("hello")
            expect(body.get_by_role("button", name="Copy")).to_have_count(1)
            chat.page.reload()
            chat.expect_connection("Connected")


def test_what_is_on_its_way_looks_much_as_it_will(enter: Enter, meet: Meet, den: Den, watch: Watch) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.page.context.set_offline(True)
    chat.say("Bring **the adapter** and `make *demo*`, not 2 * 3 * 4")
    shown = chat.message("Bring").locator(".message__body")
    for state in ("unsent", "sent"):
        expect(chat.unsent()).to_have_count(int(state == "unsent"))
        expect(shown).to_have_text("Bring the adapter and make *demo*, not 2 * 3 * 4", use_inner_text=True)
        expect(shown.locator("strong")).to_have_text("the adapter")
        expect(shown.locator("code")).to_have_text("make *demo*")
        chat.page.context.set_offline(False)


def test_code_is_copied_as_it_was_typed(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.composer.fill("```\n<b> &amp;\n  two\n```")
    chat.composer.press("Enter")
    chat.page.get_by_role("button", name="Copy").click()
    expect(chat.page.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "<b> &amp;\n  two"


def test_a_mention_is_a_chip_and_marked_for_whom_it_is(enter: Enter, meet: Meet, den: Den) -> None:
    ada, bea = meet("Adele"), meet("Beatrix")
    path = den(ada, bea)
    mine, theirs = enter(ada, path, "Den"), enter(bea, path, "Den")
    mine.say("Ask @Beatrix or `@Beatrix`")
    for chat, is_me in ((mine, False), (theirs, True)):
        chip = chat.message("Ask").locator(".mention")
        expect(chip).to_have_count(1)
        expect(chip).to_have_text("@Beatrix")
        assert (chip.get_attribute("data-me") is not None) is is_me


def test_an_emoji_by_its_name_alone_is_large(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.composer.fill(":tada:")
    chat.composer.press("Enter")
    expect(chat.page.locator(".entry[data-emoji] .message__body")).to_have_text("\N{PARTY POPPER}")


def test_html_of_a_server_gone_wrong_is_still_only_text(enter: Enter, meet: Meet, den: Den, watch: Watch) -> None:
    """The page copies from a list of its own, and asks nobody for anything."""
    watch.allow("Content Security Policy")  # the parser tells of the handler and the style that it would not run
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    copied = chat.page.evaluate(
        """async () => {
          const { richNodes } = await import("/static/js/lib/rich_text.js");
          const body = document.createElement("div");
          body.append(richNodes(`<p><em onclick="alert(1)" style="color:red">evil</em><img src="https://evil.example/x.png">
<script>alert(1)</script><a href="javascript:alert(1)">there</a></p><iframe src="https://evil.example"></iframe>`));
          document.body.append(body);
          return body.innerHTML;
        }"""
    )
    assert copied == "<p><em>evil</em>\nalert(1)<a>there</a></p>"
