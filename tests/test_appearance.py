from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.appearance import COOKIE
from tests.server import ROOT

ICONS = ROOT / "app" / "static" / "icons"


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", "system"), ('"><script>', "system")]
)
def test_a_page_comes_in_the_chosen_theme_and_in_no_other(client: FlaskClient, cookie: str, theme: str) -> None:
    client.set_cookie(COOKIE, cookie)
    page = client.get("/users/login").get_data(as_text=True)
    assert f'<html lang="en" data-theme="{theme}">' in page


def test_the_icons_are_as_large_as_their_names_say() -> None:
    drawn = sorted(ICONS.glob("*.png"))
    assert len(drawn) == 6
    for icon in drawn:
        width, height = (int.from_bytes(icon.read_bytes()[at : at + 4]) for at in (16, 20))
        assert width == height == int(icon.stem.rpartition("-")[2])
