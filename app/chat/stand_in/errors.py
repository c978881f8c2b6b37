"""Why the AI does not answer who asks it."""

from __future__ import annotations

from http import HTTPStatus

from app.errors import Conflict, StandinError, Unavailable
from app.language import N_


class AssistantUnavailable(Unavailable):
    code = "assistant_unavailable"
    message = N_("There is no AI to ask here at the moment: it is not set up, or an administrator has switched it off.")


class AssistantLimit(StandinError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, "assistant_limit"
    message = N_("You have asked the AI as much as you may for now. Try again later: each day begins anew at 0:00 UTC.")


class AssistantFailed(StandinError):
    status, code = HTTPStatus.BAD_GATEWAY, "assistant_failed"
    message = N_("The AI did not answer properly. Try again in a moment.")


class StillStreaming(Conflict):
    code = "still_streaming"
    message = N_("This answer is still being written. Stop it first.")
