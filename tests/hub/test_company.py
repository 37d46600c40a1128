"""A leader and a follower on one store: hubs of their own, a real socket between them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from livevote.core import command as cmd
from livevote.core.case import Erasure, Kind, Unit
from livevote.core.desk import AnswerCase, EraseCase, FileCase, HandleCase, SetDesk
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.rules import Rules
from livevote.errors import Busy, NotFound, RevisionMismatch, WrongPhase
from livevote.hub import company as company_module
from livevote.hub.clock import Clock, wall_start_ms
from livevote.hub.company import Company, Place
from livevote.hub.hub import Hub
from livevote.hub.line import MESSAGE_BYTES_MAX, Line
from livevote.hub.part import Part, Whole
from livevote.hub.studio import Studio, Voter
from livevote.store.connect import client_for
from livevote.store.embedded import EmbeddedServer
from livevote.wire.inbound import Cast
from tests.hub.room import DURABLE, PATIENCE_S, RULES, SEATS, WATER, soon, until
from tests.hub.room import Line as StoreLine

SEAT, OTHER = Voter("seat", "A-01"), Voter("seat", "A-02")
START_MS = wall_start_ms()


@pytest.fixture
def folder(client: Redis) -> Iterator[str]:
    """Short, for a socket; the store is empty."""
    with tempfile.TemporaryDirectory(prefix="lv") as path:
        yield path


@asynccontextmanager
async def process(child: EmbeddedServer, folder: str, number: int) -> AsyncIterator[Hub]:
    """One of two, with a line of its own to the store."""
    store = StoreLine(client_for(child.url))
    await store.load_functions()
    company = Place(number, 2, folder, START_MS).company()
    hub = Hub(store, DURABLE, "http://studio.example/", company, Clock(START_MS))
    await hub.start()
    try:
        yield hub
        assert hub.broken
        assert not hub.broken.done(), hub.broken
    finally:
        store.mend()
        await hub.stop()
        await store.close()


@pytest.fixture
async def two(
    child: EmbeddedServer, folder: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Hub, Hub]]:
    # On a busy machine, too, what was answered is known to both.
    monkeypatch.setattr(company_module, "HURRY_S_MAX", PATIENCE_S)
    async with process(child, folder, 0) as leader, process(child, folder, 1) as follower:
        yield leader, follower


async def episode(hub: Hub, rules: Rules = RULES) -> str:
    """Made where `hub` is, with an open run."""
    show = await hub.make_show(Names("问政"), "producer")
    made = await hub.make_episode(show, Names("一"), "producer")
    studio = hub.studio(made)
    for command in (cmd.SetRules(rules), cmd.SetRundown((WATER,)), cmd.SetRoster(SEATS)):
        await hub.command(studio, command, "producer")
    await hub.command(studio, cmd.Arm("water"), "director")
    await hub.command(studio, cmd.Open(studio.episode.runs[-1].id), "director")
    return made


def run_of(studio: Studio) -> str:
    return studio.episode.runs[-1].id


async def vote(hub: Hub, made: str, voter: Voter, value: int = 80) -> Any:
    studio = hub.studio(made)
    cast = Cast(run_of(studio), 1, value)
    return await hub.cast_and_wait(studio, voter, cast, hub.clock.now_ms())


async def test_what_is_asked_of_the_follower_is_done_by_the_leader_and_known_to_both(
    two: tuple[Hub, Hub],
) -> None:
    leader, follower = two
    made = await episode(follower)
    await follower.switch(made, "producer")
    assert leader.studio().episode == follower.studio().episode
    assert follower.studio().episode.runs[-1].phase is Phase.OPEN
    assert [one.by for one in leader.studio().director.recent][-1] == "director"
    assert leader.studio().key == follower.studio().key


async def test_what_the_leader_did_is_known_to_the_follower_when_it_is_answered(
    two: tuple[Hub, Hub],
) -> None:
    leader, follower = two
    made = await episode(leader)
    assert follower.studio(made).episode == leader.studio(made).episode


async def test_an_episode_is_found_that_the_follower_has_not_read_of_yet(
    two: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, follower = two
    monkeypatch.setattr(company_module, "HURRY_S_MAX", 0)
    show = await leader.make_show(Names("问政"), "producer")
    made = await leader.make_episode(show, Names("一"), "producer")
    assert (await follower.studio_by_now(made)).episode.id == made
    for hub in two:
        with pytest.raises(NotFound):
            await hub.studio_by_now("nowhere")


async def test_refusals_are_the_same_ones(two: tuple[Hub, Hub]) -> None:
    _, follower = two
    made = await episode(follower)
    studio = follower.studio(made)
    with pytest.raises(WrongPhase):
        await follower.command(studio, cmd.Open(run_of(studio)), "director")
    with pytest.raises(RevisionMismatch):
        await follower.command(studio, cmd.Pause(run_of(studio)), "director", expect=1)
    with pytest.raises(NotFound):
        await follower.make_episode("nowhere", Names("二"), "producer")


async def test_a_deadline_is_the_leaders_alone(two: tuple[Hub, Hub]) -> None:
    leader, _ = two
    made = await episode(leader, replace(RULES, duration_ms=60_000))
    first, second = (hub.studio(made).director for hub in two)
    assert first.episode == second.episode
    assert first._timer
    assert second._timer is None
    await leader.command(leader.studio(made), cmd.Close(run_of(leader.studio(made))), "director")
    await until(lambda: second.episode.runs[-1].phase is Phase.VERIFIED, "closed for both")
    assert second._timer is None


async def test_a_close_waits_for_the_ballots_that_a_follower_took(two: tuple[Hub, Hub]) -> None:
    leader, follower = two
    made = await episode(leader)
    assert isinstance(follower.store, StoreLine)
    gate = follower.store.hold_up("lv2_commit")
    held = asyncio.create_task(vote(follower, made, SEAT))
    await soon(follower.store.held_up.wait())
    assert (await vote(leader, made, OTHER)).index == 1
    studio = leader.studio(made)
    await leader.command(studio, cmd.Close(run_of(studio)), "director")
    await asyncio.sleep(0.1)  # the grace is 0: but for the follower it would be closed
    assert studio.episode.runs[-1].phase is Phase.CLOSING
    gate.set()
    assert (await soon(held)).index == 2
    await until(lambda: studio.episode.runs[-1].phase is not Phase.CLOSING, "closed")
    assert studio.episode.runs[-1].size == 2


async def test_a_follower_that_does_not_answer_is_not_waited_for_and_its_ballot_is_late(
    two: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company_module, "DRAIN_S_MAX", 0.2)
    leader, follower = two
    made = await episode(leader)
    assert isinstance(follower.store, StoreLine)
    gate = follower.store.hold_up("lv2_commit")
    held = asyncio.create_task(vote(follower, made, SEAT))
    await soon(follower.store.held_up.wait())
    studio = leader.studio(made)
    await leader.command(studio, cmd.Close(run_of(studio)), "director")
    await until(lambda: studio.episode.runs[-1].phase is Phase.VERIFIED, "closed without it")
    gate.set()
    with pytest.raises(Exception, match="closed before"):
        await soon(held)
    assert (await leader.store.tally(studio.run_key(studio.episode.runs[-1]))).size == 0


async def test_without_a_leader_ballots_go_on_and_commands_are_told_to_come_back(
    child: EmbeddedServer, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(child, folder, 1) as follower:
        async with process(child, folder, 0) as leader:
            await until(lambda: bool(getattr(follower.company, "_line", None)), "joined")
            made = await episode(follower)
        await until(lambda: getattr(follower.company, "_line", None) is None, "cut")
        assert leader.studio(made).episode.runs[-1].phase is Phase.OPEN
        assert (await vote(follower, made, SEAT)).index == 1
        studio = follower.studio(made)
        with pytest.raises(Busy) as refused:
            await follower.command(studio, cmd.Pause(run_of(studio)), "director")
        assert refused.value.again
        async with process(child, folder, 0) as successor:
            await until(lambda: bool(getattr(follower.company, "_line", None)), "joined again")
            await follower.command(studio, cmd.Pause(run_of(studio)), "director")
            assert successor.studio(made).episode.runs[-1].phase is Phase.PAUSED


async def test_the_leader_cut_off_in_a_command_nobody_says_that_it_was_not_done(
    two: tuple[Hub, Hub],
) -> None:
    leader, follower = two
    made = await episode(leader)
    assert isinstance(leader.store, StoreLine)
    gate = leader.store.hold_up("lv2_append")
    studio = follower.studio(made)
    order = asyncio.create_task(follower.command(studio, cmd.Pause(run_of(studio)), "director"))
    await soon(leader.store.held_up.wait())
    await leader.company.stop()
    with pytest.raises(RevisionMismatch, match="look, then decide") as unknown:
        await soon(order)
    assert not unknown.value.again
    gate.set()
    await until(lambda: studio.episode.runs[-1].phase is Phase.PAUSED, "seen on the beat")


async def test_what_no_message_told_is_seen_on_the_beat(two: tuple[Hub, Hub]) -> None:
    leader, follower = two
    made = await episode(leader)
    leader.company.hurry = Company().hurry  # type: ignore[method-assign]
    studio = leader.studio(made)
    await leader.command(studio, cmd.SetTitle(Names("二")), "producer")
    await leader.switch(made, "producer")
    await until(lambda: follower.studio(made).episode == studio.episode, "the title")
    await until(lambda: follower.catalogue.state == leader.catalogue.state, "the catalogue")


# --- the line ---


@asynccontextmanager
async def pair(folder: str, calls: dict[str, Any]) -> AsyncIterator[tuple[Line, Line]]:
    """(who asks, who answers)."""
    ends: asyncio.Queue[Line] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer, calls)
        ends.put_nowait(line)
        await line.work()

    server = await asyncio.start_unix_server(serve, f"{folder}/line")
    asking = Line(*await asyncio.open_unix_connection(f"{folder}/line"), {})
    working = asyncio.create_task(asking.work())
    yield asking, await ends.get()
    asking.close()
    await soon(working)
    server.close()


async def test_answers_find_who_asked_in_any_order(folder: str) -> None:
    gates = {name: asyncio.Event() for name in "ab"}

    async def wait(name: str) -> str:
        await gates[name].wait()
        return name

    async with pair(folder, {"wait": wait}) as (line, _):
        first, second = (asyncio.create_task(line.ask("wait", name)) for name in "ab")
        gates["b"].set()
        assert await soon(second) == "b"
        gates["a"].set()
        assert await soon(first) == "a"


async def test_a_question_that_breaks_cuts_the_line_and_is_not_taken_for_done(folder: str) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    async with pair(folder, {"broken": broken}) as (line, _):
        with pytest.raises(RevisionMismatch):
            await soon(line.ask("broken"))
        with pytest.raises(Busy):
            await line.ask("broken")


async def test_a_question_nobody_knows_yet_may_be_asked_again(folder: str) -> None:
    async with pair(folder, {}) as (line, _):
        with pytest.raises(Busy):
            await soon(line.ask("later"))


async def test_too_long_a_message_is_refused_where_it_is_made(folder: str) -> None:
    async def echo(data: bytes) -> bytes:
        return data * 2

    async with pair(folder, {"echo": echo}) as (line, _):
        with pytest.raises(Exception, match="too long"):
            await line.ask("echo", bytes(MESSAGE_BYTES_MAX))
        with pytest.raises(Exception, match="too long"):
            await soon(line.ask("echo", bytes(MESSAGE_BYTES_MAX - 100)))
        assert await soon(line.ask("echo", b"x")) == b"xx"


# --- all together ---


def test_delays_of_several_processes_are_one_distribution() -> None:
    quick = Part({}, [[1, 98]], [], 3, {"late": 1}, True)
    slow = Part({}, [[400, 2]], [[7, 1]], 1, {"late": 2, "busy": 1}, False)
    whole = Whole([quick, slow])
    assert [whole.ack_ms(percent) for percent in (50, 98, 99)] == [1.0, 1.0, 400.0]
    assert whole.commit_ms(50) == 7.0
    assert (whole.waiting, whole.rejects, whole.up) == (4, {"late": 3, "busy": 1}, False)


async def test_a_question_filed_at_the_follower_is_known_to_both_and_so_is_its_end(
    two: tuple[Hub, Hub],
) -> None:
    leader, follower = two
    for hub in two:
        await hub.desk.load()
    unit = Unit("water", Names("水利局"))
    await follower.desk.command(SetDesk((unit,)), "producer")
    case = await follower.desk.file(FileCase(Kind.ENQUIRY, "water", "河水", "为何？"), "digest")
    for hub in two:
        assert hub.desk.now.cases[case].title == "河水"
        assert await hub.desk.digest(case) == "digest"
    with pytest.raises(WrongPhase):
        await follower.desk.command(AnswerCase(case, "x", "科长"), "producer")
    slips = [FileCase(Kind.ENQUIRY, "water", "路灯", "何时修？", form=form) for form in ("a", "b")]
    assert len(await follower.desk.file_all(slips, "producer")) == 2
    assert await follower.desk.file_all(slips, "producer") == []
    with pytest.raises(NotFound):  # who acts for a unit is asked at the leader too
        await follower.desk.command(HandleCase(case, "科长"), "roads-desk", "roads")
    await leader.desk.command(EraseCase(case, Erasure.ALL), "filer")
    await until(lambda: follower.desk.now.cases[case].title == "", "erased for both")
    assert follower.desk.now == leader.desk.now
