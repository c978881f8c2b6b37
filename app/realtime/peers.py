"""What has come from the other processes, to notice what has not: lost on the way, or never sent by one that died."""

from __future__ import annotations

SILENT_SECONDS = 5.0


class Peers:
    """The last publication of each other process. They number them from 1 on and are never silent for long.

    Times are seconds on one steady clock.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, float]] = {}

    def hear(self, peer: str, number: int, now: float) -> int:
        """Note a publication. Returns how many of that process's are missing before it.

        Less than 0: it comes late, behind one that was noted before, and must not be used any more.
        """
        last, _ = self._last.get(peer, (0, now))
        self._last[peer] = (max(last, number), now)
        return number - last - 1

    def forget_silent(self, now: float) -> list[str]:
        """Those who have ended, or are cut off. If one of them comes back, everything it has ever sent is missing."""
        silent = [peer for peer, (_, heard_at) in self._last.items() if now - heard_at > SILENT_SECONDS]
        for peer in silent:
            del self._last[peer]
        return silent
