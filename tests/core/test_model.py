"""What can be asked of an episode as it stands."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core.model import LAYERS, Episode, GraphicKind, Run, Seat
from livevote.core.names import Names
from livevote.core.phase import UNDER_WAY, Phase
from livevote.core.rules import Admission, Panel, PanelRole, Rules, TieBreak

from .examples import HOUSING, WATER, Story, changed, some_result, told


def revealed(story: Story, segment: str, run: str, points: int, reason: str = "") -> Story:
    return story.ask(
        cmd.Arm(segment, reason, run),
        cmd.Open(run),
        cmd.Close(run),
        cmd.Finish(run, 3),
        cmd.Verify(run, True, 3),
        cmd.Reveal(run, some_result(points)),
    )


def test_things_are_found_by_their_ids() -> None:
    episode = told(cmd.Arm("water", run="r1")).episode
    assert episode.segment("housing") == HOUSING
    assert episode.segment("roads") is None
    assert episode.seat("B-01") == Seat("B-01", "B")
    assert episode.seat("Z-99") is None
    assert episode.run("r2") is None
    assert [episode.position(s) for s in ("water", "housing", "roads")] == [1, 2, 0]


def test_the_run_of_a_segment_is_its_latest_that_is_not_void() -> None:
    story = revealed(told(), "water", "r1", 70)
    story.ask(cmd.Arm("water", "计票设备断电", "r2"))
    assert story.episode.run_of("water") == story.run("r2")
    story.ask(cmd.AskVoid("r2", "误操作"))
    assert story.episode.run_of("water") == story.run("r1")
    assert story.episode.run_of("housing") is None


@pytest.mark.parametrize("phase", Phase)
def test_a_run_is_under_way_from_armed_to_closing(phase: Phase) -> None:
    armed = told(cmd.Arm("water", run="r1")).episode
    episode = changed(armed, runs=(changed(armed.runs[0], phase=phase),))
    under_way: Run | None = episode.run_under_way
    assert (under_way is not None) == (phase in UNDER_WAY)


def test_what_is_shown_is_the_run_under_way_else_that_of_the_current_segment() -> None:
    story = told()
    assert story.episode.run_shown is None
    revealed(story, "water", "r1", 70)
    assert story.episode.run_shown == story.run("r1")
    story.ask(cmd.ChooseSegment("housing"))
    assert story.episode.run_shown is None
    story.ask(cmd.Arm("housing", run="r2"))
    assert story.episode.run_shown == story.run("r2")


def test_voters_are_told_of_a_void_until_something_follows_it() -> None:
    story = revealed(told(), "water", "r1", 70)
    assert story.episode.run_told == story.run("r1")
    story.ask(cmd.Arm("water", "计票设备断电", "r2"), cmd.AskVoid("r2", "误操作"))
    assert story.episode.run_told == story.run("r2")
    assert story.episode.run_shown == story.run("r1")
    story.ask(cmd.Arm("housing", run="r3"))
    assert story.episode.run_told == story.run("r3")
    story.ask(cmd.AskVoid("r3", "误操作"), cmd.ChooseSegment("water"))
    assert story.episode.run_told == story.run("r2")
    story.ask(cmd.InsertSegment(changed(WATER, id="roads")), cmd.ChooseSegment("roads"))
    assert story.episode.run_told is None


@given(st.lists(st.sampled_from(["studio", "experts", "guests", "online"]), max_size=20))
def test_eligible_counts_the_seats_of_the_panels_that_take_ballots(drawn: list[str]) -> None:
    name = Names("评分团")
    episode = Episode(
        "e1",
        name,
        name,
        0,
        seats=tuple(Seat(f"A-{i}", panel=panel) for i, panel in enumerate(drawn)),
        rules=Rules(
            panels=(
                Panel("studio", name, Admission.SEATS),
                Panel("experts", name, Admission.SEATS, PanelRole.ADVISORY),
                Panel("guests", name, Admission.SEATS, PanelRole.OFF),
                Panel("online", name, Admission.VIEWERS),
            )
        ),
    )
    seats = Counter(drawn)
    assert episode.eligible() == {"studio": seats["studio"], "experts": seats["experts"]}


# --- the board ---


def test_the_board_ranks_the_segments_that_are_revealed() -> None:
    story = revealed(told(), "water", "r1", 70)
    assert [(row.rank, row.segment) for row in story.episode.board()] == [(1, "water")]
    revealed(story, "housing", "r2", 90)
    assert [(row.rank, row.segment, row.run, row.figure) for row in story.episode.board()] == [
        (1, "housing", "r2", "90.0"),
        (2, "water", "r1", "70.0"),
    ]


def test_the_board_uses_the_latest_revealed_run() -> None:
    story = revealed(told(), "water", "r1", 70)
    story.ask(cmd.Arm("water", "计票设备断电", "r2"), cmd.Open("r2"))
    assert [row.run for row in story.episode.board()] == ["r1"], "until the re-run is revealed"
    story.ask(cmd.Close("r2"), cmd.Finish("r2", 3), cmd.Verify("r2", True, 3))
    assert [row.run for row in story.episode.board()] == ["r1"]
    story.ask(cmd.Reveal("r2", some_result(40)))
    assert [(row.run, row.figure) for row in story.episode.board()] == [("r2", "40.0")]


def test_a_void_re_run_leaves_the_board_as_it_was() -> None:
    story = revealed(told(), "water", "r1", 70)
    before = story.episode.board()
    story.ask(cmd.Arm("water", "计票设备断电", "r2"), cmd.Open("r2"), cmd.AskVoid("r2", "误操作"))
    story.ask(cmd.ConfirmVoid("r2"), by="producer")
    assert story.episode.board() == before


def test_the_board_breaks_ties_by_the_rules_of_the_episode() -> None:
    story = revealed(revealed(told(), "water", "r1", 80), "housing", "r2", 80)
    assert [row.rank for row in story.episode.board()] == [1, 1]
    story.ask(cmd.SetRules(Rules(tie_breaks=(TieBreak.RUNDOWN,))))
    assert [(row.rank, row.segment) for row in story.episode.board()] == [
        (1, "water"),
        (2, "housing"),
    ]


def test_the_board_follows_the_rundown_where_figures_are_equal() -> None:
    story = revealed(revealed(told(), "water", "r1", 80), "housing", "r2", 80)
    story.ask(cmd.SetRundown((HOUSING, WATER)))
    assert [row.segment for row in story.episode.board()] == ["housing", "water"]


def test_every_graphic_has_a_layer() -> None:
    assert set(LAYERS) == set(GraphicKind)
