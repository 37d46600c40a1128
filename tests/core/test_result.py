"""From counts to the aired figure, checked against brute force on every single ballot."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.names import Names
from livevote.core.result import (
    Result,
    Standing,
    compute,
    estimate,
    figure_text,
    half_up,
    level_of,
    percent_text,
    rank,
)
from livevote.core.rules import (
    BANDS,
    PANELS,
    Admission,
    Band,
    Estimator,
    EstimatorKind,
    Level,
    Panel,
    PanelRole,
    Rules,
    TieBreak,
    Unit,
)
from livevote.core.scale import POINTS_100, SATISFACTION, Bucket, Scale
from livevote.core.tally import Tally

from .examples import changed, counts_on, estimators, rules_and_tallies, scales, some_result

STUDIO, ONLINE = PANELS
BOTH = changed(Rules(), scale=POINTS_100)

# --- rounding and writing ---


@given(
    st.integers(-(10**12), 10**12), st.integers(0, 8), st.integers(0, 8), st.sampled_from(range(4))
)
def test_rounding_is_that_of_decimal_half_up(over: int, twos: int, fives: int, places: int) -> None:
    under = 2**twos * 5**fives  # every such fraction ends, so Decimal holds it exactly
    exact = Decimal(over) / Decimal(under)
    assert Fraction(exact) == Fraction(over, under)
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert half_up(Fraction(over, under), places) == int(rounded.scaleb(places))


@given(st.fractions(), st.integers(0, 3))
def test_rounding_never_moves_a_figure_by_more_than_half(exact: Fraction, places: int) -> None:
    assert abs(Fraction(half_up(exact, places), 10**places) - exact) * 10**places <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("exact", "places", "text"),
    [
        (Fraction(8725, 100), 1, "87.3"),
        (Fraction(8735, 100), 1, "87.4"),
        (Fraction(8724999, 100000), 1, "87.2"),
        (Fraction(5, 10), 0, "1"),
        (Fraction(-5, 10), 0, "-1"),
        (Fraction(-25, 1000), 2, "-0.03"),
        (Fraction(-4, 1000), 2, "0.00"),
        (Fraction(100), 3, "100.000"),
        (Fraction(2, 3), 1, "0.7"),
    ],
)
def test_a_half_goes_away_from_zero(exact: Fraction, places: int, text: str) -> None:
    assert figure_text(half_up(exact, places), places) == text


@given(st.integers(-(10**6), 10**6), st.integers(0, 3))
def test_a_figure_reads_back_as_the_number_it_shows(scaled: int, places: int) -> None:
    text = figure_text(scaled, places)
    assert Fraction(text) * 10**places == scaled
    assert re.fullmatch(r"-?(0|[1-9]\d*)" + (r"\.\d" + f"{{{places}}}" if places else ""), text)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_a_percentage_is_a_rounded_share_of_a_hundred(part: int, whole: int, places: int) -> None:
    shown = Fraction(percent_text(part, whole, places))
    assert abs(shown - Fraction(100 * part, whole)) <= Fraction(1, 2 * 10**places)


def test_percent_of_nothing_is_not_shown() -> None:
    assert percent_text(0, 0) == ""
    assert percent_text(0, 7) == "0.0"
    assert percent_text(7, 7) == "100.0"
    assert percent_text(1, 8, 2) == "12.50"
    assert percent_text(2, 3, 0) == "67"


# --- estimators ---


def expanded(scale: Scale, counts: dict[int, int]) -> list[Bucket]:
    """Every single ballot as the bucket it chose, fewest points first."""
    of = {bucket.value: bucket for bucket in scale.buckets}
    ballots = [of[value] for value, count in counts.items() for _ in range(count)]
    return sorted(ballots, key=lambda bucket: bucket.points)


def by_hand(estimator: Estimator, ballots: list[Bucket]) -> Fraction:
    """The figure by its definition, one ballot at a time."""
    points = [Fraction(bucket.points) for bucket in ballots]
    if estimator.kind is EstimatorKind.MEAN:
        return mean(points)
    if estimator.kind is EstimatorKind.MEDIAN:
        return median(points)
    if estimator.kind is EstimatorKind.TRIMMED_MEAN:
        for _ in range(len(points) * estimator.trim_percent // 100):
            points = points[1:-1]
        return mean(points)
    if estimator.kind is EstimatorKind.SATISFACTION:
        return mean([Fraction(100 * bucket.satisfied) for bucket in ballots])
    return mean([Fraction(100 * (bucket.value in estimator.share_of)) for bucket in ballots])


@given(st.data())
@pytest.mark.parametrize("kind", EstimatorKind)
def test_an_estimate_is_what_counting_ballot_by_ballot_gives(
    kind: EstimatorKind, data: st.DataObject
) -> None:
    scale = data.draw(scales)
    estimator = data.draw(estimators(scale, [kind]))
    counts = data.draw(counts_on(scale, st.integers(0, 30)))
    ballots = expanded(scale, counts)
    assert estimate(estimator, scale, counts) == (by_hand(estimator, ballots) if ballots else None)


@pytest.mark.parametrize(
    ("estimator", "counts", "exact"),
    [
        (Estimator(), {100: 1}, Fraction(100)),
        (Estimator(), {0: 1, 100: 2}, Fraction(200, 3)),
        (Estimator(EstimatorKind.MEDIAN), {10: 1, 20: 1, 90: 1}, Fraction(20)),
        (Estimator(EstimatorKind.MEDIAN), {10: 1, 21: 1}, Fraction(31, 2)),
        (Estimator(EstimatorKind.TRIMMED_MEAN, 10), {0: 1, 50: 8, 100: 1}, Fraction(50)),
        (Estimator(EstimatorKind.TRIMMED_MEAN, 10), {0: 1, 50: 8}, Fraction(400, 9)),
        (Estimator(EstimatorKind.SATISFACTION), {59: 1, 60: 1, 100: 2}, Fraction(75)),
        (Estimator(EstimatorKind.SHARE, share_of=(0, 100)), {0: 1, 50: 3, 100: 1}, Fraction(40)),
    ],
)
def test_estimates_of_a_hundred_point_vote(
    estimator: Estimator, counts: dict[int, int], exact: Fraction
) -> None:
    assert estimate(estimator, POINTS_100, counts) == exact


def test_a_million_ballots_are_estimated_exactly() -> None:
    counts = {0: 333_333, 50: 333_334, 99: 333_333}
    assert estimate(Estimator(), POINTS_100, counts) == Fraction(49_666_667, 1_000_000)
    assert estimate(Estimator(EstimatorKind.MEDIAN), POINTS_100, counts) == 50


# --- panels, weights, quorum ---


@given(rules_and_tallies())
def test_the_figure_is_the_weighted_mean_of_the_panels_that_count(
    drawn: tuple[Rules, dict[str, int], Tally],
) -> None:
    rules, eligible, tally = drawn
    result = compute(rules, eligible, tally)
    parts = [
        (panel.weight, estimate(panel.estimator, rules.scale, tally.panel(panel.id)))
        for panel in rules.panels
        if panel.role is PanelRole.COUNTING and tally.n(panel.id) >= max(panel.quorum, 1)
    ]
    if not parts:
        assert (result.figure, result.exact, result.level) == ("", "", None)
        return
    exact = sum(w * e for w, e in parts if e is not None) / Fraction(sum(w for w, _ in parts))
    assert Fraction(result.exact) == exact
    assert result.figure == figure_text(half_up(exact, rules.decimals), rules.decimals)


@given(rules_and_tallies())
def test_every_panel_that_takes_ballots_is_shown_with_its_counts(
    drawn: tuple[Rules, dict[str, int], Tally],
) -> None:
    rules, eligible, tally = drawn
    result = compute(rules, eligible, tally)
    shown = [panel for panel in rules.panels if panel.role is not PanelRole.OFF]
    assert [row.panel for row in result.panels] == [panel.id for panel in shown]
    for row, panel in zip(result.panels, shown, strict=True):
        assert [value for value, _ in row.counts] == [b.value for b in rules.scale.buckets]
        assert {v: c for v, c in row.counts if c} == {
            v: c for v, c in tally.panel(panel.id).items() if c
        }
        assert row.n == tally.n(panel.id)
        assert eligible.get(panel.id, 0) == row.N
        assert row.quorum_met == (row.n >= panel.quorum)
        assert bool(row.figure) == bool(row.satisfied) == (row.n > 0)
        assert row.weight == (panel.weight if panel.role is PanelRole.COUNTING else 0)


@given(rules_and_tallies())
def test_turnout_keeps_seats_and_viewers_apart(
    drawn: tuple[Rules, dict[str, int], Tally],
) -> None:
    rules, eligible, tally = drawn
    result = compute(rules, eligible, tally)
    on = [panel for panel in rules.panels if panel.role is not PanelRole.OFF]
    seated = [panel.id for panel in on if panel.admission is Admission.SEATS]
    viewers = [panel.id for panel in on if panel.admission is Admission.VIEWERS]
    assert result.n == sum(tally.n(panel) for panel in seated)
    assert sum(eligible[panel] for panel in seated) == result.N
    assert result.online == sum(tally.n(panel) for panel in viewers)
    assert result.size == tally.size
    assert result.unit is rules.unit


@given(rules_and_tallies(), st.integers(1, 1000), st.sampled_from(Level))
def test_an_advisory_panel_never_moves_the_figure(
    drawn: tuple[Rules, dict[str, int], Tally], weight: int, level: Level
) -> None:
    rules, eligible, tally = drawn
    jury = Panel("jury", Names("专家团"), Admission.SEATS, PanelRole.ADVISORY, weight)
    value = rules.scale.buckets[-1].value
    with_jury = compute(
        changed(rules, panels=(jury, *rules.panels)),
        {**eligible, "jury": 9},
        Tally({**tally.counts, "jury": {value: 9}}, tally.size),
    )
    without = compute(rules, eligible, tally)
    assert (with_jury.figure, with_jury.exact, with_jury.satisfied, with_jury.level) == (
        without.figure,
        without.exact,
        without.satisfied,
        without.level,
    )
    assert with_jury.n == without.n + 9


def result_of(rules: Rules, studio: dict[int, int], online: dict[int, int]) -> Result:
    size = sum(studio.values()) + sum(online.values())
    return compute(rules, {"studio": 200}, Tally({"studio": studio, "online": online}, size))


def test_seven_to_three_weighs_seven_to_three() -> None:
    result = result_of(BOTH, {90: 200}, {50: 10_000})
    assert (result.figure, result.exact, result.level) == ("78.0", "78/1", Level.MID)
    assert (result.n, result.N, result.online) == (200, 200, 10_000)


@pytest.mark.parametrize(
    ("studio_quorum", "online_quorum", "figure"),
    [(1, 1, "78.0"), (1, 101, "90.0"), (3, 1, "50.0"), (3, 101, ""), (2, 100, "78.0")],
)
def test_a_panel_below_its_quorum_gives_its_weight_to_the_others(
    studio_quorum: int, online_quorum: int, figure: str
) -> None:
    panels = (changed(STUDIO, quorum=studio_quorum), changed(ONLINE, quorum=online_quorum))
    result = result_of(changed(BOTH, panels=panels), {90: 2}, {50: 100})
    assert result.figure == figure
    assert [row.counts_in_result for row in result.panels] == [
        studio_quorum <= 2,
        online_quorum <= 100,
    ]
    # What the panel itself thinks is still there to be shown.
    assert [row.figure for row in result.panels] == ["90.0", "50.0"]


def test_a_panel_without_ballots_counts_for_nothing_even_with_quorum_zero() -> None:
    panels = (STUDIO, changed(ONLINE, quorum=0))
    result = result_of(changed(BOTH, panels=panels), {90: 2}, {})
    assert result.figure == "90.0"
    assert result.panels[1].quorum_met
    assert not result.panels[1].counts_in_result


def test_nobody_voted() -> None:
    result = result_of(BOTH, {}, {})
    assert (result.figure, result.exact, result.level, result.satisfied) == ("", "", None, "")
    assert (result.n, result.N, result.online, result.size) == (0, 200, 0, 0)
    assert result.unit is Unit.POINTS


def test_one_vote_is_a_figure() -> None:
    result = result_of(BOTH, {100: 1}, {})
    assert (result.figure, result.satisfied, result.level) == ("100.0", "100.0", Level.GOOD)


def test_satisfied_is_pooled_over_the_panels_that_count() -> None:
    result = result_of(BOTH, {60: 1}, {0: 2})
    assert result.satisfied == "33.3"
    without_online = changed(BOTH, panels=(STUDIO, changed(ONLINE, quorum=3)))
    assert result_of(without_online, {60: 1}, {0: 2}).satisfied == "100.0"


def test_labels_are_worth_their_points() -> None:
    studio = Rules(scale=SATISFACTION, panels=(STUDIO,))
    result = compute(studio, {"studio": 4}, Tally({"studio": {1: 2, 2: 1, 3: 1}}, 4))
    assert (result.figure, result.satisfied) == ("65.0", "75.0")
    assert result.panels[0].counts == ((1, 2), (2, 1), (3, 1))


# --- bands ---


@pytest.mark.parametrize(
    ("counts", "figure", "level"),
    [
        ({79: 1, 80: 19}, "80.0", Level.GOOD),  # 79.95 is shown as 80.0
        ({79: 1, 80: 17}, "79.9", Level.MID),  # 79.944…
        ({80: 1}, "80.0", Level.GOOD),
        ({60: 1}, "60.0", Level.MID),
        ({59: 1, 60: 9}, "59.9", Level.POOR),
        ({0: 1}, "0.0", Level.POOR),
    ],
)
def test_the_band_is_that_of_the_figure_people_read(
    counts: dict[int, int], figure: str, level: Level
) -> None:
    result = result_of(changed(BOTH, panels=(STUDIO,)), counts, {})
    assert (result.figure, result.level) == (figure, level)


@given(st.integers(-2_000_000, 2_000_000), st.integers(0, 3))
def test_a_band_begins_exactly_at_its_floor(scaled: int, places: int) -> None:
    reached = [band for band in BANDS if Fraction(scaled, 10**places) >= band.floor]
    assert level_of(BANDS, scaled, places) == (reached[0].level if reached else None)


def test_a_figure_below_every_band_has_no_level() -> None:
    bands = (Band(60, Level.GOOD, Names("及格")),)
    assert level_of(bands, 599, 1) is None
    assert level_of((), 1000, 1) is None


# --- the board ---


def standing(position: int, figure: str, **fields: Any) -> Standing:
    result = changed(some_result(), figure=figure, **fields)
    return Standing(f"s{position}", f"run{position}", position, result)


def ranks(tie_breaks: tuple[TieBreak, ...], *standings: Standing) -> list[tuple[int, str]]:
    return [(row.rank, row.segment) for row in rank(standings, tie_breaks)]


def test_equal_figures_share_a_rank_and_the_next_one_is_skipped() -> None:
    board = ranks((), standing(1, "70.0"), standing(2, "90.0"), standing(3, "90.0"))
    assert board == [(1, "s2"), (1, "s3"), (3, "s1")]


def test_the_highest_figure_leads_also_below_zero_and_with_more_digits() -> None:
    board = ranks(
        (), standing(1, "9.5"), standing(2, "-3.0"), standing(3, "100.0"), standing(4, "-20.0")
    )
    assert board == [(1, "s3"), (2, "s1"), (3, "s2"), (4, "s4")]


def test_a_tie_is_broken_by_satisfaction() -> None:
    one, other = standing(1, "80.0", satisfied="9.0"), standing(2, "80.0", satisfied="10.0")
    assert ranks((TieBreak.SATISFIED,), one, other) == [(1, "s2"), (2, "s1")]
    assert ranks((), one, other) == [(1, "s1"), (1, "s2")]


def test_a_tie_is_broken_by_the_number_of_voters_in_the_room_and_at_home() -> None:
    one, other = standing(1, "80.0", n=10, online=0), standing(2, "80.0", n=5, online=6)
    assert ranks((TieBreak.VOTERS,), one, other) == [(1, "s2"), (2, "s1")]


def test_a_tie_is_broken_by_the_rundown() -> None:
    board = ranks((TieBreak.RUNDOWN,), standing(2, "80.0"), standing(1, "80.0"))
    assert board == [(1, "s1"), (2, "s2")]


def test_tie_breaks_are_asked_in_their_order() -> None:
    one = standing(1, "80.0", satisfied="90.0", n=1)
    other = standing(2, "80.0", satisfied="80.0", n=9)
    assert ranks((TieBreak.SATISFIED, TieBreak.VOTERS), one, other)[0] == (1, "s1")
    assert ranks((TieBreak.VOTERS, TieBreak.SATISFIED), one, other)[0] == (1, "s2")


def test_a_segment_without_a_figure_stands_last_without_a_rank() -> None:
    board = ranks((), standing(1, ""), standing(2, "-5.0"), standing(3, ""), standing(4, "0.0"))
    assert board == [(1, "s4"), (2, "s2"), (0, "s1"), (0, "s3")]


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8
    ),
    st.lists(st.sampled_from(TieBreak), unique=True).map(tuple),
    st.randoms(use_true_random=False),
)
def test_a_rank_is_one_more_than_the_number_of_those_who_are_better(
    drawn: list[tuple[int, int, int]], tie_breaks: tuple[TieBreak, ...], chance: Any
) -> None:
    def better(one: int, other: int) -> bool:
        keys = {TieBreak.SATISFIED: 1, TieBreak.VOTERS: 2}
        for place in (0, *(keys.get(tie_break, -1) for tie_break in tie_breaks)):
            mine, theirs = (-one, -other) if place < 0 else (drawn[one][place], drawn[other][place])
            if mine != theirs:
                return mine > theirs
        return False

    standings = [
        standing(i, f"{figure}.0", satisfied=f"{satisfied}.0", n=n)
        for i, (figure, satisfied, n) in enumerate(drawn)
    ]
    chance.shuffle(standings)
    board = rank(standings, tie_breaks)
    everyone = range(len(drawn))
    assert {row.segment: row.rank for row in board} == {
        f"s{i}": 1 + sum(better(other, i) for other in everyone) for i in everyone
    }
    # Those who share a rank stand in the order of the rundown.
    order = [(row.rank, int(row.segment[1:])) for row in board]
    assert order == sorted(order)


def test_a_row_shows_what_the_result_shows() -> None:
    only = standing(1, "80.0")
    (row,) = rank([only], ())
    assert (row.segment, row.run, row.figure) == ("s1", "run1", "80.0")
    assert (row.level, row.n, row.N, row.online) == (Level.GOOD, 3, 3, 0)
