"""The kill switch: whether anything is asked of a provider at all.

The setting STANDIN_AI turns it off for good; beside it an administrator can while everything runs. That is kept in the
workspace and read before every call, so that it holds in every process at once.
"""

from __future__ import annotations

from app.auth.workspace import Workspace
from app.chat import broadcasts

_is_on_by_settings = True


def configure(*, is_on: bool) -> None:
    """What the settings say. Called at app start."""
    global _is_on_by_settings  # noqa: PLW0603 - as process-wide as the provider
    _is_on_by_settings = is_on


def is_on_by_settings() -> bool:
    return _is_on_by_settings


def is_on() -> bool:
    """Whether stand-ins may ask now."""
    return _is_on_by_settings and not Workspace.are_stand_ins_off()


def turn(*, on: bool) -> None:
    """Let stand-ins ask, or not any more; then what is being written ends as it is."""
    Workspace.turn_stand_ins(on=on)
    if not on:
        broadcasts.stop_all_streams()
