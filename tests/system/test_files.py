"""Files in the page: how they come in, what is shown of them on their way, and when they are there."""

from __future__ import annotations

import base64
import io
import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.people import Person
from tests.server import Server, wait_for
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import Watch


def picture(colour: str = "seagreen", size: tuple[int, int] = (900, 600)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def silence() -> bytes:
    samples = b"\0" * 8000
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE") + form + struct.pack("<4sI", b"data", 8000) + samples
    )


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj
4 0 obj<</S/JavaScript/JS(app.alert\\(typeof fetch + " " + typeof localStorage + " " + typeof window\\);)>>endobj
trailer<</Root 1 0 R>>
%%EOF"""
"""A document whose script says what of a page it gets hold of."""


def payload(name: str, content: bytes, kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def attach(chat: Chat, *files: FilePayload) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def chips(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name="Files to send").get_by_role("listitem")


def give(page: Page, event: str, name: str, content: bytes) -> None:
    """Paste a file, or drop it on the page, as the browser would."""
    page.evaluate(
        """([event, name, data]) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], name, { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          const target = document.activeElement ?? document.body;
          const made = event === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
            : new DragEvent(event, { ...options, dataTransfer: transfer });
          target.dispatchEvent(made);
        }""",
        [event, name, base64.b64encode(content).decode()],
    )


def failing(route: Route) -> None:
    route.abort("connectionreset")


@pytest.fixture
def ada(meet: Callable[[str], Person]) -> Person:
    return meet("Ada")


@pytest.fixture
def chat(enter: Callable[..., Chat], den: Callable[..., str], ada: Person) -> Chat:
    return enter(ada, den(ada), "Den", **NO_POLICY)


def test_files_are_chosen_and_go_with_what_is_written(chat: Chat) -> None:
    attach(chat, payload("beach.png", picture()), payload("plan.txt", b"the plan", "text/plain"))
    expect(chips(chat)).to_have_count(2)
    chat.say("Look at this")
    expect(chips(chat)).to_have_count(0)
    message = chat.message("Look at this")
    expect(message).to_have_accessible_name(re.compile("Look at this, 2 files$"))
    expect(message.get_by_role("img", name="beach.png")).to_be_visible()
    expect(message.get_by_role("link", name="Download plan.txt")).to_be_visible()
    expect(chat.unsent()).to_have_count(0)
    chat.page.reload()
    expect(chat.message("Look at this").get_by_role("img", name="beach.png")).to_be_visible()
    assert violations(chat.page) == []


def test_files_are_sent_without_a_word(chat: Chat) -> None:
    attach(chat, payload("beach.png", picture()))
    expect(chips(chat)).to_contain_text("kB")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.messages.get_by_role("img", name="beach.png")).to_be_visible()
    expect(chat.unsent()).to_have_count(0)
    assert violations(chat.page) == []


def test_a_file_is_pasted_and_dropped_anywhere_and_taken_back(chat: Chat) -> None:
    give(chat.page, "paste", "pasted.png", picture())
    expect(chips(chat)).to_contain_text(["pasted.png"])
    give(chat.page, "dragenter", "dropped.png", picture())
    expect(chat.page.get_by_text("Drop files to send them to Den")).to_be_visible()
    give(chat.page, "drop", "dropped.png", picture())
    expect(chat.page.get_by_text("Drop files to send them to Den")).to_be_hidden()
    expect(chips(chat)).to_contain_text(["pasted.png", "dropped.png"])
    assert violations(chat.page) == []
    chat.page.get_by_role("button", name="Remove pasted.png").click()
    chat.page.keyboard.press("Enter")  # the focus is on the next one's
    expect(chips(chat)).to_have_count(0)
    expect(chat.composer).to_be_focused()


def test_a_file_that_is_too_large_is_told_before_anything_is_sent(
    make_server: Callable[..., Server], enter: Callable[..., Chat], watch: Watch
) -> None:
    server = make_server(STANDIN_MAX_FILE_MB="1").start()
    chat = enter(Person(server.url, "Ada"))
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url) if "/api/files" in request.url else None)
    attach(chat, payload("film.bin", b"x" * (1024 * 1024 + 1), "video/mp4"))
    expect(chips(chat)).to_contain_text("A file may have 1 MB")
    expect(chat.page.get_by_role("button", name="Send", exact=True)).to_have_attribute("aria-disabled", "true")
    assert sent == []


def test_an_upload_that_breaks_off_is_kept_over_a_reload_and_goes_on_by_itself(chat: Chat, watch: Watch) -> None:
    watch.allow("ERR_CONNECTION_RESET")
    chat.page.route("**/api/files", failing)
    attach(chat, payload("beach.png", picture()), payload("plan.txt", b"the plan", "text/plain"))
    expect(chips(chat).filter(has_text="The connection was lost. It goes on by itself.")).to_have_count(2)
    assert violations(chat.page) == []
    chat.composer.fill("Here they are")
    chat.page.reload()
    expect(chips(chat)).to_contain_text(["beach.png", "plan.txt"])
    expect(chips(chat).first.locator("img")).to_be_visible()
    expect(chat.composer).to_have_value("Here they are")
    chat.page.get_by_role("button", name="Remove plan.txt").press("Enter")
    expect(chips(chat)).to_have_count(1)
    chat.composer.press("Enter")
    expect(chat.unsent("Here they are")).to_contain_text("beach.png: The connection was lost.")
    chat.say("behind it")
    expect(chat.unsent("behind it")).to_contain_text("Waiting for the message before it")
    assert violations(chat.page) == []
    chat.page.reload()
    expect(chat.unsent("Here they are")).to_contain_text("beach.png: The connection was lost.")
    expect(chat.unsent("Here they are").get_by_role("img", name="beach.png")).to_be_visible()

    chat.page.unroute("**/api/files", failing)
    expect(chat.unsent()).to_have_count(0)
    expect(chat.message("Here they are").get_by_role("img", name="beach.png")).to_be_visible()
    assert chat.texts("Here they are", "behind it") == ["Here they are", "behind it"]
    chat.page.reload()
    chat.expect_connection("Connected")
    expect(chips(chat)).to_have_count(0)
    assert chat.texts("Here they are", "behind it") == ["Here they are", "behind it"]


def test_files_go_on_with_another_tab_when_theirs_is_closed_and_by_retry(chat: Chat, watch: Watch) -> None:
    watch.allow("ERR_CONNECTION_RESET")
    other = Chat(chat.page.context.new_page(), "Den")
    other.page.goto(chat.page.url)
    other.expect_connection("Connected")
    chat.page.context.route("**/api/files", failing)
    attach(chat, payload("beach.png", picture()))
    chat.say("From there")
    expect(chat.unsent("From there")).to_contain_text("The connection was lost.")
    expect(other.unsent("From there")).to_be_visible()
    chat.page.close()
    expect(other.unsent("From there")).to_contain_text("The connection was lost.")
    other.page.context.unroute("**/api/files", failing)
    other.unsent("From there").get_by_role("button", name="Retry").click()
    expect(other.unsent()).to_have_count(0)
    expect(other.message("From there").get_by_role("img", name="beach.png")).to_be_visible()


def test_sending_waits_for_what_is_on_its_way_and_says_how_far_it_is(chat: Chat) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    chat.page.route("**/api/files", hold)
    attach(chat, payload("beach.png", picture()))
    expect(chips(chat).get_by_role("button", name="Remove beach.png")).to_be_visible()
    chat.say("Soon")
    expect(chat.unsent("Soon")).to_contain_text("Uploading…")
    for route in held:
        route.continue_()
    expect(chat.unsent("Soon")).to_have_count(0)
    expect(chat.message("Soon").get_by_role("img", name="beach.png")).to_be_visible()


def test_pictures_are_looked_at_one_after_the_other_by_keyboard(chat: Chat) -> None:
    for name, colour in (("one.png", "tomato"), ("two.png", "royalblue")):
        attach(chat, payload(name, picture(colour)))
        chat.say_and_see(f"This is {name}")
    link = chat.message("This is two.png").get_by_role("link")
    link.focus()
    link.press("Enter")
    box = chat.page.get_by_role("dialog", name="Picture")
    expect(box.get_by_role("img", name="two.png")).to_be_visible()
    chat.page.keyboard.press("ArrowLeft")
    expect(box.get_by_role("img", name="one.png")).to_be_visible()
    expect(box).to_contain_text("1 of 2")
    assert violations(chat.page) == []
    with chat.page.expect_download() as download:
        box.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "one.png"
    chat.page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(link).to_be_focused()


def test_sound_is_played_in_its_place(chat: Chat) -> None:
    attach(chat, payload("bell.wav", silence(), "audio/wav"))
    chat.say_and_see("Listen")
    player = chat.message("Listen").locator("audio")
    expect(player).to_have_js_property("duration", 1)
    assert violations(chat.page) == []


def test_files_wait_with_a_message_that_is_sent_later(chat: Chat) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    chat.page.route("**/api/files", hold)
    attach(chat, payload("beach.png", picture()))
    later = chat.page.get_by_role("button", name="Schedule")
    chat.composer.fill("For tomorrow")
    later.click()
    expect(chat.page.get_by_text("The files are still on their way.")).to_be_visible()
    for route in held:
        route.continue_()
    chat.page.unroute("**/api/files", hold)
    expect(chips(chat)).to_contain_text("kB")
    later.click()
    chat.page.get_by_role("menuitem", name="In 1 hour").click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.composer).to_have_value("")
    chat.page.reload()
    chat.expect_connection("Connected")
    expect(chips(chat)).to_have_count(0)
    chat.page.get_by_role("button", name="Show", exact=True).click()
    panel = chat.page.get_by_role("complementary", name="Later")
    expect(panel).to_contain_text("With beach.png")
    panel.get_by_role("button", name="Send now").click()
    expect(chat.message("For tomorrow").get_by_role("img", name="beach.png")).to_be_visible()
    expect(panel.get_by_text("For tomorrow")).to_have_count(0)


def test_a_pdf_opens_in_the_browsers_viewer_and_cannot_touch_the_chat(
    enter: Callable[..., Chat], den: Callable[..., str], ada: Person, watch: Watch
) -> None:
    chat = enter(ada, den(ada), "Den", window=True, **NO_POLICY)
    watch.allow("^alert: undefined undefined undefined", "favicon.ico")
    attach(chat, payload("plan.pdf", PDF, "application/pdf"))
    chat.say_and_see("The plan")
    assert violations(chat.page) == []
    chat.page.reload()
    card = chat.message("The plan")
    with chat.page.expect_popup() as opened:
        card.get_by_role("link", name="Open plan.pdf").click()

    def has_run() -> bool:
        opened.value.evaluate("true")  # what the page says is heard while it is asked something
        return watch.has_heard("alert: ")

    wait_for(has_run, "the script of the document to run")
    assert any(frame.url.startswith("chrome-extension://") for frame in opened.value.frames)
    opened.value.close()
    with chat.page.expect_download() as download:
        card.get_by_role("link", name="Download plan.pdf").click()
    assert download.value.suggested_filename == "plan.pdf"


def test_the_files_of_the_room_are_in_its_panel(chat: Chat, enter: Callable[..., Chat], ada: Person) -> None:
    attach(chat, payload("beach.png", picture()), payload("plan.txt", b"the plan", "text/plain"))
    chat.say_and_see("Both")
    chat.page.get_by_role("button", name="Files", exact=True).click()
    panel = chat.page.get_by_role("complementary", name="Files")
    expect(panel.get_by_role("img", name="beach.png")).to_be_visible()
    expect(panel.get_by_role("link", name="Download plan.txt")).to_be_visible()
    assert violations(chat.page) == []


def test_on_a_small_phone_all_of_it_has_room(enter: Callable[..., Chat], den: Callable[..., str], ada: Person) -> None:
    narrow: dict[str, Any] = {**PHONE, "width": 320}
    chat = enter(ada, den(ada), "Den", viewport=narrow, has_touch=True, **NO_POLICY)
    name = "a-very-long-name-of-a-file-that-goes-on-and-on.txt"
    attach(chat, payload("beach.png", picture()), payload(name, b"the plan", "text/plain"))
    chat.composer.fill("Both")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.unsent()).to_have_count(0)
    expect(chat.message("Both").get_by_role("img")).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 320
    assert violations(chat.page) == []
