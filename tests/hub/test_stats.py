"""What the server knows of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.hub.stats import SAMPLES_MAX, WINDOW_MS, Delays, make


class Hand:
    def __init__(self) -> None:
        self.ms = 50_000

    def __call__(self) -> int:
        return self.ms


def delays(*samples: float) -> Delays:
    found = Delays(Hand())
    for sample in samples:
        found.add([sample])
    return found


@pytest.mark.parametrize(
    ("samples", "p50", "p95"),
    [
        ((), 0.0, 0.0),
        ((7,), 7.0, 7.0),
        ((1, 2), 1.0, 2.0),
        ((3, 1, 2), 2.0, 3.0),
        (range(1, 21), 10.0, 19.0),
        (range(1, 101), 50.0, 95.0),
        ((0.25, 0.75), 0.2, 0.8),
    ],
)
def test_percentiles_are_of_the_nearest_rank(
    samples: tuple[float, ...], p50: float, p95: float
) -> None:
    found = delays(*samples)
    assert (found.percentile(50), found.percentile(95)) == (p50, p95)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=200), st.integers(1, 100))
def test_at_least_so_many_percent_were_as_fast(samples: list[int], percent: int) -> None:
    value = delays(*samples).percentile(percent)
    as_fast = sum(sample <= value for sample in samples)
    faster = sum(sample < value for sample in samples)
    assert value in samples
    assert as_fast * 100 >= percent * len(samples) > faster * 100


def test_what_is_older_than_half_a_minute_is_forgotten() -> None:
    now = Hand()
    found = Delays(now)
    found.add([900])
    now.ms += 1
    found.add([5])
    now.ms += WINDOW_MS - 1
    assert found.percentile(95) == 900
    now.ms += 1
    assert found.percentile(95) == 5
    now.ms += 1
    assert found.percentile(95) == 0.0


def test_of_many_delays_the_newest_are_kept() -> None:
    found = delays(*[900.0] * SAMPLES_MAX, *[1.0] * SAMPLES_MAX)
    assert found.percentile(100) == 1.0


def test_every_delay_is_in_its_bucket_for_ever() -> None:
    now = Hand()
    found = Delays(now)
    found.add([0, 1, 1.5, 2_500, 2_501])
    now.ms += WINDOW_MS * 2
    found.add([1])
    assert sum(found.buckets) == 6
    assert (found.buckets[0], found.buckets[1], found.buckets[-2], found.buckets[-1]) == (
        3,
        1,
        1,
        1,
    )
    assert found.sum_ms == 5_004.5


def test_batches_are_counted() -> None:
    stats = make(Hand())
    stats.committed(4)
    stats.committed(6)
    assert stats.commit.percentile(50) == 4
    assert stats.batches == 2
