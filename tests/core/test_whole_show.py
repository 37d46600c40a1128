"""Whole shows at random: several people ask for anything at any time, and the promises hold.

Hypothesis plays the people. Every command goes through `decide`, every event
through `evolve`, and after each step the invariants below are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.command import Asked, Command, decide
from livevote.core.fold import empty, evolve, fold
from livevote.core.model import LAYERS, Episode, GraphicKind, Run, Seat, Segment
from livevote.core.names import Names
from livevote.core.phase import MOVES, UNDER_WAY, Phase
from livevote.core.plain import logged_from_plain, logged_to_plain
from livevote.core.rules import Rules, Verification
from livevote.errors import Refusal

from .examples import some_result, told

PEOPLE = ("director", "producer", "verifier", "server")
SEGMENTS = tuple(Segment(name, Names(f"单位{name}")) for name in ("a", "b", "c"))
SEATS = tuple(Seat(label) for label in ("A-01", "A-02", "B-01"))
RULES = (
    Rules(),
    Rules(duration_ms=0, decimals=2),
    Rules(grace_ms=0, verification=Verification.AUTOMATIC),
)

people = st.sampled_from(PEOPLE)
reasons = st.sampled_from(["误操作", "计票设备断电", ""])
seats = st.sampled_from(["A-01", "A-02", "B-01", "Z-99"])
segments = st.sampled_from(["a", "a", "b", "b", "c", "c", "nowhere"])
kinds = st.sampled_from(["", "ticker", *GraphicKind])
# Which run a command is about, counted from the newest: mostly the newest, sometimes none.
runs = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2, 99])

COMMANDS_ON_A_RUN: dict[str, Callable[[str], Command]] = {
    "open": lambda run: cmd.Open(run),
    "open until closed": lambda run: cmd.Open(run, 0),
    "extend": lambda run: cmd.Extend(run),
    "pause": lambda run: cmd.Pause(run),
    "resume": lambda run: cmd.Resume(run),
    "close": lambda run: cmd.Close(run),
    "finish": lambda run: cmd.Finish(run, 188),
    "verify": lambda run: cmd.Verify(run, True, 188),
    "verify what differs": lambda run: cmd.Verify(run, False, 187),
    "reveal": lambda run: cmd.Reveal(run, some_result()),
    "reveal without a result": lambda run: cmd.Reveal(run),
    "ask void": lambda run: cmd.AskVoid(run, "误操作"),
    "ask void without a reason": lambda run: cmd.AskVoid(run, ""),
    "drop void": lambda run: cmd.DropVoid(run),
    "confirm void": lambda run: cmd.ConfirmVoid(run),
}

NEXT = {
    Phase.ARMED: "open",
    Phase.OPEN: "close",
    Phase.PAUSED: "resume",
    Phase.CLOSING: "finish",
    Phase.CLOSED: "verify",
    Phase.VERIFIED: "reveal",
}

# What goes on around a vote, in three strategies, so that voting is not drowned in it.
desk: st.SearchStrategy[Command] = st.one_of(
    st.builds(cmd.SetRules, st.sampled_from(RULES)),
    st.builds(cmd.SetPledge, segments, st.sampled_from(["", "十月底前完成"])),
    st.builds(cmd.SetRoster, st.lists(st.sampled_from(SEATS), unique=True).map(tuple)),
    st.builds(cmd.JoinSeat, seats, st.integers(0, 3)),
    st.builds(cmd.ReissueSeat, seats),
)
rundown: st.SearchStrategy[Command] = st.one_of(
    st.builds(cmd.SetRundown, st.lists(st.sampled_from(SEGMENTS), unique=True).map(tuple)),
    st.builds(cmd.SetRundown, st.permutations(SEGMENTS).map(tuple)),
    st.builds(cmd.InsertSegment, st.sampled_from(SEGMENTS), segments | st.just("")),
    st.builds(cmd.ChooseSegment, segments),
)
picture: st.SearchStrategy[Command] = st.one_of(
    st.builds(cmd.Cue, kinds, segments | st.just("")),
    st.builds(cmd.Take, kinds, segments | st.just("")),
    st.builds(cmd.Out, kinds),
    st.sampled_from([cmd.Blank(), cmd.Restore()]),
)


class WholeShow(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.story = told()
        self.armed: dict[str, ev.RunArmed] = {}
        self.sealed: dict[str, Run] = {}
        self.ask(cmd.SetRundown(SEGMENTS), "producer")
        self.ask(cmd.SetRoster(SEATS), "producer")

    # --- what people do ---

    @rule(segment=segments, reason=reasons, ballots=st.sampled_from([0] * 9 + [1]), by=people)
    def arm(self, segment: str, reason: str, ballots: int, by: str) -> None:
        run_id = f"run{len(self.story.episode.runs) + 1}"
        self.ask(cmd.Arm(segment, reason, run_id, ballots), by)

    @rule(
        names=st.lists(st.sampled_from(list(COMMANDS_ON_A_RUN)), min_size=1, max_size=4),
        back=runs,
        by=people,
    )
    def move(self, names: list[str], back: int, by: str) -> None:
        for name in names:
            self.ask(COMMANDS_ON_A_RUN[name](self.run_id(back)), by)

    @rule(back=runs, steps=st.sampled_from([6, 1, 5, 2, 1]), by=people)
    def go_on(self, back: int, steps: int, by: str) -> None:
        """The next steps of an ordinary vote, so that many of them reach their end."""
        for _ in range(steps):
            run = self.story.episode.run(self.run_id(back))
            if run and run.phase in NEXT:
                self.ask(COMMANDS_ON_A_RUN[NEXT[run.phase]](run.id), by)

    @rule(
        back=runs,
        reason=reasons,
        answer=st.sampled_from(["confirm void", "drop void", "nothing", "go on"]),
        by=people,
        other=people,
    )
    def quarrel(self, back: int, reason: str, answer: str, by: str, other: str) -> None:
        """One wants the run void; another confirms, takes it back, or goes on regardless."""
        run_id = self.run_id(back)
        self.ask(cmd.AskVoid(run_id, reason), by)
        if answer in COMMANDS_ON_A_RUN:
            self.ask(COMMANDS_ON_A_RUN[answer](run_id), other)
        elif answer == "go on":
            self.go_on(back, 6, other)

    @rule(command=desk | rundown | picture, by=people)
    def around(self, command: Command, by: str) -> None:
        self.ask(command, by)

    @rule(commands=st.lists(rundown | picture, max_size=3), by=people)
    def follow(self, commands: list[Command], by: str) -> None:
        for command in commands:
            self.ask(command, by)

    @rule(by_ms=st.sampled_from([1, 5_000, 60_000]))
    def time_passes(self, by_ms: int) -> None:
        self.story.now_ms += by_ms

    # --- how it happens ---

    def run_id(self, back: int) -> str:
        everyone = self.story.episode.runs
        return everyone[-1 - back].id if back < len(everyone) else "no such run"

    def ask(self, command: Command, by: str) -> None:
        episode, was = self.story.episode, repr(self.story.episode)
        events: tuple[ev.Event, ...] = ()
        with suppress(Refusal):
            events = decide(episode, command, Asked(by, self.story.now_ms))
        # Whether decided or refused: the episode that was looked at is as it was.
        assert repr(episode) == was
        for event in events:
            before = self.story.episode
            self.story.happen(event, by=by)
            self.look_at_step(before, event, by)

    # --- what must hold from one event to the next ---

    def look_at_step(self, before: Episode, event: ev.Event, by: str) -> None:
        after = self.story.episode
        about = getattr(event, "run", "") if not isinstance(event, ev.GraphicTaken) else ""
        for run in before.runs:
            now = self.story.run(run.id)
            if run.id != about:
                assert now == run, f"{event} is not about run {run.code}"
            targets = {t for (source, _), t in MOVES.items() if source is run.phase}
            assert now.phase in targets | {run.phase}
        if isinstance(event, ev.RunArmed):
            self.look_at_arming(before, event)
        elif isinstance(event, ev.RunVoided):
            self.look_at_void(before, event, by)
        elif isinstance(event, ev.RunRevealed):
            self.sealed[event.run] = self.story.run(event.run)
            wanted_void = [run.void_asked_by for run in before.runs if run.id == event.run]
            assert wanted_void == [""], "revealed although somebody wants it void"
            assert event.result is self.story.run(event.run).result
        for label, state in before.seat_states.items():
            assert after.seat_states[label].generation >= state.generation

    def look_at_arming(self, before: Episode, event: ev.RunArmed) -> None:
        self.armed[event.run] = event
        run = self.story.run(event.run)
        assert run.phase is Phase.ARMED
        assert event.rules == before.rules
        assert run.rules_hash == before.rules.hash()
        assert before.run_of(event.segment) is None or event.rerun_reason
        earlier = [other for other in before.runs if other.segment == event.segment]
        assert run.attempt == len(earlier) + 1

    def look_at_void(self, before: Episode, event: ev.RunVoided, by: str) -> None:
        run = before.run(event.run)
        assert run is not None
        assert event.reason
        assert run.phase is not Phase.REVEALED
        if run.opened_ms:
            assert run.void_asked_by, "nobody asked first"
            assert run.void_asked_by != by, "one person voided an opened run"
            assert (event.reason, event.asked_by) == (run.void_reason, run.void_asked_by)

    # --- what must hold at any time ---

    @invariant()
    def the_state_is_the_fold_of_its_log(self) -> None:
        assert fold(empty("e1"), self.story.log) == self.story.episode

    @invariant()
    def the_revision_is_the_number_of_events(self) -> None:
        assert self.story.episode.revision == len(self.story.log)
        assert [logged.revision for logged in self.story.log] == [
            *range(1, len(self.story.log) + 1)
        ]

    @invariant()
    def at_most_one_run_is_under_way_and_it_is_of_the_current_segment(self) -> None:
        busy = [run for run in self.story.episode.runs if run.phase in UNDER_WAY]
        assert len(busy) <= 1
        assert all(run.segment == self.story.episode.current for run in busy)

    @invariant()
    def no_two_runs_share_a_code_or_an_id(self) -> None:
        for name in ("id", "code"):
            names = [getattr(run, name) for run in self.story.episode.runs]
            assert len(set(names)) == len(names)

    @invariant()
    def the_rules_of_a_run_stay_as_they_were_armed(self) -> None:
        for run in self.story.episode.runs:
            armed = self.armed[run.id]
            assert (run.rules, run.rules_hash) == (armed.rules, armed.rules_hash)
            assert run.rules.hash() == run.rules_hash
            assert run.eligible == armed.eligible

    @invariant()
    def what_is_revealed_is_sealed(self) -> None:
        for run_id, sealed in self.sealed.items():
            assert self.story.run(run_id) == sealed
            assert sealed.phase is Phase.REVEALED
        assert {row.run for row in self.story.episode.board()} <= set(self.sealed)

    @invariant()
    def a_result_is_there_only_after_reveal(self) -> None:
        for run in self.story.episode.runs:
            assert (run.result is not None) == (run.phase is Phase.REVEALED)

    @invariant()
    def every_run_and_every_graphic_is_about_a_segment_of_the_rundown(self) -> None:
        episode = self.story.episode
        ids = {segment.id for segment in episode.segments}
        assert {run.segment for run in episode.runs} <= ids
        shown = [*episode.programme, *([episode.preview] if episode.preview else [])]
        assert {graphic.segment for graphic in shown} <= ids | {""}
        assert episode.current in ids or (not ids and episode.current == "")

    @invariant()
    def a_deadline_ticks_only_while_a_run_is_open(self) -> None:
        for run in self.story.episode.runs:
            assert not run.left_ms or run.phase in (Phase.PAUSED, Phase.VOID)
            assert not run.deadline_ms or run.opened_ms
            assert not (run.phase is Phase.PAUSED and run.deadline_ms)

    @invariant()
    def one_graphic_per_layer(self) -> None:
        layers = [LAYERS[graphic.kind] for graphic in self.story.episode.programme]
        assert len(set(layers)) == len(layers)
        assert "full" not in layers or len(layers) == 1

    def teardown(self) -> None:
        """A log that was stored and read back makes the same episode."""
        stored: list[Any] = [logged_to_plain(logged) for logged in self.story.log]
        assert fold(empty("e1"), map(logged_from_plain, stored)) == self.story.episode


TestWholeShow = WholeShow.TestCase
TestWholeShow.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def test_the_people_above_can_get_a_show_to_its_end() -> None:
    """The machine would prove nothing if nothing could happen in it."""
    show = WholeShow()
    show.arm("a", "", 0, "director")
    show.go_on(0, 5, "verifier")
    assert show.story.run("run1").phase is Phase.REVEALED
    show.arm("a", "计票设备断电", 0, "director")
    show.go_on(0, 1, "director")
    show.move(["ask void", "confirm void"], 0, "director")
    assert show.story.run("run2").phase is Phase.OPEN
    show.move(["confirm void"], 0, "producer")
    assert show.story.run("run2").phase is Phase.VOID
    show.what_is_revealed_is_sealed()
    show.teardown()


def test_a_step_that_breaks_a_promise_is_seen() -> None:
    """The invariants notice an episode that was tampered with behind their back."""
    show = WholeShow()
    show.arm("a", "", 0, "director")
    show.story.episode = evolve(
        show.story.episode, ev.Logged(99, 0, "nobody", ev.TitleSet(Names("改了")))
    )
    with pytest.raises(AssertionError):
        show.the_state_is_the_fold_of_its_log()
    with pytest.raises(AssertionError):
        show.the_revision_is_the_number_of_events()
