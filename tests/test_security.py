from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.server import ROOT

BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/login"),
        ("GET", "/"),
        ("GET", "/users/me"),
        ("POST", "/users"),
        ("PUT", "/users"),
        ("GET", "/nowhere"),
        ("GET", "/health"),
        ("OPTIONS", "/users"),
        ("GET", "/static/css/base.css"),
    ],
)
def test_every_response_has_the_headers_that_protect_it(client: FlaskClient, method: str, path: str) -> None:
    with client.open(path, method=method) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/users/login", "/users/me", "/nowhere"])
def test_what_is_said_to_one_person_is_kept_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_style_sheets_and_scripts_may_be_kept_but_are_asked_for_again(client: FlaskClient) -> None:
    with client.get("/static/css/base.css") as answer:
        assert "no-cache" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
    with client.get("/static/css/base.css", headers={"If-None-Match": tag}) as answer:
        assert answer.status_code == 304


def test_what_is_asked_for_by_its_content_is_kept_for_good_and_under_another_name_is_not(client: FlaskClient) -> None:
    page = client.get("/users/login").get_data(as_text=True)
    address = re.findall(r'href="(/static/css/base\.css\?v=\w+)"', page)[0]
    with client.get(address) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000"
    with client.get("/static/css/base.css?v=another") as answer:
        assert "no-cache" in answer.headers["Cache-Control"]
    with client.get("/static/css/none.css?v=another") as answer:
        assert answer.status_code == 404


def test_only_scripts_with_this_answers_nonce_run_on_a_page(client: FlaskClient) -> None:
    nonces = []
    for _ in range(2):
        answer = client.get("/users/login", headers=BROWSER)
        (nonce,) = re.findall(r"script-src 'self' 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        scripts = re.findall(r"<script\b[^>]*>", answer.get_data(as_text=True))
        assert scripts
        assert all(f'nonce="{nonce}"' in script or "src=" in script for script in scripts)
        nonces.append(nonce)
    assert len(set(nonces)) == 2


def test_no_policy_lets_inline_code_or_other_sites_in(client: FlaskClient) -> None:
    policy = client.get("/users/login").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy


def test_a_page_holds_no_inline_handlers_or_styles(client: FlaskClient) -> None:
    for path in ("/users", "/users/login", "/nowhere"):
        page = client.get(path, headers=BROWSER).get_data(as_text=True)
        assert not re.search(r"<[^>]+\s(on\w+|style)=", page)
        assert "<style" not in page


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_reading_from_another_site_gives_it_no_leave_to_see(client: FlaskClient, origin: str) -> None:
    answer = client.get("/users/me", headers={"Origin": origin})
    assert answer.status_code == 401
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


SINKS = re.compile(
    r"\.(?:innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe"
    r"|\beval\(|new Function\(|\.setAttribute\(\s*[\"']on|javascript:",
)


def test_no_script_of_ours_makes_elements_or_code_of_text() -> None:
    scripts = sorted((ROOT / "app" / "static" / "js").rglob("*.js")) + sorted((ROOT / "app").glob("templates/**/*.js"))
    assert len(scripts) > 80
    assert [(path.name, found[0]) for path in scripts for found in SINKS.finditer(path.read_text("utf-8"))] == []


def test_no_template_takes_what_a_user_set_for_markup() -> None:
    """What is marked as safe is written there, or the text of a message that the server has rendered and cleaned."""
    marked = re.compile(r"([\w.\"'<>/= -]+)\|\s*safe\b")
    for path in sorted((ROOT / "app" / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(r"autoescape\s+false|Markup\(", text), path
        for found in marked.finditer(text):
            said = found[1].split("=", 1)[-1].strip() if "m.html" not in found[1] else "m.html"
            assert said == "m.html" or said[-1] in "\"'", (path.name, found[0])
