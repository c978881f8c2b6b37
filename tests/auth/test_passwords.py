from __future__ import annotations

import os
import threading

import pytest
from flask import Flask

from app.auth import passwords

LONG = "é" * 36  # 72 bytes, beyond which bcrypt itself does not look


def test_a_password_is_hashed_by_bcrypt_at_cost_12(app: Flask) -> None:
    assert passwords.hash_password("correct horse").startswith("$2b$12$")


def test_an_unknown_user_costs_as_much_as_a_wrong_password(app: Flask) -> None:
    assert passwords.nobodys_hash().startswith("$2b$12$")
    assert passwords.is_right_password(None, "correct horse") is False


def test_the_same_password_gives_another_hash_each_time(quick: Flask) -> None:
    assert passwords.hash_password("correct horse") != passwords.hash_password("correct horse")


@pytest.mark.parametrize("password", [LONG, "a" * 1024, "with\0nul", "🐎" * 100])
def test_every_byte_of_a_password_counts(quick: Flask, password: str) -> None:
    hashed = passwords.hash_password(password)
    assert passwords.is_right_password(hashed, password)
    assert not passwords.is_right_password(hashed, password + "x")
    assert not passwords.is_right_password(hashed, password[:-1])


def test_a_letter_that_keyboards_compose_differently_is_one_letter(quick: Flask) -> None:
    assert passwords.is_right_password(passwords.hash_password("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_hashing_gives_way_to_the_event_loop_and_leaves_that_as_it_is(
    quick: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def note(_password: str) -> bytes:
        seen.append((threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
        return b"hashed"

    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    monkeypatch.setattr(passwords.bcrypt, "generate_password_hash", note)
    assert passwords.hash_password("correct horse") == "hashed"
    assert [niceness for _, niceness in seen] == [19]
    assert seen[0][0] != threading.get_native_id()
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine
