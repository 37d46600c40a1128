"""From counts to the aired figure: estimators, weights, rounding, bands, the board.

Everything is computed from integer histograms with exact fractions and
rounded once, here. Overlay, pages, feeds and exports show these figures and
never compute their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from livevote.core.rules import (
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
from livevote.core.scale import Scale
from livevote.core.tally import Tally


def half_up(exact: Fraction, decimals: int) -> int:
    """The one rounding rule: half away from zero, as an integer of 10**-decimals."""
    scaled = abs(exact) * 10**decimals
    rounded: int = floor(scaled + Fraction(1, 2))
    return -rounded if exact < 0 else rounded


def figure_text(scaled: int, decimals: int) -> str:
    """`scaled` units of 10**-decimals as people write it: figure_text(873, 1) == "87.3"."""
    if decimals == 0:
        return str(scaled)
    whole, part = divmod(abs(scaled), 10**decimals)
    return f"{'-' if scaled < 0 else ''}{whole}.{part:0{decimals}d}"


def percent_text(part: int, whole: int, decimals: int = 1) -> str:
    """`part` of `whole` in percent by the one rounding rule; "" where there is no whole."""
    if whole == 0:
        return ""
    return figure_text(half_up(Fraction(100 * part, whole), decimals), decimals)


@dataclass(frozen=True)
class PanelResult:
    """One panel's part. counts: (value, count) for every value of the scale, lowest first.

    N is how many may vote, 0 where nobody knows (viewers). figure is "" without ballots.
    counts_in_result: the panel is counting, has ballots and met its quorum.
    """

    panel: str
    n: int
    N: int
    weight: int
    role: PanelRole
    figure: str
    satisfied: str
    counts: tuple[tuple[int, int], ...]
    quorum_met: bool
    counts_in_result: bool


@dataclass(frozen=True)
class Result:
    """One run's result. figure is "" where no counting panel met its quorum.

    exact: the unrounded figure as "numerator/denominator", for whoever checks.
    n, N: ballots and eligible voters of the panels with seats; online: ballots of viewers.
    """

    unit: Unit
    figure: str
    exact: str
    level: Level | None
    n: int
    N: int
    online: int
    panels: tuple[PanelResult, ...]
    satisfied: str
    size: int


def estimate(estimator: Estimator, scale: Scale, counts: Mapping[int, int]) -> Fraction | None:
    """One panel's figure, exact; None without ballots."""
    n = sum(counts.values())
    if n == 0:
        return None
    if estimator.kind is EstimatorKind.SATISFACTION:
        return Fraction(100 * _satisfied(scale, counts), n)
    if estimator.kind is EstimatorKind.SHARE:
        return Fraction(100 * sum(counts.get(value, 0) for value in estimator.share_of), n)
    points: dict[int, int] = {}
    for bucket in scale.buckets:
        points[bucket.points] = points.get(bucket.points, 0) + counts.get(bucket.value, 0)
    ordered = sorted((p, c) for p, c in points.items() if c)
    if estimator.kind is EstimatorKind.MEDIAN:
        return Fraction(_at(ordered, (n - 1) // 2) + _at(ordered, n // 2), 2)
    trim = estimator.trim_percent if estimator.kind is EstimatorKind.TRIMMED_MEAN else 0
    return _trimmed_mean(ordered, n, trim)


def _satisfied(scale: Scale, counts: Mapping[int, int]) -> int:
    return sum(counts.get(bucket.value, 0) for bucket in scale.buckets if bucket.satisfied)


def _at(ordered: list[tuple[int, int]], position: int) -> int:
    """The points of the ballot at `position` (from 0) when all are sorted by points."""
    seen = 0
    for points, count in ordered:
        seen += count
        if position < seen:
            return points
    raise IndexError(position)


def _trimmed_mean(ordered: list[tuple[int, int]], n: int, trim_percent: int) -> Fraction:
    """Mean after dropping floor(n * trim / 100) ballots at each end."""
    drop = n * trim_percent // 100
    lowest, highest = drop, n - drop
    total = seen = 0
    for points, count in ordered:
        kept = min(seen + count, highest) - max(seen, lowest)
        total += points * max(kept, 0)
        seen += count
    return Fraction(total, highest - lowest)


def compute(rules: Rules, eligible: Mapping[str, int], tally: Tally) -> Result:
    """The result of a tally by the rules.

    A counting panel below its quorum gives its weight to the others; where none is left
    there is no figure. `eligible` is panel id → N for panels with seats.
    """
    rows: list[PanelResult] = []
    weighted = Fraction(0)
    weights = 0
    for panel in rules.panels:
        if panel.role is PanelRole.OFF:
            continue
        exact = estimate(panel.estimator, rules.scale, tally.panel(panel.id))
        row = _panel_result(panel, rules, eligible, tally, exact)
        rows.append(row)
        if row.counts_in_result and exact is not None:
            weighted += panel.weight * exact
            weights += panel.weight
    seated = {p.id for p in rules.panels if p.admission is Admission.SEATS}
    counting = [row for row in rows if row.counts_in_result]
    satisfied, voters = _pooled_satisfied(rules, tally, counting)
    exact_result = weighted / weights if weights else None
    scaled = None if exact_result is None else half_up(exact_result, rules.decimals)
    return Result(
        unit=rules.unit,
        figure="" if scaled is None else figure_text(scaled, rules.decimals),
        exact=""
        if exact_result is None
        else f"{exact_result.numerator}/{exact_result.denominator}",
        level=None if scaled is None else level_of(rules.bands, scaled, rules.decimals),
        n=sum(row.n for row in rows if row.panel in seated),
        N=sum(row.N for row in rows if row.panel in seated),
        online=sum(row.n for row in rows if row.panel not in seated),
        panels=tuple(rows),
        satisfied=percent_text(satisfied, voters, rules.decimals),
        size=tally.size,
    )


def _panel_result(
    panel: Panel,
    rules: Rules,
    eligible: Mapping[str, int],
    tally: Tally,
    exact: Fraction | None,
) -> PanelResult:
    counts = tally.panel(panel.id)
    n = sum(counts.values())
    quorum_met = n >= panel.quorum
    return PanelResult(
        panel=panel.id,
        n=n,
        N=eligible.get(panel.id, 0),
        weight=panel.weight if panel.role is PanelRole.COUNTING else 0,
        role=panel.role,
        figure="" if exact is None else figure_text(half_up(exact, rules.decimals), rules.decimals),
        satisfied=percent_text(_satisfied(rules.scale, counts), n, rules.decimals),
        counts=tuple((b.value, counts.get(b.value, 0)) for b in rules.scale.buckets),
        quorum_met=quorum_met,
        counts_in_result=panel.role is PanelRole.COUNTING and n > 0 and quorum_met,
    )


def _pooled_satisfied(
    rules: Rules, tally: Tally, counting: Iterable[PanelResult]
) -> tuple[int, int]:
    """(satisfied, voters) over the panels in the result, unweighted: for tie-breaks."""
    satisfied = voters = 0
    for row in counting:
        satisfied += _satisfied(rules.scale, tally.panel(row.panel))
        voters += row.n
    return satisfied, voters


def level_of(bands: tuple[Band, ...], scaled: int, decimals: int) -> Level | None:
    """The band of the rounded figure: what people read decides the colour they see."""
    for band in bands:
        if scaled >= band.floor * 10**decimals:
            return band.level
    return None


def scaled_figure(text: str) -> Fraction:
    """A figure's text as the exact number it shows."""
    return Fraction(text)


def difference(then: Result, now: Result, decimals: int) -> str:
    """now less then, with its sign ("+6.5", "0.0"): of the figures that were shown, since that is
    what people subtract. "" where one of them has no figure."""
    if not then.figure or not now.figure:
        return ""
    scaled = half_up(scaled_figure(now.figure) - scaled_figure(then.figure), decimals)
    return f"{'+' if scaled > 0 else ''}{figure_text(scaled, decimals)}"


@dataclass(frozen=True)
class Standing:
    """What the board needs of one revealed run. position: the segment's place in the rundown."""

    segment: str
    run: str
    position: int
    result: Result


@dataclass(frozen=True)
class BoardRow:
    """rank: 1 is best; equal ranks are shared (1, 1, 3). 0 where there is no figure."""

    rank: int
    segment: str
    run: str
    figure: str
    level: Level | None
    n: int
    N: int
    online: int


def rank(standings: Iterable[Standing], tie_breaks: tuple[TieBreak, ...]) -> tuple[BoardRow, ...]:
    """The board: best figure first, ties decided by `tie_breaks`, the rest in rundown order."""
    ordered = sorted(
        standings, key=lambda s: (not s.result.figure, _merit(s, tie_breaks), s.position)
    )
    rows: list[BoardRow] = []
    for place, standing in enumerate(ordered, start=1):
        result = standing.result
        shares = bool(rows) and _merit(standing, tie_breaks) == _merit(
            ordered[place - 2], tie_breaks
        )
        position = rows[-1].rank if shares else place
        rows.append(
            BoardRow(
                rank=position if result.figure else 0,
                segment=standing.segment,
                run=standing.run,
                figure=result.figure,
                level=result.level,
                n=result.n,
                N=result.N,
                online=result.online,
            )
        )
    return tuple(rows)


def _merit(standing: Standing, tie_breaks: tuple[TieBreak, ...]) -> tuple[Fraction, ...]:
    """Smaller is better."""
    result = standing.result
    keys = {
        TieBreak.SATISFIED: -scaled_figure(result.satisfied or "0"),
        TieBreak.VOTERS: Fraction(-(result.n + result.online)),
        TieBreak.RUNDOWN: Fraction(standing.position),
    }
    return (
        -scaled_figure(result.figure or "0"),
        *(keys[tie_break] for tie_break in tie_breaks),
    )
