"""Facts that the rest of the house may want to know. Auth announces them and does not know who listens."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

user_signed_up = _signals.signal("user-signed-up")
"""Sent with the new User."""

workspace_begun = _signals.signal("workspace-begun")
"""Sent with the User who signed up first and gave the workspace a name."""

user_changed = _signals.signal("user-changed")
"""Sent with the User whose name, role or picture is a new one."""

role_changed = _signals.signal("role-changed")
"""Sent with the User who has another role."""

session_revoked = _signals.signal("session-revoked")
"""Sent with the id (str) of a session that this process has revoked."""
