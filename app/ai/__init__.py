"""What the stand-in says: plain values in, text out.

`assistant` decides what to say, `prompts` holds the wording, `client` is the one door to the provider.
Importing this package loads none of them.
"""

from __future__ import annotations

from app.ai.errors import FailureReason, ProviderError, ProviderFailed, ProviderNotConfigured

__all__ = ["FailureReason", "ProviderError", "ProviderFailed", "ProviderNotConfigured"]
