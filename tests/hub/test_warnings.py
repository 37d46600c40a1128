"""Each warning appears exactly when it should, with what to do about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.model import Episode
from livevote.core.names import Names
from livevote.hub.warnings import Facts, warnings
from tests.core.examples import SEATS, Story, told

FINE = Facts(durability="durable", store_up=True, overlays=1, seats=3, seats_online=3)

ARMED = cmd.Arm("water", run="r1")
OPEN = cmd.Open("r1", duration_ms=0)
CALL = cmd.Take("call")


def kinds(episode: Episode, facts: Facts = FINE) -> list[str]:
    return [warning.kind for warning in warnings(episode, facts)]


def after(*commands: cmd.Command) -> Episode:
    return told(*commands).episode


def test_all_is_well_and_nothing_is_said() -> None:
    assert kinds(after()) == []
    assert kinds(after(ARMED)) == []
    assert kinds(after(ARMED, OPEN, CALL)) == []
    assert kinds(after(ARMED, OPEN, cmd.Take("bar"), cmd.Take("countdown"))) == []
    assert kinds(after(cmd.Take("board"))) == []


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(FINE, store_up=False), "store_down"),
        (replace(FINE, durability="not_durable"), "not_durable"),
        (replace(FINE, durability="unknown"), "durability_unknown"),
        (replace(FINE, differing=("R01",)), "log_differs"),
    ],
)
@pytest.mark.parametrize("episode", [after(), after(ARMED, OPEN, CALL)])
def test_what_is_wrong_with_the_store_is_said_whatever_the_show_does(
    episode: Episode, facts: Facts, kind: str
) -> None:
    assert kinds(episode, facts) == [kind]


PHASES: dict[str, tuple[cmd.Command, ...]] = {
    "no run": (),
    "armed": (ARMED,),
    "open": (ARMED, OPEN),
    "paused": (ARMED, OPEN, cmd.Pause("r1")),
    "open again": (ARMED, OPEN, cmd.Pause("r1"), cmd.Resume("r1")),
    "closing": (ARMED, OPEN, cmd.Close("r1")),
    "closed": (ARMED, OPEN, cmd.Close("r1"), cmd.Finish("r1", 0)),
    "void": (ARMED, cmd.AskVoid("r1", "错")),
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_call_to_vote_on_air_while_nobody_can_vote(phase: str) -> None:
    expected = [] if phase.startswith("open") else ["call_while_closed"]
    assert kinds(after(*PHASES[phase], CALL)) == expected


def test_a_call_to_vote_for_a_segment_that_is_not_the_open_one() -> None:
    episode = after(ARMED, OPEN, cmd.Take("call", "housing"))
    assert kinds(episode) == ["call_while_closed", "other_official"]


@pytest.mark.parametrize("kind", ["bar", "result", "countdown"])
@pytest.mark.parametrize("phase", PHASES)
def test_another_official_on_air_than_the_one_who_is_scored(phase: str, kind: str) -> None:
    under_way = phase in ("armed", "open", "paused", "open again", "closing")
    episode = after(*PHASES[phase], cmd.Take(kind, "housing"))
    assert kinds(episode) == (["other_official"] if under_way else [])


def test_the_board_shows_everyone_and_is_no_other_official() -> None:
    assert kinds(after(ARMED, OPEN, cmd.Take("board"))) == []


@pytest.mark.parametrize("phase", PHASES)
def test_blanked_pictures_while_people_vote(phase: str) -> None:
    expected = ["blanked_while_open"] if phase.startswith("open") else []
    assert kinds(after(*PHASES[phase], cmd.Blank())) == expected
    assert kinds(after(*PHASES[phase], cmd.Blank(), cmd.Restore())) == []


def test_a_programme_that_nobody_draws() -> None:
    nobody = replace(FINE, overlays=0)
    assert kinds(after(cmd.Take("bar")), nobody) == ["no_overlay"]
    assert kinds(after(), nobody) == []
    assert kinds(after(cmd.Take("bar"), cmd.Out()), nobody) == []


def test_an_overlay_that_stopped_while_something_is_on_air() -> None:
    stopped = replace(FINE, overlays_stopped=1)
    assert kinds(after(cmd.Take("bar")), stopped) == ["overlay_stopped"]
    assert kinds(after(cmd.Take("bar"), cmd.Blank()), stopped) == []
    assert kinds(after(), stopped) == []


@pytest.mark.parametrize("phase", PHASES)
def test_seats_without_a_tablet_are_said_before_the_vote_opens(phase: str) -> None:
    expected = ["seats_absent"] if phase == "armed" else []
    assert kinds(after(*PHASES[phase]), replace(FINE, seats_online=2)) == expected
    assert kinds(after(*PHASES[phase]), replace(FINE, seats_online=4)) == []


REHEARSED = replace(FINE, rehearsed=Names("彩排：五水共治", "Rehearsal: Five Waters"))


def test_voters_left_in_a_rehearsal_are_named_while_a_real_vote_is_near() -> None:
    [warning] = warnings(after(), REHEARSED)
    assert warning.kind == "voters_in_rehearsal"
    assert "彩排：五水共治" in warning.text.zh
    assert "Rehearsal: Five Waters" in warning.text.en
    for phase, commands in PHASES.items():
        expected = [] if phase in ("closing", "closed") else ["voters_in_rehearsal"]
        assert kinds(after(*commands), REHEARSED) == expected, phase
    # Neither the rehearsal itself nor an episode without a segment.
    assert kinds(replace(after(), rehearsal_of="e0"), REHEARSED) == []
    assert kinds(replace(after(), segments=(), current=""), REHEARSED) == []


def test_a_show_without_seats_misses_none() -> None:
    story: Story = told().happen(ev.RosterSet(())).ask(ARMED)
    assert kinds(story.episode, replace(FINE, seats=0, seats_online=0)) == []


def test_the_number_of_missing_seats_is_in_the_text_in_both_languages() -> None:
    [warning] = warnings(after(ARMED), replace(FINE, seats_online=1))
    assert len(SEATS) - 1 == 2
    assert "2 个席位" in warning.text.zh
    assert warning.text.en.startswith("2 seats")


def test_the_most_urgent_comes_first_and_each_says_what_to_do_in_both_languages() -> None:
    worst = Facts("not_durable", store_up=False, overlays=0, seats=3, seats_online=0)
    armed = after(ARMED, cmd.Take("countdown", "housing"), CALL)
    found = warnings(armed, worst)
    assert [warning.kind for warning in found] == [
        "store_down",
        "not_durable",
        "other_official",
        "call_while_closed",
        "no_overlay",
        "seats_absent",
    ]
    for warning in found:
        assert warning.plain() == {
            "kind": warning.kind,
            "text": {"zh": warning.text.zh, "en": warning.text.en},
            "action": {"zh": warning.action.zh, "en": warning.action.en},
        }
        assert all((warning.text.zh, warning.text.en, warning.action.zh, warning.action.en))
        assert warning.text.zh != warning.text.en
