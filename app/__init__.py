"""Standin: self-hosted team chat that answers for you while you are busy.

Importing this package loads nothing else. gunicorn's master imports the worker class from below it before it
forks, and whatever opens connections must not load before gevent has patched the worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The app of one process: everything, or the role that the settings name.

    Exits with one line when the settings are wrong or the database cannot be used.
    """
    from app import wiring

    return wiring.build(settings)
