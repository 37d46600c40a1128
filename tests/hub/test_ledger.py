"""The ledger in the store: one command at a time, nothing lost and nothing twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from livevote.core.ledger import Command, Make, MovePledge
from livevote.core.names import Names
from livevote.core.pledge import File, Move, Pledge
from livevote.errors import NotFound, StoreDown, WrongPhase
from livevote.hub.evidence import Evidence
from livevote.hub.ledger import LedgerDesk
from tests.hub.room import NOON_MS, Line

PDF = b"%PDF-1.7"


def pledge(number: int = 1) -> Pledge:
    return Pledge(f"p{number}", Names("台州市水利局"), "打通断头河", "2100-12-31")


def desk_on(store: Line, folder: Path) -> LedgerDesk:
    return LedgerDesk(store, lambda: NOON_MS, UTC, Evidence(folder / "evidence"))


@pytest.fixture
def desk(store: Line, tmp_path: Path) -> LedgerDesk:
    return desk_on(store, tmp_path)


async def do(desk: LedgerDesk, *commands: Command) -> None:
    for command in commands:
        await desk.command(command, "desk", "supervision")


async def agrees(desk: LedgerDesk, store: Line, folder: Path) -> None:
    """What is in memory is what is in the store, and what a restart finds."""
    other = desk_on(store, folder)
    assert await other.load() is (desk.state.revision > 0)
    assert await other.load() is False
    assert other.state == desk.state
    assert len(await desk.history()) == desk.state.revision


async def test_a_ledger_is_there_again_after_a_restart(
    desk: LedgerDesk, store: Line, tmp_path: Path
) -> None:
    file = desk.evidence.keep(PDF)
    claim = MovePledge("p1", Move.CLAIM, files=(File(file.sha256, "a.pdf"),))
    await do(desk, Make(pledge()), MovePledge("p1", Move.ACCEPT), claim)
    (kept,) = desk.state.pledges["p1"].evidence
    assert (kept.type, kept.size, kept.name) == ("application/pdf", len(PDF), "a.pdf")
    await agrees(desk, store, tmp_path)


async def test_what_is_refused_changes_nothing(
    desk: LedgerDesk, store: Line, tmp_path: Path
) -> None:
    await do(desk, Make(pledge()))
    with pytest.raises(WrongPhase):
        await do(desk, MovePledge("p1", Move.VERIFY, "x"))
    with pytest.raises(NotFound):
        await do(desk, MovePledge("p1", Move.NOTE, "x", files=(File("0" * 64, "a"),)))
    assert desk.state.revision == 1
    await agrees(desk, store, tmp_path)


@pytest.mark.parametrize("command", [Make(pledge(2)), MovePledge("p1", Move.ACCEPT)])
async def test_an_answer_that_was_lost_is_looked_for_and_nothing_is_written_twice(
    desk: LedgerDesk, store: Line, tmp_path: Path, command: Command
) -> None:
    await do(desk, Make(pledge()))
    store.cut("answer")
    await do(desk, command)
    assert desk.state.revision == 2
    await agrees(desk, store, tmp_path)


async def test_a_call_that_was_lost_is_refused_and_may_be_made_again(
    desk: LedgerDesk, store: Line, tmp_path: Path
) -> None:
    store.cut("call")
    with pytest.raises(StoreDown):
        await do(desk, Make(pledge()))
    assert desk.state.revision == 0
    await do(desk, Make(pledge()))
    await agrees(desk, store, tmp_path)


async def test_many_at_once_are_carried_out_one_after_the_other(
    desk: LedgerDesk, store: Line, tmp_path: Path
) -> None:
    await asyncio.gather(*(do(desk, Make(pledge(number))) for number in range(30)))
    assert sorted(p.number for p in desk.state.pledges.values()) == list(range(1, 31))
    await agrees(desk, store, tmp_path)


async def test_a_day_begins_in_the_zone_of_the_studio(store: Line, tmp_path: Path) -> None:
    """Late in the evening in one zone it is the next day in another."""
    evidence = Evidence(tmp_path)
    midnight_ms = 1_800_000_000_000 // 86_400_000 * 86_400_000
    days = [
        LedgerDesk(store, lambda: midnight_ms - 1, zone, evidence).today
        for zone in (UTC, timezone(timedelta(hours=8)))
    ]
    assert days[1] - days[0] == timedelta(days=1)


def test_evidence_is_kept_once_and_whole(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "evidence")
    first, again = evidence.keep(PDF), evidence.keep(PDF)
    assert first == again
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [first.sha256]
    assert evidence.path(first.sha256).read_bytes() == PDF
