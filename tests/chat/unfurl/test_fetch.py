"""One page is fetched, from the address that was checked, and nothing that means no good gets further."""

from __future__ import annotations

import itertools

import pytest

from app.chat.unfurl.fetch import MOST_BYTES, fetch
from app.chat.unfurl.guard import Refused, Rules
from app.chat.unfurl.parse import preview
from tests.chat.unfurl.site import Site
from tests.server import free_port


def test_a_page_is_fetched_without_cookies_and_under_a_name_of_our_own(site: Site, rules: Rules) -> None:
    page = fetch(f"{site.url}/page", rules)
    assert b"Cake" in page.content
    path, headers = site.asked[-1]
    assert path == "/page"
    assert headers["Host"] == f"127.0.0.1:{site.port}"
    assert headers["User-Agent"].startswith("Standin/")
    assert not {"Cookie", "Referer", "Authorization"} & headers.keys()


def test_a_packed_page_is_unpacked(site: Site, rules: Rules) -> None:
    assert b"Cake" in fetch(f"{site.url}/packed", rules).content


@pytest.mark.parametrize("path", ["plain", "picture", "missing", "brotli", "garbage", "nowhere"])
def test_what_is_no_html_page_is_refused(site: Site, rules: Rules, path: str) -> None:
    with pytest.raises(Refused):
        fetch(f"{site.url}/{path}", rules)


@pytest.mark.parametrize("path", ["huge", "bomb"])
def test_no_more_is_read_than_a_page_may_have(site: Site, rules: Rules, path: str) -> None:
    page = fetch(f"{site.url}/{path}", rules)
    assert 100_000 < len(page.content) <= MOST_BYTES
    found = preview("u", page)
    assert found is not None
    assert found["title"] == path.capitalize()


def test_redirects_are_followed_but_not_for_ever(site: Site, rules: Rules) -> None:
    for number in range(5):
        site.redirect(f"/hop{number}", f"/hop{number + 1}")
    site.redirect("/hop5", "/page")
    assert fetch(f"{site.url}/hop1", rules).url == f"{site.url}/page"
    site.redirect("/round", "/round")
    for path in ("hop0", "round"):
        with pytest.raises(Refused, match="too many"):
            fetch(f"{site.url}/{path}", rules)


def spellings(port: int) -> list[str]:
    hosts = (
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
    )
    return [f"http://{host}:{port}/page" for host in hosts]


def test_no_redirect_leads_inside_however_the_address_is_spelt(site: Site, rules: Rules) -> None:
    """The other port is one that listens as well, so that it is the guard that says no."""
    from tests.chat.unfurl.site import open_site

    with open_site() as inside:
        places = [
            *spellings(inside.port),
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "//10.0.0.1/",
            "http://x@y/",
        ]
        for number, place in enumerate(places):
            with pytest.raises(Refused):
                fetch(site.redirect(f"/inside{number}", place), rules)
            with pytest.raises(Refused):
                fetch(place, rules)
        assert inside.asked == []


def test_the_server_is_not_fetched_from_itself_without_being_allowed(site: Site) -> None:
    before = len(site.asked)
    for url in spellings(site.port):
        with pytest.raises(Refused):
            fetch(url, Rules())
    assert len(site.asked) == before


def test_a_name_is_judged_by_what_it_resolves_to(site: Site, rules: Rules) -> None:
    with pytest.raises(Refused, match="public"):
        fetch("http://friendly.example/page", rules, lambda *_: ["127.0.0.1"])
    with pytest.raises(Refused, match="public"):
        fetch("http://friendly.example/page", rules, lambda *_: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Refused, match="no such host"):
        fetch("http://nowhere.invalid/page", rules, lambda *_: [])


def test_a_name_is_resolved_once_and_the_connection_goes_there(site: Site, rules: Rules) -> None:
    """A name server that says one thing to the check and another to the connection gets no second question."""
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["10.0.0.1"]))
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return next(answers)

    page = fetch(f"http://friendly.example:{site.port}/page", rules, rebinding)
    assert b"Cake" in page.content
    assert asked == [("friendly.example", site.port)]
    assert site.asked[-1][1]["Host"] == f"friendly.example:{site.port}"


def test_a_host_that_does_not_answer_is_refused(rules: Rules) -> None:
    port = free_port()
    with pytest.raises(Refused):
        fetch(f"http://127.0.0.1:{port}/", Rules(frozenset({("127.0.0.1", port)})))


def test_a_page_of_another_protocol_is_refused(site: Site, rules: Rules) -> None:
    with pytest.raises(Refused):
        fetch(f"https://127.0.0.1:{site.port}/page", rules)
