"""The cast of the accounts' tests: Ada has an account, Eve another one and no business with Ada's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.auth import passwords
from app.extensions import bcrypt
from tests.auth.visitor import Visitor

CHEAPEST = 4


@pytest.fixture
def quick(app: Flask) -> Iterator[Flask]:
    """The app with passwords that are hashed in a moment, for tests with many accounts."""
    usual = app.config["BCRYPT_LOG_ROUNDS"]
    _set_cost(app, CHEAPEST)
    yield app
    _set_cost(app, usual)


@pytest.fixture
def visitor(quick: Flask) -> Callable[[str], Visitor]:
    """Somebody without an account yet: `visitor("Ada")`. The same name again is another browser of hers."""
    return lambda name: Visitor(quick, name)


@pytest.fixture
def ada(visitor: Callable[[str], Visitor]) -> Visitor:
    return _signed_up(visitor("Ada"))


@pytest.fixture
def eve(visitor: Callable[[str], Visitor]) -> Visitor:
    return _signed_up(visitor("Eve"))


def _signed_up(visitor: Visitor) -> Visitor:
    assert visitor.sign_up().status_code == 201
    return visitor


def _set_cost(app: Flask, rounds: int) -> None:
    app.config["BCRYPT_LOG_ROUNDS"] = rounds
    bcrypt.init_app(app)
    passwords.nobodys_hash.cache_clear()
