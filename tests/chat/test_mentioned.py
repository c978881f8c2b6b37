"""What was said to somebody by name, from all of their rooms, and from no other."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.chat.stored import Connect, MakeRoom
from tests.people import NOBODYS_ID, Person
from tests.server import PATIENCE


def mentions(someone: Person, **query: Any) -> Any:
    return someone.get("/api/mentions", params=query).json()


def said(page: Any) -> list[str]:
    return [message["body"] for message in page["messages"]]


def test_mentions_of_all_rooms_are_listed_page_by_page_without_what_is_mine_or_deleted(
    person: Any, room: MakeRoom, online: Connect
) -> None:
    nell, olga = person("Nell"), person("Olga")
    den, attic = room(nell, olga), room(nell, olga)
    hers, theirs = online(nell), online(olga)
    hers.send(den, "@Nell note to myself")
    theirs.send(den, "Nobody in particular")
    gone = theirs.send(den, "@Nell never mind")
    theirs.call("message:delete", {"message_id": gone["id"]})
    for place, text in ((den, "@Nell one"), (attic, "@Nell two"), (den, "@Nell three")):
        theirs.send(place, text)
    page = mentions(nell, limit=2)
    assert (said(page), page["more"]) == (["@Nell three", "@Nell two"], True)
    rest = mentions(nell, limit=2, before=page["messages"][-1]["id"])
    assert (said(rest), rest["more"]) == (["@Nell one"], False)
    assert said(mentions(olga)) == []


def test_what_was_said_in_a_room_that_is_left_is_not_listed(person: Any, room: MakeRoom, online: Connect) -> None:
    nell, olga = person("Nell"), person("Olga")
    den = room(nell, olga)
    online(olga).send(den, "@Nell come back")
    assert said(mentions(nell)) == ["@Nell come back"]
    assert online(nell).call("room:leave", {"room_id": den})["ok"]
    assert said(mentions(nell)) == []


def test_mentions_are_for_who_is_logged_in(person: Any) -> None:
    answer = requests.get(f"{person('Nell').url}/api/mentions", timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"before": "7"}, {"limit": "many"}])
def test_bad_input_is_refused(query: dict[str, str], person: Any) -> None:
    answer = person("Nell").get("/api/mentions", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")


def test_a_page_before_an_id_that_names_nothing_is_a_page(person: Any) -> None:
    assert mentions(person("Nell"), before=NOBODYS_ID) == {"messages": [], "more": False}
