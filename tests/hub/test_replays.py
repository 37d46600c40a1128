"""A run shown again: as it was, marked in every frame, with nobody invited and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from livevote.core import command as cmd
from livevote.core.model import GraphicKind
from livevote.core.phase import Phase
from livevote.core.rules import Rules
from livevote.errors import NotFound, WrongPhase
from livevote.hub.replays import READ_EVERY, Replays
from livevote.hub.session import Identity, SessionEnded
from livevote.hub.studio import Studio, Voter
from livevote.wire.codes import Close
from tests.hub.room import HELD, RULES, SEATS, Device, Room, calm, soon

GAP_MS = 10_000


async def shown(room: Room, rules: Rules = RULES) -> tuple[Studio, str]:
    """A revealed run: a ballot every ten seconds, revealed ten seconds after the close."""
    studio = await room.episode(rules)
    run = await room.armed(studio)
    room.time.pass_ms(GAP_MS)
    await room.order(studio, cmd.Open(run))
    for number, seat in enumerate(SEATS, 1):
        room.time.pass_ms(GAP_MS)
        await room.vote(studio, Voter("seat", seat.label), run, 20 * number)
    room.time.pass_ms(GAP_MS)
    await room.closed(studio, run)
    room.time.pass_ms(GAP_MS)
    await room.order(studio, cmd.Reveal(run))
    return studio, run


class Watcher:
    """An overlay that came with a replay's token; `look` beats once and tells what it knows."""

    def __init__(self, room: Room, device: Device, replays: Replays) -> None:
        self.room, self.device, self.replays = room, device, replays
        self.view: dict[str, Any] = {}
        self.tally: dict[str, Any] | None = None
        self.epoch = ""
        self.rev = -1

    @classmethod
    async def come(cls, room: Room, studio: Studio, replays: Replays | None = None) -> Watcher:
        device = Device(room.hub, Identity(replay=studio.episode.id))
        await device.hello("overlay")
        return cls(room, device, replays or room.hub.replays)

    async def look(self, count: int = 0) -> dict[str, Any]:
        await soon(self.replays.once(count))
        for message in await self.device.all_now():
            if message["t"] == "state":
                # As every overlay takes states: within one epoch it never goes back.
                if message["epoch"] != self.epoch:
                    self.tally = None
                else:
                    assert message["rev"] >= self.rev
                self.epoch, self.rev = message["epoch"], message["rev"]
                self.view = message["view"]
                assert "replay" in self.view
            if message["t"] == "tally":
                assert self.tally is None or message["size"] >= self.tally["size"]
                self.tally = message
        return self.view

    def phase(self) -> str:
        return str(self.view["programme"][0]["run"]["phase"])


async def play(
    room: Room, studio: Studio, run: str, speed: int = 1, position_ms: int | None = None
) -> None:
    await room.hub.replays.move(studio, run, GraphicKind.BAR, speed, True, position_ms)


@pytest.mark.parametrize("speed", [1, 4, 20])
async def test_a_run_comes_again_on_its_own_time_line(room: Room, speed: int) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    assert (await watcher.look())["programme"] == []
    await play(room, studio, run, speed)
    seen = []
    for _ in range(7):
        await watcher.look()
        assert watcher.tally
        seen.append((watcher.phase(), watcher.tally["n"]))
        room.time.pass_ms(GAP_MS // speed)
    assert seen == [
        ("open", 0),
        ("open", 1),
        ("open", 2),
        ("open", 3),
        ("verified", 3),
        ("revealed", 3),
        ("revealed", 3),
    ]
    assert watcher.tally
    assert watcher.tally["N"] == len(SEATS)
    assert watcher.view["replay"]["playing"] is False
    # The figure is the sealed one.
    sealed = studio.episode.runs[0].result
    assert sealed
    assert watcher.view["programme"][0]["result"]["figure"] == sealed.figure


async def test_nothing_is_written_to_the_episode_and_nobody_else_hears_of_it(room: Room) -> None:
    studio, run = await shown(room)
    people = [await room.phone(), await room.console(), await room.screen(studio)]
    people.append(await room.tablet(studio))
    for device in people:
        await device.all_now()
        device.heard.clear()
    watcher = await Watcher.come(room, studio)
    key, revision = studio.run_key(studio.episode.runs[0]), studio.episode.revision
    log = await room.store.entries(key)
    await play(room, studio, run, 20)
    for _ in range(10):
        await watcher.look()
        room.time.pass_ms(300)
    assert studio.episode.revision == revision
    assert await room.store.entries(key) == log
    for device in people:
        assert [m["t"] for m in await device.all_now()] == []


async def test_every_frame_is_marked_and_none_invites(room: Room) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    for kind in GraphicKind:
        if kind is GraphicKind.CALL:
            continue
        await room.hub.replays.move(studio, run, kind, 20, True, 0)
        for _ in range(4):
            view = await watcher.look()
            assert view["replay"].keys() == {"now_ms", "at_ms", "speed", "playing"}
            assert view["vote_url"] == ""
            assert [graphic["kind"] for graphic in view["programme"]] == [kind.value]
            room.time.pass_ms(1000)
    await room.hub.replays.end(studio)
    view = await watcher.look()
    assert (view["programme"], "replay" in view) == ([], True)


async def test_a_held_run_shows_turnout_until_its_reveal_here_too(room: Room) -> None:
    studio, run = await shown(room, HELD)
    watcher = await Watcher.come(room, studio)
    await play(room, studio, run)
    for _ in range(7):
        await watcher.look()
        assert watcher.tally
        revealed = watcher.phase() == Phase.REVEALED
        assert (watcher.tally["live"] is not None) is revealed
        assert (watcher.view["programme"][0]["result"] is not None) is revealed
        if not revealed:
            text = b"".join(watcher.device.heard).decode()
            assert '"counts"' not in text
        room.time.pass_ms(GAP_MS)
    assert revealed


async def test_pause_speed_and_jumps(room: Room) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    await play(room, studio, run)
    room.time.pass_ms(15_000)
    await watcher.look()
    epoch = watcher.epoch
    replays = room.hub.replays
    await replays.move(studio, run, GraphicKind.BAR, 1, False)
    room.time.pass_ms(60_000)
    view = await watcher.look()
    assert view["replay"]["playing"] is False
    assert watcher.tally
    assert watcher.tally["n"] == 1
    await replays.move(studio, run, GraphicKind.RESULT, 10, True)
    room.time.pass_ms(1_000)
    view = await watcher.look()
    assert watcher.tally["n"] == 2
    assert (view["programme"][0]["kind"], watcher.epoch) == ("result", epoch)
    await replays.move(studio, run, GraphicKind.RESULT, 10, True, 0)
    await watcher.look()
    assert watcher.tally["n"] == 0
    assert watcher.epoch != epoch


async def test_one_that_comes_later_or_to_another_process_sees_the_same(room: Room) -> None:
    studio, run = await shown(room)
    await play(room, studio, run)
    room.time.pass_ms(25_000)
    late = await Watcher.come(room, studio)
    await late.look()
    assert late.tally
    assert late.tally["n"] == 2
    hub = room.hub
    other = Replays(room.store, hub.fanout, hub.studios.values, room.time.now_ms)
    await other.move(studio, run, GraphicKind.BAR, 20, True, 0)
    # This process hears of it on one of its next beats.
    for count in range(1, READ_EVERY + 1):
        await late.look(count)
    assert late.view["replay"]["speed"] == 20


async def test_a_replay_waits_while_a_run_is_under_way_and_needs_a_revealed_one(
    room: Room,
) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    await play(room, studio, run, position_ms=20_000)
    assert (await watcher.look())["programme"]
    again = await room.opened_run(studio, "housing")
    assert (await watcher.look())["programme"] == []
    with pytest.raises(WrongPhase):
        await play(room, studio, again)
    with pytest.raises(NotFound):
        await play(room, studio, "nowhere")
    await room.revealed(studio, again)
    assert (await watcher.look())["programme"]


async def test_the_token_opens_replays_and_nothing_else(room: Room) -> None:
    studio, run = await shown(room)
    other = await room.episode()
    for channel in ("voter", "staff"):
        device = Device(room.hub, Identity(replay=studio.episode.id))
        with pytest.raises(SessionEnded) as ended:
            await device.hello(channel)
        assert ended.value.code == Close.SIGN_IN
    watcher = await Watcher.come(room, studio)
    assert (await watcher.device.cast(run, 1, 20))["code"] == "not_allowed"
    watcher.device.send("command", id="1", name="blank")
    assert (await watcher.device.hear("refused"))["code"] == "not_allowed"
    # Of its own episode only, whatever it names.
    named = Device(room.hub, Identity(replay=studio.episode.id))
    await named.hello("overlay", episode=other.episode.id)
    state = await named.hear("state")
    assert state["view"]["episode"]["id"] == studio.episode.id
    # It is no overlay on air: nobody counts it as one.
    assert room.make_beat().ops(studio).overlays == []


async def test_the_run_that_is_shown_again_takes_no_vote(room: Room) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    await play(room, studio, run, position_ms=5_000)
    assert (await watcher.look())["programme"]
    tablet = await room.tablet(studio)
    answer = await tablet.cast(run, 9, 20)
    assert (answer["t"], answer["code"]) == ("not_counted", "late")


async def test_blank_clears_it_too(room: Room) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    await play(room, studio, run)
    await room.order(studio, cmd.Blank())
    assert (await watcher.look())["blanked"] is True
    await room.order(studio, cmd.Restore())
    assert (await watcher.look())["blanked"] is False


async def test_a_still_replay_sends_nothing(room: Room) -> None:
    studio, run = await shown(room)
    watcher = await Watcher.come(room, studio)
    await room.hub.replays.move(studio, run, GraphicKind.BAR, 1, False, 15_000)
    await watcher.look()
    for count in range(5):
        room.time.pass_ms(100)
        await soon(room.hub.replays.once(count))
        await calm()
    assert [m["t"] for m in await watcher.device.all_now()] == []
