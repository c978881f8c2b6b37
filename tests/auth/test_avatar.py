"""The picture of a user: theirs to change, everyone's to see."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import requests
from PIL import Image

from tests.people import NOBODYS_ID, Person, Socket


def picture(size: tuple[int, int] = (800, 400), form: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "seagreen").save(file, form, comment=b"SECRET")
    return file.getvalue()


def change(person: Person, content: bytes) -> requests.Response:
    return person.write("POST", "/users/me/avatar", files={"file": ("me.jpg", content)})


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    return person("Ada")


def test_a_picture_becomes_a_small_square_and_everyone_learns_of_it(
    ada: Person, person: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    bob = person("Bob")
    his = online(bob)
    answer = change(ada, picture())
    assert answer.status_code == 200
    url = answer.json()["user"]["avatar_url"]
    told = his.wait_for("user:changed", id=ada.id)["user"]
    assert told["avatar_url"] == url
    found = bob.get(url)
    image = Image.open(io.BytesIO(found.content))
    assert (image.size, image.format, b"SECRET" in found.content) == ((256, 256), "WEBP", False)
    assert found.headers["Content-Type"] == "image/webp"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    again = bob.get(url, headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert requests.get(f"{ada.url}{url}", timeout=20).status_code == 401


def test_another_picture_has_another_address_and_none_is_not_found(ada: Person) -> None:
    first = change(ada, picture()).json()["user"]["avatar_url"]
    other = Image.new("RGB", (40, 40), "tomato")
    file = io.BytesIO()
    other.save(file, "PNG")
    assert change(ada, file.getvalue()).json()["user"]["avatar_url"] != first
    gone = ada.write("DELETE", "/users/me/avatar")
    assert (gone.status_code, gone.json()["user"]["avatar_url"]) == (200, None)
    assert ada.get(first).status_code == 404
    assert ada.write("DELETE", "/users/me/avatar").status_code == 200


@pytest.mark.parametrize("user_id", ["nobody", NOBODYS_ID])
def test_the_picture_of_nobody_is_not_found(ada: Person, user_id: str) -> None:
    assert ada.get(f"/api/users/{user_id}/avatar").status_code == 404


@pytest.mark.parametrize("content", [b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:300]])
def test_what_is_no_picture_is_refused_and_the_old_one_stays(ada: Person, content: bytes) -> None:
    url = change(ada, picture()).json()["user"]["avatar_url"]
    refused = change(ada, content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_a_picture")
    assert ada.get("/users/me").json()["user"]["avatar_url"] == url


def test_a_picture_that_is_too_large_is_refused(ada: Person) -> None:
    refused = change(ada, b"x" * (10 * 1024 * 1024 + 1))
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")


def test_nobody_changes_the_picture_of_somebody_else(ada: Person) -> None:
    form = {"file": ("me.jpg", picture())}
    assert requests.post(f"{ada.url}/users/me/avatar", files=form, timeout=20).status_code == 401
    forged = requests.post(f"{ada.url}/users/me/avatar", files=form, cookies=ada.http.cookies, timeout=20)
    assert forged.json()["error"]["code"] == "csrf_failed"
    assert requests.delete(f"{ada.url}/users/me/avatar", timeout=20).status_code == 401
