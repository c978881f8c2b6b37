"""Commands for whoever runs the server: `flask chat ...`."""

from __future__ import annotations

from flask.cli import AppGroup

chat = AppGroup("chat", help="Export and import what was said.")
