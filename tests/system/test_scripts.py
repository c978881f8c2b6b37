"""Hundreds of texts that would be scripts, in everything that a user can set: the browser shows them, and does nothing.

The `watch` of each test fails it for any dialog, any complaint of the CSP, and any request to another server.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from bson import ObjectId
from playwright.sync_api import Page, expect

from tests.attacks.scripts import corpus
from tests.chat.stored import Documents
from tests.people import Person
from tests.system.pages import Chat
from tests.system.watch import Watch

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]

SCRIPTS = corpus()
A_PAGE = 48


def pwned(page: Page) -> Any:
    """What a script has left behind. Handlers that wait for a pointer or a key get one first."""
    page.evaluate(
        """() => {
          const kinds = ["pointerover", "mouseover", "focus", "blur", "animationstart", "toggle", "cancel"]
          for (const element of document.querySelectorAll("[data-slot] *, .message *, dialog *"))
            for (const kind of kinds) element.dispatchEvent(new Event(kind))
        }"""
    )
    return page.evaluate("window.pwned ?? null")


def executable(page: Page) -> int:
    """Elements and attributes that no text of ours may have become."""
    found: int = page.evaluate(
        """() => {
          const kinds = "script:not([src^='/static/js/first_look.js?']), iframe, object, embed, base, meta, link, style"
          const isHandler = ({name}) => name.startsWith("on")
          const leads = (one) => /^\\s*(javascript|data|vbscript):/i.test(one.getAttribute("href") ?? "")
          const elements = [...document.querySelectorAll("main *, dialog *, aside *, nav *")]
          const runs = (one) => one.matches(kinds) || leads(one) || [...one.attributes].some(isHandler)
          return elements.filter(runs).length
        }"""
    )
    return found


def test_the_corpus_is_large_and_holds_each_once() -> None:
    assert len(SCRIPTS) >= 300
    assert len(set(SCRIPTS)) == len(SCRIPTS)


def test_no_message_is_a_script(enter: Enter, meet: Meet, den: Den) -> None:
    mallory, reader = meet("Mallory"), meet("Reader")
    socket = mallory.connect()
    shown = 0
    for start in range(0, len(SCRIPTS), A_PAGE):
        path = den(mallory, reader)
        room_id, some = path.rsplit("/", 1)[1], SCRIPTS[start : start + A_PAGE]
        for script in some:
            socket.send(room_id, script)
        chat = enter(reader, path, "Den")
        expect(chat.messages).to_have_count(len(some))
        assert (pwned(chat.page), executable(chat.page)) == (None, 0)
        shown += len(some)
        if start == 0:
            for script in SCRIPTS[-A_PAGE:]:  # and as they come
                socket.send(room_id, script)
            expect(chat.messages).to_have_count(2 * len(some))
            assert (pwned(chat.page), executable(chat.page)) == (None, 0)
        chat.page.context.close()
    socket.close()
    assert shown == len(SCRIPTS)


def test_what_could_run_would_be_found(enter: Enter, meet: Meet, den: Den, watch: Watch) -> None:
    """Else the tests here would prove nothing."""
    watch.allow("inline event handler")
    ada = meet("Ada")
    page = enter(ada, den(ada), "Den").page
    for tag, name, value in (("b", "onclick", "x"), ("base", "id", "x"), ("a", "href", "javascript:x")):
        assert executable(page) == 0
        page.evaluate(
            """([tag, name, value]) => {
              const made = document.createElement(tag)
              made.setAttribute(name, value)
              document.querySelector("main").append(made)
            }""",
            [tag, name, value],
        )
        assert executable(page) == 1
        page.evaluate("document.querySelector('main').lastElementChild.remove()")


def test_no_name_note_description_or_file_is_a_script(enter: Enter, meet: Meet, den: Den, documents: Documents) -> None:
    mallory, reader = meet("Mallory"), meet("Reader")
    _people(documents, mallory)
    rooms = _rooms(documents, reader)
    socket = mallory.connect()
    path = den(mallory, reader)
    for number, script in enumerate(SCRIPTS[:A_PAGE]):
        socket.send(path.rsplit("/", 1)[1], f"found {number} {script}")
    chat = enter(reader, path, "Den")
    page = chat.page
    page.get_by_role("button", name="Browse rooms").click()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    assert (pwned(page), executable(page)) == (None, 0)
    page.keyboard.press("Escape")
    for room_id in rooms[:3]:
        page.goto(f"/rooms/{room_id}")
        page.get_by_role("button", name="Members and details").click()
        expect(page.get_by_role("list", name="Members").get_by_role("listitem").first).to_be_visible()
        assert (pwned(page), executable(page)) == (None, 0)
    documents["users"].delete_many({"email": {"$regex": "^script-"}})
    documents["rooms"].delete_many({"_id": {"$in": rooms}})
    documents["memberships"].delete_many({"room": {"$in": rooms}})
    socket.close()


def _people(documents: Documents, like: Person) -> None:
    """People whose names and notes are scripts, past the checks that would refuse some of them."""
    pattern = documents["users"].find_one({"_id": ObjectId(like.id)})
    assert pattern
    made = []
    for number, script in enumerate(SCRIPTS):
        one = copy.deepcopy(pattern)
        email = f"script-{number}@example.com"
        own = {"_id": ObjectId(), "email": email, "email_key": email, "role": "member"}
        texts = {"name": script[:80], "bio": script, "status": "busy", "status_note": script}
        made.append({**one, **own, **texts})
    documents["users"].insert_many(made)


def _rooms(documents: Documents, *members: Person) -> list[ObjectId]:
    pattern = documents["rooms"].find_one({"kind": "closed"})
    assert pattern
    ids = []
    for script in SCRIPTS:
        room = {**pattern, "_id": ObjectId(), "kind": "open", "name": script[:80], "description": script}
        ids.append(documents["rooms"].insert_one(room).inserted_id)
    documents["memberships"].insert_many(
        {"room": room_id, "user": ObjectId(member.id), "last_read_seq": 0, "joined_at": room_id.generation_time}
        for room_id in ids[:40]
        for member in members
    )
    return ids
