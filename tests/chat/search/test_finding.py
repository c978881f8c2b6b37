"""What is found, and who finds it."""

from __future__ import annotations

import pytest
from bson import ObjectId

from app.auth.models import now
from tests.chat.search.find import bodies, say, search, settled
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import NOBODYS_ID, Person


@pytest.fixture
def den(ada: Person, bob: Person, room: MakeRoom) -> str:
    return room(ada, bob, name="Search den")


def test_a_word_is_found_with_its_message_its_room_and_where_it_is(
    ada: Person, bob: Person, den: str, online: Connect, documents: Documents
) -> None:
    (sent,) = say(online, documents, ada, den, "The zeppelin lands, zeppelin!")
    answer = search(bob, "Zeppelin ")
    assert answer == {
        "results": [
            {
                "message": sent,
                "room_name": "Search den",
                "highlights": [{"start": 4, "end": 12}, {"start": 20, "end": 28}],
            }
        ],
        "more": False,
        "next": None,
    }


def test_all_words_are_needed_in_any_order(ada: Person, den: str, online: Connect, documents: Documents) -> None:
    say(online, documents, ada, den, "quokka and numbat", "numbat then quokka", "quokka alone")
    assert bodies(ada, "quokka numbat") == ["numbat then quokka", "quokka and numbat"]


def test_the_last_word_may_be_unfinished_and_any_with_an_asterisk(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    say(online, documents, ada, den, "marmalade toast", "marmoset toasting")
    assert bodies(ada, "marm") == ["marmoset toasting", "marmalade toast"]
    assert bodies(ada, "marm ") == []
    assert bodies(ada, "marm* toast ") == ["marmalade toast"]
    assert bodies(ada, "toast marma") == ["marmalade toast"]
    assert bodies(ada, '"marm"') == []


def test_a_phrase_is_words_that_follow_one_another(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    say(online, documents, ada, den, "the velvet, curtain falls", "curtain of velvet", "velvet red curtain")
    found = search(ada, "“Velvet curtain”")
    assert [result["message"]["body"] for result in found["results"]] == ["the velvet, curtain falls"]
    assert found["results"][0]["highlights"] == [{"start": 4, "end": 19}]
    assert bodies(ada, "velvet-curtain") == ["the velvet, curtain falls"]


def test_what_is_excluded_is_not_found(ada: Person, den: str, online: Connect, documents: Documents) -> None:
    say(online, documents, ada, den, "gravel path north", "gravel road", "gravel path south")
    assert bodies(ada, "gravel -road") == ["gravel path south", "gravel path north"]
    assert bodies(ada, 'gravel -"path north"') == ["gravel path south", "gravel road"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Crème brûlée déjà", "creme brulee"),
        ("Ja, die STRASSE", "straße"),
        ("Fahrt nach Øresund", "oresund"),
        ("ＦＵＬＬＷＩＤＴＨ text", "fullwidth"),
        ("明日の会議室で会う", "会議室"),
        ("明日の会議室で会う", "議"),
        ("หนังสือภาษาไทย", "ภาษา"),
        ("한국어를 배우다", "한국"),
        ("Ёлка стоит", "елка"),
        ("हिन्दी भाषा", "हिन्दी"),
        ("Party \N{SHORTCAKE} time", "\N{SHORTCAKE}"),
        ("yes \N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}", "\N{THUMBS UP SIGN}"),
        ("snake_case_name", "case_name"),
        ("see docs.example.org/api", "example.org"),
        ("e\N{COMBINING ACUTE ACCENT}tude", "étude"),
    ],
)
def test_words_of_any_script_are_found_however_they_are_spelt(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents, text: str, asked: str
) -> None:
    own = room(ada, name="Scripts")
    say(online, documents, ada, own, text, "something else")
    assert bodies(ada, f"{asked} in:{own}") == [text]


def test_results_come_newest_first_page_by_page_and_stay_so_while_others_write(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    texts = [f"walrus number {number}" for number in range(25)]
    say(online, documents, ada, den, *texts)
    pages, before = [], None
    for _ in range(3):
        answer = search(ada, "walrus ", limit=10, **({"before": before} if before else {}))
        pages.append([result["message"]["body"] for result in answer["results"]])
        before = answer["next"]
        assert answer["more"] is (before is not None)
        say(online, documents, ada, den, "another walrus")
    assert pages == [texts[:14:-1], texts[14:4:-1], texts[4::-1]]
    assert before is None


def test_the_id_of_any_result_is_where_a_page_can_begin(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    sent = say(online, documents, ada, den, "ocelot one", "ocelot two", "ocelot three")
    assert bodies(ada, "ocelot", before=sent[1]["id"]) == ["ocelot one"]
    assert bodies(ada, "ocelot", before=sent[0]["id"]) == []


def test_the_best_come_first_if_asked_page_by_page(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    say(
        online,
        documents,
        ada,
        den,
        "tapir crossing",
        "tapirs are crossing the long and winding road of words that nobody reads",
        "crossing a tapir",
    )
    assert bodies(ada, "tapir cros", sort="best")[0] == "tapir crossing"
    assert bodies(ada, "tapir cros", sort="newest")[0] == "crossing a tapir"
    first = search(ada, "tapir* cros", sort="best", limit=2)
    rest = search(ada, "tapir* cros", sort="best", limit=2, before=first["next"])
    assert (len(first["results"]), len(rest["results"]), rest["more"]) == (2, 1, False)
    assert rest["results"][0]["message"]["body"].startswith("tapirs are")


def test_an_edit_and_a_deletion_change_what_is_found(
    ada: Person, den: str, online: Connect, documents: Documents
) -> None:
    socket = online(ada)
    edited, deleted = socket.send(den, "pangolin typo"), socket.send(den, "pangolin regret")
    settled(documents, den)
    assert bodies(ada, "pangolin") == ["pangolin regret", "pangolin typo"]
    assert socket.call("message:edit", {"message_id": edited["id"], "body": "pangolin fixed"})["ok"]
    assert socket.call("message:delete", {"message_id": deleted["id"]})["ok"]
    assert bodies(ada, "regret ") == bodies(ada, "typo ") == []  # at once, whatever the index says
    settled(documents, den)
    assert bodies(ada, "pangolin") == ["pangolin fixed"]
    assert bodies(ada, "fixed pangolin") == ["pangolin fixed"]
    assert "regret" not in str(list(documents["search_entries"].find({"_id": {"$exists": True}})))


def test_an_outsider_finds_nothing_and_cannot_tell_that_there_is_something(
    ada: Person, eve: Person, den: str, online: Connect, documents: Documents
) -> None:
    (sent,) = say(online, documents, ada, den, "xylophone secrets")
    nothing = {"results": [], "more": False, "next": None}
    for asked in ("xylophone", f"xylophone from:{ada.id}", "xylophone -other", "has:link xylophone"):
        for sort in ("newest", "best"):
            assert search(eve, asked, sort=sort) == nothing
    refusals = [eve.get("/api/search", params={"q": f"xylophone in:{name}"}) for name in (den, NOBODYS_ID)]
    assert [refusal.status_code for refusal in refusals] == [400, 400]
    assert refusals[0].text.replace(den, NOBODYS_ID) == refusals[1].text
    assert eve.get("/api/search", params={"q": 'xylophone in:"Search den"'}).status_code == 400
    cursors = [eve.get("/api/search", params={"q": "x", "before": cursor}) for cursor in (sent["id"], NOBODYS_ID)]
    assert [(cursor.status_code, cursor.json()) for cursor in cursors] == [(400, cursors[0].json())] * 2


def test_who_is_no_member_any_more_finds_nothing_of_the_room_at_once(
    ada: Person, bob: Person, den: str, online: Connect, documents: Documents
) -> None:
    say(online, documents, ada, den, "ephemeral yak")
    assert bodies(bob, "ephemeral yak") == ["ephemeral yak"]
    documents["memberships"].delete_one({"room": ObjectId(den), "user": ObjectId(bob.id)})
    assert bodies(bob, "ephemeral yak") == []


def test_an_archived_room_is_searched(ada: Person, den: str, online: Connect, documents: Documents) -> None:
    say(online, documents, ada, den, "archived ibex")
    documents["rooms"].update_one({"_id": ObjectId(den)}, {"$set": {"archived_at": now()}})
    assert bodies(ada, "archived ibex") == ["archived ibex"]
