"""What can go wrong with the provider, in words that are safe to log and to keep."""

from __future__ import annotations

from enum import StrEnum


class FailureReason(StrEnum):
    """Why no answer came. The values are stable: they are kept in audits."""

    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad_answer"
    SERVER_ERROR = "server_error"


PASSING = frozenset(
    {
        FailureReason.TIMEOUT,
        FailureReason.RATE_LIMITED,
        FailureReason.UNREACHABLE,
        FailureReason.SERVER_ERROR,
    }
)


class ProviderError(Exception):
    """No answer could be had: either of the two below."""


class ProviderNotConfigured(ProviderError):
    """There is no API key, so there is no provider to ask."""


class ProviderFailed(ProviderError):
    """The provider was asked and did not answer properly.

    The text holds the reason and at most the name of an exception or a status code: what a provider writes in
    its errors may repeat a key or a message, so none of it is taken over.
    """

    def __init__(self, reason: FailureReason, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{reason} ({detail})" if detail else str(reason))
        self.reason = reason
        self.retry_after = retry_after
        """Seconds that the provider asked to wait before the next try, if it did."""

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.reason in PASSING
