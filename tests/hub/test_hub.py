"""The whole hub: a show from the first tablet to the export, restarts, and what is never told."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from livevote.core import command as cmd
from livevote.core.fold import empty, fold
from livevote.core.model import Seat
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.receipt import receipt
from livevote.core.rules import Rules
from livevote.errors import (
    BadInput,
    Busy,
    Late,
    NotAllowed,
    NotFound,
    NotOpen,
    Refusal,
    StoreDown,
    StoreNonsense,
    WrongPhase,
)
from livevote.hub.hub import Hub
from livevote.hub.session import Identity
from livevote.hub.studio import Studio, Voter
from livevote.store.keys import RunKey
from livevote.wire.codec import CODECS, Codec
from livevote.wire.codes import Close
from livevote.wire.inbound import Cast
from livevote.wire.outbound import Counted
from tests.hub.room import (
    DURABLE,
    HELD,
    ONLINE,
    RULES,
    SEATS,
    STUDIO,
    WATER,
    Device,
    Line,
    Room,
    Time,
    calm,
    soon,
    until,
)

SEAT = Voter("seat", "A-01")
VIEWER = Voter("viewer", "v1")
VISITOR = Identity(viewer="v1")


async def open_show(store: Line) -> tuple[Hub, Studio, str]:
    """A hub with its own loops and clock, as the server runs it, and an open run."""
    hub = Hub(store, DURABLE, "http://studio.example/")
    await hub.start()
    show = await hub.catalogue.make_show(Names("问政"), "producer")
    studio = hub.studio(await hub.make_episode(show, Names("五水"), "producer"))
    await hub.command(studio, cmd.SetRules(RULES), "producer")
    await hub.command(studio, cmd.InsertSegment(WATER), "producer")
    await hub.switch(studio.episode.id, "director")
    await hub.command(studio, cmd.Arm("water"), "director")
    run = studio.episode.runs[0].id
    await hub.command(studio, cmd.Open(run), "director")
    return hub, studio, run


def key_of(studio: Studio) -> RunKey:
    return studio.run_key(studio.episode.runs[-1])


# --- shows and episodes ---


async def test_a_new_episode_is_there_with_its_names_and_empty(room: Room) -> None:
    show = await room.hub.catalogue.make_show(Names("全媒体问政", "Questioning"), "producer")
    made = await room.hub.make_episode(show, Names(" 五水共治 ", "Five Waters"), "producer")
    episode = room.hub.studio(made).episode
    assert (episode.id, episode.revision) == (made, 1)
    assert episode.show == Names("全媒体问政", "Questioning")
    assert episode.title == Names("五水共治", "Five Waters")


async def test_an_episode_that_is_not_there_is_not_found(room: Room) -> None:
    with pytest.raises(NotFound, match="no episode is on"):
        room.hub.studio()
    with pytest.raises(NotFound, match="there is no such episode"):
        room.hub.studio("nowhere")
    with pytest.raises(NotFound):
        await room.hub.make_episode("nowhere", Names("题"), "producer")
    with pytest.raises(NotFound):
        await room.hub.switch("nowhere", "director")
    studio = await room.episode()
    assert room.hub.studio() is room.hub.studio(studio.episode.id)
    await room.hub.switch("", "director")
    with pytest.raises(NotFound, match="no episode is on"):
        room.hub.studio()


async def test_a_new_title_is_in_the_list_of_episodes_too(room: Room) -> None:
    studio = await room.episode()
    await room.order(studio, cmd.SetTitle(Names("垃圾分类", "Waste")))
    assert studio.episode.title == Names("垃圾分类", "Waste")
    [listing] = room.hub.catalogue.state.episodes
    assert listing.title == Names("垃圾分类", "Waste")


async def test_a_refused_title_changes_neither(room: Room) -> None:
    studio = await room.episode()
    with pytest.raises(BadInput):
        await room.order(studio, cmd.SetTitle(Names("")))
    assert room.hub.catalogue.state.episodes[0].title == studio.episode.title


async def test_when_another_episode_is_on_viewers_come_over_and_the_studio_stays(
    room: Room,
) -> None:
    first = await room.episode()
    phone, tablet = await room.phone(), await room.tablet(first)
    screen, console = await room.screen(first), await room.console()
    second = await room.episode()
    assert phone.outbox.close_code == Close.EPISODE_CHANGED
    assert [device.outbox.close_code for device in (tablet, screen, console)] == [0, 0, 0]
    other = await room.phone("v2")
    assert (await other.view())["episode"]["id"] == second.episode.id
    await room.hub.switch(second.episode.id, "director")
    assert other.outbox.close_code == 0, "nothing changed"
    await room.hub.switch("", "director")
    assert other.outbox.close_code == Close.EPISODE_CHANGED


# --- seats ---


async def test_a_seats_code_opens_it_once(room: Room) -> None:
    studio = await room.episode()
    generation, code = room.hub.seat_code(studio, "A-01")
    assert generation == 1
    await room.hub.join_seat(studio, "A-01", generation, code)
    assert studio.episode.seat_states["A-01"].joined
    assert studio.director.recent[-1].by == "seat A-01"
    with pytest.raises(NotAllowed, match="already has a tablet"):
        await room.hub.join_seat(studio, "A-01", generation, code)


async def test_two_tablets_scan_one_code_at_once_and_one_has_the_seat(room: Room) -> None:
    studio = await room.episode()
    generation, code = room.hub.seat_code(studio, "A-01")
    results = await asyncio.gather(
        *(room.hub.join_seat(studio, "A-01", generation, code) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, NotAllowed) for result in results) == 4


async def test_a_code_opens_its_own_seat_of_its_own_generation_in_its_own_episode(
    room: Room,
) -> None:
    studio, other = await room.episode(), await room.episode()
    _, code = room.hub.seat_code(studio, "A-01")
    for house, seat, given in (
        (studio, "A-02", code),
        (other, "A-01", code),
        (studio, "A-01", ""),
        (studio, "A-01", code[:-1]),
        (studio, "A-01", code.upper()),
        (studio, "A-01", "é"),
    ):
        with pytest.raises(NotAllowed):
            await room.hub.join_seat(house, seat, 1, given)
    with pytest.raises(NotAllowed):
        await room.hub.join_seat(studio, "A-01", 2, code)
    with pytest.raises(NotFound):
        await room.hub.join_seat(studio, "Z-99", 1, code)
    await room.order(studio, cmd.ReissueSeat("A-01"))
    with pytest.raises(NotAllowed):
        await room.hub.join_seat(studio, "A-01", 1, code)
    generation, newer = room.hub.seat_code(studio, "A-01")
    assert (generation, newer == code) == (2, False)
    await room.hub.join_seat(studio, "A-01", generation, newer)


async def test_the_newest_tablet_displaces_the_one_before(room: Room) -> None:
    studio = await room.episode()
    first = await room.tablet(studio)
    other = await room.tablet(studio, "A-02")
    await Device(room.hub, room.seat(studio)).hello()
    assert first.outbox.close_code == Close.DISPLACED
    assert other.outbox.close_code == 0


# --- ballots ---


async def test_a_receipt_proves_the_ballot(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    counted = await room.vote(studio, SEAT, run, 87)
    voter = studio.pseudonym(SEAT)
    assert counted.receipt == receipt(room.hub.keys.receipt, run, 1, voter, 1, 87)
    assert await room.vote(studio, SEAT, run, 87) == replace(counted, again=True)
    second = await room.vote(studio, SEAT, run, 60, seq=2)
    assert second.index == 2
    assert second.receipt != counted.receipt


async def test_a_refusal_reaches_whoever_waits(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.closed(studio, run)
    room.time.pass_ms(1)
    with pytest.raises(Late):
        await room.vote(studio, SEAT, run, 80)
    with pytest.raises(NotOpen):
        await room.vote(studio, SEAT, "nowhere", 80)
    assert room.hub.stats.rejects == {"late": 1, "not_open": 1}


async def test_whoever_stopped_waiting_disturbs_nobody(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    gate = room.store.hold_up("lv2_commit")
    waiting = asyncio.create_task(room.vote(studio, SEAT, run, 80))
    await soon(room.store.held_up.wait())
    waiting.cancel()
    await asyncio.wait({waiting})
    gate.set()
    await until(lambda: room.hub.intake.waiting == 0)
    assert (await room.vote(studio, SEAT, run, 80)).again


async def test_ones_own_ballot_is_that_of_the_shown_run(room: Room) -> None:
    studio = await room.episode()
    assert await room.hub.mine(studio, SEAT) is None
    first = await room.opened_run(studio)
    nothing = await room.hub.mine(studio, SEAT)
    assert nothing is not None
    assert (nothing.run, nothing.seq, nothing.receipt) == (first, 0, "")
    counted = await room.vote(studio, SEAT, first, 80, seq=3)
    mine = await room.hub.mine(studio, SEAT)
    assert mine is not None
    assert (mine.seq, mine.value, mine.index, mine.receipt) == (3, 80, 1, counted.receipt)
    await room.revealed(studio, first)
    await room.armed(studio, "housing")
    other = await room.hub.mine(studio, SEAT)
    assert other is not None
    assert (other.run, other.seq) == (studio.episode.runs[-1].id, 0)


async def test_a_seat_and_a_viewer_of_the_same_name_are_two_voters(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, Voter("seat", "A-01"), run, 80)
    await room.vote(studio, Voter("viewer", "A-01"), run, 10)
    tally = await room.store.tally(key_of(studio))
    assert tally.counts == {"studio": {80: 1}, "online": {10: 1}}


async def test_no_ballot_in_the_store_names_a_seat_or_a_cookie(room: Room, client: Redis) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    await room.vote(studio, Voter("viewer", "cookie-of-v1"), run, 80)
    key = key_of(studio)
    for name in (key.ballots, key.marks, key.log, key.tally, key.turned):
        dumped = (await client.dump(name)) or b""
        assert b"A-01" not in dumped
        assert b"cookie-of-v1" not in dumped
    assert await client.exists(key.log)


# --- what everyone is told ---


async def test_every_event_brings_everyone_the_whole_new_state_at_once(room: Room) -> None:
    studio = await room.episode()
    devices = {
        "voter": await room.phone(),
        "seat": await room.tablet(studio),
        "overlay": await room.screen(studio),
        "staff": await room.console(),
    }
    for device in devices.values():
        await device.all_now()
    await room.armed(studio)
    for name, device in devices.items():
        found = await device.all_now()
        [state] = [message for message in found if message["t"] == "state"]
        assert state["rev"] == studio.episode.revision
        assert state["epoch"] == room.hub.epoch
        mine = [message for message in found if message["t"] == "mine"]
        assert len(mine) == (1 if name in ("voter", "seat") else 0)
        if mine:
            assert (mine[0]["run"], mine[0]["seq"]) == (studio.episode.runs[0].id, 0)


async def test_an_event_of_one_episode_is_not_told_in_another(room: Room) -> None:
    one, other = await room.episode(), await room.episode()
    screen = await room.screen(other)
    await screen.all_now()
    await room.order(one, cmd.Blank())
    assert await screen.all_now() == []


async def test_a_refused_command_is_told_to_nobody(room: Room) -> None:
    studio = await room.episode()
    screen = await room.screen(studio)
    await screen.all_now()
    with pytest.raises(Refusal):
        await room.order(studio, cmd.Open("nowhere"))
    assert await screen.all_now() == []


async def test_voters_move_with_the_rules_to_the_panel_that_takes_their_ballots(
    room: Room,
) -> None:
    """Phones that were there before the producer changed the rules need not reload."""
    studio = await room.episode(replace(RULES, panels=(STUDIO,)))
    phone, tablet = await room.phone(), await room.tablet(studio)
    assert (await phone.view())["panel"] == ""
    crowd = replace(ONLINE, id="crowd")
    await room.order(studio, cmd.SetRules(replace(RULES, panels=(STUDIO, crowd))))
    view = await phone.view()
    assert (view["panel"], view["panel_name"]["zh"]) == ("crowd", "场外观众")
    experts = replace(STUDIO, id="experts", name=Names("专家"), weight=300)
    await room.order(studio, cmd.SetRules(replace(RULES, panels=(STUDIO, experts, crowd))))
    await room.order(studio, cmd.SetRoster((Seat("A-01", "A", "experts"), *SEATS[1:])))
    assert (await tablet.view())["panel"] == "experts"
    run = await room.opened_run(studio)
    assert (await phone.cast(run, 1, 50))["t"] == (await tablet.cast(run, 1, 50))["t"] == "counted"
    assert (await room.store.tally(key_of(studio))).counts == {
        "crowd": {50: 1},
        "experts": {50: 1},
    }


async def test_voters_move_when_a_run_with_new_rules_is_armed(room: Room) -> None:
    studio = await room.episode()
    first = await room.opened_run(studio)
    phone = await room.phone()
    await room.closed(studio, first)
    crowd = replace(RULES, panels=(STUDIO, replace(ONLINE, id="crowd")))
    await room.order(studio, cmd.SetRules(crowd))
    assert (await phone.view())["panel"] == "online", "the shown run keeps its rules"
    await room.armed(studio, "housing")
    assert (await phone.view())["panel"] == "crowd"
    await room.order(studio, cmd.AskVoid(studio.episode.runs[-1].id, "错"))
    await room.order(studio, cmd.ChooseSegment("water"))
    assert (await phone.view())["panel"] == "online"


# --- held means held ---


async def told(
    store: Line,
    client: Redis,
    patch: pytest.MonkeyPatch,
    rules: Rules,
    values: tuple[int, ...],
    codec: Codec,
    *,
    reveal: bool,
) -> tuple[list[list[bytes]], list[Any]]:
    """A vote with these ballots, told from the beginning with the same ids, keys and times: all
    the bytes that each onlooker was sent, and what was written to the server's own log."""
    await client.flushall()
    ids = itertools.count(1)
    patch.setattr("secrets.token_hex", lambda size: f"{next(ids):0{2 * size}x}")
    patch.setattr("secrets.token_bytes", lambda size: b"k" * size)
    now = Time()
    patch.setattr("livevote.hub.hub.Clock", lambda: now)
    room = await Room.opened(store, now)
    beat = room.make_beat()
    studio = await room.episode(rules)
    with structlog.testing.capture_logs() as lines:
        onlookers = [
            await Device(room.hub, Identity(viewer="onlooker"), codec).hello(),
            await Device(room.hub, await room.joined(studio, "B-01"), codec).hello(),
            await Device(room.hub, Identity(overlay=studio.episode.id), codec).hello("overlay"),
            await Device(
                room.hub, Identity(account="desk", roles=frozenset({"director"})), codec
            ).hello("staff"),
        ]
        run = await room.opened_run(studio)
        await room.order(studio, cmd.Take("bar"))
        for number, value in enumerate(values):
            await room.vote(studio, Voter("viewer", f"v{number}"), run, value)
            await room.vote(studio, SEAT, run, value, seq=number + 1)
            await beat.once(5 * number)
            for device in onlookers:
                await device.all_now()
        await room.closed(studio, run)
        await room.order(studio, cmd.Take("result"))
        if reveal:
            await room.order(studio, cmd.Reveal(run))
        await beat.once(100)
        onlookers.append(await Device(room.hub, Identity(viewer="latecomer"), codec).hello("voter"))
        for device in onlookers:
            await device.all_now()
    await room.close()
    return [device.heard for device in onlookers], [
        {name: fact for name, fact in line.items() if name != "took_ms"} for line in lines
    ]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
async def test_nothing_that_is_sent_or_logged_depends_on_the_ballots_of_a_held_run(
    store: Line, client: Redis, monkeypatch: pytest.MonkeyPatch, codec: Codec
) -> None:
    one, other = (0, 0, 100), (100, 60, 0)
    stories = [
        await told(store, client, monkeypatch, HELD, values, codec, reveal=False)
        for values in (one, other)
    ]
    assert stories[0] == stories[1]
    assert all(len(heard) > 4 for heard in stories[0][0])
    # What would differ, so that this cannot pass by comparing nothing:
    live = [
        (await told(store, client, monkeypatch, RULES, values, codec, reveal=False))[0]
        for values in (one, other)
    ]
    assert [first == second for first, second in zip(*live, strict=True)] == [
        True,  # voters: turnout only
        True,
        False,
        False,
        True,
    ]
    revealed = [
        (await told(store, client, monkeypatch, HELD, values, codec, reveal=True))[0]
        for values in (one, other)
    ]
    assert not any(first == second for first, second in zip(*revealed, strict=True))


# --- exports ---


async def test_an_export_is_made_from_everything_there_is(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    await room.vote(studio, VIEWER, run, 10)
    await room.closed(studio, run)
    room.time.pass_ms(1)
    with pytest.raises(Late):
        await room.vote(studio, Voter("seat", "A-02"), run, 50)
    material = await room.hub.material(studio, "Asia/Shanghai")
    assert material.episode == studio.episode
    assert fold(empty(studio.episode.id), material.events) == studio.episode
    assert [entry.value for entry in material.ballots[run]] == [80, 10]
    assert [turned.value for turned in material.turned[run]] == [50]
    assert material.voted == {run: frozenset({"A-01"})}
    assert (material.durability, material.tz) == ("durable", "Asia/Shanghai")


async def test_ballots_of_a_held_run_stay_here_until_it_is_revealed(room: Room) -> None:
    studio = await room.episode(HELD)
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    for _ in range(2):
        material = await room.hub.material(studio, "Asia/Shanghai")
        assert run not in material.ballots
        assert material.voted == {run: frozenset({"A-01"})}
        if room.phase(studio, run) is Phase.OPEN:
            await room.closed(studio, run)
    await room.order(studio, cmd.Reveal(run))
    material = await room.hub.material(studio, "Asia/Shanghai")
    assert [entry.value for entry in material.ballots[run]] == [80]


# --- starting, stopping, starting again ---


async def test_a_restart_loses_nothing_and_devices_go_on_as_if_it_had_not_been(
    room: Room,
) -> None:
    studio = await room.episode()
    seat = await room.joined(studio)
    run = await room.opened_run(studio)
    counted = await room.vote(studio, SEAT, run, 87)
    again = await Room.opened(room.store, room.time)
    other = again.hub.studio()
    assert other.episode == studio.episode
    assert again.hub.epoch == room.hub.epoch
    assert again.hub.keys == room.hub.keys
    assert again.hub.catalogue.state == room.hub.catalogue.state
    tablet = await Device(again.hub, seat).hello(epoch=room.hub.epoch, rev=studio.episode.revision)
    found = await tablet.all_now()
    assert found[0]["resumed"] is True
    assert (await tablet.cast(run, 1, 87))["receipt"] == counted.receipt
    assert (await tablet.cast(run, 2, 50))["index"] == 2
    await again.close()


async def test_another_store_is_another_epoch_with_keys_of_its_own(
    room: Room, client: Redis
) -> None:
    before = room.hub.epoch, room.hub.keys
    await client.flushall()
    again = await Room.opened(room.store, room.time)
    assert again.hub.epoch != before[0]
    assert again.hub.keys.cookie != before[1].cookie
    assert again.hub.keys.receipt != before[1].receipt
    assert again.hub.keys.cookie != again.hub.keys.receipt
    await again.close()


async def test_two_servers_that_start_at_once_have_the_same_keys(store: Line) -> None:
    hubs = [Hub(store, DURABLE, "http://studio.example/") for _ in range(4)]
    await asyncio.gather(*(hub.load() for hub in hubs))
    assert len({(hub.keys, hub.epoch) for hub in hubs}) == 1


async def test_a_hub_that_was_started_beats_commits_and_stops_cleanly(store: Line) -> None:
    """With its own loops and its own clock, as the server runs it."""
    hub, studio, run = await open_show(store)
    screen = await Device(hub, Identity(overlay=studio.episode.id)).hello("overlay")
    phone = await Device(hub, VISITOR).hello()
    welcome = await phone.hear("welcome")
    assert abs(welcome["now"] - time.time() * 1000) < 5_000
    assert (await phone.cast(run, 1, 50))["t"] == "counted"
    assert (await screen.hear("tally", size=1))["live"]["figure"] == "50.0"
    assert (await phone.hear("tally", size=1))["live"] is None
    await hub.stop()
    assert phone.outbox.close_code == screen.outbox.close_code == Close.GOING_DOWN
    assert hub.broken is not None
    assert not hub.broken.done()


async def test_stopping_answers_every_ballot_that_was_taken_and_takes_no_more(
    store: Line,
) -> None:
    hub, studio, run = await open_show(store)
    phone = await Device(hub, VISITOR).hello()
    gate = store.hold_up("lv2_commit")
    answers: list[Counted | Refusal] = []
    for number in range(50):
        voter = Voter("viewer", f"v{number}")
        hub.cast(studio, voter, Cast(run, 1, 50), hub.clock.now_ms(), answers.append)
    stopping = asyncio.create_task(hub.stop())
    await soon(store.held_up.wait())
    await calm()
    assert not stopping.done()
    with pytest.raises(Busy) as told:
        hub.cast(studio, VIEWER, Cast(run, 1, 50), hub.clock.now_ms(), answers.append)
    assert told.value.again
    assert phone.outbox.close_code == 0, "it may still have an answer coming"
    gate.set()
    await soon(stopping)
    assert len(answers) == 50
    assert all(isinstance(answer, Counted) for answer in answers)
    assert phone.outbox.close_code == Close.GOING_DOWN


async def test_a_hub_that_was_only_read_can_be_stopped(store: Line) -> None:
    hub = Hub(store, DURABLE, "http://studio.example/")
    await hub.load()
    await hub.stop()


async def test_a_run_under_way_is_taken_over_and_an_export_takes_nothing_over(
    store: Line,
) -> None:
    hub, studio, run = await open_show(store)
    await hub.stop()
    key = RunKey(studio.episode.id, run)
    await store.move_window(key, ("open",), phase="paused", until_ms=1)
    reader = Hub(store, DURABLE, "")
    await reader.load()
    assert reader.studio().episode == studio.episode
    assert (await store.window(key))["phase"] == "paused"
    again = Hub(store, DURABLE, "http://studio.example/")
    await again.start()
    assert (await store.window(key))["phase"] == "open"
    await again.stop()


@pytest.mark.parametrize("word", ["lv2_commit", "HGETALL"], ids=["a commit", "a count"])
async def test_a_store_that_answers_nonsense_stops_the_server(
    store: Line, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    hub, studio, run = await open_show(store)
    await Device(hub, Identity(overlay=studio.episode.id)).hello("overlay")
    answers: list[Counted | Refusal] = []
    ask = store._run

    async def nonsense(*command: Any) -> Any:
        return [b"?"] * 2 if word in command else await ask(*command)

    monkeypatch.setattr(store, "_run", nonsense)
    hub.cast(studio, VIEWER, Cast(run, 1, 50), hub.clock.now_ms(), answers.append)
    assert hub.broken is not None
    await until(hub.broken.done, "the end")
    assert isinstance(hub.broken.exception(), StoreNonsense if word == "lv2_commit" else Exception)
    if word == "lv2_commit":
        assert answers == [], "unknown is never success"
    monkeypatch.undo()
    await hub.stop()


async def test_a_store_that_is_away_at_the_start_is_said(store: Line) -> None:
    store.down = True
    hub = Hub(store, DURABLE, "http://studio.example/")
    with pytest.raises(StoreDown):
        await hub.start()
    await hub.stop()


# --- everything at once ---


async def test_a_storm_of_ballots_over_a_bad_line_ends_in_a_count_that_holds(
    room: Room,
) -> None:
    """Three hundred seats, each sending until told, while the line is cut again and again, and a
    close in the middle: whoever was told `counted` is in the log once, and nobody else is."""
    seats = tuple(Seat(f"S-{number:03}", "S") for number in range(300))
    studio = await room.episode(replace(RULES, grace_ms=2_000), seats)
    run = await room.opened_run(studio)
    room.store.cut(*["", "answer", "", "call"] * 30)
    outcomes: dict[str, Counted | Refusal] = {}
    door = asyncio.Semaphore(25)

    async def vote(number: int, seat: str) -> None:
        async with door:
            while seat not in outcomes:
                try:
                    outcomes[seat] = await room.vote(studio, Voter("seat", seat), run, number % 101)
                except StoreDown:
                    continue
                except Late as late:
                    outcomes[seat] = late
            if len(outcomes) == 150:
                room.time.pass_ms(10)
                closing.set()

    closing = asyncio.Event()

    async def close() -> None:
        await closing.wait()
        while room.phase(studio, run) is Phase.OPEN:
            try:
                await room.order(studio, cmd.Close(run))
            except StoreDown:
                room.time.pass_ms(1)
            except WrongPhase:
                break  # the lost close was found and carried on meanwhile
        room.time.pass_ms(1)

    await soon(asyncio.gather(close(), *(vote(n, seat.label) for n, seat in enumerate(seats))))
    room.store.mend()
    room.time.pass_ms(2_500)
    await until(lambda: room.phase(studio, run) is Phase.VERIFIED, "verified")
    entries = await room.store.entries(key_of(studio))
    counted = {label: told for label, told in outcomes.items() if isinstance(told, Counted)}
    assert len(counted) < 300, "nobody was late: the close raced nothing"
    assert any(told.again for told in counted.values()), "no answer was lost"
    assert {told.index: told.value for told in counted.values()} == {
        entry.index: entry.value for entry in entries
    }
    assert len(entries) == len(counted) == len({entry.voter for entry in entries})
    [closed] = studio.episode.runs
    assert all(entry.received_ms <= closed.closed_ms for entry in entries)
    assert closed.size == len(entries)
