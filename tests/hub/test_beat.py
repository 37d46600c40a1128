"""The tick: who gets a frame, when, and what is said of a store that is away."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.phase import Phase
from livevote.core.plain import to_plain
from livevote.core.result import compute
from livevote.errors import Paused
from livevote.hub.beat import BEAT_S, OPS_EVERY, PHONES_EVERY_MAX, PHONES_EVERY_MIN, Beat
from livevote.hub.fanout import Audience
from livevote.hub.session import Identity
from livevote.hub.studio import Studio, Voter
from livevote.wire.inbound import Cast
from livevote.wire.outbound import Outbound
from tests.hub.room import CAREFUL, HELD, RULES, Device, Room, soon, until

SEAT = Voter("seat", "A-01")
A_02 = Voter("seat", "A-02")
VIEWER = Voter("viewer", "v1")


@pytest.fixture
def beat(room: Room) -> Beat:
    return room.make_beat()


async def frames(device: Device, kind: str = "tally") -> list[dict[str, Any]]:
    """The frames of a kind that wait for a device: at most the newest one."""
    return [message for message in await device.all_now() if message["t"] == kind]


async def fresh(*devices: Device) -> None:
    """Take all that waits."""
    for device in devices:
        await device.all_now()


# --- tallies ---


async def test_a_ballot_moves_the_score_on_the_next_beat(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen, console = await room.screen(studio), await room.console()
    await beat.once(1)
    await fresh(screen, console)
    await room.vote(studio, SEAT, run, 80)
    await room.vote(studio, VIEWER, run, 10)
    await beat.once(2)
    for device in (screen, console):
        [frame] = await frames(device)
        assert (frame["run"], frame["size"], frame["n"], frame["N"], frame["online"]) == (
            run,
            2,
            1,
            3,
            1,
        )
        assert frame["live"]["figure"] == "59.0"  # (700 × 80 + 300 × 10) / 1000


async def test_nothing_is_sent_where_nothing_changed(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen, phone = await room.screen(studio), await room.phone()
    await room.vote(studio, SEAT, run, 80)
    await beat.once(0)
    await fresh(screen, phone)
    sent = room.hub.stats.frames
    for count in range(1, 20):
        if count % OPS_EVERY:
            await beat.once(count)
    assert await frames(screen) == await frames(phone) == []
    assert room.hub.stats.frames == sent


async def test_screens_and_tablets_see_turnout_on_every_beat_and_phones_at_their_rate(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen, tablet, phone = await room.screen(studio), await room.tablet(studio), await room.phone()
    await beat.once(0)
    await fresh(screen, tablet, phone)
    seen: list[tuple[int, int]] = []
    for count in range(1, 7):
        await room.vote(studio, Voter("viewer", f"v{count}"), run, 50)
        await beat.once(count)
        for device in (screen, tablet):
            assert [frame["online"] for frame in await frames(device)] == [count]
        seen.extend((count, frame["online"]) for frame in await frames(phone))
    assert PHONES_EVERY_MIN == 2
    assert seen == [(2, 2), (4, 4), (6, 6)]


@pytest.mark.parametrize(
    ("took_ms", "every"), [(0, 2), (50, 2), (51, 3), (130, 6), (250, 10), (60_000, 10)]
)
async def test_phones_wait_longer_where_writing_to_them_takes_long(
    room: Room, beat: Beat, monkeypatch: pytest.MonkeyPatch, took_ms: int, every: int
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.phone()
    await room.vote(studio, SEAT, run, 80)
    show = room.hub.fanout.show

    async def slowly(audience: Audience, slot: str, message: Outbound) -> None:
        await show(audience, slot, message)
        room.time.pass_ms(took_ms if audience.channel == "voter" else 0)

    monkeypatch.setattr(room.hub.fanout, "show", slowly)
    await beat.once(PHONES_EVERY_MIN)
    assert beat.phones_every == every
    assert PHONES_EVERY_MAX * BEAT_S == 1, "never less than once a second"


async def test_what_voters_missed_between_their_beats_comes_with_the_next(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    await beat.once(0)
    await room.vote(studio, SEAT, run, 80)
    await beat.once(3)
    await fresh(phone)
    await beat.once(5)
    assert await frames(phone) == []
    await beat.once(6)
    [frame] = await frames(phone)
    assert (frame["n"], frame["live"]) == (1, None)


async def test_a_change_of_phase_brings_a_frame_although_no_ballot_came(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode(HELD)
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    await room.vote(studio, SEAT, run, 80)
    await room.closed(studio, run)
    await beat.once(1)
    await fresh(screen)
    await room.order(studio, cmd.Reveal(run))
    await beat.once(2)
    [frame] = await frames(screen)
    sealed = studio.episode.runs[-1].result
    assert frame["live"] == to_plain(sealed)


async def test_a_held_run_sends_turnout_and_no_count_to_anyone(room: Room, beat: Beat) -> None:
    studio = await room.episode(HELD)
    run = await room.opened_run(studio)
    screen, console = await room.screen(studio), await room.console()
    await room.vote(studio, SEAT, run, 80)
    await beat.once(5)
    for device in (screen, console):
        [frame] = (await frames(device))[-1:]
        assert (frame["n"], frame["N"], frame["live"]) == (1, 3, None)


@pytest.mark.parametrize("phase", [Phase.PAUSED, Phase.CLOSING])
async def test_ballots_that_are_still_written_after_a_pause_or_a_close_are_shown(
    room: Room, beat: Beat, phase: Phase
) -> None:
    studio = await room.episode(replace(RULES, grace_ms=2_000))
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    in_time = room.time.now_ms()
    await room.order(studio, cmd.Pause(run) if phase is Phase.PAUSED else cmd.Close(run))
    await beat.once(1)
    await fresh(screen)
    room.time.pass_ms(100)
    assert room.phase(studio, run) is phase
    room.hub.cast(studio, SEAT, Cast(run, 1, 80), in_time, lambda told: None)
    await until(lambda: room.hub.intake.waiting == 0)
    await beat.once(2)
    assert [frame["n"] for frame in await frames(screen)] == [1]


async def test_no_frame_of_a_run_that_is_armed_or_void_or_not_there(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    screen = await room.screen(studio)
    await fresh(screen)
    await beat.once(5)
    assert await frames(screen) == []
    run = await room.armed(studio)
    await beat.once(10)
    assert await frames(screen) == []
    await room.order(studio, cmd.AskVoid(run, "错"))
    await beat.once(15)
    assert await frames(screen) == []


async def test_another_segment_brings_the_count_of_its_own_run(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    first = await room.opened_run(studio)
    await room.vote(studio, SEAT, first, 80)
    await room.revealed(studio, first)
    second = await room.opened_run(studio, "housing")
    await room.vote(studio, SEAT, second, 10)
    await room.vote(studio, A_02, second, 10)
    await room.revealed(studio, second)
    screen = await room.screen(studio)
    await beat.once(1)
    await fresh(screen)
    await room.order(studio, cmd.ChooseSegment("water"))
    await beat.once(2)
    [frame] = await frames(screen)
    assert (frame["run"], frame["n"], frame["live"]["figure"]) == (first, 1, "80.0")


async def test_a_rerun_begins_at_nothing(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    first = await room.opened_run(studio)
    screen, console = await room.screen(studio), await room.console()
    await room.vote(studio, SEAT, first, 80)
    await room.closed(studio, first)
    await beat.once(1)
    await fresh(screen, console)
    second = await room.opened_run(studio)
    await beat.once(2)
    [frame] = await frames(screen)
    assert (frame["run"], frame["size"], frame["n"]) == (second, 0, 0)
    assert beat.ops(studio).seats_voted == 0


async def test_an_episode_nobody_watches_costs_the_store_nothing(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    await room.opened_run(studio)
    await beat.once(1)
    asked = room.store.asked
    for count in range(2, 12):
        await beat.once(count)
    assert room.store.asked == asked
    screen = await room.screen(studio)
    await beat.once(12)
    assert room.store.asked == asked + 1, "one read a beat while ballots may come"
    screen.leave()


async def test_a_run_that_is_over_is_read_no_more(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.screen(studio)
    await room.revealed(studio, run)
    await beat.once(1)
    asked = room.store.asked
    for count in range(2, 12):
        await beat.once(count)
    assert room.store.asked == asked


async def test_every_episode_has_its_own_frames(room: Room, beat: Beat) -> None:
    one, other = await room.episode(), await room.episode()
    screens = [await room.screen(studio) for studio in (one, other)]
    runs = [await room.opened_run(studio) for studio in (one, other)]
    await room.vote(one, SEAT, runs[0], 80)
    await beat.once(1)
    [first], [second] = [await frames(screen) for screen in screens]
    assert (first["run"], first["n"]) == (runs[0], 1)
    assert (second["run"], second["n"]) == (runs[1], 0)


async def test_a_late_frame_never_goes_back(room: Room, beat: Beat) -> None:
    """A read that was overtaken by a newer one is passed over."""
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    await beat.once(1)
    await room.vote(studio, SEAT, run, 80)
    stale = await room.store.tally(studio.run_key(studio.episode.runs[-1]))
    await room.vote(studio, A_02, run, 80)
    await beat.once(2)
    assert not studio.note_tally(run, stale)
    assert studio.tally.size == 2
    await fresh(screen)


# --- who has voted ---


async def test_the_seats_that_have_not_voted_are_missing(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.screen(studio)
    await beat.once(1)
    assert beat.ops(studio).missing == ["A-01", "A-02", "B-01"]
    await room.vote(studio, A_02, run, 80)
    await room.vote(studio, VIEWER, run, 80)
    ops = beat.ops(studio)
    assert (ops.missing, ops.seats_voted) == (["A-01", "B-01"], 1)


async def test_after_a_restart_the_store_says_who_has_voted(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, A_02, run, 80)
    other = await Room.opened(room.store, room.time)
    again = other.hub.studio(studio.episode.id)
    beat = other.make_beat()
    await beat.once(1)
    assert beat.ops(again).missing == ["A-01", "B-01"]
    await other.close()


@pytest.mark.parametrize("question", ["ZMSCORE", "HGETALL"])
async def test_a_seat_that_votes_while_the_store_is_asked_is_not_missing(
    room: Room, beat: Beat, question: str
) -> None:
    """The first look at a run takes two questions; ballots come between them."""
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.screen(studio)
    studio.tally_run = ""  # as after another segment was shown
    gate = room.store.hold_up(question)
    beating = asyncio.create_task(beat.once(1))
    await soon(room.store.held_up.wait())
    await room.vote(studio, SEAT, run, 80)
    gate.set()
    await soon(beating)
    assert beat.ops(studio).missing == ["A-02", "B-01"]


async def test_a_slow_look_at_one_run_says_nothing_of_the_next(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    first = await room.opened_run(studio)
    await room.vote(studio, SEAT, first, 80)
    await room.screen(studio)
    studio.tally_run = ""
    gate = room.store.hold_up("ZMSCORE")
    beating = asyncio.create_task(beat.once(1))
    await soon(room.store.held_up.wait())
    await room.closed(studio, first)
    second = await room.opened_run(studio, "housing")
    gate.set()
    await soon(beating)
    await beat.once(2)
    assert studio.tally_run == second
    assert beat.ops(studio).seats_voted == 0


# --- ops ---


async def test_staff_hear_twice_a_second_how_things_are_and_nobody_else_does(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    everyone = [
        console := await room.console(),
        await room.screen(studio),
        await room.tablet(studio),
        await room.phone(),
    ]
    await fresh(*everyone)
    heard: list[int] = []
    for count in range(11):
        await beat.once(count)
        for device in everyone:
            found = await frames(device, "ops")
            assert not found or device is console
            heard.extend(count for _ in found)
    assert heard == [0, OPS_EVERY, 2 * OPS_EVERY]


async def test_ops_say_how_the_server_and_the_audience_are(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    console = await room.console()
    await room.tablet(studio, "A-01")
    await room.tablet(studio, "B-01")
    phone = await room.phone()
    screen = await room.screen(studio)
    await Device(room.hub, Identity(account="desk", roles=frozenset({"director"}))).hello("overlay")
    screen.send("drawn", width=1920, height=1080, fps=50, size=3, agent="CasparCG", host="casparcg")
    await beat.once(1)
    await room.vote(studio, SEAT, run, 80)
    await phone.cast(run, 1, 101)
    room.time.pass_ms(250)
    await fresh(console)
    await beat.once(0)
    [ops] = await frames(console, "ops")
    assert ops == {
        "t": "ops",
        "now": room.time.now_ms(),
        "seats_online": 2,
        "seats_voted": 1,
        "missing": ["A-02", "B-01"],
        "absent": ["A-02"],
        "viewers": 1,
        "overlays": [
            {
                "host": "casparcg",
                "agent": "CasparCG",
                "width": 1920,
                "height": 1080,
                "fps": 50,
                "size": 3,
                "age_ms": 250,
                "frame_age_ms": 250,
                "up_ms": 250,
            }
        ],
        "ack_p50_ms": 0.0,
        "ack_p95_ms": 0.0,
        "waiting": 0,
        "rejects": {"bad_value": 1},
        "store": {"durability": "durable", "reason": "", "up": True, "commit_p95_ms": 0.0},
        "warnings": [],
    }


async def test_an_overlay_that_has_not_drawn_yet_is_there_all_the_same(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    await room.screen(studio)
    [overlay] = beat.ops(studio).overlays
    assert (overlay["agent"], overlay["fps"], overlay["age_ms"]) == ("", 0, -1)
    assert (overlay["frame_age_ms"], overlay["up_ms"]) == (-1, 0)


async def test_an_overlay_that_stopped_drawing_is_said_while_it_is_on_air(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    await room.order(studio, cmd.Take("board"))
    screen = await room.screen(studio)

    def said() -> bool:
        return "overlay_stopped" in [warning["kind"] for warning in beat.ops(studio).warnings]

    screen.send("drawn", width=1920, height=1080, fps=50, size=0)
    assert not said()
    room.time.pass_ms(2000)
    screen.send("drawn", width=1920, height=1080, fps=0, size=0)
    assert said()
    [overlay] = beat.ops(studio).overlays
    assert (overlay["age_ms"], overlay["frame_age_ms"]) == (0, 2000)
    screen.send("drawn", width=1920, height=1080, fps=50, size=0)
    room.time.pass_ms(5001)
    assert said()


async def test_a_store_that_would_lose_votes_is_said_in_every_ops(room: Room) -> None:
    studio = await room.episode()
    beat = room.make_beat(("not_durable", "the append-only log is off"))
    ops = beat.ops(studio)
    assert ops.store["durability"] == "not_durable"
    assert ops.store["reason"] == "the append-only log is off"
    assert [warning["kind"] for warning in ops.warnings] == ["not_durable"]


async def test_warnings_come_with_ops(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    await room.order(studio, cmd.Take("call"))
    await room.armed(studio)
    assert [warning["kind"] for warning in beat.ops(studio).warnings] == [
        "call_while_closed",
        "no_overlay",
        "seats_absent",
    ]


async def test_ballots_that_wait_are_seen(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    gate = room.store.hold_up("lv2_commit")
    answers: list[Any] = []
    room.hub.cast(studio, SEAT, Cast(run, 1, 80), room.time.now_ms(), answers.append)
    await soon(room.store.held_up.wait())
    assert beat.ops(studio).waiting == 1
    gate.set()
    await until(lambda: bool(answers))
    assert beat.ops(studio).waiting == 0


# --- a store that is away ---


def incidents(studio: Studio) -> list[ev.Incident]:
    return [
        logged.event for logged in studio.director.recent if isinstance(logged.event, ev.Incident)
    ]


async def test_a_store_that_is_away_is_said_and_logged_when_it_is_back(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    console, screen = await room.console(), await room.screen(studio)
    await beat.once(1)
    await fresh(console, screen)
    room.store.down = True
    for count in range(2, 6):
        await beat.once(count)
        room.time.pass_ms(1_000)
    [ops] = await frames(console, "ops")
    assert ops["store"]["up"] is False
    assert [warning["kind"] for warning in ops["warnings"]] == ["store_down"]
    assert await frames(screen) == [], "the last good picture stays"
    assert incidents(studio) == []
    room.store.mend()
    await beat.once(6)
    code = studio.episode.runs[-1].code
    assert incidents(studio) == [
        ev.Incident("store_down", f"the store did not answer for 4.0 s during run {code}", run)
    ]
    assert room.hub.stats.store_up
    await beat.once(7)
    await beat.once(8)
    assert len(incidents(studio)) == 1
    assert beat.ops(studio).warnings == []


async def test_without_a_run_under_way_there_is_no_incident(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.screen(studio)
    await room.closed(studio, run)
    room.store.down = True
    await beat.once(1)
    assert not room.hub.stats.store_up
    room.store.mend()
    await beat.once(2)
    assert room.hub.stats.store_up
    assert incidents(studio) == []


async def test_every_episode_with_a_run_under_way_has_the_incident(room: Room, beat: Beat) -> None:
    one, other, idle = [await room.episode() for _ in range(3)]
    for studio in (one, other):
        await room.opened_run(studio)
        await room.screen(studio)
    await beat.once(1)
    room.store.down = True
    await beat.once(2)
    room.store.mend()
    await beat.once(3)
    assert [len(incidents(studio)) for studio in (one, other, idle)] == [1, 1, 0]


async def test_a_store_that_goes_away_again_at_once_does_not_end_the_beat(
    room: Room, beat: Beat
) -> None:
    studio = await room.episode()
    await room.opened_run(studio)
    await room.screen(studio)
    await beat.once(1)
    room.store.down = True
    await beat.once(2)
    room.store.mend()
    room.store.cut("", "", "call", "call")  # it answers the beat, and then not the incident
    await beat.once(3)
    assert not room.hub.stats.store_up
    assert incidents(studio) == []
    room.store.mend()
    await beat.once(4)
    assert room.hub.stats.store_up
    assert len(incidents(studio)) == 1


async def test_a_cut_that_only_a_voter_met_is_over_when_the_store_is_back(
    room: Room, beat: Beat
) -> None:
    """Where the beat has nothing to ask, nobody else would ever find out that it is back."""
    studio = await room.episode()
    run = await room.opened_run(studio)
    console = await room.console()
    await room.revealed(studio, run)
    await beat.once(1)
    phone = await room.phone("v9")
    room.store.cut("call")
    assert (await phone.cast(run, 1, 80))["code"] == "store_down"
    assert not room.hub.stats.store_up
    await beat.once(2)
    assert room.hub.stats.store_up
    await fresh(console)
    await beat.once(5)
    [ops] = await frames(console, "ops")
    assert ops["warnings"] == []


async def test_newcomers_get_their_count_when_the_store_is_back(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    room.store.down = True
    screen = await room.screen(studio)
    assert [message["t"] for message in await screen.all_now()] == ["welcome", "state"]
    room.store.mend()
    await beat.once(1)
    assert [frame["n"] for frame in await frames(screen)] == [1]


# --- the loop ---


async def test_the_beat_goes_on_until_it_is_stopped(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    working = asyncio.create_task(beat.work())
    for number in range(3):
        await room.vote(studio, Voter("viewer", f"v{number}"), run, 50)
        assert (await screen.hear("tally", online=number + 1))["size"] == number + 1
    assert not working.done()
    working.cancel()
    await asyncio.wait({working})


async def test_a_beat_that_takes_too_long_makes_the_next_one_late_not_two(
    room: Room, beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    starts: list[float] = []
    counts: list[int] = []

    async def once(count: int) -> None:
        starts.append(loop.time())
        counts.append(count)
        if count == 1:
            room.time.pass_ms(int(BEAT_S * 5_000))

    monkeypatch.setattr(beat, "once", once)
    working = asyncio.create_task(beat.work())
    await until(lambda: len(starts) >= 5)
    working.cancel()
    await asyncio.wait({working})
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert counts == list(range(len(counts)))
    assert gaps[1] >= BEAT_S * 5
    assert all(gap >= BEAT_S * 0.9 for gap in (gaps[0], *gaps[2:])), "it made up for lost beats"


async def test_what_is_not_understood_ends_the_beat(
    room: Room, beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub hears of it and stops: a count is never guessed."""
    studio = await room.episode()
    await room.opened_run(studio)
    await room.screen(studio)

    async def nonsense(*command: Any) -> Any:
        return [b"not", b"a number"]

    monkeypatch.setattr(room.store, "_run", nonsense)
    with pytest.raises(ValueError, match="invalid literal"):
        await beat.once(1)


async def test_the_result_so_far_is_the_one_of_the_log(room: Room, beat: Beat) -> None:
    """What rolls on air is computed by the same rules as what is revealed."""
    studio = await room.episode(CAREFUL)
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    for number, label in enumerate(("A-01", "A-02", "B-01")):
        await room.vote(studio, Voter("seat", label), run, 60 + 7 * number)
    await room.vote(studio, SEAT, run, 100, seq=2)
    await beat.once(1)
    live = (await frames(screen))[-1]["live"]
    found = studio.episode.runs[-1]
    tally = await room.store.tally(studio.run_key(found))
    assert live == to_plain(compute(found.rules, found.eligible, tally))


async def test_a_late_ballot_moves_no_score(room: Room, beat: Beat) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    screen = await room.screen(studio)
    await room.vote(studio, SEAT, run, 80)
    await room.order(studio, cmd.Pause(run))
    await beat.once(1)
    await fresh(screen)
    room.time.pass_ms(10)
    with pytest.raises(Paused):
        await room.vote(studio, A_02, run, 0)
    await beat.once(2)
    assert await frames(screen) == []
