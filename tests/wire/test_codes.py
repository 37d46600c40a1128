"""Close codes: each has its rule, and each rule is one a client can follow."""

from __future__ import annotations

import pytest

from livevote.wire.codes import CLOSES, Close


def test_every_code_has_a_rule() -> None:
    assert set(CLOSES) == set(Close)


@pytest.mark.parametrize("close", Close)
def test_a_code_is_one_that_a_server_may_send(close: Close) -> None:
    """RFC 6455, 7.4: the first four are registered, 4000 to 4999 are ours."""
    assert close in (1001, 1002, 1007, 1009) or 4000 <= close <= 4999


@pytest.mark.parametrize("close", Close)
def test_only_who_may_come_back_is_told_when(close: Close) -> None:
    rule = CLOSES[close]
    assert rule.after_ms == 0 or (rule.come_back and 0 < rule.after_ms <= 10_000)
    assert rule.meaning == rule.meaning.strip() != ""


def test_who_is_not_welcome_stays_away_and_who_is_cut_comes_back() -> None:
    stays_away = {close for close, rule in CLOSES.items() if not rule.come_back}
    assert stays_away == {
        Close.TOO_BIG,
        Close.BAD_MESSAGE,
        Close.SIGN_IN,
        Close.NOT_ALLOWED,
        Close.DISPLACED,
    }
