"""One's stand-in, as its owner and those who write to them meet it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from playwright.sync_api import Locator, Page, expect

from tests.ai_provider import Provider
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.system.conftest import log_in
from tests.system.pages import LOST, Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations
from tests.system.watch import OFFLINE, Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]


class StandIn:
    """What the chat page has for one's stand-in, by roles and labels."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.page = chat, chat.page
        self.settings = self.page.get_by_role("dialog", name=re.compile("^(Set up your stand-in|Stand-in settings)$"))
        self.leave = self.page.get_by_role("button", name=re.compile("^Just leave it for"))
        self.digest = self.page.get_by_role("complementary", name="What you missed")
        self.panel = self.page.get_by_role("complementary", name="Your stand-in")
        self.sight = self.page.get_by_role("complementary", name="What it can see")
        self.here = self.page.get_by_role("list", name="Drafts for you in this room").get_by_role("listitem")

    def mode(self, name: str) -> Locator:
        """In the status dialog."""
        return self.chat.dialog.get_by_role("radio", name=name, exact=True)


def preferences(owner: Person) -> dict[str, Any]:
    found: dict[str, Any] = owner.get("/api/stand-in").json()
    return found


def part(panel: Locator, heading: str) -> Locator:
    """The items below a heading of a panel."""
    return panel.get_by_role("region", name=re.compile(f"^{heading}")).get_by_role("listitem")


def read_marks(reader: Person) -> dict[str, int]:
    return {room["id"]: room["last_read_seq"] for room in reader.get("/api/rooms").json()["rooms"]}


def set_up(owner: Person, **more: Any) -> None:
    values = {"mode": "answer", "notes": "The plan is in the wiki.", **more}
    assert owner.write("PUT", "/api/stand-in", json=values).status_code == 200


@pytest.fixture
def ada(meet: Meet) -> Person:
    return meet("Ada")


def test_going_busy_leads_through_the_set_up_of_a_stand_in_by_keyboard_and_back(
    enter: Enter, meet: Meet, ada: Person
) -> None:
    ulla = meet("Ulla Underhill")
    hers = StandIn(enter(ada, **NO_POLICY))
    keys = hers.page.keyboard
    hers.chat.status_button.press("Enter")
    hers.chat.dialog.get_by_role("radio", name="Busy").press("Space")
    expect(hers.chat.dialog).to_contain_text("one line that you are away")
    hers.mode("Draft for me").press("Space")
    expect(hers.chat.dialog).to_contain_text("First you tell it what it may say")
    assert violations(hers.page) == []
    hers.chat.dialog.get_by_role("button", name="Save status").press("Enter")
    expect(hers.settings.get_by_role("textbox", name="What it may say")).to_be_focused()
    keys.press("Escape")
    expect(hers.settings).to_be_hidden()
    assert preferences(ada)["is_set_up"] is False

    hers.chat.dialog.get_by_role("button", name="Save status").press("Enter")
    expect(hers.settings).to_be_visible()
    keys.type("The key is with Ulla.")
    hers.settings.get_by_role("radio", name="Only these").press("Space")
    hers.settings.get_by_role("button", name="Set it up").press("Enter")
    expect(hers.settings.get_by_role("alert")).to_contain_text("Choose at least one person")
    hers.settings.get_by_role("searchbox", name="People").press_sequentially("ulla under")
    keys.press("Enter")
    assert violations(hers.page) == []
    hers.settings.get_by_role("radio", name="Never").press("Space")
    hers.settings.get_by_role("button", name="Set it up").press("Enter")
    expect(hers.chat.dialog).to_be_hidden()
    expect(hers.chat.status_button).to_contain_text("Busy until")
    chosen = preferences(ada)
    assert (chosen["mode"], chosen["notes"], chosen["rooms"]) == ("draft", "The key is with Ulla.", "never")
    assert chosen["direct"] == {"allow": "only", "user_ids": [ulla.id]}

    hers.chat.status_button.click()
    expect(hers.mode("Draft for me")).to_be_checked()
    hers.mode("Answer").check()
    hers.chat.dialog.get_by_role("button", name="Save status").click()
    expect(hers.chat.dialog).to_be_hidden()
    assert preferences(ada) == {**chosen, "mode_now": "answer"}


def test_whoever_chooses_a_model_is_answered_by_it_and_sees_what_it_costs(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person, provider: Provider
) -> None:
    ulrike = meet("Ulrike")
    path = den(ada, ulrike)
    room = path.rpartition("/")[2]
    set_up(ulrike)
    theirs, asking = online(ulrike), online(ada)
    assert theirs.call("status:set", {"status": "busy"})["ok"]
    hers = StandIn(enter(ulrike, path, "Den", **NO_POLICY))
    model, calls = hers.settings.get_by_label("Model"), part(hers.panel, "What it was asked")
    hers.page.get_by_role("button", name=re.compile("^Your stand-in")).first.click()
    for chosen, before, question in (("gpt-4o", "gpt-4o-mini", "the demo?"), ("gpt-4o-mini", "gpt-4o", "that demo?")):
        hers.panel.get_by_role("button", name="Stand-in settings").press("Enter")
        expect(model).to_have_value(before)
        expect(model.get_by_role("option")).to_have_text(["gpt-4o-mini", "gpt-4o, about US$16.50 for 1,000 answers"])
        expect(hers.settings).to_contain_text("long ones cost more")
        model.select_option(chosen)
        assert violations(hers.page) == []
        hers.settings.get_by_role("button", name="Save").press("Enter")
        expect(hers.settings).to_be_hidden()
        assert preferences(ulrike)["model"] == chosen
        asking.send(room, f"@Ulrike how is {question}")
        theirs.wait_for("message:created", 20, origin="standin")
        assert {body["model"] for body in provider.requests_about(f"@Ulrike how is {question}")} == {chosen}
    hers.page.reload()
    hers.page.get_by_role("button", name=re.compile("^Your stand-in")).first.click()
    cheap, dear = ulrike.get("/api/stand-in/audit").json()["calls"]
    assert (cheap["cost"], dear["cost"]) == (None, 10 * (dear["tokens_in"] + dear["tokens_out"]))
    expect(calls).to_have_count(2)
    # The newest first. Where no price is known, nothing is said of it.
    expect(calls.first).to_contain_text(re.compile(r"[0-9] tokens · [0-9.]+ s · gpt-4o-mini"))
    expect(calls.last).to_contain_text(re.compile(r"[0-9] tokens · US\$0\.[0-9]+ · [0-9.]+ s · gpt-4o(?!-)"))
    assert violations(hers.page) == []


def test_a_message_is_just_left_for_somebody_busy_by_keyboard(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person, provider: Provider
) -> None:
    yara = meet("Yara")
    set_up(yara)
    online(yara).call("status:set", {"status": "busy", "note": "Writing"})
    path = den(ada, yara)
    his = StandIn(enter(ada, path, "Den", viewport=PHONE, **NO_POLICY))
    his.chat.composer.fill("@Yara a surprise party for Zed")
    expect(his.page.get_by_text(re.compile("Yara is busy until .*; their stand-in may answer"))).to_be_visible()
    his.leave.press("Enter")
    expect(his.leave).to_have_attribute("aria-pressed", "true")
    expect(his.page.get_by_text(re.compile("Yara is busy until .*; it waits for them"))).to_be_visible()
    assert violations(his.page) == []
    his.chat.composer.press("Enter")
    if his.chat.composer.input_value():  # on touch only the button sends
        his.page.get_by_role("button", name="Send", exact=True).click()
    expect(his.chat.message("a surprise party")).to_have_count(1)
    expect(his.chat.unsent()).to_have_count(0)
    # What is asked next is answered, and by then the first would have been.
    his.chat.say_and_see("@Yara where is the plan?")
    expect(his.chat.message("Yara's stand-in (AI)")).to_have_count(1)
    assert provider.requests_about("where is the plan?") != []
    digest = yara.get("/api/stand-in/digest").json()
    assert [need["reason"] for need in digest["needs_you"] if "surprise" in need["message"]["body"]] == ["left"]


def test_whoever_comes_back_reviews_what_their_stand_in_said_and_the_asker_sees_it(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person
) -> None:
    vera = meet("Vera")
    path = den(ada, vera)
    room = path.rpartition("/")[2]
    set_up(vera)
    theirs, asking = online(vera), online(ada)
    hers = StandIn(enter(vera, path, "Den", **NO_POLICY))
    hers.chat.set_status("Busy", note="Writing")
    for question in ("@Vera is the demo ready?", "@Vera and how is the demo now?"):
        asking.send(room, question)
        theirs.wait_for("message:created", 20, origin="standin")
    left = {"room_id": room, "body": "@Vera happy birthday", "client_message_id": "left", "leave": True}
    assert asking.call("message:send", left)["ok"]
    asking.send(den(ada, vera, meet("Otto")).rpartition("/")[2], "Lunch?")
    his = enter(ada, path, "Den")
    read = read_marks(vera)

    hers.chat.set_status("Available")
    waiting = hers.page.get_by_role("status").filter(has_text="While you were busy")
    expect(waiting).to_contain_text("1 message needs you and your stand-in answered 2 questions")
    hers.page.reload()
    hers.chat.expect_connection("Connected")
    expect(waiting).to_be_visible()
    assert violations(hers.page) == []
    hers.page.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(part(hers.digest, "Needs you")).to_contain_text(["happy birthday"])
    expect(part(hers.digest, "Needs you")).to_contain_text(["Left for you"])
    expect(part(hers.digest, "In your rooms")).to_contain_text(["3 messages, 3 mention you", "1 message"])
    assert violations(hers.page) == []
    newest, oldest = part(hers.digest, "Your stand-in answered").all()

    oldest.get_by_role("button", name="Keep").press("Enter")
    expect(oldest).to_contain_text("Kept")
    oldest.get_by_role("button", name="Edit").press("Enter")
    field = oldest.get_by_role("textbox", name="What your stand-in answered")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(oldest.get_by_role("button", name="Edit")).to_be_focused()
    oldest.get_by_role("button", name="Edit").press("Enter")
    field.fill("Not before four.")
    oldest.get_by_role("button", name="Save").press("Enter")
    expect(oldest).to_contain_text("Edited by you")
    expect(his.message("Not before four.").filter(has_text="Vera's stand-in (AI)")).to_contain_text("edited")
    newest.get_by_role("button", name="Retract").press("Enter")
    hers.page.get_by_role("dialog", name="Retract this answer?").get_by_role("button", name="Retract").click()
    expect(newest).to_contain_text("You retracted this answer.")
    expect(his.page.get_by_text("Vera retracted an answer that their stand-in gave you.")).to_be_visible()
    expect(his.message("Vera retracted this answer")).to_have_count(1)
    his.page.reload()
    expect(his.message("Vera retracted this answer")).to_have_count(1)
    reviews = [
        each["review"] for each in vera.get("/api/stand-in/digest?since=2020-01-01T00:00:00Z").json()["answered"]
    ]
    assert reviews == ["retracted", "edited"]

    hers.page.get_by_role("button", name="Close the panel").click()
    expect(waiting).to_be_hidden()
    hers.page.keyboard.press("Alt+Shift+M")
    hers.digest.get_by_label("Since").select_option("A week ago")
    hers.digest.get_by_label("In", exact=True).select_option("This room")
    expect(part(hers.digest, "Needs you")).to_have_count(1)
    expect(part(hers.digest, "In your rooms")).to_have_count(1)
    assert read_marks(vera) == read
    hers.page.set_viewport_size(PHONE)
    assert violations(hers.page) == []
    part(hers.digest, "Needs you").get_by_role("link", name="Show").click()
    expect(hers.digest).to_be_hidden()
    expect(hers.chat.message("happy birthday")).to_be_focused()


def test_what_was_missed_waits_also_for_whoever_comes_back_by_the_clock(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person
) -> None:
    wilma = meet("Wilma")
    path = den(ada, wilma)
    theirs, asking = online(wilma), online(ada)
    chat = enter(wilma, path, "Den")
    page = chat.page
    until = datetime.now(UTC) + timedelta(seconds=8)
    assert theirs.call("status:set", {"status": "busy", "until": until.isoformat()})["ok"]
    expect(page.get_by_role("button", name=re.compile("^Wilma.*Busy until", re.DOTALL))).to_be_visible()
    left = {
        "room_id": path.rpartition("/")[2],
        "body": "@Wilma lunch?",
        "client_message_id": "by-the-clock",
        "leave": True,
    }
    assert asking.call("message:send", left)["ok"]
    waiting = page.get_by_role("status").filter(has_text="While you were busy")
    expect(waiting).to_contain_text("1 message needs you")
    # On another device too, whatever its storage holds, until it is put away on one of them.
    other = enter(wilma, path, "Den", viewport=PHONE).page
    there = other.get_by_role("status").filter(has_text="While you were busy")
    expect(there).to_contain_text("1 message needs you")
    other.get_by_role("button", name="Put away").click()
    for each in (there, waiting):
        expect(each).to_be_hidden()
    page.reload()
    chat.expect_connection("Connected")
    expect(waiting).to_be_hidden()


def test_drafts_wait_for_their_owner_alone_who_sends_changes_and_discards_them(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person
) -> None:
    wanda = meet("Wanda")
    path = den(ada, wanda)
    room = path.rpartition("/")[2]
    set_up(wanda, mode="draft")
    theirs, asking = online(wanda), online(ada)
    theirs.call("status:set", {"status": "busy"})
    hers = StandIn(enter(wanda, path, "Den", **NO_POLICY))
    for number in range(3):
        asking.send(room, f"@Wanda how is the demo {number}?")
        theirs.wait_for("draft:changed", 20)
    expect(hers.here).to_have_count(1)
    expect(hers.here).to_contain_text("Nadia wrote that the demo is ready.")
    expect(hers.here).to_contain_text("2 more after this")
    hers.page.get_by_role("button", name=re.compile("^Your stand-in 3")).press("Enter")
    drafts = part(hers.panel, "Drafts for you")
    expect(drafts).to_have_count(3)
    expect(hers.panel).to_contain_text("Drafts for you while you are busy")
    expect(part(hers.panel, "What it was asked").first).to_contain_text("Answered")
    expect(hers.panel).to_contain_text(re.compile("[1-9][0-9,]* of 200,000"))
    assert violations(hers.page) == []
    drafts.first.get_by_role("button", name="Send as yours").press("Enter")
    expect(hers.chat.message("Nadia wrote that the demo is ready.")).to_have_count(1)
    expect(drafts).to_have_count(2)
    expect(drafts.first.get_by_role("button", name="Send as yours")).to_be_focused()
    drafts.first.get_by_role("button", name="Edit").press("Enter")
    drafts.first.get_by_role("textbox", name="Your answer").fill("Ready at four.")
    drafts.first.get_by_role("button", name="Send as yours").press("Enter")
    expect(hers.chat.message("Ready at four.")).to_have_count(1)
    drafts.first.get_by_role("button", name="Discard").press("Enter")
    expect(drafts).to_have_count(0)
    expect(hers.here).to_have_count(0)
    said = [message for message in ada.messages(room) if message["sender"]["id"] == wanda.id]
    assert [message["origin"] for message in said] == ["person", "person"]
    assert wanda.get("/api/stand-in/drafts").json()["drafts"] == []


def test_a_question_to_the_ai_is_answered_before_all_stopped_and_asked_again(
    enter: Enter, den: Den, meet: Meet, ada: Person, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    path = den(ada, meet("Otto"))
    hers = StandIn(enter(ada, path, "Den", **NO_POLICY))
    chat, page = hers.chat, hers.page
    chat.composer.press_sequentially("/a")
    expect(page.get_by_role("listbox", name="Emoji, rooms and commands").get_by_role("option")).to_have_count(1)
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("/ask ")
    expect(page.get_by_text("Everyone in this room sees your question and the answer.")).to_be_visible()
    assert violations(page) == []
    page.keyboard.type("tell me slowly")
    page.keyboard.press("Enter")
    expect(chat.message("tell me slowly")).to_contain_text("asked the AI")
    answer = chat.message("Ada's stand-in (AI)")
    expect(answer).to_contain_text("One word after the other.")
    expect(page.locator(".typing").first).to_contain_text("Ada's stand-in is writing")
    # What grows is outside what a screen reader is told; its end is told once.
    expect(chat.log.locator('.entry[aria-live="off"]')).to_have_count(1)
    told = page.get_by_role("status").filter(has_text="AI stand-in for Ada")
    expect(told).to_have_count(0)
    assert violations(page) == []
    answer.get_by_role("button", name="Stop").press("Enter")
    expect(answer).to_contain_text("Stopped here")
    expect(told).to_have_count(1)
    answer.get_by_role("button", name="Ask again").press("Enter")
    expect(answer).to_contain_text("is writing")
    expect(answer).to_contain_text("One word after the other.")
    # Cut off in the middle, and back: in the end the text is the same.
    page.context.set_offline(True)
    chat.expect_connection(LOST)
    page.context.set_offline(False)
    chat.expect_connection("Connected")
    expect(answer).to_contain_text(("One word after the other. " * 12).strip())
    expect(answer.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.locator(".typing[data-shown]")).to_have_count(0)

    page.get_by_role("button", name="Assistant", exact=True).click()
    alone = Chat(page, "Assistant")
    expect(alone.log).to_contain_text("Alone with the AI")
    alone.expect_connection("Connected")
    alone.say("how is the demo?")
    expect(alone.message("Nadia wrote that the demo is ready.")).to_have_count(1)
    page.reload()
    expect(alone.message("Nadia wrote that the demo is ready.")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Assistant")).to_have_count(0)
    assert violations(page) == []


def test_a_summary_has_references_and_the_owner_sees_what_the_ai_is_given(
    enter: Enter, den: Den, meet: Meet, online: Callable[..., Socket], ada: Person
) -> None:
    path = den(ada, meet("Otto"))
    asked = online(ada).send(path.rpartition("/")[2], "Where is the plan?")
    set_up(ada, notes="The key is with Otto.")
    hers = StandIn(enter(ada, path, "Den", **NO_POLICY))
    page = hers.page
    page.keyboard.press("Alt+Shift+M")
    hers.digest.get_by_label("In", exact=True).select_option("This room")
    hers.digest.get_by_role("button", name="Summarise").press("Enter")
    reference = hers.digest.get_by_role("link", name="Message 1")
    expect(reference).to_have_attribute("href", f"{path}/messages/{asked['id']}")
    expect(hers.digest.get_by_role("link", name=re.compile("^Message"))).to_have_count(1)
    expect(hers.digest).to_contain_text("Written by an AI.")
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Your stand-in")).first.click()
    expect(part(hers.panel, "What it was asked").first).to_contain_text("A summary for you")
    hers.panel.get_by_role("button", name="What it can see").press("Enter")
    expect(hers.sight).to_contain_text("The key is with Otto.")
    hers.sight.get_by_role("textbox", name="If somebody asked").fill("And the cellar?")
    page.keyboard.press("Enter")
    expect(hers.sight.get_by_role("region", name="What people wrote here")).to_contain_text("And the cellar?")
    preview = ada.get(
        "/api/stand-in/preview", params={"room_id": path.rpartition("/")[2], "question": "And the cellar?"}
    )
    expect(hers.sight.locator("pre").first).to_have_text(preview.json()["system"])
    expect(hers.sight.get_by_role("link", name="Ada: Where is the plan?")).to_have_count(1)
    for size in (None, PHONE):
        if size:
            page.set_viewport_size(size)
        assert violations(page) == []


def test_an_administrator_sees_what_stand_ins_use_and_switches_them_off(
    browse: Callable[..., Page], den: Den, meet: Meet, online: Callable[..., Socket], ada: Person, documents: Documents
) -> None:
    documents["users"].update_one({"_id": ObjectId(ada.id)}, {"$set": {"role": "administrator"}})
    set_up(ada)
    otto = meet("Otto")
    online(otto).send(den(ada, otto).rpartition("/")[2], "The plan is ready.")
    summary = ada.write("POST", "/api/stand-in/digest/summary", json={"since": "2020-01-01T00:00:00Z"})
    assert summary.status_code == 200
    page = browse(ada.url, viewport=PHONE, **NO_POLICY)
    log_in(page.context, ada)
    page.goto("/settings/stand-ins")
    row = page.get_by_role("row").filter(has_text="Ada")
    expect(row.first).to_be_visible()
    assert violations(page) == []
    switch = page.get_by_role("button", name=re.compile("^Switch"))
    switch.press("Enter")
    try:
        expect(page.get_by_role("heading", name="All stand-ins are off")).to_be_visible()
        assert preferences(ada)["is_enabled"] is False
    finally:
        ada.write("PUT", "/api/stand-in/admin", json={"enabled": True})
    page.reload()
    expect(page.get_by_role("heading", name="Stand-ins are on")).to_be_visible()
