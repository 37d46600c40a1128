"""A pledge with its date in the rundown, and the segment that looks back on one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from livevote.core import command as cmd
from livevote.core.model import Graphic, GraphicKind, LookBack, Segment, Then
from livevote.core.names import Names
from livevote.core.pledge import State
from livevote.core.result import compute, difference
from livevote.core.rules import Rules
from livevote.core.scale import POINTS_100
from livevote.core.tally import Tally
from livevote.errors import BadInput, WrongPhase

from .examples import HOUSING, SEATS, WATER, told

RULES = Rules()


def test_a_pledge_is_set_field_by_field() -> None:
    story = told(cmd.SetRundown((WATER,)), cmd.SetPledge("water", "打通 3 条河"))
    story.ask(cmd.SetPledge("water", due="2026-12-31", target="通水"))
    segment = story.episode.segments[0]
    assert (segment.pledge, segment.due, segment.target) == ("打通 3 条河", "2026-12-31", "通水")
    assert story.ask(cmd.SetPledge("water", due="")).episode.segments[0].target == "通水"
    with pytest.raises(BadInput) as refused:
        story.ask(cmd.SetPledge("water", due="年底"))
    assert refused.value.where == "due"


def looking_back(day: str = "2026-11-24", then: Then | None = None) -> Segment:
    found = LookBack("p1", 7, day, "打通 3 条河", "2026-10-01", State.OVERDUE, then=then)
    return Segment("back", WATER.unit, lookback=found)


def test_looking_back_puts_a_segment_in_the_rundown_and_then_brings_it_up_to_date() -> None:
    story = told(cmd.SetRundown((WATER,)))
    story.ask(cmd.LookBackOn("p1", before="water", segment=looking_back()))
    assert [segment.id for segment in story.episode.segments] == ["back", "water"]
    newer = replace(looking_back("2026-12-01"), id="other", unit=HOUSING.unit)
    story.ask(cmd.LookBackOn("p1", segment=newer))
    back = story.episode.segments[0]
    assert (len(story.episode.segments), back.id, back.unit) == (2, "back", WATER.unit)
    assert back.lookback == newer.lookback
    story.ask(cmd.Arm("back", run="r1"))
    with pytest.raises(WrongPhase):
        story.ask(cmd.LookBackOn("p1", segment=looking_back("2027-01-01")))


def test_what_is_looked_back_on_is_the_ledgers_word() -> None:
    """Whoever edits the rundown can neither forge it nor lose it."""
    story = told(cmd.SetRundown((replace(looking_back(), id="water"),)))
    assert story.episode.segments[0].lookback is None
    story.ask(cmd.LookBackOn("p1", segment=looking_back()))
    kept = looking_back().lookback
    bare = Segment("back", HOUSING.unit)
    for command in (
        cmd.EditSegment(bare),
        cmd.SetRundown((bare,)),
        cmd.EditSegment(looking_back("2030-01-01")),
    ):
        back = story.ask(command).episode.segment("back")
        assert back
        assert back.lookback == kept


def test_a_look_back_is_scored_by_the_rules_of_then_and_by_nobody_elses() -> None:
    old = replace(RULES, scale=POINTS_100, decimals=0)
    result = compute(old, {}, Tally())
    then = Then(Names("上一期"), "R01", 1, result, old, old.hash())
    story = told(cmd.SetRules(RULES), cmd.SetRundown((WATER,)), cmd.SetRoster(SEATS))
    story.ask(cmd.LookBackOn("p1", segment=looking_back(then=then)))
    story.ask(cmd.Arm("back", run="r1"))
    run = story.episode.runs[-1]
    assert (run.rules, run.rules_hash) == (old, old.hash())
    assert run.eligible == story.episode.eligible(old)
    assert story.episode.rules == RULES != old


def test_a_look_back_card_is_for_a_segment_that_looks_back() -> None:
    story = told(cmd.SetRundown((WATER,)), cmd.LookBackOn("p1", segment=looking_back()))
    with pytest.raises(WrongPhase):
        story.ask(cmd.Cue("lookback", "water"))
    story.ask(cmd.Take("lookback", "back"))
    assert story.episode.programme == (Graphic(GraphicKind.LOOKBACK, "back"),)
    story.ask(cmd.Take("delivery", "water"))
    assert story.episode.programme == (Graphic(GraphicKind.DELIVERY),)


@pytest.mark.parametrize(
    ("then", "now", "shown"),
    [("60.0", "72.5", "+12.5"), ("72.5", "60.0", "-12.5"), ("60.0", "60.0", "0.0"), ("", "1", "")],
)
def test_the_difference_is_of_the_figures_that_were_shown(then: str, now: str, shown: str) -> None:
    empty = compute(RULES, {}, Tally())
    assert difference(replace(empty, figure=then), replace(empty, figure=now), 1) == shown
