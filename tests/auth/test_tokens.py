from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from bson import ObjectId
from flask import Flask
from flask_jwt_extended import create_access_token, decode_token

from app.auth.models import User
from app.auth.tokens import ACCESS_LIFETIME
from tests.auth.visitor import BROWSER, Visitor, bearer, refusal
from tests.people import NOBODYS_ID

Forge = Callable[[Flask, str], str]


def test_an_access_token_carries_the_user_their_name_the_session_and_its_kind(ada: Visitor) -> None:
    claims = decode_token(ada.token)
    user = ada.http.get("/users/me").get_json()["user"]
    sessions = ada.http.get("/users/me/sessions").get_json()["sessions"]
    assert (claims["sub"], claims["name"], claims["type"]) == (user["id"], "Ada", "access")
    assert claims["session"] == sessions[0]["id"]
    assert claims["exp"] - claims["iat"] == ACCESS_LIFETIME.total_seconds() == 15 * 60


def test_a_refresh_token_lives_for_thirty_days(ada: Visitor) -> None:
    claims = decode_token(ada.cookie("refresh_token_cookie"))
    assert claims["type"] == "refresh"
    assert claims["exp"] - claims["iat"] == 30 * 24 * 60 * 60


def test_a_token_opens_the_door_without_any_cookie(ada: Visitor, app: Flask) -> None:
    answer = app.test_client().get("/users/me", headers=bearer(ada.token))
    assert answer.get_json()["user"]["name"] == "Ada"


def claims_of(token: str) -> dict[str, Any]:
    return dict(decode_token(token))


def part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def altered(_app: Flask, token: str) -> str:
    head, _, signature = token.split(".")
    return ".".join([head, part({**claims_of(token), "sub": str(ObjectId())}), signature])


def without_signature(_app: Flask, token: str) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims_of(token))}."


def of_another_key(_app: Flask, token: str) -> str:
    return jwt.encode(claims_of(token), "another key that is long enough for HS256", "HS256")


def of_another_algorithm(app: Flask, token: str) -> str:
    return jwt.encode(claims_of(token), app.config["JWT_SECRET_KEY"] * 2, "HS512")


def without_a_session(app: Flask, token: str) -> str:
    claims = {name: value for name, value in claims_of(token).items() if name != "session"}
    return jwt.encode(claims, app.config["JWT_SECRET_KEY"], "HS256")


def of_no_user(app: Flask, token: str) -> str:
    return jwt.encode({**claims_of(token), "sub": "nobody"}, app.config["JWT_SECRET_KEY"], "HS256")


def cut(_app: Flask, token: str) -> str:
    return token[:-1]


@pytest.mark.parametrize(
    "forge",
    [altered, without_signature, of_another_key, of_another_algorithm, without_a_session, of_no_user, cut],
)
def test_a_token_that_we_did_not_make_like_this_is_refused(ada: Visitor, app: Flask, forge: Forge) -> None:
    answer = app.test_client().get("/users/me", headers=bearer(forge(app, ada.token)))
    assert answer.status_code == 401
    assert refusal(answer)[1] in {"not_authenticated", "session_revoked"}


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer x", "Bearer a b", "Bearer a.b.c", "Basic YTpi", "Bearer é"]
)
def test_a_header_that_holds_no_token_is_refused(app: Flask, value: str) -> None:
    answer = app.test_client().get("/users/me", headers={"Authorization": value})
    assert refusal(answer) == (401, "not_authenticated")


def test_an_expired_token_is_refused_and_says_that_it_is(ada: Visitor, app: Flask) -> None:
    old = create_access_token(
        decode_token(ada.token)["sub"],
        expires_delta=timedelta(minutes=-1),
        additional_claims={"name": "Ada", "session": decode_token(ada.token)["session"]},
    )
    answer = app.test_client().get("/users/me", headers=bearer(old))
    assert refusal(answer) == (401, "token_expired")


def test_a_refresh_token_is_no_access_token(ada: Visitor, app: Flask) -> None:
    token = ada.cookie("refresh_token_cookie")
    assert refusal(app.test_client().get("/users/me", headers=bearer(token))) == (401, "not_authenticated")
    browser = app.test_client()
    browser.set_cookie("access_token_cookie", token)
    assert refusal(browser.get("/users/me")) == (401, "not_authenticated")


def test_an_access_token_is_no_refresh_token(ada: Visitor, app: Flask) -> None:
    answer = app.test_client().post("/users/refresh", headers=bearer(ada.token))
    assert refusal(answer) == (401, "not_authenticated")


def test_the_token_of_an_account_that_is_gone_is_refused(ada: Visitor) -> None:
    User.objects.delete()
    assert refusal(ada.http.get("/users/me")) == (401, "not_authenticated")
    assert refusal(ada.refresh()) == (401, "not_authenticated")


def test_a_browser_whose_account_is_gone_can_log_in_to_another(ada: Visitor) -> None:
    User.objects.delete()
    assert ada.http.get("/", headers=BROWSER).location.startswith("/users/login")
    assert ada.http.get("/users/login", headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/me"),
        ("PATCH", "/users/me"),
        ("GET", "/users/me/sessions"),
        ("DELETE", f"/users/me/sessions/{NOBODYS_ID}"),
        ("POST", "/users/logout"),
        ("POST", "/users/refresh"),
        ("GET", "/api/rooms"),
    ],
)
def test_without_a_token_there_is_nothing_to_see_or_do(app: Flask, method: str, path: str) -> None:
    assert refusal(app.test_client().open(path, method=method)) == (401, "not_authenticated")
