"""A data folder as a server leaves it that was killed while people voted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from livevote.store.files import INCREMENT, manifest
from tests.hostile.room import Line, Room, build

VOTERS = 4


def make(data: Path, ballots: int) -> None:
    """So many ballots of one open run, acknowledged, with checkpoints over some of them."""
    house = build(data)
    try:
        asyncio.run(_vote(Room(house), ballots))
    finally:
        house.kill()


async def _vote(room: Room, ballots: int) -> None:
    await room.prepare(VOTERS)
    lines = [await room.enter(cookie) for cookie in room.seats]
    await asyncio.gather(
        *(_cast(room.run, line, ballots // VOTERS) for line in lines),
    )
    for line in lines:
        line.shut()


async def _cast(run: str, line: Line, ballots: int) -> None:
    """As fast as a tablet may."""
    for seq in range(1, ballots + 1):
        await line.say("cast", run=run, seq=seq, value=1 + seq % 3)
        answer = await line.hear("counted", "not_counted")
        assert answer["t"] == "counted", answer
        await asyncio.sleep(0.06)  # the pace that a seat is allowed


def last_file(data: Path) -> Path:
    """The one that is written to."""
    return [file.path for file in manifest(data / "store") if file.kind == INCREMENT][-1]
