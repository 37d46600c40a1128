"""Places and paces: who gets in, how fast each may speak."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.hub.admission import LIMITS, MESSAGE_MAX, SOCKETS_PER_VIEWER, Doorkeeper, Limit, Pace


@pytest.mark.parametrize("role", LIMITS)
def test_a_role_takes_as_many_as_it_has_places(role: str) -> None:
    doors = Doorkeeper()
    for _ in range(LIMITS[role].places):
        assert doors.enter(role)
    assert not doors.enter(role)
    assert doors.inside()[role] == LIMITS[role].places


def test_a_crowd_of_viewers_keeps_no_tablet_out() -> None:
    doors = Doorkeeper()
    while doors.enter("viewer"):
        pass
    assert doors.enter("seat")
    assert doors.enter("overlay")
    assert doors.enter("staff")


def test_a_place_that_was_left_is_free_again() -> None:
    doors = Doorkeeper()
    while doors.enter("staff"):
        pass
    doors.leave("staff")
    assert doors.enter("staff")
    assert not doors.enter("staff")


def test_one_viewer_may_have_a_few_tabs_open_and_not_one_more() -> None:
    doors = Doorkeeper()
    for _ in range(SOCKETS_PER_VIEWER):
        assert doors.enter("viewer", b"one")
    assert not doors.enter("viewer", b"one")
    assert doors.enter("viewer", b"other")
    doors.leave("viewer", b"one")
    assert doors.enter("viewer", b"one")
    assert not doors.enter("viewer", b"one")


def test_a_viewer_who_is_turned_away_takes_no_place() -> None:
    doors = Doorkeeper()
    for _ in range(SOCKETS_PER_VIEWER + 5):
        doors.enter("viewer", b"one")
    assert doors.inside()["viewer"] == SOCKETS_PER_VIEWER


def test_who_is_inside_is_told_for_every_role() -> None:
    doors = Doorkeeper()
    assert doors.inside() == dict.fromkeys(LIMITS, 0)
    doors.enter("seat")
    doors.enter("viewer", b"one")
    doors.enter("viewer", b"two")
    doors.leave("viewer", b"one")
    assert doors.inside() == {**dict.fromkeys(LIMITS, 0), "seat": 1, "viewer": 1}


def test_a_viewer_who_left_is_forgotten() -> None:
    doors = Doorkeeper()
    for number in range(1000):
        viewer = b"%d" % number
        assert doors.enter("viewer", viewer)
        doors.leave("viewer", viewer)
    assert doors == Doorkeeper()


def test_no_role_may_send_more_than_the_socket_takes() -> None:
    assert max(limit.bytes_max for limit in LIMITS.values()) == MESSAGE_MAX
    # A console sends whole rundowns, a voter one ballot.
    assert LIMITS["staff"].bytes_max > LIMITS["viewer"].bytes_max


class Hand:
    """A clock that is set."""

    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        return self.ms


LIMIT = Limit(places=1, rate=5, burst=20, bytes_max=1)


def test_a_burst_is_let_through_and_nothing_after_it() -> None:
    pace = Pace(LIMIT, Hand())
    assert [pace.allows() for _ in range(21)] == [True] * 20 + [False]


def test_patience_earns_messages_at_the_rate() -> None:
    now = Hand()
    pace = Pace(LIMIT, now)
    for _ in range(20):
        pace.allows()
    now.ms += 199
    assert not pace.allows()
    now.ms += 1
    assert pace.allows()
    assert not pace.allows()
    now.ms += 1_000
    assert [pace.allows() for _ in range(6)] == [True] * 5 + [False]


def test_silence_earns_a_burst_and_no_more() -> None:
    now = Hand()
    pace = Pace(LIMIT, now)
    now.ms += 3_600_000
    assert sum(pace.allows() for _ in range(100)) == 20


@given(st.lists(st.integers(0, 2_000), max_size=80))
def test_no_pattern_gets_more_through_than_rate_and_burst(pauses: list[int]) -> None:
    now = Hand()
    pace = Pace(LIMIT, now)
    through = 0
    for pause in pauses:
        now.ms += pause
        through += pace.allows()
    assert through <= LIMIT.burst + sum(pauses) * LIMIT.rate / 1000
