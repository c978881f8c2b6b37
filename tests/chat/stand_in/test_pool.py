"""How many calls to the provider go on at once."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from app.ai import FailureReason, ProviderFailed
from app.chat.stand_in import pool


def test_only_so_many_ask_at_once_and_who_waits_too_long_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CALL_WAIT_SECONDS", 0.2)
    hangs, asking = Event(), []

    def ask(number: int) -> None:
        with pool.one_of_few():
            asking.append(number)
            hangs.wait()

    askers = [pool.spawn(ask, number) for number in range(pool.MOST_CALLS)]
    gevent.sleep(0)
    assert asking == list(range(pool.MOST_CALLS))
    with pytest.raises(ProviderFailed) as refused, pool.one_of_few():
        asking.append("one more")
    assert refused.value.reason is FailureReason.TIMEOUT
    assert "one more" not in asking
    hangs.set()
    gevent.joinall(askers, timeout=10, raise_error=True)
    with pool.one_of_few():
        asking.append("later")
    assert asking[-1] == "later"
