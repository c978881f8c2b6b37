"""The pages name every module that they need, and no other."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.modules import FOLDER, later_modules_of, modules_of

ENTRIES = ["application", "auth", "first_look", "settings"]


def test_every_module_is_behind_some_page() -> None:
    there = {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.rglob("*.js")}
    behind = [name for entry in ENTRIES for name in modules_of(entry) + later_modules_of(entry)]
    assert {*ENTRIES, *behind} == there


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_module_is_named_once(entry: str) -> None:
    names = modules_of(entry)
    assert len(names) == len(set(names))
    assert all((FOLDER / f"{name}.js").is_file() for name in names)


def test_a_page_lets_its_modules_be_fetched_at_once_and_maps_them(client: FlaskClient) -> None:
    page = client.get("/users/login").get_data(as_text=True)
    names = modules_of("auth")
    assert re.findall(r'rel="modulepreload" href="/static/js/([\w/]+)\.js\?v=\w{8}"', page) == names
    assert all(f'"/static/js/{name}.js": "/static/js/{name}.js?v=' in page for name in names)


def test_what_is_needed_later_is_mapped_and_not_fetched_at_first() -> None:
    later = later_modules_of("application")
    assert {"controllers/profile_controller", "controllers/digest_controller", "lib/fuzzy"} <= set(later)
    assert not set(later) & set(modules_of("application"))


def test_what_completes_names_is_there_with_the_field_so_that_enter_takes_one_and_sends_nothing() -> None:
    assert {"controllers/composer_controller", "controllers/mention_list_controller"} <= set(modules_of("application"))
