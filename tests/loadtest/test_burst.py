"""The whole way in small: 200 seats through the real generator; recount = tally = heard."""

import math
from dataclasses import replace

import pytest

from loadtest import measure
from loadtest.frames import Heard
from loadtest.livevote_server import Livevote
from loadtest.machine import raise_file_limit
from loadtest.measure import Figures, Plan
from loadtest.scenarios import BY_NAME
from loadtest.subject import Ballots, Void

BURST = replace(BY_NAME["burst"], against=())


def test_the_studio_burst_is_counted_to_the_last_ballot() -> None:
    raise_file_limit()
    figures = Figures()
    measure.play(BURST, Plan(rounds=1), figures)
    assert figures.void == {}
    assert figures.missing == {}
    # The warm-up and one round, a ballot each.
    assert figures.checked["burst"].startswith("recount = tally = heard: 400 ballots of 200 voters")
    found = figures.rounds["burst"]["livevote"]
    assert found["votes"] == [200]
    for name in ("votes_per_s", "ack_p50_ms", "ack_p99_ms", "cpu_us_per_vote"):
        [value] = found[name]
        assert math.isfinite(value)
        assert value > 0
    # A generator that spins would have its core for itself.
    assert found["generator_percent"][0] < 90


def test_a_ballot_that_the_audience_did_not_cast_makes_the_run_void(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check can fail: one voter's memory is changed before the end."""
    verdict = Livevote.verdict

    def forgetful(subject: Livevote) -> str:
        told = subject.ballots
        told.last[0] = 1 if told.last[0] != 1 else 2
        return verdict(subject)

    monkeypatch.setattr(Livevote, "verdict", forgetful)
    figures = Figures()
    small = replace(BURST, sockets=20, voters=20)
    measure.play(small, Plan(rounds=1), figures)
    assert "the audience heard" in figures.void["burst"]


def test_answers_are_of_the_oldest_ballot_and_the_last_counted_one_stands() -> None:
    ballots = Ballots()
    assert [ballots.plan(5, value) for value in (1, 2, 3)] == [1, 2, 3]
    ballots.note([Heard(5, 10, True), Heard(5, 10, True)], sent=3)
    assert (ballots.counted, ballots.last, ballots.unanswered) == (2, {5: 2}, 1)
    assert ballots.plan(5, 1) == 4


def test_a_scenario_that_goes_wrong_is_void_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise Void("somebody was not answered")

    monkeypatch.setitem(measure.KINDS, "burst", broken)
    figures = Figures()
    measure.play(BURST, Plan(), figures)
    assert figures.void == {"burst": "somebody was not answered"}
