"""Counting: integers per panel and value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from livevote.core.tally import Tally, count

ballots = st.lists(st.tuples(st.sampled_from(["studio", "online"]), st.integers(0, 4)))


@given(ballots)
def test_every_ballot_is_counted_once(drawn: list[tuple[str, int]]) -> None:
    tally = count(drawn, size=7)
    for panel, value in set(drawn):
        assert tally.panel(panel)[value] == drawn.count((panel, value))
    for panel in ("studio", "online"):
        assert tally.n(panel) == sum(1 for where, _ in drawn if where == panel)
    assert tally.size == 7


@given(ballots, st.randoms(use_true_random=False))
def test_the_order_of_ballots_does_not_matter(drawn: list[tuple[str, int]], chance: object) -> None:
    shuffled = list(drawn)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert count(drawn, size=1).same_counts(count(shuffled, size=2))


@given(ballots.filter(bool))
def test_one_ballot_more_or_elsewhere_is_seen(drawn: list[tuple[str, int]]) -> None:
    tally = count(drawn)
    (panel, value), *rest = drawn
    assert not tally.same_counts(count([*drawn, drawn[0]]))
    assert not tally.same_counts(count(rest))
    assert not tally.same_counts(count([(panel, value + 10), *rest]))
    assert not tally.same_counts(count([("experts", value), *rest]))


def test_a_count_of_zero_is_no_count() -> None:
    """The store leaves zeros behind when people change their minds."""
    left_behind = Tally({"studio": {1: 2, 3: 0}, "online": {1: 0}}, size=5)
    assert left_behind.same_counts(Tally({"studio": {1: 2}}, size=2))
    assert not left_behind.same_counts(Tally({"studio": {1: 2, 3: 1}}))


def test_a_panel_without_ballots_is_empty() -> None:
    assert Tally().panel("studio") == {}
    assert Tally().n("studio") == 0
    assert Tally() == count([]) == Tally({}, 0)
