"""Somebody in front of the app of this process: a browser with its cookies, or a program with a token."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.people import PASSWORD

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Visitor:
    def __init__(self, app: Flask, name: str) -> None:
        self.http = app.test_client()
        self.name = name
        self.email = f"{name.lower()}@example.com"
        self.token = ""

    def sign_up(self, **changes: Any) -> TestResponse:
        return self._enter("/users", {"name": self.name, "email": self.email, "password": PASSWORD, **changes})

    def log_in(self, **changes: Any) -> TestResponse:
        return self._enter("/users/login", {"email": self.email, "password": PASSWORD, **changes})

    def refresh(self) -> TestResponse:
        return self._with_token(self.write("POST", "/users/refresh", csrf="refresh"))

    def write(self, method: str, path: str, csrf: str = "access", **kwargs: Any) -> TestResponse:
        """A write by cookie, with the CSRF value of the access or the refresh token."""
        return self.http.open(path, method=method, headers={"X-CSRF-TOKEN": self.csrf(csrf)}, **kwargs)

    def csrf(self, kind: str = "access") -> str:
        return self.cookie(f"csrf_{kind}_token")

    def cookie(self, name: str) -> str:
        """The value of a cookie, "" if there is none."""
        cookie = self.http.get_cookie(name, path="/users" if name == "refresh_token_cookie" else "/")
        return cookie.value if cookie else ""

    def is_logged_in(self) -> bool:
        return self.http.get("/users/me").status_code == 200

    def _enter(self, path: str, body: dict[str, Any]) -> TestResponse:
        return self._with_token(self.http.post(path, json=body))

    def _with_token(self, answer: TestResponse) -> TestResponse:
        if answer.status_code < 300:
            self.token = answer.get_json()["access_token"]
        return answer


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Status and code of an error, which has the one shape that all have."""
    body = answer.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) - {"fields", "retry_after"} == {"code", "message"}
    return answer.status_code, body["error"]["code"]


def fields(answer: TestResponse) -> dict[str, str]:
    """What a refused input says of each field."""
    assert refusal(answer) == (400, "bad_input")
    found: dict[str, str] = answer.get_json()["error"]["fields"]
    return found
