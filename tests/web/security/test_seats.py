"""One seat, one ballot: whatever tablets claim it, and whenever its code is renewed."""

from __future__ import annotations

import asyncio
import time

from livevote.core import command as cmd
from tests.web.clients import House

CLOSED_S_MAX = 1.0


async def test_a_seat_issued_anew_in_the_middle_of_a_vote_closes_the_old_tablet(
    house: House,
) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    async with house.line("voter", await house.seat(studio, "A-01")) as old:
        await old.hear("state")
        assert (await old.cast(run, 1, 1))["t"] == "counted"
        began = time.monotonic()
        await house.order(studio, cmd.ReissueSeat("A-01"))
        assert await old.closed() == 4409
        took = time.monotonic() - began
    print(f"old tablet closed after {took * 1000:.1f} ms")
    assert took <= CLOSED_S_MAX
    async with house.line("voter", await house.seat(studio, "A-01")) as new:
        await new.hear("state")
        assert (await new.cast(run, 2, 2))["t"] == "counted"
    await house.closed(studio, run)
    assert house.run(studio, run).size == 2
    tally = await house.hub.store.tally(studio.run_key(house.run(studio, run)))
    assert {p: {v: n for v, n in c.items() if n} for p, c in tally.counts.items()} == {
        "studio": {2: 1}
    }, "the newest ballot of one seat"


async def test_two_tablets_that_race_for_a_seat_have_one_ballot(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    cookie = await house.seat(studio, "A-01")

    async def tablet(value: int) -> list[str]:
        """Votes as fast as it can, until it is displaced or done."""
        heard = []
        try:
            async with house.line("voter", cookie) as line:
                await line.hear("state")
                for seq in range(1, 20):
                    answer = await line.cast(run, seq, value)
                    heard.append(answer["t"])
        except Exception as end:
            heard.append(type(end).__name__)
        return heard

    both = await asyncio.gather(tablet(1), tablet(2))
    assert any("counted" in heard for heard in both)
    await house.closed(studio, run)
    tally = await house.hub.store.tally(studio.run_key(house.run(studio, run)))
    assert sum(tally.counts["studio"].values()) == 1
