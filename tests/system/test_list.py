"""The list of messages: pages both ways, few of them in the page, the line of new ones, and the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from playwright.sync_api import expect

from app.auth.models import now
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.system.pages import Chat

MANY = 700
FAR = 330
MOST_IN_PAGE = 300 + 20 + 50  # what is kept, some slack, and a page on its way
UP = """(log) => new Promise((tell) => requestAnimationFrame(function step() {
  log.scrollTop -= 400;
  const first = Number(log.querySelector(".entry").dataset.seq);
  window.most = Math.max(window.most ?? 0, log.querySelectorAll(".entry").length);
  if (first === 1 && log.scrollTop === 0) tell(window.most);
  else requestAnimationFrame(step);
}))"""

STAND_STILL = """() => {
  Object.assign(window, {heard: 0, drawn: 0});
  const draw = requestAnimationFrame.bind(window), held = [];
  window.requestAnimationFrame = (work) => held.push(work);
  window.goOn = () => held.forEach(draw, (window.requestAnimationFrame = draw));
  document.addEventListener("chat:message", () => (window.heard += 1));
  const count = (changes) => changes.forEach(({addedNodes}) => (window.drawn += addedNodes.length));
  new MutationObserver(count).observe(document.querySelector(".messages__list"), {childList: true});
}"""
LISTEN = """(log) => {
  window.added = {off: 0, polite: 0};
  new MutationObserver((changes) => {
    for (const {addedNodes} of changes) window.added[log.getAttribute("aria-live")] += addedNodes.length;
  }).observe(log.querySelector(".messages__list"), {childList: true});
}"""


def fill(documents: Documents, path: str, sender: Person, read_up_to: int) -> None:
    """A history past the server, of which the members have read a part."""
    room, began = ObjectId(path.rpartition("/")[2]), now() - timedelta(minutes=10 * MANY)
    documents["messages"].insert_many(_message(room, sender, seq, began) for seq in range(1, MANY + 1))
    documents["memberships"].update_many({"room": room}, {"$set": {"last_read_seq": read_up_to}})


def _message(room: ObjectId, sender: Person, seq: int, began: datetime) -> dict[str, Any]:
    return {
        "room": room,
        "seq": seq,
        "changes": [{"n": seq, "kind": "created"}],
        "sender": ObjectId(sender.id),
        "origin": "person",
        "on_behalf_of": None,
        "body": f"Number {seq}.",
        "client_message_id": f"list-{seq}",
        "created_at": began + timedelta(minutes=10 * seq),
    }


def test_a_long_history_is_read_to_its_beginning_and_back_with_few_messages_in_the_page(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
    documents: Documents,
) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    fill(documents, path, bob, read_up_to=MANY - 30)
    chat = enter(ada, path, "Den")
    page, log = chat.page, chat.log
    expect(chat.message(f"Number {MANY}.")).to_be_in_viewport()
    # What is new begins with a line, which stays where it is while more comes, and a way up to it that says how many.
    line = page.locator(".entry", has=page.locator(".new-line"))
    expect(line).to_contain_text(f"Number {MANY - 29}.")
    theirs = online(bob)
    theirs.send(path.rpartition("/")[2], "One more.")
    expect(chat.message("One more.")).to_be_in_viewport()
    expect(line).to_contain_text(f"Number {MANY - 29}.")
    page.get_by_role("button", name="30 new messages").click()
    expect(line).to_be_in_viewport()
    # Up to the beginning, and what comes meanwhile does not move the reader.
    expect(log).to_have_attribute("aria-live", "polite")
    log.evaluate(LISTEN)
    assert log.evaluate(UP) <= MOST_IN_PAGE
    # What was said long ago is not read aloud.
    added = page.evaluate("added")
    assert added["off"] > 0
    assert added["polite"] == 0
    # One line for each day, also where two pages of history meet within one.
    days = page.locator(".day").all_inner_texts()
    assert len(days) == len(set(days)) > 1
    expect(chat.message("Number 1.").first).to_be_in_viewport()
    theirs.send(path.rpartition("/")[2], "And another.")
    newest = page.get_by_role("button", name="1 new message", exact=True)
    expect(newest).to_be_visible()
    expect(chat.message("Number 1.").first).to_be_in_viewport()
    newest.click()
    expect(chat.message("And another.")).to_be_in_viewport()
    expect(page.get_by_role("button", name=re.compile("Jump to newest|new message"))).to_have_count(0)
    log.evaluate("log => (log.scrollTop -= 600)")
    expect(page.get_by_role("button", name="Jump to newest")).to_be_visible()
    chat.say_and_see("Back at the end")
    expect(chat.message("Back at the end")).to_be_in_viewport()
    assert page.evaluate("added")["polite"] > 0
    # Escape, wherever the reader is: everything is read.
    chat.page.keyboard.press("Escape")
    expect(page.locator(".new-line")).to_have_count(0)


def test_whoever_falls_far_behind_is_taken_to_the_newest_and_finds_the_rest_above_it(
    enter: Callable[..., Chat], meet: Callable[[str], Person], online: Callable[..., Socket], den: Callable[..., str]
) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    chat, theirs = enter(ada, path, "Den"), online(bob)
    page = chat.page
    page.evaluate(STAND_STILL)
    for number in range(1, FAR + 1):
        theirs.send(path.rpartition("/")[2], f"Quick {number}.")
    page.wait_for_function(f"heard === {FAR}", polling=100)
    page.evaluate("goOn()")
    expect(chat.message(f"Quick {FAR}.")).to_be_in_viewport()
    assert page.evaluate("drawn") < FAR / 2
    assert chat.log.evaluate(UP) <= MOST_IN_PAGE
    expect(chat.message("Quick 1.").first).to_be_in_viewport()
    seqs = page.locator(".entry").evaluate_all("(all) => all.map(({dataset}) => Number(dataset.seq))")
    assert seqs == list(range(1, len(seqs) + 1))


def test_one_block_of_five_minutes_large_emoji_and_a_page_twice_as_large(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
    documents: Documents,
) -> None:
    ada, bob = meet("Ada Listed"), meet("Bob")
    path = den(ada, bob)
    room_id = path.rpartition("/")[2]
    theirs = online(bob)
    for text in ("First", "Second", "🌱🌱", "@Ada Listed third"):
        theirs.send(room_id, text)
    earlier = now() - timedelta(minutes=6)
    documents["messages"].update_one({"room": ObjectId(room_id), "seq": 1}, {"$set": {"created_at": earlier}})
    # At 200 % zoom the window is half as wide and high.
    chat = enter(ada, path, "Den", viewport={"width": 640, "height": 400})
    entry = chat.page.locator(".entry")
    expect(entry.filter(has_text="Second")).not_to_have_attribute("data-follows", "")
    expect(entry.filter(has_text="🌱🌱")).to_have_attribute("data-follows", "")
    expect(entry.filter(has_text="🌱🌱")).to_have_attribute("data-emoji", "")
    expect(entry.filter(has_text="third")).to_have_attribute("data-mentions-me", "")
    expect(chat.message("third")).to_be_in_viewport()
    expect(chat.composer).to_be_in_viewport()
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
