"""Two directors act at the same moment, at two processes of one server: one of them wins."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.conftest import FULL, Say
from tests.hostile.room import Room, build
from tests.hostile.wire import ask

ROUNDS = 1000 if FULL else 60


@dataclass
class Order:
    """One command and its answer. revision: on which it was carried out, 0 where it was not."""

    title: str
    began: float
    ended: float
    status: int
    code: str
    revision: int


async def ordered(room: Room, title: str, expect: int) -> Order:
    body = {"name": "set_title", "args": {"title": {"zh": title}}, "expect": expect}
    began = time.perf_counter()
    status, _, content = await ask(
        room.door,
        "POST",
        f"/api/episodes/{room.episode}/command",
        json.dumps(body).encode(),
        room.staff,
    )
    answer = json.loads(content)
    return Order(
        title, began, time.perf_counter(), status, answer.get("code", ""), answer.get("rev", 0)
    )


async def test_of_two_directors_who_act_at_once_one_wins(tmp_path: Path, say: Say) -> None:
    house = build(tmp_path, 0, "--workers", "2")
    try:
        room = Room(house)
        await room.prepare(0)
        orders = [await ordered(room, "first", 0)]
        revision = orders[0].revision
        for number in range(ROUNDS):
            pair = await asyncio.gather(
                ordered(room, f"{number} A", revision), ordered(room, f"{number} B", revision)
            )
            orders += pair
            won = [order for order in pair if order.status == 200]
            lost = [order for order in pair if order.status != 200]
            assert len(won) == 1, pair
            assert [(o.status, o.code) for o in lost] == [(409, "revision_mismatch")], pair
            assert won[0].revision == revision + 1
            revision += 1
        # Without an expectation both are carried out, one after the other.
        free = await asyncio.gather(*(ordered(room, f"free {n}", 0) for n in range(20)))
        orders += free
        assert [o.status for o in free] == [200] * len(free), free
        logged = titles(await room.fetch("/export/bundle"))
        await room.do("close", run=room.run)
    finally:
        house.stop()
    first = sum(o.title.endswith("A") for o in orders if o.revision)
    say(f"{ROUNDS} pairs at two processes: one winner each (A {first}, B {ROUNDS - first})")
    assert linearizable(orders, logged) == []


def titles(bundle: bytes) -> dict[int, str]:
    """Revision → the title that was set there, as the log tells it."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        lines = archive.read("events.jsonl").decode().splitlines()
    events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return {
        e["revision"]: e["event"]["title"]["zh"]
        for e in events
        if e["event"]["type"] == "title_set"
    }


def linearizable(orders: list[Order], logged: dict[int, str]) -> list[str]:
    """What contradicts one order of all: the log is what was answered, nothing else is in it, and
    who was answered before another began stands before it."""
    done = sorted((o for o in orders if o.revision), key=lambda o: o.revision)
    wrong = []
    if {o.revision: o.title for o in done} != logged:
        wrong.append("the log is not what was answered")
    latest = 0.0
    for order in done:
        if order.ended < latest:
            wrong.append(f"{order.title} was answered before one ahead of it began")
        latest = max(latest, order.began)
    return wrong
