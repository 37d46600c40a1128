"""The notary on a real store: what is signed, what is proven, what is noticed."""

from __future__ import annotations

import asyncio
import time as clock
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from livevote.core import chain
from livevote.core import command as cmd
from livevote.core.ballot import Answer, Ballot
from livevote.core.chain import AuditLog, Checkpoint, VerifierKey
from livevote.core.phase import Phase
from livevote.errors import BadReceipt, LogDiffers, NotYet
from livevote.hub import notary as notary_module
from livevote.hub.notary import Ledger, Notary, Proof, Signer, signature_right
from livevote.hub.studio import Studio, Voter
from livevote.store.keys import RunKey
from tests.faults.conftest import FULL
from tests.figures import Say, teller
from tests.hub.room import HELD, Line, Room, Time, until

RECEIPTS = 10_000 if FULL else 400


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    return teller(request, "full" if FULL else "short", "faults.txt")


class Case:
    """A room with an episode and an open run, and a notary whose rounds the test makes."""

    def __init__(self, room: Room, studio: Studio, run: str) -> None:
        self.room, self.studio, self.run = room, studio, run
        self.key = RunKey(studio.episode.id, run)

    @property
    def notary(self) -> Notary:
        return self.room.hub.notary

    async def vote(self, number: int, value: int = 80, seq: int = 1) -> tuple[int, str]:
        """(index, receipt)"""
        voter = Voter("viewer", f"v{number}")
        counted = await self.room.vote(self.studio, voter, self.run, value, seq)
        return counted.index, counted.receipt

    async def votes(self, count: int, start: int = 1) -> None:
        """Many ballots, straight to the store."""
        now_ms = self.room.time.now_ms()
        for first in range(start, start + count, 1000):
            numbers = range(first, min(first + 1000, start + count))
            batch = [Ballot(n.to_bytes(16, "big"), "online", 1, n % 101, now_ms) for n in numbers]
            outcomes = await self.room.store.commit(self.key, batch)
            assert {outcome.answer for outcome in outcomes} == {Answer.COUNTED}

    async def prove(self, index: int, receipt: str) -> Proof:
        return await self.room.hub.prove(self.studio, self.run, index, receipt)

    async def points(self) -> list[Checkpoint]:
        """The stored checkpoints, signatures checked with nothing but the verifier key."""
        key = VerifierKey.parse(self.notary.key)
        notes = await self.notary.notes(self.key)
        return [chain.open_note(note, key, signature_right) for note in notes]

    async def recomputed(self) -> AuditLog:
        log = AuditLog(chain.origin(self.key.episode, self.key.run))
        log.extend(await self.room.store.entries(self.key))
        return log

    async def restarted(self) -> Case:
        """Another server's hub on the same store."""
        room = await Room.opened(self.room.store, self.room.time)
        return Case(room, room.hub.studio(self.studio.episode.id), self.run)

    def holds(self, proof: Proof) -> bool:
        point = chain.open_note(proof.note, VerifierKey.parse(self.notary.key), signature_right)
        leaf = chain.leaf_hash(chain.line(proof.entry))
        place = proof.entry.index - 1
        return chain.verify_inclusion(leaf, place, point.size, proof.path, point.root)


@pytest.fixture
async def case(store: Line, time: Time, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Case]:
    monkeypatch.setattr("livevote.hub.hub.Clock", lambda: time)
    room = await Room.opened(store, time)
    studio = await room.episode()
    yield Case(room, studio, await room.opened_run(studio))
    await room.close()


async def test_an_open_run_has_a_checkpoint_each_round_and_one_at_its_close(case: Case) -> None:
    await case.notary.round()
    await case.vote(1)
    case.room.time.pass_ms(900)
    await case.notary.round()
    case.room.time.pass_ms(900)
    await case.notary.round()
    await case.vote(2)
    await case.room.closed(case.studio, case.run)
    await case.notary.round()
    points = await case.points()
    assert [point.size for point in points] == [0, 1, 1, 2]
    assert points[0].root == chain.EMPTY_ROOT
    assert points == sorted(points, key=lambda point: point.time_ms)
    run = case.studio.episode.run(case.run)
    assert run is not None
    assert points[-1].size == run.size
    await case.notary.round()
    assert len(await case.points()) == 4, "what is over is signed once"


async def test_checkpoints_are_those_of_the_log(case: Case) -> None:
    for size in (3, 700, 130):
        await case.votes(size, 1 + (await case.room.store.tally(case.key)).size)
        await case.notary.round()
    log = await case.recomputed()
    first, second, last = await case.points()
    assert (last.size, last.root, last.chain) == (833, log.tree.root(833), log.chain)
    assert (first.root, second.root) == (log.tree.root(3), log.tree.root(703))
    proof = log.tree.consistency(3, 833)
    assert chain.verify_consistency(3, first.root, 833, last.root, proof)


async def test_a_receipt_is_proven_after_the_next_checkpoint(case: Case) -> None:
    index, receipt = await case.vote(1)
    with pytest.raises(NotYet) as not_yet:
        await case.prove(index, receipt)
    assert not_yet.value.again
    assert not_yet.value.retry_after_ms
    await case.notary.round()
    proof = await case.prove(index, receipt)
    assert case.holds(proof)
    assert (proof.entry.index, proof.entry.value) == (index, 80)
    code = case.studio.episode.runs[-1].code
    dashed = f"{receipt[:4]}-{receipt[4:8]} {receipt[8:].lower()}"
    assert await case.room.hub.prove(case.studio, code, index, dashed) == proof


async def test_a_held_runs_receipt_is_proven_too(case: Case) -> None:
    await case.room.closed(case.studio, case.run)
    await case.room.order(case.studio, cmd.SetRules(HELD))
    held = Case(case.room, case.studio, await case.room.opened_run(case.studio, "housing"))
    index, receipt = await held.vote(1)
    await held.notary.round()
    assert held.holds(await held.prove(index, receipt))


async def test_a_receipt_that_does_not_fit_is_refused(case: Case) -> None:
    index, receipt = await case.vote(1)
    other, _ = await case.vote(2)
    await case.notary.round()
    for run, at, text in (
        (case.run, other, receipt),
        (case.run, 99, receipt),
        (case.run, 0, receipt),
        (case.run, -1, receipt),
        ("R77", index, receipt),
        (case.run, index, receipt[::-1]),
        (case.run, index, ""),
        (case.run, index, "回执"),
    ):
        with pytest.raises(BadReceipt):
            await case.room.hub.prove(case.studio, run, at, text)


async def test_after_a_kill_the_same_chain_goes_on(case: Case) -> None:
    index, receipt = await case.vote(1)
    await case.votes(300)
    await case.notary.round()
    before = await case.points()
    # The first hub is simply not asked any more, as after kill -9.
    again = await case.restarted()
    assert again.notary.key == case.notary.key
    await again.votes(50, 1000)
    await again.notary.round()
    points = await again.points()
    assert points[: len(before)] == before
    log = await again.recomputed()
    assert (points[-1].size, points[-1].chain) == (351, log.chain)
    old, new = points[0], points[-1]
    proof = log.tree.consistency(old.size, new.size)
    assert chain.verify_consistency(old.size, old.root, new.size, new.root, proof)
    assert again.holds(await again.prove(index, receipt))
    await again.room.close()


async def test_two_who_sign_never_fork_the_list(case: Case) -> None:
    """A leader that was displaced finds the next place taken, reads anew, and goes on from it."""
    await case.vote(1)
    await case.notary.round()
    again = await case.restarted()
    await again.vote(2)
    await again.notary.round()
    for _ in range(3):
        await case.vote(3)
        await case.notary.round()
        await again.notary.round()
    assert not case.studio.differing | again.studio.differing
    points = await case.points()
    log = await case.recomputed()
    assert all(point.root == log.tree.root(point.size) for point in points)
    assert [p.size for p in points] == sorted(p.size for p in points)
    await again.room.close()


async def test_a_lost_answer_leaves_no_gap_and_no_double(case: Case) -> None:
    await case.votes(3)
    await case.notary.round()
    await case.votes(2, 50)
    # Read checkpoints, read log, append: the append's answer is lost.
    case.room.store.cut_at(3, "answer")
    await case.notary.round()
    assert case.room.store.lost == 1
    await case.notary.round()
    points = await case.points()
    assert [point.size for point in points][:2] == [3, 5]
    assert not case.studio.differing


async def test_a_follower_reads_no_further_than_was_signed(case: Case) -> None:
    await case.votes(5)
    await case.notary.round()
    await case.votes(5, 50)
    ledger = Ledger(case.room.store, case.key, case.notary.signer)
    await ledger.read()
    assert (ledger.size, ledger.covered) == (5, 5)
    await case.notary.round()
    await ledger.read()
    assert (ledger.size, ledger.covered) == (10, 10)


# --- tampering ---

# A stored batch's list of one value, and the beginning of its list of times.
EIGHTY, EIGHTY_ONE = b"\x91\x50\x91\xcf", b"\x91\x51\x91\xcf"


@pytest.mark.parametrize("harm", ["changed", "cut", "forged", "rubbish"])
async def test_a_difference_is_told_and_nothing_more_is_signed(
    case: Case, client: Redis, harm: str
) -> None:
    index, receipt = await case.vote(1, 80)
    await case.vote(2, 60)
    await case.notary.round()
    entries: Any = await client.xrange(case.key.log)
    if harm == "changed":
        first_id, fields = entries[0]
        packed = fields[b"b"]
        assert packed.count(EIGHTY) == 1, "the value, and nothing like it"
        await client.delete(case.key.log)
        await client.xadd(case.key.log, {b"b": packed.replace(EIGHTY, EIGHTY_ONE)}, id=first_id)
        for id_, fields in entries[1:]:
            await client.xadd(case.key.log, fields, id=id_)
    elif harm == "cut":
        await client.xdel(case.key.log, entries[-1][0])
    elif harm == "rubbish":
        await client.delete(case.key.log)
        await client.xadd(case.key.log, {b"b": b"\xc1rubbish"}, id=entries[0][0])
    else:
        forged = Signer(bytes(32)).sign((await case.points())[0])
        await case.room.store.append_checkpoint(case.key, 2, forged.encode())
    stored = await case.notary.notes(case.key)
    again = await case.restarted()
    await again.notary.round()
    await again.notary.round()
    assert await again.notary.notes(case.key) == stored
    incidents = [
        logged.event
        for logged in await again.studio.director.history()
        if type(logged.event).__name__ == "Incident"
    ]
    assert [incident.kind for incident in incidents] == ["log_differs"]  # type: ignore[attr-defined]
    kinds = [w["kind"] for w in again.room.make_beat().ops(again.studio).warnings]
    assert "log_differs" in kinds
    # Of a changed ballot its own receipt says so already.
    with pytest.raises(BadReceipt if harm == "changed" else LogDiffers):
        await again.prove(index, receipt)
    await again.room.close()


async def test_two_forked_checkpoints_are_seen(case: Case) -> None:
    """Who keeps a checkpoint sees that a later one of another history does not continue it."""
    await case.votes(200)
    log = await case.recomputed()
    kept = log.checkpoint(1)
    entries = await case.room.store.entries(case.key)
    changed = AuditLog(log.origin)
    changed.extend([replace(e, value=0) if e.index == 7 else e for e in entries])
    await case.votes(100, 1000)
    later = (await case.room.store.entries(case.key))[200:]
    log.extend(later)
    changed.extend(later)
    honest, forked = log.checkpoint(2), changed.checkpoint(2)
    proof = log.tree.consistency(200, 300)
    assert chain.verify_consistency(200, kept.root, 300, honest.root, proof)
    for attempt in (proof, changed.tree.consistency(200, 300)):
        assert not chain.verify_consistency(200, kept.root, 300, forked.root, attempt)


# --- what is kept, and what it costs ---


async def test_old_runs_are_compared_when_somebody_asks(case: Case) -> None:
    index, receipt = await case.vote(1)
    await case.room.closed(case.studio, case.run)
    await case.notary.round()
    case.room.time.pass_ms(notary_module.OLD_MS + 1)
    again = await case.restarted()
    asked = again.room.store.asked
    await again.notary.round()
    assert again.room.store.asked - asked == 1, "one look at the newest checkpoint"
    assert again.holds(await again.prove(index, receipt))
    await again.room.close()


async def test_ended_runs_make_room_and_are_read_again(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notary_module, "BALLOTS_MAX", 1)
    index, receipt = await case.vote(1)
    await case.vote(2)
    await case.room.closed(case.studio, case.run)
    await case.notary.round()
    second = Case(case.room, case.studio, await case.room.opened_run(case.studio, "housing"))
    await second.vote(1)
    await case.notary.round()
    assert case.holds(await case.prove(index, receipt))


async def test_a_void_run_has_a_last_checkpoint(case: Case) -> None:
    await case.vote(1)
    await case.room.order(case.studio, cmd.AskVoid(case.run, "sound failed"), "director")
    await case.room.order(case.studio, cmd.ConfirmVoid(case.run), "producer")
    assert case.room.phase(case.studio, case.run) is Phase.VOID
    await case.notary.round()
    assert [point.size for point in await case.points()] == [1]


async def test_exports_have_the_checkpoints_and_the_key(case: Case) -> None:
    await case.vote(1)
    await case.notary.round()
    material = await case.room.hub.material(case.studio, "UTC")
    assert material.key == case.notary.key
    assert list(material.checkpoints[case.run]) == await case.notary.notes(case.key)
    assert len(material.checkpoints[case.run]) == 1


async def test_receipts_are_proven_within_two_seconds(case: Case, say: Say) -> None:
    """The notary at work by itself, under no moved clock: from acknowledgement to proof."""
    task = asyncio.create_task(case.notary.work())
    latest: list[float] = []
    at_once = asyncio.Semaphore(400)

    async def one(number: int) -> None:
        async with at_once:
            index, receipt = await case.vote(number)
            acknowledged = clock.monotonic()
            while True:
                try:
                    proof = await case.prove(index, receipt)
                    break
                except NotYet:
                    await asyncio.sleep(0.05)  # what a page does, with less patience
            latest.append(clock.monotonic() - acknowledged)
        assert case.holds(proof)

    await asyncio.gather(*(one(number) for number in range(RECEIPTS)))
    case.notary.stop()
    await until(task.done, "the notary's end")
    say(f"{len(latest)} receipts proven, at most {max(latest):.2f} s after their acknowledgement")
    assert max(latest) <= 2.0


async def test_the_cost_of_a_ballot_is_a_few_microseconds(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    await case.votes(20_000)
    before = clock.process_time()
    await case.notary.round()
    took_us = (clock.process_time() - before) / 20_000 * 1e6
    [point] = await case.points()
    assert point.size == 20_000
    with capsys.disabled():
        print(f"\nnotary: {took_us:.1f} µs CPU a ballot, reading from the store included")
    assert took_us < 100, "far from what it costs: something is read or hashed again and again"
