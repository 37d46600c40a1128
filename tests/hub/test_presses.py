"""Pressed once: whatever is cut, raced or sent again, a press with an id has one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livevote.errors import BadInput, Busy, Refusal, RevisionMismatch, StoreDown, WrongPhase
from livevote.hub import presses as module
from livevote.hub.presses import KEPT_MS, SHELF, Presses
from tests.hub.room import NOON_MS, Line


class Hand:
    """Counts how often it was really done."""

    def __init__(self, *outcomes: Refusal) -> None:
        self.done = 0
        self.outcomes = list(outcomes)
        self.gate: asyncio.Event | None = None

    async def act(self) -> int:
        self.done += 1
        done = self.done
        if self.gate:
            await self.gate.wait()
        if self.outcomes:
            raise self.outcomes.pop(0)
        return done


class Clock:
    def __init__(self) -> None:
        self.ms = NOON_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presses(store: Line, clock: Clock) -> Presses:
    return Presses(store, clock)


async def test_the_same_id_gives_the_same_answer(presses: Presses) -> None:
    hand = Hand()
    assert [await presses.once("k", "1", "extend", hand.act) for _ in range(3)] == [1, 1, 1]
    assert await presses.once("k", "2", "extend", hand.act) == 2
    assert await presses.once("other key", "1", "extend", hand.act) == 3
    assert hand.done == 3


async def test_a_hundred_at_once_are_one(presses: Presses) -> None:
    hand = Hand()
    hand.gate = asyncio.Event()
    asked = [asyncio.ensure_future(presses.once("k", "1", "extend", hand.act)) for _ in range(100)]
    asked[0].cancel()  # who sent it first leaves; it is carried out all the same
    hand.gate.set()
    found = await asyncio.gather(*asked[1:])
    assert set(found) == {1}
    assert hand.done == 1


async def test_a_refusal_is_the_answer_too(presses: Presses, store: Line, clock: Clock) -> None:
    hand = Hand(WrongPhase("cannot open a run that is open"))
    for asked in (presses, presses, Presses(store, clock)):
        with pytest.raises(WrongPhase, match="cannot open a run that is open"):
            await asked.once("k", "1", "open", hand.act)
    assert hand.done == 1


async def test_what_may_be_tried_again_is_tried_again(presses: Presses) -> None:
    hand = Hand(Busy())
    with pytest.raises(Busy):
        await presses.once("k", "1", "open", hand.act)
    assert await presses.once("k", "1", "open", hand.act) == 2


async def test_the_next_leader_knows_the_answers(store: Line, clock: Clock) -> None:
    hand = Hand()
    assert await Presses(store, clock).once("k", "1", "extend", hand.act) == 1
    assert await Presses(store, clock).once("k", "1", "extend", hand.act) == 1
    assert hand.done == 1


async def test_two_processes_that_both_take_a_press_do_it_once(store: Line, clock: Clock) -> None:
    """There is one leader; while one is replaced the store decides."""
    hand = Hand()
    hand.gate = asyncio.Event()
    both = [
        asyncio.ensure_future(Presses(store, clock).once("k", "1", "extend", hand.act))
        for _ in range(2)
    ]
    done, waits = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(RevisionMismatch):
        done.pop().result()
    hand.gate.set()
    assert await waits.pop() == 1
    assert hand.done == 1


async def test_where_nobody_knows_nobody_guesses(
    presses: Presses, store: Line, clock: Clock
) -> None:
    hand = Hand(StoreDown())
    with pytest.raises(StoreDown):
        await presses.once("k", "1", "extend", hand.act)
    for asked in (presses, Presses(store, clock)):
        with pytest.raises(RevisionMismatch, match="look, then press with a new id"):
            await asked.once("k", "1", "extend", hand.act)
    assert hand.done == 1


async def test_without_a_store_nothing_is_pressed(presses: Presses, store: Line) -> None:
    hand = Hand()
    store.down = True
    with pytest.raises(StoreDown):
        await presses.once("k", "1", "extend", hand.act)
    store.mend()
    assert await presses.once("k", "1", "extend", hand.act) == 1
    assert hand.done == 1


async def test_one_id_is_for_one_press(presses: Presses) -> None:
    hand = Hand()
    await presses.once("k", "1", "open", hand.act)
    with pytest.raises(BadInput) as refused:
        await presses.once("k", "1", "close", hand.act)
    assert refused.value.where == "id"
    assert hand.done == 1


async def test_the_oldest_are_forgotten(
    presses: Presses, store: Line, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_MAX", 3)
    hand = Hand()
    for number in range(6):
        clock.ms += 1
        await presses.once("k", str(number), "extend", hand.act)
    assert len(await store.records(SHELF)) == 3
    await presses.once("k", "5", "extend", hand.act)
    assert hand.done == 6
    clock.ms += KEPT_MS + 1
    await presses.once("k", "9", "extend", hand.act)
    assert len(await store.records(SHELF)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    presses_at=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["", "lost", "new"])), max_size=12
    )
)
async def test_whatever_is_lost_an_id_is_done_at_most_once(
    store: Line, presses_at: list[tuple[str, str]]
) -> None:
    """lost: the answer of the store to the press is cut; new: another process leads from here."""
    for name in await store.records(SHELF):
        await store.remove(SHELF, name)
    clock = Clock()
    presses = Presses(store, clock)
    done: dict[str, int] = {}

    def act(id: str, fate: str) -> Callable[[], Awaitable[int]]:
        async def one() -> int:
            done[id] = done.get(id, 0) + 1
            if fate == "lost":
                raise StoreDown
            return 7

        return one

    for id, fate in presses_at:
        if fate == "new":
            presses = Presses(store, clock)
        with suppress(StoreDown, RevisionMismatch):
            assert await presses.once("k", id, "extend", act(id, fate)) == 7
    assert all(count == 1 for count in done.values())
    assert set(done) == {id for id, _ in presses_at}
