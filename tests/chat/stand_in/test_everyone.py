"""Whoever calls everyone asks nobody: `@all` is no question to anyone who is busy, whatever their stand-in may do."""

from __future__ import annotations

import pytest

from tests.chat.busy import replies, reply, set_status, set_up
from tests.chat.rooms import made
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect
from tests.people import Person


@pytest.mark.parametrize("mode", ["answer", "draft", "off", "not set up"])
def test_a_call_of_everyone_is_never_answered(
    mode: str, ada: Person, bob: Person, cat: Person, online: Connect, pen: Pen
) -> None:
    hers, his = online(ada), online(bob)
    hall = made(his, "closed", "Hall", ada, cat)  # whose owner may call everyone
    if mode != "not set up":
        set_up(ada, mode)
    set_status(hers, "busy")
    for text in ("@all where is the plan?", "And now, @all?"):
        assert his.send(hall, text)["mentions_all"]
    ask = made(his, "closed", "Ask", ada)  # looked at after all that
    his.send(ask, "Where is the plan?")
    if mode in {"answer", "draft"}:
        pen.finish("In the wiki.")
    if mode == "draft":
        hers.wait_for("draft:changed")
    elif mode == "off":
        his.client.sleep(5)  # nothing is said at all: longer than the longest burst
    else:
        reply(his, ask)
    assert replies(bob, hall) == []
    calls = ada.get("/api/stand-in/audit").json()["calls"]
    assert {call["room_id"] for call in calls} <= {ask}
    assert {draft["room_id"] for draft in ada.get("/api/stand-in/drafts").json()["drafts"]} <= {ask}
