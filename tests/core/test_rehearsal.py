"""A rehearsal is marked from its first event to its last, and a real episode never is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.catalogue import NAME_MAX
from livevote.core.fold import empty, fold
from livevote.core.model import Episode, Seat, Segment
from livevote.core.names import Names
from livevote.core.plain import EVENTS, event_from_plain, event_to_plain
from livevote.core.rehearsal import rehearsal, titled
from livevote.core.rules import Rules
from livevote.errors import BadInput, Refusal
from tests.core.examples import WATER, Story

REAL = Episode(
    "real",
    Names("全媒体问政"),
    Names("五水共治", "Five Waters"),
    1,
    segments=(Segment("water", Names("水利局"), pledge="年底前"),),
    seats=(Seat("A-01", "A"), Seat("A-02", "A")),
    rules=Rules(decimals=2),
)
LISTED = ev.EpisodeListed("copy", "show", titled(REAL.title), "real")


def told(*events: ev.Event, episode: str = "copy") -> Episode:
    return fold(empty(episode), (ev.Logged(i, i, "x", e) for i, e in enumerate(events, 1)))


def test_it_has_the_same_rundown_seats_and_rules_and_nothing_that_happened() -> None:
    copy = told(*rehearsal(REAL, LISTED))
    assert copy.rehearsal_of == "real"
    assert (copy.id, copy.segments, copy.seats, copy.rules) == (
        "copy",
        REAL.segments,
        REAL.seats,
        REAL.rules,
    )
    assert (copy.runs, copy.seat_states, copy.programme) == ((), {}, ())


def test_a_rehearsal_is_not_rehearsed() -> None:
    with pytest.raises(BadInput, match="rehearsal already"):
        rehearsal(told(*rehearsal(REAL, LISTED)), LISTED)


@given(st.text(max_size=200), st.text(max_size=200))
def test_its_title_begins_with_the_mark_and_is_no_longer_than_a_title(zh: str, en: str) -> None:
    title = titled(Names(zh, en))
    assert title.zh.startswith("彩排：")
    assert title.en.startswith("Rehearsal: ") or not en
    assert max(len(title.zh), len(title.en)) <= NAME_MAX


COMMANDS = (
    cmd.SetTitle(Names("别的", "Other")),
    cmd.SetRules(Rules(decimals=1)),
    cmd.SetRundown((WATER,)),
    cmd.SetRoster(REAL.seats[:1]),
    cmd.SetPledge("water", "明年"),
    cmd.JoinSeat("A-01", 1),
    cmd.ReissueSeat("A-01"),
    cmd.Arm("water", "again", run="r1"),
    cmd.Open("r1"),
    cmd.Close("r1", closed_ms=1),
    cmd.AskVoid("r1", "a fault"),
    cmd.ConfirmVoid("r1"),
    cmd.Cue("bar"),
    cmd.Take("bar"),
    cmd.Blank(),
    cmd.Restore(),
    cmd.Report("store_down", "it was away"),
    cmd.Forget(),
)


@given(st.lists(st.sampled_from(COMMANDS), max_size=20))
def test_whatever_is_done_it_stays_what_it_was_made_as(commands: list[cmd.Command]) -> None:
    real = Story(empty("real")).happen(ev.EpisodeMade("real", REAL.show, REAL.title))
    copy = Story(empty("copy")).happen(*rehearsal(REAL, LISTED))
    for story, mark in ((real, ""), (copy, "real")):
        for number, command in enumerate(commands):
            with suppress(Refusal):
                story.ask(command, by=f"person {number}")
            assert story.episode.rehearsal_of == mark


def test_only_the_two_first_events_know_the_word() -> None:
    names = {kind for kind, cls in EVENTS.items() if "rehearsal_of" in cls.__dataclass_fields__}
    assert names == {"episode_made", "episode_listed"}


def test_a_log_from_before_there_were_rehearsals_is_of_a_real_episode() -> None:
    plain = event_to_plain(ev.EpisodeMade("real", REAL.show, REAL.title))
    del plain["rehearsal_of"]
    assert told(event_from_plain(plain), episode="real").rehearsal_of == ""
