"""Every text is told in the reader's language, and every catalog has all of them."""

from __future__ import annotations

import io
import json
import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from flask.testing import FlaskClient

from app import language
from app.ai.assistant import away_line
from app.auth.models import User
from app.language import COOKIE, LANGUAGES, nsaying, saying, speaking, told
from bin import texts
from tests.auth.visitor import BROWSER, Visitor, fields, refusal
from tests.server import ROOT

TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
GREETING = {"en": "Welcome back", "de": "Willkommen zurück", "fr": "Bon retour"}


@pytest.fixture(scope="module")
def marked() -> Catalog:
    return texts.marked()


@pytest.fixture
def ada(app: object) -> Visitor:
    visitor = Visitor(app, "Ada")  # type: ignore[arg-type]
    assert visitor.sign_up().status_code == 201
    return visitor


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def said(catalog: Catalog) -> dict[tuple[str | None, tuple[str, ...]], Message]:
    return {(message.context, forms(message.id)): message for message in catalog if message.id}


def test_no_text_of_a_script_is_overlooked(marked: Catalog) -> None:
    """Not even one within another: `${gettext("...")}`."""
    written = "".join(path.read_text() for path in (ROOT / "app" / "static" / "js").rglob("*.js"))
    calls = re.findall(r'\bn?gettext\(\s*"((?:[^"\\]|\\.)+)"', written)
    found = {text for _, (text, *_) in said(marked)}
    assert len(calls) > 300
    assert {text.replace('\\"', '"') for text in calls} - found == set()


def test_there_is_a_catalog_of_every_language_and_no_other() -> None:
    assert [path.parent.parent.name for path in texts.catalogs()] == TRANSLATED


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalog_has_every_text_and_no_other(marked: Catalog, name: str) -> None:
    """`python bin/texts.py` adds what is new and takes out what is gone."""
    wanted, there = said(marked), said(language.catalog_of(name))
    assert len(wanted) > 900
    assert there.keys() == wanted.keys()
    untold = [message.id for message in there.values() if message.fuzzy or not all(forms(message.string))]
    assert untold == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_has_the_values_of_its_text(name: str) -> None:
    catalog = language.catalog_of(name)
    for message in said(catalog).values():
        *others, last = forms(message.id)
        assert len(forms(message.string)) == (catalog.num_plurals if others else 1)
        for form in forms(message.string):
            # That of one thing may do without the number, as "One message was not sent" does.
            assert set(PLACEHOLDER.findall(form)) in (
                {*PLACEHOLDER.findall(last)},
                {*PLACEHOLDER.findall(forms(message.id)[0])},
            )
            assert form[:1].isspace() == last[:1].isspace()


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalog_is_written_as_the_tool_writes_it(marked: Catalog, name: str) -> None:
    path = ROOT / "app" / "translations" / name / "LC_MESSAGES" / "messages.po"
    catalog = read_po(io.BytesIO(path.read_bytes()), name)
    catalog.update(marked, no_fuzzy_matching=True, update_creation_date=False)
    written = io.BytesIO()
    write_po(written, catalog, width=120, include_lineno=False, sort_by_file=True)
    assert written.getvalue() == path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.9", "de"),
        ("FR-ca", "fr"),
        ("ja,fr;q=0.3", "fr"),
        ("ja", "en"),
        ("de;q=0,en", "en"),
        ("en-GB,de", "en"),
        ("*", "en"),
        ("<script>", "en"),
        ("de-" * 500, "de"),
    ],
)
def test_a_page_comes_in_the_language_that_the_browser_asks_for(client: FlaskClient, asked: str, name: str) -> None:
    answer = client.get("/users/login", headers={**BROWSER, "Accept-Language": asked})
    page = answer.get_data(as_text=True)
    assert f'<html lang="{name}"' in page
    assert f'<h1 class="auth__title">{GREETING[name]}</h1>' in page
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)


@pytest.mark.parametrize(
    ("cookie", "name"), [("fr", "fr"), ("en", "en"), ("xx", "de"), ('"><script>', "de"), ("", "de")]
)
def test_what_was_chosen_in_this_browser_goes_before_what_it_asks_for(
    client: FlaskClient, cookie: str, name: str
) -> None:
    client.set_cookie(COOKIE, cookie)
    page = client.get("/users/login", headers={**BROWSER, "Accept-Language": "de"}).get_data(as_text=True)
    assert f'<html lang="{name}"' in page


def test_an_account_begins_in_the_language_in_which_it_was_made(app: object) -> None:
    asked = {"headers": {"Accept-Language": "fr-FR,fr;q=0.9"}}
    grace = Visitor(app, "Grace")  # type: ignore[arg-type]
    answer = grace.http.post(
        "/users", json={"name": "Grace", "email": "grace@example.com", "password": "correct horse"}, **asked
    )
    assert answer.get_json()["user"]["language"] == "fr"


def test_what_was_chosen_holds_on_every_device_and_before_all_else(app: object, ada: Visitor) -> None:
    assert ada.http.get("/users/me").get_json()["user"]["language"] is None
    answer = ada.write("PATCH", "/users/me", json={"language": "fr"})
    assert (answer.status_code, answer.get_json()["user"]["language"]) == (200, "fr")
    elsewhere = Visitor(app, "Ada")  # type: ignore[arg-type]
    assert elsewhere.log_in().status_code == 200
    for device in (ada, elsewhere):
        for address in ("/", "/settings/language", "/rooms/none-of-mine"):
            asked = {**BROWSER, "Accept-Language": "de"}
            assert '<html lang="fr"' in device.http.get(address, headers=asked).get_data(as_text=True)
    ada.http.post("/users/logout", headers={"X-CSRF-TOKEN": ada.csrf()})
    left = ada.http.get("/users/login", headers={**BROWSER, "Accept-Language": "de"}).get_data(as_text=True)
    assert '<html lang="fr"' in left


def test_it_can_be_left_to_the_browser_again(ada: Visitor) -> None:
    ada.write("PATCH", "/users/me", json={"language": "fr"})
    ada.write("PATCH", "/users/me", json={"name": "Ada L."})
    assert ada.http.get("/users/me").get_json()["user"]["language"] == "fr"
    assert ada.write("PATCH", "/users/me", json={"language": ""}).get_json()["user"]["language"] is None
    assert ada.cookie(COOKIE) == ""
    page = ada.http.get("/settings/language", headers={**BROWSER, "Accept-Language": "de"}).get_data(as_text=True)
    assert '<html lang="de"' in page


@pytest.mark.parametrize("wrong", ["xx", "DE", "de-AT", 5, ["de"], {"$ne": ""}, True])
def test_another_language_is_refused(ada: Visitor, wrong: object) -> None:
    answer = ada.write("PATCH", "/users/me", json={"language": wrong, "name": "Eve"})
    assert refusal(answer) == (400, "bad_input")
    assert set(fields(answer)) == {"language"}
    user = User.objects.get(name="Ada")
    assert user.language == ""


def test_an_outsider_changes_nobodys_language(client: FlaskClient) -> None:
    assert refusal(client.patch("/users/me", json={"language": "de"})) == (401, "not_authenticated")


def test_a_refusal_is_told_in_the_readers_language_with_the_same_code(ada: Visitor) -> None:
    ada.write("PATCH", "/users/me", json={"language": "de"})
    answer = ada.write("PATCH", "/users/me", json={"bio": "x" * 501, "name": " "})
    assert answer.get_json()["error"] == {
        "code": "bad_input",
        "message": "name: Fülle das aus. bio: Verwende höchstens 500 Zeichen.",
        "fields": {"name": "Fülle das aus.", "bio": "Verwende höchstens 500 Zeichen."},
    }
    wrong = ada.http.post("/users/login", json={"email": "no address", "password": "x"})
    assert fields(wrong)["email"] == "Schreib eine E-Mail-Adresse wie ada@example.com."


@pytest.mark.parametrize("name", TRANSLATED)
def test_the_chat_has_each_text_of_its_scripts_once_at_first_or_later(client: FlaskClient, name: str) -> None:
    whole, first, later = (
        said_in(client.get(f"/locale/{name}{part}.js").get_data(as_text=True)) for part in ("", "-first", "-later")
    )
    assert first | later == whole
    assert not first & later
    assert "Not sent." in first  # a message that is on its way has gone nowhere yet
    assert "Now due" in later  # as the panel of what is kept says it


def said_in(script: str) -> set[str]:
    """The keys of the one object in a module of texts."""
    listed = re.search(r"\{.*\}(?=\)?;$)", script, re.MULTILINE)
    assert listed
    return set(json.loads(listed[0]))


def test_the_texts_of_scripts_are_kept_for_good_under_the_address_of_what_they_are(client: FlaskClient) -> None:
    page = client.get("/users/login", headers={**BROWSER, "Accept-Language": "de"}).get_data(as_text=True)
    address = re.search(r'"standin/texts": "([^"]+)"', page)
    assert address
    answer = client.get(address[1])
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    script = answer.get_data(as_text=True)
    assert '"{n} member":["{n} Mitglied","{n} Mitglieder"]' in script
    assert "export const plural = (n) => Number((n != 1));" in script
    assert "Melde dich bei deinem Team an." not in script  # only what scripts say
    assert client.get("/locale/de.js?v=another").cache_control.max_age == 0
    assert client.get("/locale/en.js").get_data(as_text=True).startswith("export const texts = {};")
    assert client.get("/locale/..%2fconfig.js").status_code == 404
    assert client.get("/locale/de-other.js").status_code == 404
    assert refusal(client.get("/locale/xx.js")) == (404, "not_found")


def test_numbers_and_plurals_are_those_of_the_language() -> None:
    one, many = "Too many tries. Try again in %(n)s second.", "Too many tries. Try again in %(n)s seconds."
    assert nsaying(one, many, 1) == "Too many tries. Try again in 1 second."
    assert nsaying(one, many, 1200) == "Too many tries. Try again in 1,200 seconds."
    with speaking("de"):
        assert told(nsaying(one, many, 1)).endswith("in 1 Sekunde noch einmal.")
        assert told(nsaying(one, many, 1200)).endswith("in 1.200 Sekunden noch einmal.")
        assert told("No text of ours") == "No text of ours"
    with speaking("fr"):
        assert told(nsaying(one, many, 0)).endswith("dans 0 seconde.")
    with speaking("xx"):
        assert told(saying("Use at least %(n)s characters.", n=8)) == "Use at least 8 characters."


def test_the_away_line_is_in_the_language_of_whoever_it_is_for() -> None:
    with speaking("fr"):
        assert away_line("Ada", None, "") == "Ada est indisponible. Votre message attend Ada ici."
    assert away_line("Ada", None, "") == "Ada is busy. Your message waits here for Ada."


def test_the_catalogs_are_brought_up_to_date_by_the_tool(
    marked: Catalog, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"  # type: ignore[operator]
    path.parent.mkdir(parents=True)
    old = Catalog("de", project="Standin", charset="utf-8")
    old.add("Log in", "Anmelden")
    old.add("Gone by now", "Weg")
    with path.open("wb") as file:
        write_po(file, old)
    assert texts.update(path, marked) == len(marked) - 1
    after = read_po(io.BytesIO(path.read_bytes()), "de")
    assert after["Log in"].string == "Anmelden"
    assert "Gone by now" not in path.read_text("utf-8")
