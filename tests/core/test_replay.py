"""At every moment a replay shows what was: the fold and the recount of what had come by then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core.ballot import Entry, recount
from livevote.core.fold import empty, fold
from livevote.core.model import GraphicKind, Run
from livevote.core.phase import Phase
from livevote.core.replay import (
    BALLOTS_MAX,
    KINDS,
    SPEED_MAX,
    TAIL_MS,
    Playhead,
    Recording,
    length_ms,
    moved,
)
from livevote.core.result import compute
from livevote.core.tally import Tally
from livevote.errors import BadInput, WrongPhase
from tests.core.examples import Story, told

START = 1_700_000_000_000


def shown() -> tuple[Story, Run]:
    """An episode whose only run was open for a minute, paused in it, closed and revealed; and
    another of the same segment, later."""
    story = told(cmd.Arm("water", run="r1"))
    steps: list[tuple[int, list[cmd.Command]]] = [
        (10_000, [cmd.Open("r1", 60_000)]),
        (20_000, [cmd.SetPledge("water", "年底前"), cmd.Take("bar")]),
        (30_000, [cmd.Pause("r1")]),
        (35_000, [cmd.Resume("r1")]),
        (70_000, [cmd.Close("r1", closed_ms=START + 70_000)]),
        (72_000, [cmd.Finish("r1", size=3)]),
        (80_000, [cmd.Verify("r1", matches=True, size=3)]),
    ]
    for at_ms, commands in steps:
        story.now_ms = START + at_ms
        story.ask(*commands)
    run = story.run("r1")
    story.now_ms = START + 90_000
    result = compute(run.rules, run.eligible, Tally({"studio": {80: 3}}, 3))
    story.ask(cmd.Reveal("r1", result=result))
    story.now_ms = START + 200_000
    story.ask(cmd.Arm("water", "again", run="r2"))
    return story, story.run("r1")


STORY, RUN = shown()


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """A run's log: voters change their minds, and what arrived first may be written later."""
    count = draw(st.integers(0, 25))
    seqs: dict[int, int] = {}
    log = []
    for index in range(1, count + 1):
        voter = draw(st.integers(0, 6))
        seqs[voter] = seqs.get(voter, 0) + draw(st.integers(1, 3))
        panel = "studio" if voter % 2 else "online"
        value = draw(st.sampled_from([1, 2, 3]))
        arrived = RUN.opened_ms + draw(st.integers(0, 60_000))
        log.append(Entry(index, bytes([voter]) * 16, panel, seqs[voter], value, arrived))
    return log


def recording(log: list[Entry]) -> Recording:
    made = Recording("e1", RUN, STORY.log)
    for first in range(0, len(log), 4):
        made.add(log[first : first + 4])
    made.added()
    return made


moments = st.lists(st.integers(-5_000, 150_000), min_size=1, max_size=12)


@given(logs(), moments)
def test_the_count_is_the_recount_of_the_log_until_then_however_one_jumps(
    log: list[Entry], asked: list[int]
) -> None:
    made = recording(log)
    for after_ms in asked:
        tally = made.tally(RUN.opened_ms + after_ms)
        assert tally == recount(log[: tally.size])
        # Up to there everything had arrived, and the next had not, or waited for one before it.
        waits = max((e.received_ms for e in log[: tally.size + 1]), default=0)
        assert all(e.received_ms <= RUN.opened_ms + after_ms for e in log[: tally.size])
        assert tally.size == len(log) or waits > RUN.opened_ms + after_ms


@given(logs(), moments)
def test_forwards_the_count_never_loses_an_entry(log: list[Entry], asked: list[int]) -> None:
    made = recording(log)
    sizes = [made.tally(RUN.opened_ms + after_ms).size for after_ms in sorted(asked)]
    assert sizes == sorted(sizes)
    assert made.tally(RUN.revealed_ms) == recount(log)


@given(st.integers(0, 100_000))
def test_the_episode_is_the_fold_of_its_events_until_then(after_ms: int) -> None:
    at_ms = min(RUN.opened_ms + after_ms, RUN.revealed_ms)
    then = fold(empty("e1"), [logged for logged in STORY.log if logged.at_ms <= at_ms])
    assert recording([]).episode(at_ms) == then


def test_phases_pledge_and_deadline_are_as_they_were() -> None:
    made = recording([])
    seen = []
    for at_ms in (10_000, 25_000, 32_000, 40_000, 71_000, 75_000, 85_000, 90_000, 500_000):
        episode = made.episode(START + at_ms)
        run = episode.run("r1")
        assert run
        seen.append((run.phase, run.deadline_ms and run.deadline_ms - START))
        assert (episode.segments[0].pledge == "年底前") is (at_ms >= 20_000)
        assert (run.result is not None) is (at_ms >= 90_000)
        assert len(episode.runs) == 1
    phases = [phase for phase, _ in seen]
    assert phases == [
        Phase.OPEN,
        Phase.OPEN,
        Phase.PAUSED,
        Phase.OPEN,
        Phase.CLOSING,
        Phase.CLOSED,
        Phase.VERIFIED,
        Phase.REVEALED,
        Phase.REVEALED,
    ]
    assert [deadline for _, deadline in seen[:4]] == [70_000, 70_000, 0, 75_000]


heads = st.builds(
    Playhead,
    st.just("r1"),
    st.sampled_from(sorted(KINDS)),
    st.integers(0, 85_000),
    st.just(START),
    st.integers(1, SPEED_MAX),
    st.booleans(),
    st.just(1),
)


@given(heads, st.lists(st.integers(0, 10**6), min_size=2, max_size=8))
def test_a_playhead_goes_on_at_its_speed_and_never_out_of_the_run(
    head: Playhead, later: list[int]
) -> None:
    length = length_ms(RUN)
    assert length == 80_000 + TAIL_MS
    places = [head.position(START + ms, length) for ms in sorted(later)]
    assert places == sorted(places)
    for ms, place in zip(sorted(later), places, strict=True):
        moves_ms = ms * head.speed if head.playing else 0
        assert place == min(head.position_ms + moves_ms, length)


@given(heads, st.integers(1, SPEED_MAX), st.booleans(), st.integers(0, 10**5))
def test_another_speed_or_a_pause_goes_on_from_where_it_stands(
    head: Playhead, speed: int, playing: bool, ms: int
) -> None:
    now_ms = START + ms
    after = moved(head, RUN, GraphicKind.BAR, speed, playing, None, now_ms)
    assert after.position(now_ms, length_ms(RUN)) == head.position(now_ms, length_ms(RUN))
    # The same picture goes on: what was known of it stays known.
    assert (after.take, after.serial) == (head.take, head.serial + 1)


def test_a_jump_or_another_run_is_a_picture_of_its_own() -> None:
    first = moved(None, RUN, GraphicKind.BAR, 1, True, None, START)
    assert (first.position_ms, first.serial) == (0, 0)
    jumped = moved(first, RUN, GraphicKind.BAR, 1, True, 30_000, START)
    assert jumped.take > first.take
    other = moved(jumped, replace(RUN, id="r9"), GraphicKind.RESULT, 4, True, None, START)
    assert (other.position_ms, other.take > jumped.take) == (0, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": GraphicKind.CALL}, BadInput),
        ({"speed": 0}, BadInput),
        ({"speed": 21}, BadInput),
        ({"position_ms": -1}, BadInput),
        ({"position_ms": 85_001}, BadInput),
        ({"run": replace(RUN, phase=Phase.VERIFIED)}, WrongPhase),
        ({"run": replace(RUN, size=BALLOTS_MAX + 1)}, BadInput),
    ],
)
def test_what_cannot_be_replayed_is_refused(changes: dict[str, object], error: type) -> None:
    asked: dict[str, object] = {
        "run": RUN,
        "kind": GraphicKind.BAR,
        "speed": 1,
        "playing": True,
        "position_ms": 0,
        **changes,
    }
    with pytest.raises(error):
        moved(None, now_ms=START, **asked)  # type: ignore[arg-type]
