"""Events make the episode, one small step each."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import catalogue, desk, disclosure, ledger
from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.fold import STEPS, empty, evolve, fold, place_graphic
from livevote.core.model import (
    LAYERS,
    OF_NO_SEGMENT,
    Graphic,
    GraphicKind,
    Seat,
    SeatState,
    Segment,
)
from livevote.core.names import Names
from livevote.core.phase import Phase

from .examples import HOUSING, SEATS, WATER, Story, changed, some_result, told

ROADS = Segment("roads", Names("台州市交通局"))


def test_every_event_has_a_step_or_is_only_kept_to_be_read() -> None:
    of_desk = {*desk.CHANGES, ev.DeskSet, ev.CaseFiled}
    tables = [set(STEPS), set(catalogue.STEPS), set(ledger.STEPS), set(disclosure.STEPS), of_desk]
    folded = set().union(*tables)
    assert set(ev.Event.__subclasses__()) - folded == {
        ev.Incident,
        ev.AccountSet,
        ev.AccountClaimed,
        ev.AccountRemoved,
        ev.SignedIn,
        ev.SignInRefused,
        ev.ControlKeyMade,
        ev.ControlKeyRevoked,
    }
    assert len(folded) == sum(map(len, tables))


def test_before_its_first_event_an_episode_is_empty() -> None:
    episode = empty("e1")
    assert (episode.id, episode.revision, episode.created_ms, episode.changed_ms) == ("e1", 0, 0, 0)
    assert (episode.segments, episode.runs, episode.programme) == ((), (), ())


def test_an_event_that_changes_nothing_still_counts() -> None:
    story = told()
    before = story.episode
    story.now_ms += 5
    story.happen(ev.Incident("store_down", "no answer for 2 s"))
    assert story.episode == changed(before, revision=before.revision + 1, changed_ms=story.now_ms)


def test_an_episode_is_made_with_its_names_and_its_time() -> None:
    story = Story().happen(ev.EpisodeMade("e1", Names("全媒体问政"), Names("五水共治")))
    episode = story.episode
    assert (episode.id, episode.show.zh, episode.title.zh) == ("e1", "全媒体问政", "五水共治")
    assert (episode.created_ms, episode.revision) == (story.now_ms, 1)
    story.happen(ev.TitleSet(Names("治水")))
    assert story.episode.title.zh == "治水"
    assert story.episode.show.zh == "全媒体问政"


def test_the_fold_of_the_log_is_the_state_it_led_to() -> None:
    story = told(cmd.Arm("water", run="r1"), cmd.Open("r1"), cmd.Take("bar"), cmd.Blank())
    assert fold(empty("e1"), story.log) == story.episode
    assert fold(fold(empty("e1"), story.log[:5]), story.log[5:]) == story.episode


# --- rundown and roster ---


@pytest.mark.parametrize(
    ("segments", "current"),
    [((), ""), ((HOUSING,), "housing"), ((HOUSING, WATER), "water"), ((ROADS,), "roads")],
)
def test_the_current_segment_stays_if_it_stays_in_the_rundown(
    segments: tuple[Segment, ...], current: str
) -> None:
    story = told()
    assert story.episode.current == "water"
    assert story.happen(ev.RundownSet(segments)).episode.current == current


@pytest.mark.parametrize(
    ("before", "order"),
    [
        ("", ["water", "housing", "roads"]),
        ("water", ["roads", "water", "housing"]),
        ("housing", ["water", "roads", "housing"]),
    ],
)
def test_a_segment_is_inserted_before_another(before: str, order: list[str]) -> None:
    story = told().happen(ev.SegmentInserted(ROADS, before))
    assert [segment.id for segment in story.episode.segments] == order
    assert story.episode.current == "water"


def test_the_first_segment_becomes_the_current_one() -> None:
    assert Story().happen(ev.SegmentInserted(ROADS)).episode.current == "roads"


def test_an_edit_replaces_one_segment() -> None:
    edited = changed(WATER, pledge="十月底前完成")
    assert told().happen(ev.SegmentEdited(edited)).episode.segments == (edited, HOUSING)


def test_a_graphic_leaves_preview_with_its_segment() -> None:
    story = told(cmd.Cue("bar", "water"))
    story.happen(ev.RundownSet((WATER,)))
    assert story.episode.preview == Graphic(GraphicKind.BAR, "water")
    story.happen(ev.RundownSet((HOUSING,)))
    assert story.episode.preview is None
    story.ask(cmd.Cue("board")).happen(ev.RundownSet(()))
    assert story.episode.preview == Graphic(GraphicKind.BOARD)


def test_a_seat_that_leaves_and_comes_back_keeps_its_generation() -> None:
    story = told(cmd.ReissueSeat("A-01"), cmd.JoinSeat("A-01", 2), cmd.JoinSeat("A-02", 1))
    story.ask(cmd.SetRoster(SEATS[1:]), cmd.SetRoster(SEATS))
    assert story.episode.seat_states == {
        "A-01": SeatState(2, joined=False),
        "A-02": SeatState(1, joined=True),
    }


def test_a_reissued_seat_waits_for_its_new_tablet() -> None:
    story = told(cmd.JoinSeat("A-01", 1))
    assert story.episode.seat_states["A-01"] == SeatState(1, joined=True)
    story.ask(cmd.ReissueSeat("A-01"))
    assert story.episode.seat_states["A-01"] == SeatState(2, joined=False)


def test_a_new_roster_is_the_roster() -> None:
    seats = (Seat("C-14", "C", "studio"),)
    assert told(cmd.SetRoster(seats)).episode.seats == seats


# --- a run ---


def test_the_times_of_a_run() -> None:
    story = told(cmd.ChooseSegment("housing"))
    start = story.now_ms

    def at(seconds: int, *commands: cmd.Command) -> None:
        story.now_ms = start + seconds * 1000
        story.ask(*commands, by=f"at {seconds}")

    at(0, cmd.Arm("housing", run="r1"))
    at(1, cmd.Open("r1", 60_000))
    assert (story.run("r1").armed_ms, story.run("r1").opened_ms) == (start, start + 1000)
    assert story.run("r1").deadline_ms == start + 61_000
    at(2, cmd.Extend("r1", 15_000))
    assert story.run("r1").deadline_ms == start + 76_000
    at(6, cmd.Pause("r1"))
    assert (story.run("r1").deadline_ms, story.run("r1").left_ms) == (0, 70_000)
    at(100, cmd.Resume("r1"))
    assert (story.run("r1").deadline_ms, story.run("r1").left_ms) == (start + 170_000, 0)
    assert story.run("r1").opened_ms == start + 1000, "opened once"
    at(110, cmd.Close("r1", start + 109_999))
    assert story.run("r1").closed_ms == start + 109_999
    at(112, cmd.Finish("r1", 188))
    assert (story.run("r1").finished_ms, story.run("r1").size) == (start + 112_000, 188)
    at(120, cmd.Verify("r1", True, 188))
    assert story.run("r1").verified_by == "at 120"
    result = some_result()
    at(130, cmd.Reveal("r1", result))
    assert (story.run("r1").revealed_ms, story.run("r1").result) == (start + 130_000, result)
    assert story.run("r1").phase is Phase.REVEALED


def test_nothing_of_a_run_has_a_time_before_it_happened() -> None:
    run = told(cmd.Arm("water", run="r1")).run("r1")
    assert (run.opened_ms, run.deadline_ms, run.left_ms, run.closed_ms) == (0, 0, 0, 0)
    assert (run.finished_ms, run.size, run.revealed_ms, run.result) == (0, 0, 0, None)


def test_closing_a_paused_run_leaves_no_time_over() -> None:
    story = told(cmd.Arm("water", run="r1"), cmd.Open("r1"), cmd.Pause("r1"))
    assert story.run("r1").left_ms == 60_000
    assert story.ask(cmd.Close("r1")).run("r1").left_ms == 0


def test_an_event_moves_only_the_run_it_names() -> None:
    story = told(cmd.Arm("water", run="r1"), cmd.AskVoid("r1", "误操作"))
    story.ask(cmd.Arm("water", run="r2"), cmd.Open("r2"))
    before = story.run("r1")
    story.ask(cmd.Pause("r2"), cmd.Close("r2"), cmd.Finish("r2", 0))
    assert story.run("r1") == before
    assert story.run("r2").phase is Phase.CLOSED


def test_arming_makes_its_segment_the_current_one() -> None:
    assert told(cmd.Arm("housing", run="r1")).episode.current == "housing"


def test_what_was_asked_about_void_is_kept_and_dropped() -> None:
    story = told(cmd.Arm("water", run="r1"), cmd.Open("r1"), cmd.AskVoid("r1", "误操作"))
    assert (story.run("r1").void_reason, story.run("r1").void_asked_by) == ("误操作", "director")
    story.ask(cmd.DropVoid("r1"))
    assert (story.run("r1").void_reason, story.run("r1").void_asked_by) == ("", "")
    assert story.run("r1").phase is Phase.OPEN


def test_a_void_run_names_both_people_and_the_reason() -> None:
    story = told(cmd.Arm("water", run="r1"), cmd.Open("r1"), cmd.AskVoid("r1", "误操作"))
    story.ask(cmd.ConfirmVoid("r1"), by="producer")
    run = story.run("r1")
    assert (run.phase, run.void_reason) == (Phase.VOID, "误操作")
    assert (run.void_asked_by, run.voided_by) == ("director", "producer")


def test_the_fold_keeps_its_own_copy_of_who_is_eligible() -> None:
    eligible = {"studio": 3}
    story = told(cmd.Arm("water", run="r1"))
    armed = changed(story.log[-1], event__eligible=eligible, revision=story.episode.revision + 1)
    episode = evolve(story.episode, changed(armed, event__run="r2"))
    eligible["studio"] = 99
    assert episode.runs[-1].eligible == {"studio": 3}


# --- graphics ---

GRAPHICS = [Graphic(kind, "" if kind in OF_NO_SEGMENT else "water") for kind in GraphicKind]


@given(st.lists(st.sampled_from(GRAPHICS), max_size=8))
def test_one_graphic_per_layer_and_a_full_screen_one_alone(taken: list[Graphic]) -> None:
    programme: tuple[Graphic, ...] = ()
    for graphic in taken:
        programme = place_graphic(programme, graphic)
        assert programme[-1] == graphic
        layers = [LAYERS[other.kind] for other in programme]
        assert len(set(layers)) == len(layers)
        assert "full" not in layers or len(layers) == 1


@pytest.mark.parametrize(("on", "taken"), list(product(GRAPHICS, GRAPHICS)))
def test_which_graphics_share_the_screen(on: Graphic, taken: Graphic) -> None:
    together = (
        {GraphicKind.COUNTDOWN}
        < {on.kind, taken.kind}
        <= {
            GraphicKind.COUNTDOWN,
            GraphicKind.BAR,
            GraphicKind.CALL,
            GraphicKind.SIDE,
            GraphicKind.PLEDGE,
            GraphicKind.QUESTION,
        }
    )
    assert place_graphic((on,), taken) == ((on, taken) if together else (taken,))


@pytest.mark.parametrize(
    ("commands", "programme", "blanked"),
    [
        ([cmd.Take("bar"), cmd.Take("countdown")], ["bar", "countdown"], False),
        ([cmd.Take("bar"), cmd.Take("countdown"), cmd.Out("bar")], ["countdown"], False),
        ([cmd.Take("bar"), cmd.Take("countdown"), cmd.Out()], [], False),
        ([cmd.Take("bar"), cmd.Blank()], ["bar"], True),
        ([cmd.Take("bar"), cmd.Blank(), cmd.Restore()], ["bar"], False),
        ([cmd.Take("bar"), cmd.Take("board")], ["board"], False),
    ],
)
def test_what_is_on_air(commands: list[Any], programme: list[str], blanked: bool) -> None:
    episode = told(*commands).episode
    assert [graphic.kind for graphic in episode.programme] == programme
    assert episode.blanked is blanked


def test_the_preview_stays_until_something_else_is_cued() -> None:
    story = told(cmd.Cue("bar"), cmd.Take())
    assert story.episode.preview == Graphic(GraphicKind.BAR, "water")
    assert story.ask(cmd.Cue()).episode.preview is None
