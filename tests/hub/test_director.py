"""One episode's commands through the real store: in order, exactly once, whatever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Answer, Ballot, recount
from livevote.core.fold import empty, fold
from livevote.core.model import Episode, Run, Seat, SeatState, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.plain import COMMANDS, snake
from livevote.core.result import Result, compute
from livevote.core.rules import PANELS, Channel, Rules, Verification
from livevote.core.scale import Scale
from livevote.errors import (
    BadInput,
    NotAllowed,
    Refusal,
    RevisionMismatch,
    StoreDown,
    StoreNonsense,
    WrongPhase,
)
from livevote.hub import director as director_module
from livevote.hub.director import LOG_KEPT, RETRY_S, Director, Outside
from livevote.store.keys import RunKey
from tests.hub.room import (
    CAREFUL,
    NOON_MS,
    RULES,
    SEATS,
    WATER,
    Desk,
    Line,
    Time,
    a_look_back,
    calm,
    nothing_waits,
    soon,
    until,
)

RETRY_MS = int(RETRY_S * 1000)
TIMED = replace(CAREFUL, duration_ms=60_000)
COARSE = Scale(step=20)  # a recount asks the store once for every value


async def ruled(desk: Desk, **changes: Any) -> None:
    await desk.do(cmd.SetRules(replace(CAREFUL, **changes)))


async def refused(desk: Desk, command: cmd.Command, by: str = "director") -> Refusal:
    """The refusal of a command that must change nothing."""
    before = desk.episode, [logged async for logged in desk.store.events("e1")]
    with pytest.raises(Refusal) as told:
        await desk.do(command, by)
    assert (desk.episode, [logged async for logged in desk.store.events("e1")]) == before
    return told.value


# --- commands and their log ---


async def test_every_command_there_is_is_logged_and_folds_to_the_same_episode(desk: Desk) -> None:
    tram = Segment("tram", Names("台州市轨道交通集团", "Tram"))
    given: set[str] = {"set_rules", "set_rundown", "set_roster"}

    async def do(command: cmd.Command, by: str = "director") -> None:
        given.add(snake(type(command).__name__))
        revision = desk.episode.revision
        assert await desk.do(command, by) == desk.episode.revision > revision, command

    await do(cmd.SetTitle(Names("五水共治（终）")), "producer")
    await do(cmd.InsertSegment(tram, before="housing"))
    await do(cmd.EditSegment(replace(tram, film="夜班车")))
    await do(cmd.SetPledge("tram", "明年六月前通车", "2027-06-30"), "producer")
    await do(cmd.LookBackOn("p1"), "producer")
    await do(cmd.LookBackOn("p1", before="tram"), "producer")
    await do(cmd.JoinSeat("A-01", 1), "seat A-01")
    await do(cmd.ReissueSeat("A-01"))
    await do(cmd.ChooseSegment("tram"))
    await do(cmd.Cue("bar"))
    await do(cmd.Take())
    await do(cmd.Arm("tram"))
    run = desk.run.id
    await do(cmd.Open(run, duration_ms=60_000))
    await do(cmd.Extend(run))
    await do(cmd.Pause(run))
    await do(cmd.Resume(run))
    await do(cmd.AskVoid(run, "话筒坏了"))
    await do(cmd.DropVoid(run))
    await do(cmd.Close(run))
    await desk.closed()  # finish, the server's own
    await do(cmd.Verify(run), "verifier")
    await do(cmd.Reveal(run))
    await do(cmd.AskCorrection(run, "席位 A-01 的设备有误", "赛后复查"))
    await do(cmd.DropCorrection(run))
    await do(cmd.AskCorrection(run, "席位 A-02 的设备有误", "赛后复查"))
    await do(cmd.ConfirmCorrection(run), "verifier")
    await do(cmd.Arm("tram", reason="重来"))
    await do(cmd.Open(desk.run.id))
    await do(cmd.AskVoid(desk.run.id, "画面错了"))
    await do(cmd.ConfirmVoid(desk.run.id), "producer")
    await do(cmd.Out())
    await do(cmd.Blank())
    await do(cmd.Restore())
    await do(cmd.Report("note", "a sentence"), "server")
    await do(cmd.Forget(), "command line")
    assert given | {"finish"} == set(COMMANDS)

    again = desk.again()
    await again.director.load()
    assert again.episode == desk.episode
    history = await desk.director.history()
    assert [logged.revision for logged in history] == list(range(1, desk.episode.revision + 1))
    assert desk.changed == [logged.event for logged in history]
    assert desk.director.recent == list(history)


async def test_events_say_who_and_when(desk: Desk) -> None:
    desk.time.pass_ms(1_234)
    await desk.do(cmd.SetPledge("water", "年底前"), by="producer 甲")
    last = (await desk.director.history())[-1]
    assert (last.by, last.at_ms) == ("producer 甲", NOON_MS + 1_234)
    assert last.event == ev.SegmentEdited(replace(WATER, pledge="年底前"))


async def test_screens_hear_of_an_event_only_when_it_is_durable(store: Line, time: Time) -> None:
    seen: list[tuple[int, int]] = []

    async def changed(episode: Episode, event: ev.Event) -> None:
        stored = [logged async for logged in store.events("e1")]
        seen.append((episode.revision, len(stored)))

    director = Director(
        "e1", Outside(store, time.now_ms, nothing_waits, changed, print, a_look_back)
    )
    await director.make([ev.EpisodeMade("e1", Names("问政"), Names("五水"))], "test")
    await director.command(cmd.SetRundown((WATER,)), "producer")
    await director.command(cmd.Blank(), "director")
    assert seen == [(1, 1), (2, 2), (3, 3)]


async def test_the_newest_events_are_kept_at_hand_and_no_more(desk: Desk) -> None:
    for _ in range(LOG_KEPT // 2 + 5):
        await desk.do(cmd.Blank())
        await desk.do(cmd.Restore())
    recent = desk.director.recent
    assert len(recent) == LOG_KEPT
    assert recent[-1].revision == desk.episode.revision
    assert [one.revision for one in recent] == list(
        range(desk.episode.revision - LOG_KEPT + 1, desk.episode.revision + 1)
    )


async def test_a_command_with_nothing_to_do_is_done_and_logs_nothing(desk: Desk) -> None:
    revision = desk.episode.revision
    assert await desk.do(cmd.Restore()) == revision
    assert await desk.do(cmd.ChooseSegment("water")) == revision
    assert desk.episode.revision == revision


# --- two directors ---


async def test_a_decision_that_rests_on_an_old_state_is_refused(desk: Desk) -> None:
    seen = desk.episode.revision
    await desk.do(cmd.Blank(), expect=seen)
    with pytest.raises(RevisionMismatch, match=f"at revision {seen + 1}, not {seen}"):
        await desk.do(cmd.Restore(), expect=seen)
    assert desk.episode.blanked
    await desk.do(cmd.Restore(), expect=seen + 1)
    await desk.do(cmd.Blank(), expect=0)


async def test_two_directors_at_once_have_one_winner_each_time(desk: Desk) -> None:
    """Two hundred races; what is in the log is what the winners were told, in their order."""
    winners: list[tuple[int, str]] = []
    start = desk.episode.revision

    async def press(name: str, seen: int, number: int) -> None:
        revision = await desk.do(cmd.SetPledge("water", f"{name} {number}"), name, seen)
        winners.append((revision, f"{name} {number}"))

    for number in range(200):
        seen = desk.episode.revision
        presses = [press(name, seen, number) for name in ("director", "producer")]
        results = await asyncio.gather(
            *(presses if number % 2 else presses[::-1]), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == [
            "NoneType",
            "RevisionMismatch",
        ]
    history = (await desk.director.history())[start:]
    pledges = [
        (logged.revision, logged.event.segment.pledge)
        for logged in history
        if isinstance(logged.event, ev.SegmentEdited)
    ]
    assert pledges == winners
    assert len(winners) == 200
    assert {text.split()[0] for _, text in winners} == {"director", "producer"}


async def test_commands_given_at_once_without_a_revision_are_all_carried_out_in_turn(
    desk: Desk,
) -> None:
    start = desk.episode.revision
    revisions = await asyncio.gather(
        *(desk.do(cmd.SetPledge("water", f"第{n}条")) for n in range(50))
    )
    assert revisions == list(range(start + 1, start + 51))
    assert desk.episode.segments[0].pledge == "第49条"


async def test_two_servers_on_one_log_never_write_over_each_other(desk: Desk) -> None:
    """It is not how livevote is run; if somebody does, one refuses, reads, and goes on."""
    other = desk.again()
    await other.director.load()
    await other.director.take_over()
    won = lost = 0
    for number in range(60):
        results = await asyncio.gather(
            desk.do(cmd.SetPledge("water", f"one {number}")),
            other.do(cmd.SetPledge("water", f"two {number}")),
            return_exceptions=True,
        )
        for result in results:
            won += isinstance(result, int)
            lost += isinstance(result, RevisionMismatch)
    assert won + lost == 120
    assert won >= 60
    assert lost
    history = await desk.director.history()
    assert [logged.revision for logged in history] == list(range(1, len(history) + 1))
    for each in (desk, other):
        await each.director.load()
        assert each.episode == fold(empty("e1"), history)


# --- arm and open ---


async def test_arming_shows_that_the_store_holds_nothing_for_this_run(desk: Desk) -> None:
    await desk.do(cmd.Arm("water"))
    assert desk.phase_now() is Phase.ARMED
    assert await desk.store.window(desk.key) == {"phase": "armed"}
    assert await desk.store.tally(desk.key) == recount([])


async def test_a_run_for_which_the_store_holds_ballots_is_not_armed(
    desk: Desk, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livevote.hub.director.secrets.token_hex", lambda size: "stuffed")
    await client.zadd(RunKey("e1", "stuffed").ballots, {"somebody": 100})
    told = await refused(desk, cmd.Arm("water"))
    assert isinstance(told, WrongPhase)
    assert "zero-check failed: the store holds 1 ballots" in str(told)


async def test_every_run_has_an_id_and_a_code_of_its_own(desk: Desk) -> None:
    for segment in ("water", "housing", "water"):
        await desk.bring_to(Phase.CLOSED, segment)
    runs = desk.episode.runs
    assert [(run.code, run.attempt) for run in runs] == [("R01", 1), ("R02", 1), ("R03", 2)]
    assert len({run.id for run in runs}) == 3


async def test_what_a_client_says_of_the_servers_own_facts_is_ignored(desk: Desk) -> None:
    await desk.do(cmd.Arm("water", run="mine", ballots_found=7))
    assert desk.run.id != "mine"
    await desk.do(cmd.Open(desk.run.id))
    await desk.vote(1, 80)
    await desk.do(cmd.Close(desk.run.id, closed_ms=NOON_MS + 3_600_000))
    assert desk.run.closed_ms == desk.time.now_ms()
    await desk.closed()
    await desk.do(cmd.Verify(desk.run.id, matches=False, size=99), by="verifier")
    assert isinstance(desk.changed[-1], ev.RunVerified)
    assert desk.changed[-1].size == 1
    invented = compute(desk.run.rules, {}, recount([]))
    await desk.do(cmd.Reveal(desk.run.id, result=invented))
    assert desk.run.result is not None
    assert (desk.run.result.figure, desk.run.result.n) == ("80.0", 1)


@pytest.mark.parametrize("change_allowed", [True, False])
async def test_an_open_window_holds_the_frozen_rules(desk: Desk, change_allowed: bool) -> None:
    await ruled(desk, change_allowed=change_allowed, duration_ms=60_000)
    await desk.do(cmd.Arm("water"))
    await ruled(desk, change_allowed=not change_allowed, duration_ms=5_000)
    desk.time.pass_ms(500)
    await desk.do(cmd.Open(desk.run.id))
    assert await desk.store.window(desk.key) == {
        "phase": "open",
        "opened_ms": str(NOON_MS + 500),
        "deadline_ms": str(NOON_MS + 60_500),
        "until_ms": "0",
        "change": str(int(change_allowed)),
        "viewers": desk.run.rules.viewers_panel,
        "later_ms": "0",
    }
    assert await desk.vote(1, 80) is Answer.COUNTED
    assert await desk.vote(1, 70, seq=2) is (Answer.COUNTED if change_allowed else Answer.FINAL)


# --- the window, as a ballot meets it ---


async def test_a_ballot_counts_only_inside_the_window(desk: Desk) -> None:
    await desk.do(cmd.Arm("water"))
    assert await desk.vote(1) is Answer.NOT_OPEN
    desk.time.pass_ms(1_000)
    await desk.do(cmd.Open(desk.run.id))
    opened = desk.time.now_ms()
    assert await desk.vote(1, received_ms=opened - 1) is Answer.NOT_OPEN
    assert await desk.vote(2, received_ms=opened) is Answer.COUNTED
    desk.time.pass_ms(10_000)
    assert await desk.vote(3) is Answer.COUNTED
    await desk.do(cmd.Close(desk.run.id))
    closed = desk.run.closed_ms
    assert closed == desk.time.now_ms()
    # During the grace the time of arrival decides, not the time of writing.
    desk.time.pass_ms(1_000)
    assert await desk.vote(4, received_ms=closed) is Answer.COUNTED
    assert await desk.vote(5, received_ms=closed + 1) is Answer.LATE
    assert await desk.vote(6) is Answer.LATE
    await desk.closed()
    assert await desk.vote(7, received_ms=closed) is Answer.LATE
    assert await desk.vote(2, received_ms=opened) is Answer.AGAIN
    assert [entry.voter[0] for entry in await desk.store.entries(desk.key)] == [2, 3, 4]
    assert desk.run.size == 3


async def test_late_and_paused_ballots_are_kept_on_their_own_list(desk: Desk) -> None:
    await desk.bring_to(Phase.PAUSED)
    desk.time.pass_ms(1)
    await desk.vote(2, 30)
    await desk.do(cmd.Close(desk.run.id))
    await desk.vote(3, 40, received_ms=desk.time.now_ms() + 1)
    turned = [one async for batch in desk.store.turned(desk.key) for one in batch]
    assert [(one.voter[0], one.value, one.answer) for one in turned] == [
        (2, 30, Answer.PAUSED),
        (3, 40, Answer.LATE),
    ]


async def test_a_pause_lets_in_what_arrived_before_it_and_nothing_else(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    desk.time.pass_ms(5_000)
    await desk.do(cmd.Pause(desk.run.id))
    paused = desk.time.now_ms()
    assert await desk.vote(2, received_ms=paused) is Answer.COUNTED
    assert await desk.vote(3, received_ms=paused + 1) is Answer.PAUSED
    desk.time.pass_ms(5_000)
    assert await desk.vote(4) is Answer.PAUSED
    await desk.do(cmd.Resume(desk.run.id))
    assert await desk.vote(4) is Answer.COUNTED


async def test_closed_from_a_pause_what_came_during_the_pause_stays_out(desk: Desk) -> None:
    await desk.bring_to(Phase.PAUSED)
    paused = desk.time.now_ms()
    desk.time.pass_ms(5_000)
    during = desk.time.now_ms()
    desk.time.pass_ms(5_000)
    await desk.do(cmd.Close(desk.run.id))
    assert desk.run.closed_ms == desk.time.now_ms()
    assert await desk.vote(2, received_ms=during) is Answer.LATE
    assert await desk.vote(3, received_ms=paused) is Answer.COUNTED
    await desk.closed()
    assert desk.run.size == 2


# --- viewers have the show later ---

DELAYED: dict[str, Any] = {"panels": PANELS, "channels": (Channel("tv", Names("电视"), 8_000),)}


async def viewer_votes(desk: Desk, number: int, received_ms: int) -> Answer:
    voter = number.to_bytes(16, "big")
    given = Ballot(voter, "online", 1, 80, received_ms)
    [outcome] = await desk.store.commit(desk.key, [given])
    return outcome.answer


async def test_viewers_close_later_than_the_studio_and_only_then_the_grace_begins(
    desk: Desk,
) -> None:
    await ruled(desk, duration_ms=60_000, **DELAYED)
    await desk.bring_to(Phase.OPEN)
    deadline = desk.run.deadline_ms
    desk.time.pass_ms(60_000)
    await desk.phase(Phase.CLOSING)
    assert desk.run.closed_ms == deadline
    assert await desk.vote(2, received_ms=deadline + 1) is Answer.LATE
    assert await viewer_votes(desk, 3, deadline + 8_000) is Answer.COUNTED
    assert await viewer_votes(desk, 4, deadline + 8_001) is Answer.LATE
    desk.time.pass_ms(9_000)
    await calm()
    assert desk.phase_now() is Phase.CLOSING
    desk.time.pass_ms(1_500)
    await desk.phase(Phase.CLOSED)
    assert desk.run.later_ms == 8_000


async def test_a_pause_stops_viewers_at_once_and_so_does_a_close_from_it(desk: Desk) -> None:
    await ruled(desk, **DELAYED)
    await desk.bring_to(Phase.PAUSED)
    paused = desk.time.now_ms()
    assert await viewer_votes(desk, 3, paused + 1) is Answer.PAUSED
    await desk.do(cmd.Resume(desk.run.id))
    assert await viewer_votes(desk, 3, desk.time.now_ms()) is Answer.COUNTED
    await desk.do(cmd.Pause(desk.run.id))
    desk.time.pass_ms(10)
    await desk.do(cmd.Close(desk.run.id))
    assert await viewer_votes(desk, 4, desk.run.closed_ms) is Answer.LATE
    assert desk.run.later_ms == 0
    desk.time.pass_ms(2_500)
    await desk.phase(Phase.CLOSED)


async def test_viewers_keep_their_time_over_a_restart(desk: Desk) -> None:
    await ruled(desk, **DELAYED)
    await desk.bring_to(Phase.CLOSING)
    closed = desk.run.closed_ms
    desk.time.pass_ms(3_000)
    again = await restarted(desk)
    assert again.phase_now() is Phase.CLOSING
    assert await viewer_votes(again, 3, closed + 8_000) is Answer.COUNTED
    desk.time.pass_ms(7_500)
    await again.phase(Phase.CLOSED)
    again.director.stop()


# --- deadlines ---


async def test_the_deadline_closes_by_itself_with_t_the_deadline(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    deadline = desk.run.deadline_ms
    assert deadline == NOON_MS + 60_000
    desk.time.pass_ms(59_000)
    await calm()
    assert desk.phase_now() is Phase.OPEN
    desk.time.pass_ms(1_700)  # the timer is late, T is not
    await desk.phase(Phase.CLOSING)
    assert desk.run.closed_ms == deadline
    assert await desk.vote(2, received_ms=deadline) is Answer.COUNTED
    assert await desk.vote(3, received_ms=deadline + 1) is Answer.LATE
    closing = next(e for e in await desk.director.history() if isinstance(e.event, ev.RunClosing))
    assert closing.by == "server"
    # Real time goes by as well: not to the millisecond, on a machine that is busy.
    desk.time.pass_ms(300)
    await calm()
    assert desk.phase_now() is Phase.CLOSING, "the grace is counted from T"
    desk.time.pass_ms(1_000)
    await desk.phase(Phase.CLOSED)


async def test_a_run_without_a_deadline_stays_open_until_somebody_closes(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    desk.time.pass_ms(3_600_000)
    await calm()
    assert desk.phase_now() is Phase.OPEN
    assert await desk.vote(2) is Answer.COUNTED


async def test_a_ballot_after_the_deadline_is_late_even_where_nobody_closed(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    assert await desk.vote(2, received_ms=desk.run.deadline_ms) is Answer.COUNTED
    assert await desk.vote(3, received_ms=desk.run.deadline_ms + 1) is Answer.LATE


@pytest.mark.parametrize("how", [cmd.Close, cmd.Pause])
async def test_a_deadline_whose_timer_is_late_holds_all_the_same(
    desk: Desk, how: Callable[[str], cmd.Command]
) -> None:
    """The director presses in the moment between the deadline and the server's own close."""
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    deadline = desk.run.deadline_ms
    desk.director.stop()
    desk.time.pass_ms(63_000)
    await desk.do(how(desk.run.id))
    assert await desk.vote(2, received_ms=deadline) is Answer.COUNTED
    late = await desk.vote(3, received_ms=deadline + 1)
    assert late is (Answer.LATE if how is cmd.Close else Answer.PAUSED)
    if how is cmd.Close:
        assert desk.run.closed_ms == deadline


async def test_stale_timer_does_nothing(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    await desk.do(cmd.Extend(desk.run.id, by_ms=15_000))
    desk.time.pass_ms(70_000)
    await calm()
    assert desk.phase_now() is Phase.OPEN
    assert await desk.vote(2) is Answer.COUNTED
    desk.time.pass_ms(5_000)
    await desk.phase(Phase.CLOSING)
    assert desk.run.closed_ms == NOON_MS + 75_000


async def test_a_timer_that_has_struck_while_the_run_is_being_extended_does_nothing(
    desk: Desk,
) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    gate = desk.store.hold_up("lv2_append")
    extending = asyncio.create_task(desk.do(cmd.Extend(desk.run.id, by_ms=15_000)))
    await soon(desk.store.held_up.wait())
    desk.time.pass_ms(61_000)
    await calm()  # the timer strikes and waits for its turn
    gate.set()
    await soon(extending)
    await desk.do(cmd.Blank())  # whoever waited has had their turn
    assert desk.phase_now() is Phase.OPEN
    assert desk.run.deadline_ms == NOON_MS + 75_000
    assert await desk.vote(2) is Answer.COUNTED


@pytest.mark.parametrize("end", ["close", "void", "pause"])
async def test_a_timer_acts_on_its_own_run_alone(desk: Desk, end: str) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    if end == "pause":
        await desk.do(cmd.Pause(desk.run.id))
        desk.time.pass_ms(100_000)
        await calm()
        assert desk.phase_now() is Phase.PAUSED
        return
    if end == "close":
        await desk.do(cmd.Close(desk.run.id))
        await desk.closed()
    else:
        await desk.do(cmd.AskVoid(desk.run.id, "停电"))
        await desk.do(cmd.ConfirmVoid(desk.run.id), by="producer")
    await ruled(desk, duration_ms=0)
    await desk.bring_to(Phase.OPEN, "housing")
    desk.time.pass_ms(100_000)
    await calm()
    assert desk.phase_now() is Phase.OPEN
    assert await desk.vote(2) is Answer.COUNTED


async def test_extending_moves_the_deadline_in_the_window_too(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    await desk.do(cmd.Extend(desk.run.id, by_ms=15_000))
    await desk.do(cmd.Extend(desk.run.id, by_ms=15_000))
    assert desk.run.deadline_ms == NOON_MS + 90_000
    assert await desk.vote(2, received_ms=NOON_MS + 90_000) is Answer.COUNTED
    assert await desk.vote(3, received_ms=NOON_MS + 90_001) is Answer.LATE


async def test_a_pause_keeps_what_is_left_of_the_time(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    desk.time.pass_ms(20_000)
    await desk.do(cmd.Pause(desk.run.id))
    assert (desk.run.left_ms, desk.run.deadline_ms) == (40_000, 0)
    desk.time.pass_ms(300_000)
    await calm()
    assert desk.phase_now() is Phase.PAUSED
    await desk.do(cmd.Resume(desk.run.id))
    assert (desk.run.left_ms, desk.run.deadline_ms) == (0, NOON_MS + 360_000)
    assert await desk.vote(2, received_ms=NOON_MS + 360_000) is Answer.COUNTED
    assert await desk.vote(3, received_ms=NOON_MS + 360_001) is Answer.LATE
    desk.time.pass_ms(40_000)
    await desk.phase(Phase.CLOSING)
    assert desk.run.closed_ms == NOON_MS + 360_000


async def test_a_pause_of_a_run_without_a_deadline_gives_it_none(desk: Desk) -> None:
    await desk.bring_to(Phase.PAUSED)
    await desk.do(cmd.Resume(desk.run.id))
    assert (desk.run.left_ms, desk.run.deadline_ms) == (0, 0)


async def test_a_stopped_director_closes_nothing_any_more(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    desk.director.stop()
    desk.time.pass_ms(100_000)
    await calm()
    assert desk.phase_now() is Phase.OPEN


# --- closing ---


async def test_a_run_is_closed_when_the_grace_is_over_and_its_size_is_final(desk: Desk) -> None:
    await desk.bring_to(Phase.CLOSING)
    desk.time.pass_ms(1_000)
    await calm()
    assert desk.phase_now() is Phase.CLOSING
    await desk.vote(2, received_ms=desk.run.closed_ms)
    desk.time.pass_ms(1_000)
    await desk.phase(Phase.CLOSED)
    assert (desk.run.size, desk.run.finished_ms) == (2, desk.time.now_ms())
    assert (await desk.store.window(desk.key))["phase"] == "closed"


async def test_a_run_is_not_closed_while_a_ballot_that_was_taken_has_no_answer(
    store: Line, time: Time
) -> None:
    waiting = asyncio.Event()
    asked: list[RunKey] = []

    async def drained(run: RunKey) -> None:
        asked.append(run)
        await waiting.wait()

    desk = await Desk.at(store, time, drained).prepare()
    await desk.bring_to(Phase.CLOSING)
    time.pass_ms(2_000)
    await until(lambda: bool(asked))
    assert asked == [desk.key]
    assert desk.phase_now() is Phase.CLOSING
    # It reached the server in time and was held up: it counts.
    assert await desk.vote(2, received_ms=desk.run.closed_ms) is Answer.COUNTED
    waiting.set()
    await desk.phase(Phase.CLOSED)
    assert desk.run.size == 2
    desk.director.stop()


async def test_what_the_kernel_holds_at_the_close_is_read_before_t(desk: Desk) -> None:
    """Bytes that were there before the director pressed get their turn first."""
    await desk.bring_to(Phase.OPEN)
    closing = asyncio.create_task(desk.do(cmd.Close(desk.run.id)))
    order: list[str] = []
    closing.add_done_callback(lambda task: order.append("closed"))
    asyncio.get_running_loop().call_soon(order.append, "read")
    await asyncio.sleep(0)
    desk.time.pass_ms(3)  # reading took a moment
    await soon(closing)
    await calm()
    assert order == ["read", "closed"]
    assert desk.run.closed_ms == NOON_MS + 3


async def test_a_ballot_that_is_counted_while_the_close_is_on_its_way_came_before_t(
    desk: Desk,
) -> None:
    await desk.bring_to(Phase.OPEN)
    gate = desk.store.hold_up("closing")
    closing = asyncio.create_task(desk.do(cmd.Close(desk.run.id)))
    await soon(desk.store.held_up.wait())
    desk.time.pass_ms(5)
    assert await desk.vote(8) is Answer.COUNTED
    gate.set()
    await soon(closing)
    assert desk.run.closed_ms == NOON_MS + 5
    desk.time.pass_ms(1)
    assert await desk.vote(9) is Answer.LATE


async def test_of_two_closes_at_once_one_is_told_that_it_is_closing(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    results = await asyncio.gather(
        *(desk.do(cmd.Close(desk.run.id)) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["WrongPhase", "int"]
    assert desk.phase_now() is Phase.CLOSING


# --- verification and reveal ---


async def test_a_person_verifies_where_the_rules_ask_for_one(desk: Desk) -> None:
    await desk.bring_to(Phase.CLOSED)
    desk.time.pass_ms(3_600_000)
    await calm()
    assert desk.phase_now() is Phase.CLOSED
    assert isinstance(await refused(desk, cmd.Reveal(desk.run.id)), WrongPhase)
    assert isinstance(await refused(desk, cmd.Verify(desk.run.id), by="server"), NotAllowed)
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    assert (desk.phase_now(), desk.run.verified_by) == (Phase.VERIFIED, "verifier")


async def test_the_server_verifies_where_the_rules_say_so(desk: Desk) -> None:
    await ruled(desk, verification=Verification.AUTOMATIC)
    await desk.bring_to(Phase.VERIFIED)
    assert desk.run.verified_by == "server"
    assert desk.changed[-2:] == [ev.RunClosed(desk.run.id, 1), ev.RunVerified(desk.run.id, 1)]


async def change_tally(client: Redis, run: RunKey) -> None:
    await client.hincrby(run.tally, "studio:80", 1)


async def change_size(client: Redis, run: RunKey) -> None:
    await client.hincrby(run.tally, "size", 1)


async def change_of_record(client: Redis, run: RunKey) -> None:
    await client.zadd(run.ballots, {bytes([1]) * 16: 100})


async def stuff_of_record(client: Redis, run: RunKey) -> None:
    await client.zadd(run.ballots, {"somebody else": 80})


async def stray_of_record(client: Redis, run: RunKey) -> None:
    await client.zadd(run.ballots, {"somebody else": 77.5})


async def lose_log(client: Redis, run: RunKey) -> None:
    await client.delete(run.log)


async def double_log(client: Redis, run: RunKey) -> None:
    found: Any = await client.xrange(run.log)
    [(_, fields)] = found
    await client.xadd(run.log, fields, id="9-0")


TAMPERING = (
    change_tally,
    change_size,
    change_of_record,
    stuff_of_record,
    stray_of_record,
    lose_log,
    double_log,
)


@pytest.mark.parametrize("tamper", TAMPERING)
async def test_a_recount_that_differs_is_logged_and_verifies_nothing(
    desk: Desk, client: Redis, tamper: Callable[[Redis, RunKey], Awaitable[None]]
) -> None:
    await desk.bring_to(Phase.CLOSED)
    await tamper(client, desk.key)
    with pytest.raises(WrongPhase, match="the recount differs from the tally"):
        await desk.do(cmd.Verify(desk.run.id), by="verifier")
    assert desk.phase_now() is Phase.CLOSED
    incident = (await desk.director.history())[-1]
    assert isinstance(incident.event, ev.Incident)
    assert (incident.event.kind, incident.event.run) == ("recount_differs", desk.run.id)
    assert desk.run.code in incident.event.text
    assert isinstance(await refused(desk, cmd.Reveal(desk.run.id)), WrongPhase)


async def test_a_count_that_was_put_right_can_be_verified(desk: Desk, client: Redis) -> None:
    await desk.bring_to(Phase.CLOSED)
    await client.hincrby(desk.key.tally, "studio:80", 1)
    with pytest.raises(WrongPhase):
        await desk.do(cmd.Verify(desk.run.id), by="verifier")
    await client.hincrby(desk.key.tally, "studio:80", -1)
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    assert desk.phase_now() is Phase.VERIFIED


async def test_a_recount_that_differs_does_not_end_the_show(desk: Desk, client: Redis) -> None:
    """Where the server verifies by itself nobody waits for its refusal."""
    await ruled(desk, verification=Verification.AUTOMATIC)
    await desk.bring_to(Phase.CLOSING)
    await client.hincrby(desk.key.tally, "studio:80", 1)
    desk.time.pass_ms(2_000)
    await until(lambda: isinstance(desk.changed[-1], ev.Incident), "the incident")
    assert desk.phase_now() is Phase.CLOSED
    assert not desk.failed
    await client.hincrby(desk.key.tally, "studio:80", -1)
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    assert desk.phase_now() is Phase.VERIFIED


async def test_reveal_seals_the_result_of_the_log_and_puts_it_on_the_board(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    for number, value in ((2, 60), (3, 61), (1, 90)):
        await desk.vote(number, value, seq=2 if number == 1 else 1)
    await desk.do(cmd.Close(desk.run.id))
    await desk.closed()
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    await desk.do(cmd.Reveal(desk.run.id))
    of_log = recount(await desk.store.entries(desk.key))
    assert desk.run.result == compute(desk.run.rules, desk.run.eligible, of_log)
    assert desk.run.result.figure == "70.3"  # (90 + 60 + 61) / 3
    assert (desk.run.result.n, desk.run.result.N, desk.run.result.size) == (3, 3, 4)
    assert await desk.store.board("e1") == [("water", 703)]


async def test_nothing_changes_a_revealed_result(desk: Desk, client: Redis) -> None:
    await desk.bring_to(Phase.REVEALED)
    sealed = desk.run.result
    await client.hset(desk.key.tally, "studio:80", "999")
    for command in (
        cmd.Reveal(desk.run.id),
        cmd.Open(desk.run.id),
        cmd.Close(desk.run.id),
        cmd.AskVoid(desk.run.id, "不喜欢"),
        cmd.Verify(desk.run.id),
    ):
        assert isinstance(await refused(desk, command), WrongPhase)
    again = desk.again()
    await again.director.load()
    await again.director.take_over()
    assert again.run.result == desk.run.result == sealed
    assert await desk.store.board("e1") == [("water", 800)]


async def test_a_run_without_a_ballot_is_revealed_without_a_figure(desk: Desk) -> None:
    await desk.do(cmd.Arm("water"))
    await desk.do(cmd.Open(desk.run.id))
    await desk.do(cmd.Close(desk.run.id))
    await desk.closed()
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    await desk.do(cmd.Reveal(desk.run.id))
    assert isinstance(desk.run.result, Result)
    assert (desk.run.result.figure, desk.run.result.n) == ("", 0)
    assert await desk.store.board("e1") == []


async def test_the_board_orders_segments_and_a_rerun_replaces_its_own(desk: Desk) -> None:
    await desk.bring_to(Phase.REVEALED, "water")
    await desk.do(cmd.Arm("housing"))
    await desk.do(cmd.Open(desk.run.id))
    await desk.vote(1, 95)
    await desk.do(cmd.Close(desk.run.id))
    await desk.closed()
    await desk.do(cmd.Verify(desk.run.id), by="verifier")
    await desk.do(cmd.Reveal(desk.run.id))
    assert await desk.store.board("e1") == [("housing", 950), ("water", 800)]
    await desk.bring_to(Phase.REVEALED, "housing")
    assert sorted(await desk.store.board("e1")) == [("housing", 800), ("water", 800)]


# --- void and re-run ---


async def test_a_void_needs_two_people_once_a_run_was_open(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    run = desk.run.id
    assert isinstance(await refused(desk, cmd.AskVoid(run, "  ")), BadInput)
    assert isinstance(await refused(desk, cmd.ConfirmVoid(run)), WrongPhase)
    await desk.do(cmd.AskVoid(run, "话筒坏了"))
    assert desk.phase_now() is Phase.OPEN
    assert await desk.vote(2) is Answer.COUNTED
    told = await refused(desk, cmd.ConfirmVoid(run))
    assert isinstance(told, NotAllowed)
    assert "second person" in str(told)
    await desk.do(cmd.ConfirmVoid(run), by="producer")
    assert desk.phase_now() is Phase.VOID
    assert (desk.run.void_reason, desk.run.void_asked_by, desk.run.voided_by) == (
        "话筒坏了",
        "director",
        "producer",
    )
    assert (await desk.store.window(desk.key))["phase"] == "void"
    assert await desk.vote(3) is Answer.NOT_OPEN


async def test_a_run_that_nobody_voted_in_is_voided_by_one(desk: Desk) -> None:
    await desk.bring_to(Phase.ARMED)
    await desk.do(cmd.AskVoid(desk.run.id, "选错单位"))
    assert desk.phase_now() is Phase.VOID
    assert await desk.vote(1) is Answer.NOT_OPEN


async def test_a_run_that_somebody_wants_void_is_not_revealed(desk: Desk) -> None:
    await desk.bring_to(Phase.VERIFIED)
    await desk.do(cmd.AskVoid(desk.run.id, "重复投票"), by="producer")
    told = await refused(desk, cmd.Reveal(desk.run.id))
    assert "producer asked to void this run" in str(told)
    await desk.do(cmd.DropVoid(desk.run.id))
    await desk.do(cmd.Reveal(desk.run.id))
    assert desk.phase_now() is Phase.REVEALED


@pytest.mark.parametrize(
    "phase", [Phase.PAUSED, Phase.CLOSING, Phase.CLOSED, Phase.VERIFIED], ids=str
)
async def test_a_run_can_be_voided_until_it_is_revealed(desk: Desk, phase: Phase) -> None:
    await desk.bring_to(phase)
    await desk.do(cmd.AskVoid(desk.run.id, "停电"))
    await desk.do(cmd.ConfirmVoid(desk.run.id), by="verifier")
    assert desk.phase_now() is Phase.VOID
    desk.time.pass_ms(60_000)
    await calm()
    assert desk.phase_now() is Phase.VOID
    assert await desk.vote(9) is Answer.NOT_OPEN
    assert len(await desk.store.entries(desk.key)) == 1, "the ballots stay in the log"


async def test_a_rerun_needs_a_reason_and_leaves_the_old_run_as_it_was(desk: Desk) -> None:
    await desk.bring_to(Phase.REVEALED)
    first, entries = desk.run, await desk.store.entries(desk.key)
    told = await refused(desk, cmd.Arm("water"))
    assert isinstance(told, BadInput)
    assert (told.where, "R01" in str(told)) == ("reason", True)
    await desk.do(cmd.Arm("water", reason="计时有误"))
    second = desk.run
    assert second.id != first.id
    assert (second.code, second.attempt, second.rerun_reason) == ("R02", 2, "计时有误")
    await desk.do(cmd.Open(second.id))
    assert await desk.vote(1, 10) is Answer.COUNTED
    assert desk.episode.runs[0] == first
    assert await desk.store.entries(RunKey("e1", first.id)) == entries


async def test_after_a_void_no_reason_is_needed_to_vote_again(desk: Desk) -> None:
    await desk.bring_to(Phase.ARMED)
    await desk.do(cmd.AskVoid(desk.run.id, "选错单位"))
    await desk.do(cmd.Arm("water"))
    assert (desk.run.code, desk.run.attempt) == ("R02", 2)


# --- the store goes away, or the server ends, in the middle of something ---

WINDOWS = {
    Phase.ARMED: "armed",
    Phase.OPEN: "open",
    Phase.PAUSED: "paused",
    Phase.CLOSING: "closing",
    Phase.CLOSED: "closed",
    Phase.VERIFIED: "closed",
    Phase.REVEALED: "closed",
    Phase.VOID: "void",
}
MEETS = {
    Phase.ARMED: Answer.NOT_OPEN,
    Phase.OPEN: Answer.COUNTED,
    Phase.PAUSED: Answer.PAUSED,
    Phase.CLOSING: Answer.LATE,
    Phase.CLOSED: Answer.LATE,
    Phase.VERIFIED: Answer.LATE,
    Phase.REVEALED: Answer.LATE,
    Phase.VOID: Answer.NOT_OPEN,
}


async def agrees(desk: Desk) -> None:
    """Memory, log, window and board say the same; a ballot meets what they say."""
    history = await desk.director.history()
    assert [logged.revision for logged in history] == list(range(1, len(history) + 1))
    assert fold(empty("e1"), history) == desk.episode
    for run in desk.episode.runs:
        window = await desk.store.window(RunKey("e1", run.id))
        assert window["phase"] == WINDOWS[run.phase]
        if run.phase is Phase.OPEN:
            assert window["deadline_ms"] == str(run.deadline_ms)
            assert window["opened_ms"] == str(run.opened_ms)
        desk.time.pass_ms(1)
        assert await desk.vote(200, run=run.id, seq=desk.episode.revision) is MEETS[run.phase]
    revealed = [run for run in desk.episode.runs if run.phase is Phase.REVEALED]
    assert await desk.store.board("e1") == [("water", 800) for _ in revealed]


async def quiet(desk: Desk) -> None:
    """Let the server do what it must do by now, by itself."""

    def due(run: Run) -> bool:
        now_ms = desk.time.now_ms()
        return (
            (run.phase is Phase.OPEN and 0 < run.deadline_ms <= now_ms)
            or (run.phase is Phase.CLOSING and run.closed_ms + run.rules.grace_ms <= now_ms)
            or (run.phase is Phase.CLOSED and run.rules.verification is Verification.AUTOMATIC)
        )

    await until(lambda: not any(due(run) for run in desk.episode.runs), "what is due")
    await desk.director._turn.acquire()  # it has done all of it
    desk.director._turn.release()


async def to_the_end(desk: Desk) -> None:
    """The show can go on: the run comes to its end from wherever it is."""
    if not desk.episode.runs:
        await desk.do(cmd.Arm("water"))
    for _ in range(10):
        run = desk.run
        if run.void_asked_by and run.phase is not Phase.VOID:
            await desk.do(cmd.DropVoid(run.id))
        if run.phase is Phase.ARMED:
            await desk.do(cmd.Open(run.id))
        elif run.phase is Phase.PAUSED:
            await desk.do(cmd.Resume(run.id))
        elif run.phase is Phase.OPEN:
            await desk.do(cmd.Close(run.id))
        elif run.phase is Phase.CLOSING:
            await desk.closed()
        elif run.phase is Phase.CLOSED:
            await desk.do(cmd.Verify(run.id), by="verifier")
        elif run.phase is Phase.VERIFIED:
            await desk.do(cmd.Reveal(run.id))
        else:
            break
    assert desk.run.phase in (Phase.REVEALED, Phase.VOID)
    again = desk.again()
    await again.director.load()
    assert again.episode == desk.episode
    assert not desk.failed


Step = tuple[str, Phase | None, Rules, Callable[[Desk], Awaitable[Any]], str]


async def wait_for_grace(desk: Desk) -> None:
    """The server's own step: it has nobody to tell, so wait for its end or for the cut."""
    automatic = desk.run.rules.verification is Verification.AUTOMATIC
    last = Phase.VERIFIED if automatic else Phase.CLOSED
    desk.time.pass_ms(2_000)
    await until(lambda: desk.run.phase is last or desk.store.lost > 0)


async def wait_for_deadline(desk: Desk) -> None:
    desk.time.pass_ms(60_000)
    await until(lambda: desk.run.phase is Phase.CLOSING or desk.store.lost > 0)


STEPS: list[Step] = [
    ("arm", None, CAREFUL, lambda d: d.do(cmd.Arm("water")), "run_armed"),
    ("open", Phase.ARMED, TIMED, lambda d: d.do(cmd.Open(d.run.id)), "run_opened"),
    ("extend", Phase.OPEN, TIMED, lambda d: d.do(cmd.Extend(d.run.id)), "run_extended"),
    ("pause", Phase.OPEN, TIMED, lambda d: d.do(cmd.Pause(d.run.id)), "run_paused"),
    ("resume", Phase.PAUSED, TIMED, lambda d: d.do(cmd.Resume(d.run.id)), "run_resumed"),
    ("close", Phase.OPEN, CAREFUL, lambda d: d.do(cmd.Close(d.run.id)), "run_closing"),
    ("close paused", Phase.PAUSED, TIMED, lambda d: d.do(cmd.Close(d.run.id)), "run_closing"),
    ("deadline", Phase.OPEN, TIMED, wait_for_deadline, "run_closing"),
    ("finish", Phase.CLOSING, CAREFUL, wait_for_grace, "run_closed"),
    (
        "finish and verify",
        Phase.CLOSING,
        replace(CAREFUL, scale=COARSE, verification=Verification.AUTOMATIC),
        wait_for_grace,
        "run_closed",
    ),
    (
        "verify",
        Phase.CLOSED,
        replace(CAREFUL, scale=COARSE),
        lambda d: d.do(cmd.Verify(d.run.id), "verifier"),
        "run_verified",
    ),
    ("reveal", Phase.VERIFIED, CAREFUL, lambda d: d.do(cmd.Reveal(d.run.id)), "run_revealed"),
    ("void", Phase.ARMED, CAREFUL, lambda d: d.do(cmd.AskVoid(d.run.id, "错")), "run_voided"),
    ("ask void", Phase.OPEN, CAREFUL, lambda d: d.do(cmd.AskVoid(d.run.id, "错")), "void_asked"),
    (
        "confirm void",
        Phase.OPEN,
        CAREFUL,
        lambda d: d.do(cmd.ConfirmVoid(d.run.id), "producer"),
        "run_voided",
    ),
]


async def cut_short(
    desk: Desk, step: Step, call: int, fate: str
) -> tuple[asyncio.Task[Any] | None, bool]:
    """Do a step whose `call`-th trip to the store is lost; (the step where it still waits for
    the store, whether it was told to be done). None and True: it makes fewer trips."""
    name, phase, rules, act, _ = step
    await desk.prepare(rules)
    if phase:
        await desk.bring_to(phase)
    if name == "confirm void":
        await desk.do(cmd.AskVoid(desk.run.id, "错"))
    desk.time.pass_ms(10)
    desk.store.lost = 0
    desk.store.cut_at(call, fate)
    doing = asyncio.ensure_future(act(desk))
    await until(lambda: doing.done() or desk.store.down, "the step or the cut")
    await calm()
    if not doing.done():
        return doing, False
    error = doing.exception()
    assert error is None or isinstance(error, StoreDown), error
    return None, error is None


async def each_cut(
    store: Line, time: Time, client: Redis, step: Step, fate: str
) -> AsyncIterator[tuple[Desk, asyncio.Task[Any] | None, bool]]:
    """A desk after the step was cut at its first trip to the store, its second, and so on."""
    for call in range(1, 30):
        await client.flushall()
        store.mend()
        desk = Desk.at(store, time, nothing_waits)
        doing, done = await cut_short(desk, step, call, fate)
        if not store.lost:
            assert call > 1
            desk.director.stop()
            return
        store.mend()
        yield desk, doing, done
        desk.director.stop()
    raise AssertionError("a step of thirty trips?")


def happened(desk: Desk, step: Step) -> bool:
    return any(snake(type(one.event).__name__) == step[4] for one in desk.director.recent)


FATES = pytest.mark.parametrize("fate", ["call", "answer", "down"])
EACH_STEP = pytest.mark.parametrize("step", STEPS, ids=[step[0] for step in STEPS])


@FATES
@EACH_STEP
async def test_after_a_crash_anywhere_window_and_log_are_brought_together(
    store: Line, time: Time, client: Redis, step: Step, fate: str
) -> None:
    async for dead, doing, done in each_cut(store, time, client, step, fate):
        dead.director.stop()
        if doing:
            doing.cancel()
        await calm()
        await store.landed()
        desk = dead.again()
        await desk.director.load()
        await desk.director.take_over()
        if done and not step[0].startswith(("finish", "deadline")):
            assert happened(desk, step), "it was told to be done"
        await quiet(desk)
        await agrees(desk)
        await to_the_end(desk)
        desk.director.stop()


@FATES
@EACH_STEP
async def test_a_store_that_was_away_anywhere_leaves_nothing_half_done(
    store: Line, time: Time, client: Redis, step: Step, fate: str
) -> None:
    """Nobody presses anything: what was left is settled when the store is back."""
    async for desk, doing, done in each_cut(store, time, client, step, fate):
        time.pass_ms(RETRY_MS)
        if doing:
            await soon(doing)
        await until(lambda: desk.director._settled, "the director to settle")  # noqa: B023
        await quiet(desk)
        if done and not step[0].startswith(("finish", "deadline")):
            assert happened(desk, step), "it was told to be done"
        await agrees(desk)
        heard = [event for event in desk.changed if not isinstance(event, ev.Incident)]
        history = [logged.event for logged in await desk.director.history()]
        assert heard == history, "screens were told of something else than what is logged"
        await to_the_end(desk)


async def test_append_whose_reply_is_lost_is_not_written_twice(desk: Desk) -> None:
    before = desk.episode.revision
    desk.store.cut("answer")
    assert await desk.do(cmd.Blank()) == before + 1
    assert desk.changed[-1] == ev.GraphicsBlanked()
    history = await desk.director.history()
    assert len(history) == before + 1
    await desk.do(cmd.Restore())
    assert len(await desk.director.history()) == before + 2


async def test_an_append_that_never_arrived_is_refused_and_may_be_asked_again(desk: Desk) -> None:
    before = desk.episode
    desk.store.cut("call")
    with pytest.raises(StoreDown) as told:
        await desk.do(cmd.Blank())
    assert told.value.again
    assert desk.episode == before
    await desk.do(cmd.Blank())
    assert desk.episode.blanked


async def test_an_append_nobody_could_look_for_is_found_when_the_store_is_back(desk: Desk) -> None:
    """Written, then the line was cut: without looking again every later command would be
    decided on an old revision and refused."""
    desk.store.cut("down")
    with pytest.raises(StoreDown):
        await desk.do(cmd.Blank())
    assert not desk.episode.blanked
    with pytest.raises(StoreDown):
        await desk.do(cmd.Blank())
    desk.store.mend()
    await desk.do(cmd.SetPledge("water", "年底前"))
    assert desk.episode.blanked
    assert [type(event) for event in desk.changed[-2:]] == [ev.GraphicsBlanked, ev.SegmentEdited]


async def test_a_decision_on_what_was_seen_before_the_cut_is_refused(desk: Desk) -> None:
    seen = desk.episode.revision
    desk.store.cut("down")
    with pytest.raises(StoreDown):
        await desk.do(cmd.Blank(), expect=seen)
    desk.store.mend()
    with pytest.raises(RevisionMismatch):
        await desk.do(cmd.Blank(), expect=seen)


async def test_the_deadline_passes_while_the_store_is_away_and_t_is_the_deadline(
    desk: Desk,
) -> None:
    await ruled(desk, duration_ms=60_000, grace_ms=10_000)
    await desk.bring_to(Phase.OPEN)
    deadline = desk.run.deadline_ms
    desk.store.down = True
    desk.time.pass_ms(60_000)
    for tries in range(1, 5):
        await until(lambda: desk.store.lost >= tries, "a try")  # noqa: B023
        await calm()
        desk.time.pass_ms(RETRY_MS)
    desk.store.mend()
    await desk.phase(Phase.CLOSING)
    assert desk.run.closed_ms == deadline < desk.time.now_ms()
    assert await desk.vote(2, received_ms=deadline) is Answer.COUNTED
    assert await desk.vote(3, received_ms=deadline + 1) is Answer.LATE
    desk.time.pass_ms(10_000)
    await desk.phase(Phase.CLOSED)


async def test_what_is_logged_waits_for_a_store_that_is_away(desk: Desk) -> None:
    """The run is open for everyone; the window follows as soon as the store is back."""
    await desk.bring_to(Phase.ARMED)
    desk.store.cut("", "call", "call", "call")
    opening = asyncio.create_task(desk.do(cmd.Open(desk.run.id)))
    for _ in range(3):
        lost = desk.store.lost
        desk.time.pass_ms(RETRY_MS)
        await until(lambda: opening.done() or desk.store.lost > lost)  # noqa: B023
    desk.time.pass_ms(RETRY_MS)
    await soon(opening)
    assert desk.store.lost == 3
    assert await desk.vote(1) is Answer.COUNTED


async def test_a_store_that_stays_away_is_not_waited_for_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(director_module, "INSIST_S", RETRY_S)
    await desk.bring_to(Phase.ARMED)
    desk.store.cut("", "down")
    opening = asyncio.create_task(desk.do(cmd.Open(desk.run.id)))
    await until(lambda: desk.store.down)
    await calm()
    desk.time.pass_ms(RETRY_MS)
    with pytest.raises(StoreDown):
        await soon(opening)
    desk.store.mend()
    desk.time.pass_ms(RETRY_MS)
    await until(lambda: desk.director._settled)
    assert desk.phase_now() is Phase.OPEN
    assert await desk.vote(1) is Answer.COUNTED
    assert isinstance(desk.changed[-1], ev.RunOpened)


# --- after a restart ---


async def restarted(desk: Desk) -> Desk:
    desk.director.stop()
    again = desk.again()
    await again.director.load()
    await again.director.take_over()
    assert again.episode.revision >= desk.episode.revision
    return again


async def test_a_deadline_that_passed_while_the_server_was_gone_closed_the_run_then(
    desk: Desk,
) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    deadline = desk.run.deadline_ms
    desk.director.stop()
    desk.time.pass_ms(600_000)
    again = await restarted(desk)
    await again.phase(Phase.CLOSED)
    assert again.run.closed_ms == deadline
    assert await again.vote(2, received_ms=deadline + 1) is Answer.LATE
    again.director.stop()


async def test_an_open_run_goes_on_where_it_was(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    desk.time.pass_ms(10_000)
    again = await restarted(desk)
    assert again.episode == desk.episode
    assert await again.vote(2) is Answer.COUNTED
    assert await again.vote(1, 80) is Answer.AGAIN
    desk.time.pass_ms(50_000)
    await again.phase(Phase.CLOSING)
    assert again.run.closed_ms == NOON_MS + 60_000
    again.director.stop()


async def test_the_grace_goes_on_after_a_restart(desk: Desk) -> None:
    await desk.bring_to(Phase.CLOSING)
    closed = desk.run.closed_ms
    desk.time.pass_ms(500)
    again = await restarted(desk)
    assert await again.vote(2, received_ms=closed) is Answer.COUNTED
    desk.time.pass_ms(1_500)
    await again.phase(Phase.CLOSED)
    assert again.run.size == 2
    again.director.stop()


@pytest.mark.parametrize("phase", [*WINDOWS], ids=str)
async def test_a_restart_in_any_phase_changes_nothing(desk: Desk, phase: Phase) -> None:
    if phase is Phase.VOID:
        await desk.bring_to(Phase.ARMED)
        await desk.do(cmd.AskVoid(desk.run.id, "错"))
    else:
        await desk.bring_to(phase)
    again = await restarted(desk)
    assert again.episode == desk.episode
    await agrees(again)
    again.director.stop()


async def test_an_episode_that_was_only_read_takes_nothing_over(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    await desk.store.move_window(desk.key, ("open",), phase="paused", until_ms=1)
    reader = desk.again()
    await reader.director.load()
    assert reader.episode == desk.episode
    assert (await desk.store.window(desk.key))["phase"] == "paused"


# --- what stops the server ---


@pytest.mark.parametrize(
    ("phase", "window", "command"),
    [
        (Phase.ARMED, "closed", lambda run: cmd.Open(run)),
        (Phase.OPEN, "void", lambda run: cmd.Close(run)),
        (Phase.OPEN, "closed", lambda run: cmd.Pause(run)),
        (Phase.PAUSED, "closed", lambda run: cmd.Resume(run)),
    ],
    ids=["open", "close", "pause", "resume"],
)
async def test_a_window_that_is_not_where_the_log_says_stops_the_server(
    desk: Desk, phase: Phase, window: str, command: Callable[[str], cmd.Command]
) -> None:
    """Votes are never guessed."""
    await desk.bring_to(phase)
    await desk.store.move_window(desk.key, (phase.value,), phase=window)
    with pytest.raises(StoreNonsense):
        await desk.do(command(desk.run.id))
    assert [type(error) for error in desk.failed] == [StoreNonsense]
    desk.failed.clear()


async def test_a_timer_that_meets_nonsense_stops_the_server_too(desk: Desk) -> None:
    await ruled(desk, duration_ms=60_000)
    await desk.bring_to(Phase.OPEN)
    await desk.store.move_window(desk.key, ("open",), phase="void")
    desk.time.pass_ms(60_000)
    await until(lambda: bool(desk.failed), "the failure")
    assert isinstance(desk.failed[0], StoreNonsense)
    desk.failed.clear()


async def test_a_window_that_makes_no_sense_is_not_taken_over(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    await desk.store.move_window(desk.key, ("open",), phase="closed")
    again = desk.again()
    await again.director.load()
    with pytest.raises(StoreNonsense):
        await again.director.take_over()


# --- seats ---


async def test_a_seat_belongs_to_the_tablet_that_joined_until_it_is_issued_anew(
    desk: Desk,
) -> None:
    await desk.do(cmd.JoinSeat("A-01", 1), by="seat A-01")
    assert desk.episode.seat_states["A-01"] == SeatState(1, joined=True)
    assert isinstance(await refused(desk, cmd.JoinSeat("A-01", 1)), NotAllowed)
    await desk.do(cmd.ReissueSeat("A-01"))
    assert isinstance(await refused(desk, cmd.JoinSeat("A-01", 1)), NotAllowed)
    await desk.do(cmd.JoinSeat("A-01", 2), by="seat A-01")


@pytest.mark.parametrize("phase", [Phase.ARMED, Phase.OPEN, Phase.PAUSED, Phase.CLOSING], ids=str)
async def test_the_roster_is_frozen_while_a_run_is_under_way(desk: Desk, phase: Phase) -> None:
    await desk.bring_to(phase)
    assert isinstance(await refused(desk, cmd.SetRoster((Seat("Z-01"),))), WrongPhase)
    assert desk.episode.seats == SEATS


async def test_one_run_at_a_time(desk: Desk) -> None:
    await desk.bring_to(Phase.OPEN)
    told = await refused(desk, cmd.Arm("housing"))
    assert "one run at a time" in str(told)
    assert RULES.grace_ms == 0
