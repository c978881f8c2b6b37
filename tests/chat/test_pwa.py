"""What makes an app of the page: it asks for no login, holds nothing of anybody, and keeps all that pages need."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import requests

from tests.people import Person
from tests.server import PATIENCE, Server


def get(server: Server, path: str) -> requests.Response:
    return requests.get(f"{server.url}{path}", timeout=PATIENCE)


def kept(server: Server) -> set[str]:
    worker = get(server, "/service-worker.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert worker.headers["Cache-Control"] == "no-cache"
    found = re.search(r"const ASSETS = (\[.*?\]);", worker.text)
    assert found
    return {address.partition("?")[0] for address in json.loads(found.group(1))}


def test_everything_that_pages_are_made_of_is_kept_for_when_there_is_no_network(
    server: Server, person: Callable[[str], Person]
) -> None:
    ada, assets = person("Ada"), kept(server)
    for path in ("/", "/settings/notifications", "/offline"):
        page = ada.get(path, headers={"Accept": "text/html"}).text
        needed = set(re.findall(r"/static/[\w./@-]+", page)) - {"/static/vendor/emoji.json"}
        assert needed
        assert needed <= assets, needed - assets
    for asset in sorted(assets)[::10]:
        assert get(server, asset).status_code == 200, asset


def test_the_manifest_names_pictures_that_are_there(server: Server) -> None:
    answer = get(server, "/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == ("Standin", "/", "standalone")
    assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}
    for one in [*manifest["icons"], *manifest["screenshots"]]:
        assert get(server, one["src"]).status_code == 200, one["src"]


def test_the_page_for_when_there_is_no_network_is_the_same_for_everybody(
    server: Server, person: Callable[[str], Person]
) -> None:
    page = person("Ada").get("/offline").text
    assert "You are offline" in page
    assert "Ada" not in page
