"""The end of an episode: its key is destroyed, nobody can be brought back to a ballot, and the
figures stay as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from livevote.core import command as cmd
from livevote.core.receipt import pseudonym
from livevote.errors import NotAllowed, WrongPhase
from livevote.export import FORMATS, verify
from livevote.hub.hub import KEY_BYTES, KEYS, Hub
from livevote.hub.studio import Studio, Voter
from livevote.store.embedded import EmbeddedServer
from livevote.store.keys import RunKey
from tests.hub.room import DURABLE, SEATS, Line, Room

OPENID = "openid-of-somebody-6c1f"
SEAT, PHONE = Voter("seat", SEATS[0].label), Voter("viewer", OPENID)
ADDRESS = "203.0.113.77"


async def over(room: Room) -> tuple[Studio, str]:
    """An episode whose only run is revealed."""
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    await room.vote(studio, PHONE, run, 10)
    await room.closed(studio, run)
    await room.hub.command(studio, cmd.Reveal(run), "director")
    return studio, run


def files_of(child: EmbeddedServer) -> bytes:
    """Every byte that the store has on disk."""
    return b"".join(p.read_bytes() for p in Path(child.directory).rglob("*") if p.is_file())


async def test_the_key_is_gone_from_memory_store_and_disk(
    room: Room, child: EmbeddedServer, client: Redis
) -> None:
    studio, run = await over(room)
    key = studio.key
    assert key in files_of(child)
    assert await room.hub.forget(studio, "command line")
    assert studio.key == b""
    assert await room.store.get(KEYS, studio.episode.id) == b""
    assert key not in files_of(child)
    # What is left cannot be computed again, not even by who knows all seats and phones.
    voters = {
        e.voter async for batch in room.store.log(RunKey(studio.episode.id, run)) for e in batch
    }
    assert voters == {pseudonym(key, v.kind, v.who) for v in (SEAT, PHONE)}
    for kept in (await client.hgetall("lv:{shelf}:keys")).values():
        for voter in (SEAT, PHONE):
            assert pseudonym(kept, voter.kind, voter.who) not in voters


async def test_who_did_it_is_in_the_log(room: Room) -> None:
    studio, _ = await over(room)
    await room.hub.forget(studio, "command line")
    last = studio.director.recent[-1]
    assert (type(last.event).__name__, last.by) == ("EpisodeForgotten", "command line")
    assert studio.episode.forgotten_ms == last.at_ms
    # Once is enough, and again does no harm.
    assert await room.hub.forget(studio, "command line")
    assert studio.episode.revision == last.revision


async def test_nobody_joins_or_votes_afterwards(room: Room) -> None:
    studio, run = await over(room)
    _, code = room.hub.seat_code(studio, SEATS[1].label)
    await room.hub.forget(studio, "command line")
    with pytest.raises(NotAllowed, match="its key was destroyed"):
        await room.hub.join_seat(studio, SEATS[1].label, 1, code)
    with pytest.raises(NotAllowed, match="its key was destroyed"):
        room.hub.seat_code(studio, SEATS[1].label)
    with pytest.raises(NotAllowed, match="its key was destroyed"):
        await room.vote(studio, PHONE, run, 90)
    with pytest.raises(NotAllowed, match="its key was destroyed"):
        await room.hub.mine(studio, SEAT)
    for command in (cmd.Arm("housing"), cmd.ReissueSeat(SEATS[1].label)):
        with pytest.raises(NotAllowed, match="key was destroyed"):
            await room.hub.command(studio, command, "director")


async def test_while_a_run_is_under_way_nothing_is_destroyed(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    key = studio.key
    with pytest.raises(WrongPhase, match="R01 is open"):
        await room.hub.forget(studio, "command line")
    assert studio.key == key == await room.store.get(KEYS, studio.episode.id)
    await room.vote(studio, SEAT, run, 80)


async def test_a_start_afterwards_makes_no_new_key(room: Room, store: Line) -> None:
    studio, _ = await over(room)
    await room.hub.forget(studio, "command line")
    again = Hub(store, DURABLE, "")
    await again.load()
    assert again.studio(studio.episode.id).key == b""
    assert await store.get(KEYS, studio.episode.id) == b""


async def test_a_crash_between_log_and_key_is_made_good_at_the_next_start(
    room: Room, store: Line
) -> None:
    studio, _ = await over(room)
    key = studio.key
    await room.hub.command(studio, cmd.Forget(), "command line")
    assert await store.get(KEYS, studio.episode.id) == key
    assert studio.key == b""  # whoever hears of it forgets at once
    again = Hub(store, DURABLE, "")
    await again.load()
    assert await store.get(KEYS, studio.episode.id) == b""


async def test_a_server_that_runs_beside_hears_of_it_without_a_command(
    room: Room, store: Line
) -> None:
    studio, run = await over(room)
    other = await room.episode()
    beside = Hub(store, DURABLE, "")
    await beside.load()
    await beside.forget(beside.studio(studio.episode.id), "command line")
    await room.hub.heed_forgotten()
    assert (studio.key, len(other.key)) == (b"", KEY_BYTES)
    last = studio.director.recent[-1]
    assert (type(last.event).__name__, last.by) == ("EpisodeForgotten", "command line")
    assert studio.episode.forgotten_ms == last.at_ms
    with pytest.raises(NotAllowed, match="its key was destroyed"):
        await room.vote(studio, PHONE, run, 90)
    with pytest.raises(NotAllowed, match="key was destroyed"):
        await room.hub.command(studio, cmd.Arm("housing"), "director")


async def test_exports_name_nobody_and_verify_as_before(
    room: Room, client: Redis, tmp_path: Path
) -> None:
    studio, run = await over(room)
    await room.hub.notary.round()
    before = await room.hub.material(studio, "Asia/Shanghai")
    assert before.voted == {run: frozenset({SEATS[0].label})}
    await room.hub.forget(studio, "command line")
    material = await room.hub.material(studio, "Asia/Shanghai")
    assert material.voted == {run: frozenset()}
    assert (material.ballots, material.checkpoints) == (before.ballots, before.checkpoints)
    path = tmp_path / "public.zip"
    path.write_bytes(FORMATS["public"].make(material, Path()))
    assert verify.main([str(path), "--key", material.key]) == 0
    full = tmp_path / "bundle.zip"
    full.write_bytes(FORMATS["bundle"].make(material, Path()))
    assert verify.main([str(full), "--key", material.key]) == 0
    text = b"".join(FORMATS[n].make(material, Path()) for n in ("csv", "json", "bundle"))
    assert OPENID.encode() not in text
    async for key in client.scan_iter():
        assert OPENID.encode() not in (await client.dump(key) or b"")
