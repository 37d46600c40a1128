"""Rehearsals over HTTP, and the synthetic audience: real sockets, real ballots, and only where they
belong."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.audience import tempers
from livevote.core import command as cmd
from livevote.core.case import Kind, Unit
from livevote.core.desk import AcceptCase, FileCase, SetDesk
from livevote.core.names import Names
from livevote.core.tally import Tally
from livevote.errors import BadInput
from livevote.hub.roles import DIRECTOR, PRODUCER, VERIFIER
from livevote.hub.studio import Studio, Voter
from livevote.web.rehearsals import Crowd, checked
from tests.web.clients import House, until
from tests.web.test_receipt import proven

ALL = {"turnout": 100, "dropouts": 0, "opinion": [1, 0, 0], "viewers": 3}


async def rehearsed(house: House, studio: Studio) -> Studio:
    async with house.browser(await house.staff(PRODUCER)) as producer:
        made = await producer.post(f"/api/episodes/{studio.episode.id}/rehearsal")
    assert made.status_code == 201, made.text
    return house.hub.studio(made.json()["id"])


async def audience(house: House, studio: Studio, **crowd: Any) -> Any:
    async with house.browser(await house.staff(DIRECTOR)) as director:
        path = f"/api/episodes/{studio.episode.id}/audience"
        return await director.post(path, json={**ALL, **crowd})


def voters(tally: Tally) -> int:
    return sum(sum(row.values()) for row in tally.counts.values())


def here(studio: Studio) -> int:
    return sum(member.role in ("seat", "viewer") for member in studio.members)


async def test_an_audience_comes_votes_and_goes(house: House) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    seats = len(copy.episode.seats)
    came = await audience(house, copy)
    assert came.status_code == 201, came.text
    assert (came.json()["seats"], came.json()["crowd"]["viewers"]) == (seats, 3)
    await until(lambda: here(copy) == seats + 3, "the audience")
    assert here(real) == 0
    run = await house.opened(copy)
    # All of it is counted by the store, all of the best third. The slowest take nine seconds.
    key = copy.run_key(house.run(copy, run))
    async with asyncio.timeout(30):
        while voters(tally := await house.hub.store.tally(key)) < seats + 3:
            await asyncio.sleep(0.1)
    counts = tally.counts
    best = max(b.points for b in copy.episode.rules.scale.buckets)
    assert voters(tally) == seats + 3
    points = {b.value: b.points for b in copy.episode.rules.scale.buckets}
    assert all(points[value] >= best * 0.6 for row in counts.values() for value in row)
    async with house.browser(await house.staff(VERIFIER)) as anyone:
        path = f"/api/episodes/{copy.episode.id}/audience"
        assert (await anyone.get(path)).json()["audience"]["seats"] == seats
        other = (await anyone.get(f"/api/episodes/{real.episode.id}/audience")).json()
        assert other == {"audience": None, "elsewhere": True}
        assert (await anyone.delete(path)).status_code == 403
    async with house.browser(await house.staff(DIRECTOR)) as director:
        other = f"/api/episodes/{real.episode.id}/audience"
        assert (await director.delete(other)).status_code == 204
        assert (await director.get(path)).json()["audience"], "of another episode: it stays"
        assert (await director.delete(path)).status_code == 204
        assert (await director.get(path)).json() == {"audience": None, "elsewhere": False}
    await until(lambda: here(copy) == 0, "them to go")
    # And again: the seats are theirs already.
    assert (await audience(house, copy)).json()["seats"] == seats
    await until(lambda: here(copy) == seats + 3, "the audience")


async def test_a_tablet_of_flesh_and_blood_keeps_its_seat(house: House) -> None:
    copy = await rehearsed(house, await house.episode())
    label = copy.episode.seats[0].label
    async with house.line("voter", await house.seat(copy, label)) as tablet:
        await tablet.hear("welcome")
        came = await audience(house, copy, viewers=0)
        assert came.json()["seats"] == len(copy.episode.seats) - 1
        # One that comes later takes its seat, and the audience does not fight for it.
        await until(lambda: here(copy) == len(copy.episode.seats), "the audience")
        other = copy.episode.seats[1].label
        async with house.line("voter", house.seat_cookie(copy, other)) as late:
            await late.hear("welcome")
            await until(lambda: here(copy) == len(copy.episode.seats), "the seat to be free")
            await late.all_now()
        await tablet.all_now()


async def test_a_real_episode_has_no_synthetic_audience(house: House) -> None:
    real = await house.episode()
    refused = await audience(house, real)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_phase")
    assert here(real) == 0
    assert not any(state.joined for state in real.episode.seat_states.values())


async def test_a_real_vote_sends_the_audience_away_and_keeps_it_out(house: House) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    await audience(house, copy)
    await until(lambda: here(copy) == len(copy.episode.seats) + 3, "the audience")
    again = await audience(house, copy)
    assert again.status_code == 409
    run = await house.armed(real)
    await until(lambda: here(copy) == 0, "them to go")
    refused = await audience(house, copy)
    assert refused.status_code == 409
    assert "R01" in refused.json()["message"]
    await house.order(real, cmd.AskVoid(run, "over"))
    await until(lambda: real.episode.run_under_way is None, "the end")
    assert (await audience(house, copy)).status_code == 201


async def test_it_ends_with_its_input_and_with_its_time(house: House) -> None:
    """Whoever started it may be killed: the program is on its own then."""
    copy = await rehearsed(house, await house.episode())
    cookie = house.up.auth.viewer_cookie(copy.episode.id)
    orders = {"url": house.up.url, "episode": copy.episode.id, "cookies": [cookie]}
    for life_s, ends in ((None, True), (0.5, False)):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "livevote.audience"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdin
        child.stdin.write(json.dumps({**orders, "life_s": life_s}).encode() + b"\n")
        await child.stdin.drain()
        if ends:
            await until(lambda: here(copy) == 1, "it to come")
            child.stdin.close()
        assert await asyncio.wait_for(child.wait(), 20) == 0
        await until(lambda: here(copy) == 0, "it to go")


async def test_the_public_list_leaves_it_out_and_its_own_page_says_what_it_is(
    house: House,
) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    async with house.browser() as anyone:
        page = (await anyone.get("/episodes")).text
        assert real.episode.id in page
        assert copy.episode.id not in page
        assert "彩排" not in page
        assert "彩排：没有播出" in (await anyone.get(f"/episodes/{copy.episode.id}")).text
        assert "彩排" not in (await anyone.get(f"/episodes/{real.episode.id}")).text


async def test_the_door_opens_only_for_what_is_called_by_its_name(house: House) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    async with house.browser(await house.staff(DIRECTOR)) as director:

        async def put_on(**body: Any) -> int:
            return (await director.post("/api/on", json=body)).status_code

        assert await put_on(episode=copy.episode.id) == 400
        assert await put_on(episode=copy.episode.id, rehearsal="yes") == 400
        assert await put_on(episode=real.episode.id, rehearsal=True) == 400
        assert house.hub.catalogue.state.on == real.episode.id
        assert await put_on(episode=copy.episode.id, rehearsal=True) == 204
        assert await put_on(episode=real.episode.id) == 204


async def test_a_receipt_of_a_rehearsal_proves_no_real_ballot(house: House) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    for studio in (real, copy):
        run = await house.opened(studio)
        counted = await house.vote(studio, Voter("viewer", "phone"), run, 1)
        asked = {
            "episode": studio.episode.id,
            "run": run,
            "index": counted.index,
            "receipt": counted.receipt,
        }
        async with house.browser() as anyone:
            told = await proven(anyone, asked)
        assert told.get("rehearsal") is (True if studio is copy else None)
        await house.revealed(studio, run)


async def test_files_of_a_rehearsal_are_named_for_it(house: House) -> None:
    copy = await rehearsed(house, await house.episode())
    async with house.browser(await house.everyone()) as staff:
        for path in ("export/csv", "seats.pdf"):
            answer = await staff.get(f"/api/episodes/{copy.episode.id}/{path}")
            assert "-rehearsal-" in answer.headers["content-disposition"]


@given(st.integers(0, 100), st.integers(0, 100))
def test_tempers_are_of_the_turnout_and_the_dropouts_that_were_asked_for(
    turnout: int, dropouts: int
) -> None:
    found = tempers(turnout, dropouts)
    assert min(found.values()) >= 0
    assert sum(found.values()) == 1_000_000
    assert found["late"] + found["silent"] == (100 - turnout) * 10_000
    assert found["drops"] == turnout * dropouts * 100


@given(
    st.builds(
        Crowd,
        st.integers(-5, 105),
        st.integers(-5, 105),
        st.tuples(*[st.integers(-2, 10**6)] * 3),
        st.integers(-5, 3005),
    )
)
def test_a_crowd_is_bounded(crowd: Crowd) -> None:
    right = (
        0 <= crowd.turnout <= 100
        and 0 <= crowd.dropouts <= 100
        and min(crowd.opinion) >= 0
        and 0 < sum(crowd.opinion) <= 1_000_000
        and 0 <= crowd.viewers <= 3000
    )
    if right:
        assert checked(crowd) is crowd
    else:
        with pytest.raises(BadInput):
            checked(crowd)


async def test_a_rehearsal_leaves_nothing_in_ledger_desk_and_record(house: House) -> None:
    """Nor can it be carried anywhere where nobody would read that it is one."""
    real = await house.episode()
    copy = await rehearsed(house, real)
    segment = copy.episode.segments[0].id
    run = await house.opened(copy)
    await house.closed(copy, run)
    await house.order(copy, cmd.Reveal(run))
    pledge = {
        "id": "",
        "unit": {"zh": "水利局"},
        "text": "年底前封堵全部排污口",
        "due": "2099-12-31",
        "origin": {"episode": copy.episode.id, "segment": segment},
    }
    make = {"name": "make", "args": {"pledge": pledge}}
    async with house.browser(await house.staff(PRODUCER)) as producer:
        refused = await producer.post("/api/ledger/command", json=make)
        assert (refused.status_code, refused.json()["where"]) == (400, "episode"), refused.text
        ledger = (await producer.get("/api/ledger")).json()
        assert ledger["pledges"] == []
        assert copy.episode.id not in {row["episode"] for row in ledger.get("missing", [])}
        desk = house.hub.desk
        await desk.load()
        await desk.command(SetDesk((Unit("water", Names("水利局")),)), "test")
        case = await desk.file(FileCase(Kind.ENQUIRY, "water", "河水", "为何？"), "")
        await desk.command(AcceptCase(case, "water", Kind.ENQUIRY), "test")
        order = {"case": case, "to": "show", "episode": copy.episode.id}
        refused = await producer.post("/api/desk/promote", json=order)
        assert (refused.status_code, refused.json()["where"]) == (400, "episode"), refused.text
        assert copy.episode.segment(case) is None
    show = house.hub.catalogue.state.episode(copy.episode.id).show
    async with house.browser() as anyone:
        for path in (
            f"/embed/{copy.episode.id}/{segment}",
            f"/share/{copy.episode.id}/{segment}/wide.png",
            f"/episodes/{copy.episode.id}/bulletin.txt",
        ):
            assert (await anyone.get(path)).status_code == 404, path
        assert copy.episode.id not in (await anyone.get(f"/record/{show}")).text
        assert copy.episode.id not in (await anyone.get(f"/record/{show}/data/results.csv")).text


async def test_feeds_of_a_rehearsal_say_so(house: House) -> None:
    real = await house.episode()
    copy = await rehearsed(house, real)
    for studio, is_one in ((real, False), (copy, True)):
        token = house.up.auth.overlay_token(studio.episode.id)
        async with house.browser() as machine:
            found = (await machine.get(f"/data/{token}/current.json")).json()
        assert found["rehearsal"] is is_one
