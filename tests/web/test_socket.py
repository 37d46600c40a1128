"""The socket: who is let in, what they hear, and how it ends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from livevote.config import Settings
from livevote.core import command as cmd
from livevote.core.model import Seat
from livevote.core.rules import PANELS, Rules, Verification, Visibility
from livevote.core.scale import POINTS_100
from livevote.errors import BallotRefusal, Busy
from livevote.hub import admission
from livevote.hub.roles import DIRECTOR, OVERLAY, OWNER, PRODUCER, VERIFIER
from livevote.hub.studio import Studio, Voter
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web import transport as module
from livevote.wire.codec import CODECS, JSON, MSGPACK, Codec
from livevote.wire.codes import Close
from livevote.wire.inbound import TEXT_MAX
from tests.web.clients import House, Line, changed, differences, timeless, until

BOTH = pytest.mark.parametrize("codec", CODECS.values(), ids=lambda codec: str(codec.subprotocol))


# --- coming in ---


async def test_a_client_that_says_nothing_is_let_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELLO_S", 0.05)
    async with house.line(cookies=house.viewer()) as line:
        assert await line.closed() == Close.NO_HELLO
        assert line.heard == []


@BOTH
async def test_the_first_message_is_hello(house: House, codec: Codec) -> None:
    await house.episode()
    hello: dict[str, Any] = {"t": "hello", "v": 1, "channel": "voter"}
    binary = codec.binary
    plain: tuple[Any, ...] = (
        [],
        None,
        {},
        {"t": "ping", "c": 1},
        {"t": "cast", "run": "r", "seq": 1, "value": 1},
        {"t": ["hello"]},
        hello | {"t": "HELLO"},
        hello | {"v": 2},
        hello | {"v": "1"},
        hello | {"v": True},
        hello | {"channel": "king"},
        hello | {"channel": None},
        hello | {"episode": 1},
        hello | {"token": "x" * (TEXT_MAX + 1)},
        hello | {"rev": "1"},
        {"t": "hello", "v": 1},
    )
    wrong: list[str | bytes] = [
        b"" if binary else "",
        b"\xc1" if binary else "{",
        "{}" if binary else b"\x80",  # the other encoding's kind of frame, and its bytes
        *(codec.encode(message) if binary else codec.encode(message).decode() for message in plain),
    ]
    for data in wrong:
        async with house.line(cookies=house.viewer(), codec=codec) as line:
            await line.send_raw(data)
            assert await line.closed() == Close.BAD_MESSAGE, data
            assert line.heard == []
    newer = hello | {"of_a_newer_client": [1]}
    async with house.line(cookies=house.viewer(), codec=codec) as line:
        await line.send(**newer)
        await line.hear("welcome")


async def test_only_our_subprotocols_are_spoken(house: House) -> None:
    for offered in ([], ["soap"], ["livevote"], ["LIVEVOTE.JSON"]):
        with pytest.raises(InvalidStatus) as caught:
            async with connect(
                f"ws{house.up.url[4:]}/socket",
                origin=Origin(house.up.url),
                subprotocols=[Subprotocol(name) for name in offered] or None,
            ):
                raise AssertionError("never let in")
        assert caught.value.response.status_code == 403
    async with connect(
        f"ws{house.up.url[4:]}/socket",
        origin=Origin(house.up.url),
        subprotocols=[Subprotocol("soap"), Subprotocol("livevote.msgpack")],
    ) as socket:
        assert socket.subprotocol == "livevote.msgpack"
        assert "Sec-WebSocket-Extensions" not in (
            socket.response.headers if socket.response else ()
        )


async def test_who_is_let_in_where(house: House) -> None:
    studio = await house.episode()
    token = house.up.auth.overlay_token(studio.episode.id)
    staff = (DIRECTOR, PRODUCER, VERIFIER)
    people: dict[str, tuple[dict[str, str], str]] = {
        "none": ({}, ""),
        "viewer": (house.viewer(), ""),
        "seat": (await house.seat(studio, "A-01"), ""),
        "overlay token": ({}, token),
        "overlay account": (await house.staff(OVERLAY), ""),
        OWNER: (await house.staff(OWNER), ""),
        **{role: (await house.staff(role), "") for role in staff},
    }
    found: dict[str, list[str | int]] = {}
    for name, (cookies, given) in people.items():
        found[name] = []
        for channel in ("voter", "overlay", "staff"):
            async with house.line(channel, cookies, token=given) as line:
                try:
                    welcome = await line.hear("welcome")
                    found[name].append(welcome["you"]["role"])
                except ConnectionClosed:
                    found[name].append(await line.closed())
    assert found == {
        "none": [4401, 4401, 4401],
        "viewer": ["viewer", 4401, 4401],
        "seat": ["seat", 4401, 4401],
        "overlay token": [4401, "overlay", 4401],
        "overlay account": [4401, "overlay", 4403],
        OWNER: [4401, 4401, 4403],
        # A console's own picture of the overlay is not what is on air.
        **{role: [4401, "preview", "staff"] for role in staff},
    }


async def test_an_episode_that_is_not_there(house: House) -> None:
    async with house.line("voter", house.viewer()) as line:
        assert await line.closed() == Close.NO_EPISODE
    studio = await house.episode(on=False)
    for channel, cookies in (("voter", house.viewer()), ("staff", await house.staff(DIRECTOR))):
        async with house.line(channel, cookies) as line:
            assert await line.closed() == Close.NO_EPISODE, "none is on"
        async with house.line(channel, cookies, episode="nowhere") as line:
            assert await line.closed() == Close.NO_EPISODE
        async with house.line(channel, cookies, episode=studio.episode.id) as line:
            await line.hear("state")


async def test_an_overlays_token_shows_its_episode_and_no_other(house: House) -> None:
    studio, other = await house.episode(), await house.episode()
    token = house.up.auth.overlay_token(studio.episode.id)
    async with house.line("overlay", token=token, episode=other.episode.id) as line:
        view = (await line.hear("state"))["view"]
        assert view["episode"]["id"] == studio.episode.id


async def test_you_are_told_who_you_are(house: House) -> None:
    studio = await house.episode()
    nobody = {"seat": "", "account": "", "roles": []}
    desk = await house.staff(DIRECTOR, VERIFIER, name="desk")
    for channel, cookies, expected in (
        ("voter", house.viewer(), {"role": "viewer"}),
        ("voter", await house.seat(studio, "B-02"), {"role": "seat", "seat": "B-02"}),
        ("staff", desk, {"role": "staff", "account": "desk", "roles": [DIRECTOR, VERIFIER]}),
    ):
        async with house.line(channel, cookies) as line:
            welcome = await line.hear("welcome")
            assert welcome["you"] == nobody | expected
            assert welcome["durability"] == "durable"
            assert abs(welcome["now"] - house.hub.clock.now_ms()) < 5000


async def test_both_subprotocols_say_the_same(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    await house.order(studio, cmd.Take("bar", "water"))
    seat = await house.seat(studio, "A-01")
    phone = house.viewer()
    async with house.browser(seat) as tablet:
        await tablet.post("/api/vote", json={"run": run, "seq": 1, "value": 2})
    for channel, cookies in (
        ("voter", phone),
        ("overlay", await house.staff(DIRECTOR)),
        ("staff", await house.staff(DIRECTOR)),
    ):
        async with (
            house.line(channel, cookies, JSON) as text,
            house.line(channel, cookies, MSGPACK) as packed,
        ):
            kinds = ("welcome", "state", "tally", *(["mine"] if channel == "voter" else []))
            for t in kinds:
                wanted = {"size": 1} if t == "tally" else {}
                one, other = await text.hear(t, **wanted), await packed.hear(t, **wanted)
                assert differences(timeless(one), timeless(other)) == [], (channel, t)
            await house.order(studio, cmd.SetPledge("water", f"承诺 {channel}"))
            one, other = await text.hear("state"), await packed.hear("state")
            assert differences(timeless(one), timeless(other)) == []
            assert all(isinstance(data, str) for data in text.heard)
            assert all(isinstance(data, bytes) for data in packed.heard)


@BOTH
async def test_who_is_up_to_date_is_not_told_again(house: House, codec: Codec) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    cookies = await house.seat(studio, "A-01")
    async with house.line("voter", cookies, codec) as line:
        welcome = await line.hear("welcome")
        assert not welcome["resumed"]
        assert (await line.hear("state"))["rev"] == welcome["rev"]
        await line.cast(run, 1, 3)
    known = {"epoch": welcome["epoch"], "rev": welcome["rev"]}
    async with house.line("voter", cookies, codec, **known) as line:
        assert (await line.hear("welcome"))["resumed"]
        mine = await line.hear("mine")
        assert (mine["run"], mine["seq"], mine["value"]) == (run, 1, 3)
        assert {message["t"] for message in await line.all_now()} <= {"tally"}, "no state"
    for stale in (
        known | {"rev": known["rev"] - 1},
        known | {"rev": known["rev"] + 1},
        known | {"epoch": "another"},
        {"rev": known["rev"]},
    ):
        async with house.line("voter", cookies, codec, **stale) as line:
            assert not (await line.hear("welcome"))["resumed"]
            await line.hear("state", rev=known["rev"])
    await house.order(studio, cmd.Pause(run))
    async with house.line("voter", cookies, codec, **known) as line:
        assert not (await line.hear("welcome"))["resumed"]
        await line.phase("paused")


async def test_the_epoch_outlives_the_server(fresh: EmbeddedServer) -> None:
    async with running(Settings(port=0), fresh) as up:
        house = House(up)
        studio = await house.episode()
        cookies = house.viewer()
        async with house.line("voter", cookies) as line:
            welcome = await line.hear("welcome")
        await house.order(studio, cmd.Blank())
        revision = studio.episode.revision
    async with (
        running(Settings(port=0), fresh) as up,
        House(up).line("voter", cookies, epoch=welcome["epoch"], rev=revision) as line,
    ):
        assert (await line.hear("welcome"))["resumed"]


# --- ballots ---


async def test_a_ballot_counts_once_however_often_it_is_sent(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    cookies = await house.seat(studio, "A-01")
    async with house.line("voter", cookies) as line:
        first = await line.cast(run, 1, 1)
        assert (first["t"], first["index"], first["again"]) == ("counted", 1, False)
        assert await line.cast(run, 1, 1) == first | {"again": True}
    async with house.line("voter", cookies, MSGPACK) as line:
        mine = await line.hear("mine")
        assert (mine["seq"], mine["value"], mine["receipt"]) == (1, 1, first["receipt"])
        assert await line.cast(run, 1, 1) == first | {"again": True}, "also on a new connection"
        assert (await line.cast(run, 1, 2))["code"] == "seq_conflict"
        second = await line.cast(run, 2, 3)
        assert (second["t"], second["index"]) == ("counted", 2)
        assert (await line.cast(run, 1, 1))["code"] == "seq_stale"
    tally = await house.hub.store.tally(studio.run_key(house.run(studio, run)))
    assert (tally.counts, tally.size) == ({"studio": {3: 1}}, 2)


async def test_a_ballot_is_acknowledged_when_it_is_durable_and_not_before() -> None:
    with tempfile.TemporaryDirectory(prefix="lv") as folder:
        child = EmbeddedServer(Path(folder))
        child.start()
        try:
            async with running(Settings(port=0), child) as up:
                house = House(up)
                studio = await house.episode()
                run = await house.opened(studio)
                async with house.line("voter", await house.seat(studio, "A-01")) as line:
                    await line.hear("mine")
                    os.kill(child.pid, signal.SIGSTOP)
                    try:
                        await line.send("cast", run=run, seq=1, value=1)
                        told = [message["t"] for message in await line.all_now()]
                        assert "counted" not in told
                        assert "not_counted" not in told
                        assert up.hub.intake.waiting == 1
                    finally:
                        os.kill(child.pid, signal.SIGCONT)
                    counted = await line.answer(run, 1)
                    assert counted["t"] == "counted"
                    key = studio.run_key(house.run(studio, run))
                    [[entry]] = [batch async for batch in up.hub.store.log(key)]
                    assert (entry.index, entry.seq, entry.value) == (1, 1, 1)
        finally:
            child.stop()


async def test_a_ballot_that_is_refused_says_why(house: House) -> None:
    studio = await house.episode(changed(panels=PANELS[:1], change_allowed=False))
    run = await house.armed(studio)
    async with (
        house.line("voter", await house.seat(studio, "A-01")) as seat,
        house.line("voter", house.viewer()) as phone,
        house.line("overlay", await house.staff(DIRECTOR)) as overlay,
        house.line("staff", await house.staff(DIRECTOR)) as staff,
    ):
        assert (await seat.cast(run, 1, 1))["code"] == "not_open"
        await house.order(studio, cmd.Open(run))
        assert (await seat.cast(run, 1, 9))["code"] == "bad_value"
        assert (await seat.cast("none", 1, 1))["code"] == "not_open"
        assert (await phone.cast(run, 1, 1))["code"] == "not_eligible"
        for other in (overlay, staff):
            assert (await other.cast(run, 1, 1))["code"] == "not_allowed"
        await house.order(studio, cmd.Pause(run))
        paused = await seat.cast(run, 1, 1)
        assert (paused["code"], paused["retry"]) == ("paused", True)
        await house.order(studio, cmd.Resume(run))
        assert (await seat.cast(run, 1, 1))["t"] == "counted"
        assert (await seat.cast(run, 2, 2))["code"] == "final"
        await house.closed(studio, run)
        late = await seat.cast(run, 2, 2)
        assert (late["t"], late["code"], late["retry"]) == ("not_counted", "late", False)
    tally = await house.hub.store.tally(studio.run_key(house.run(studio, run)))
    assert (tally.counts, tally.size) == ({"studio": {1: 1}}, 1)


async def test_every_ballot_that_races_the_close_is_counted_or_refused_never_both(
    house: House,
) -> None:
    seats = tuple(Seat(f"S-{i:02d}") for i in range(30))
    studio = await house.episode(changed(grace_ms=300), seats)
    run = await house.opened(studio)
    answers: dict[str, str] = {}

    async def tablet(label: str, wait: int) -> None:
        async with house.line("voter", await house.seat(studio, label)) as line:
            await line.hear("mine")
            ready.release()
            await go.wait()
            for _ in range(wait):
                await asyncio.sleep(0)
            answers[label] = (await line.cast(run, 1, 1))["t"]
            heard = [m for m in await line.all_now() if m["t"] in ("counted", "not_counted")]
            assert heard == [], "one answer"

    ready, go = asyncio.Semaphore(0), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for i, seat in enumerate(seats):
            group.create_task(tablet(seat.label, i * 4))
        for _ in seats:
            await ready.acquire()
        go.set()
        for _ in range(40):
            await asyncio.sleep(0)
        await house.order(studio, cmd.Close(run))
    await until(lambda: house.run(studio, run).phase == "verified")
    key = studio.run_key(house.run(studio, run))
    counted = {label for label, t in answers.items() if t == "counted"}
    voters = {studio.pseudonym(Voter("seat", label)) for label in counted}
    logged = [entry async for batch in house.hub.store.log(key) for entry in batch]
    turned = [one async for batch in house.hub.store.turned(key) for one in batch]
    assert {entry.voter for entry in logged} == voters
    assert len(logged) == len(counted)
    assert len(logged) + len(turned) == len(answers) == len(seats)


async def test_a_ballot_ahead_of_a_store_that_is_busy_is_told_when_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    monkeypatch.setattr("livevote.hub.intake.WAITING_MAX", 0)
    async with house.line("voter", await house.seat(studio, "A-01")) as line:
        refused = await line.cast(run, 1, 1)
        assert (refused["code"], refused["retry"]) == (Busy.code, True)
        assert refused["retry_after_ms"] > 0


def test_refusals_of_ballots_that_may_be_sent_again_are_few() -> None:
    again = {cls.code for cls in BallotRefusal.__subclasses__() if cls.again}
    assert again == {"paused"}


# --- bounds ---


@pytest.mark.parametrize(("role", "channel"), [("seat", "voter"), ("viewer", "voter")])
async def test_who_speaks_too_fast_is_let_go(house: House, role: str, channel: str) -> None:
    studio = await house.episode()
    cookies = await house.seat(studio, "A-01") if role == "seat" else house.viewer()
    async with house.line(channel, cookies) as line:
        # Before the hello is answered fewer are taken.
        await line.hear("welcome")
        for number in range(admission.LIMITS[role].burst):
            await line.send("ping", c=number)
        await line.hear("pong", c=admission.LIMITS[role].burst - 1)
        # The server may have closed before the last of them is sent.
        with suppress(ConnectionClosed):
            for number in range(admission.LIMITS[role].burst + 100):
                await line.send("ping", c=number)
        assert await line.closed() == Close.TOO_FAST


async def test_a_message_that_is_too_large_ends_the_connection(house: House) -> None:
    studio = await house.episode()
    for channel, cookies, limit in (
        ("voter", await house.seat(studio, "A-01"), 1024),
        ("voter", house.viewer(), 1024),
        ("overlay", await house.staff(DIRECTOR), 2048),
        ("staff", await house.staff(DIRECTOR), 65_536),
    ):
        ping = '{"t": "ping", "c": 7}'
        async with house.line(channel, cookies) as line:
            await line.send_raw(ping.ljust(limit))
            await line.hear("pong", c=7)
            await line.send_raw(ping.ljust(limit + 1))
            assert await line.closed() == Close.TOO_BIG, channel
        async with house.line(channel, cookies) as line:
            await line.send_raw(b"x" * 1_000_000)
            assert await line.closed() == Close.TOO_BIG, channel


async def test_a_first_message_that_is_too_large(house: House) -> None:
    async with house.line() as line:
        await line.send_raw("x" * (admission.MESSAGE_MAX + 2))
        assert await line.closed() == Close.TOO_BIG


async def test_a_role_that_is_full_takes_nobody_and_the_others_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await house.episode()
    full = admission.Limit(places=1, rate=5, burst=20, bytes_max=1024)
    monkeypatch.setitem(admission.LIMITS, "viewer", full)
    async with house.line("voter", house.viewer()) as first:
        await first.hear("state")
        async with house.line("voter", house.viewer()) as second:
            assert await second.closed() == Close.FULL
        async with house.line("voter", await house.seat(studio, "A-01")) as tablet:
            await tablet.hear("state")
    await until(lambda: house.hub.doors.inside()["viewer"] == 0)
    async with house.line("voter", house.viewer()) as third:
        await third.hear("state")


async def test_one_viewer_has_a_few_tabs_and_not_thousands(house: House) -> None:
    await house.episode()
    cookies = house.viewer()
    async with AsyncExitStack() as stack:
        for _ in range(admission.SOCKETS_PER_VIEWER):
            line = await stack.enter_async_context(house.line("voter", cookies))
            await line.hear("state")
        async with house.line("voter", cookies) as one_more:
            assert await one_more.closed() == Close.FULL


@BOTH
async def test_what_is_not_understood_is_refused_and_the_line_stays(
    house: House, codec: Codec
) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    async with house.line("voter", await house.seat(studio, "A-01"), codec) as line:
        await line.hear("mine")
        cast = {"t": "cast", "run": run, "seq": 1, "value": 1}
        for message, code, where in (
            ({"t": "fly"}, "bad_input", "t"),
            ({}, "bad_input", "t"),
            ([], "bad_input", ""),
            (cast | {"seq": 0}, "bad_input", "seq"),
            (cast | {"value": "1"}, "bad_input", "value"),
            (cast | {"value": 1.0}, "bad_input", "value"),
            (cast | {"run": None}, "bad_input", "run"),
            ({"t": "hello", "v": 1, "channel": "voter"}, "not_allowed", ""),
            ({"t": "drawn", "width": 1, "height": 1, "fps": 1, "size": 1}, "not_allowed", ""),
        ):
            data = codec.encode(message)
            await line.send_raw(data if codec.binary else data.decode())
            refused = await line.hear("refused")
            assert (refused["id"], refused["code"], refused["where"]) == ("", code, where), message
        await line.send_raw(b"\xc1" if codec.binary else "no JSON")
        assert (await line.hear("refused"))["code"] == "bad_input"
        order = await line.order("close", run=run)
        assert (order["t"], order["code"]) == ("refused", "not_allowed")
        assert (await line.cast(run, 1, 1))["t"] == "counted"


async def test_a_client_that_goes_without_a_word_is_forgotten(house: House) -> None:
    studio = await house.episode()
    async with house.line("voter", await house.seat(studio, "A-01")) as line:
        await line.hear("state")
        assert studio.seats_online() == {"A-01"}
        line.socket.transport.abort()
        await until(lambda: not studio.members)


# --- staff ---


async def test_a_director_leads_a_run_from_arm_to_reveal(house: House) -> None:
    studio = await house.episode(changed(verification=Verification.PERSON))
    async with (
        house.line("staff", await house.staff(DIRECTOR)) as desk,
        house.line("staff", await house.staff(VERIFIER)) as verifier,
        house.line("voter", await house.seat(studio, "A-01")) as tablet,
    ):
        before = studio.episode.revision
        done = await desk.order("arm", before, segment="water")
        assert done["t"] == "done"
        run = (await tablet.phase("armed"))["run"]["id"]
        stale = await desk.order("open", before, run=run)
        assert (stale["t"], stale["code"]) == ("refused", "revision_mismatch")
        assert (await desk.order("open", done["rev"], run=run))["t"] == "done"
        await tablet.phase("open")
        await tablet.cast(run, 1, 1)
        assert (await desk.order("close", run=run))["t"] == "done"
        await desk.state(lambda view: [run["phase"] for run in view["runs"]] == ["closed"])
        assert (await desk.order("verify", run=run))["code"] == "not_allowed"
        assert (await verifier.order("verify", run=run))["t"] == "done"
        assert (await desk.order("reveal", run=run))["t"] == "done"
        result = (await tablet.phase("revealed"))["result"]
        assert (result["n"], result["N"], result["figure"]) == (1, 4, "100.0")


async def test_orders_of_the_wrong_form(house: House) -> None:
    await house.episode()
    async with house.line("staff", await house.staff(DIRECTOR)) as desk:
        for fields, where in (
            ({"id": "1"}, "name"),
            ({"name": "blank"}, "id"),
            ({"id": 1, "name": "blank"}, "id"),
            ({"id": "1", "name": "blank", "args": []}, "args"),
            ({"id": "1", "name": "blank", "expect": "2"}, "expect"),
        ):
            await desk.send("command", **fields)
            assert (await desk.hear("refused"))["where"] == where
        assert (await desk.order("open", run=7))["where"] == "args.run"


async def test_the_director_sees_the_overlays_heartbeat(house: House) -> None:
    studio = await house.episode()
    token = house.up.auth.overlay_token(studio.episode.id)
    async with (
        house.line("staff", await house.staff(DIRECTOR)) as desk,
        house.line("overlay", token=token) as overlay,
    ):
        await overlay.hear("state")
        beat = {"width": 1920, "height": 1080, "fps": 50, "size": 3, "agent": "CasparCG"}
        await overlay.send("drawn", **beat)
        while True:
            seen = (await desk.hear("ops"))["overlays"]
            if seen and seen[0]["age_ms"] >= 0:
                break
        assert {name: seen[0][name] for name in beat} == beat


async def test_turnout_and_who_is_missing(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    async with (
        house.line("staff", await house.staff(DIRECTOR)) as desk,
        house.line("voter", await house.seat(studio, "A-01")) as tablet,
        house.line("voter", house.viewer()) as phone,
    ):
        await tablet.cast(run, 1, 1)
        await phone.hear("state")
        while True:
            ops = await desk.hear("ops")
            if ops["seats_voted"] == 1 and ops["viewers"] == 1:
                break
        assert ops["seats_online"] == 1
        assert ops["missing"] == ops["absent"] == ["A-02", "B-01", "B-02"]
        tally = await phone.hear("tally", size=1)
        assert (tally["n"], tally["N"], tally["online"], tally["live"]) == (1, 4, 0, None)
        live = (await desk.hear("tally", size=1))["live"]
        assert live["panels"][0]["counts"] == [[1, 1], [2, 0], [3, 0]]


# --- going ---


async def test_the_newest_tablet_of_a_seat_displaces_the_one_before(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    cookies = await house.seat(studio, "A-01")
    async with house.line("voter", cookies) as old:
        await old.cast(run, 1, 1)
        async with house.line("voter", cookies) as new:
            assert await old.closed() == Close.DISPLACED
            assert (await new.hear("mine"))["seq"] == 1


async def test_viewers_come_over_to_the_episode_that_is_on(house: House) -> None:
    first = await house.episode()
    second = await house.episode(on=False)
    async with (
        house.line("voter", house.viewer()) as phone,
        house.line("voter", await house.seat(first, "A-01")) as tablet,
        house.line("staff", await house.staff(DIRECTOR)) as desk,
    ):
        for line in (phone, tablet, desk):
            await line.hear("state")
        await house.hub.switch(second.episode.id, "producer")
        assert await phone.closed() == Close.EPISODE_CHANGED
        await tablet.all_now()
        await desk.all_now()
    async with house.line("voter", house.viewer()) as phone:
        assert (await phone.hear("state"))["view"]["episode"]["id"] == second.episode.id


# --- held means held ---

HELD = Rules(
    scale=POINTS_100,
    visibility=Visibility.HELD,
    verification=Verification.PERSON,
    grace_ms=100,
    duration_ms=0,
)

# Counts that occur nowhere else by chance: no revision, size, value or seat is as large.
COUNTS = {83: 307, 29: 211}
SEATS_VOTED = {91: 3, 17: 2}
# Viewers: (83·307 + 29·211) / 518; seats: (91·3 + 17·2) / 5; the result is 0.7 and 0.3 of them.
# They occur in exact form too: 31600/518 = 15800/259, 307/5.
FIGURES = ("61.0", "61.4", "61.3", "15800/259", "307/5", "59.3", "60.0")


class Ears:
    """Everything that leaves the server, by any door."""

    def __init__(self, house: House, studio: Studio) -> None:
        self.house = house
        self.studio = studio
        self.lines: dict[str, Line] = {}

    async def listen(self, stack: AsyncExitStack) -> None:
        """On every channel, in both encodings."""
        house = self.house
        seats = iter([await house.seat(self.studio, label) for label in ("A-01", "A-02")])
        desk = await house.staff(DIRECTOR, VERIFIER, name="desk")
        for codec in CODECS.values():
            for name, channel, cookies in (
                ("seat", "voter", next(seats)),
                ("viewer", "voter", house.viewer()),
                ("overlay", "overlay", desk),
                ("staff", "staff", desk),
            ):
                line = await stack.enter_async_context(house.line(channel, cookies, codec))
                self.lines[f"{name} {codec.subprotocol}"] = line

    async def caught_up(self) -> None:
        """Until every line has the newest state and a tally of all ballots."""
        for line in self.lines.values():
            await line.hear("state", rev=self.studio.episode.revision)
            await line.all_now()

    async def fetched(self) -> dict[str, str]:
        """Path → text of what can be asked for, with files unpacked."""
        house, episode = self.house, self.studio.episode.id
        found: dict[str, str] = {}
        cookies = await house.staff(DIRECTOR, PRODUCER, VERIFIER, OWNER, name="curious")
        async with house.browser(cookies | house.viewer()) as browser:
            for path in (
                "/api/session",
                "/api/poll",
                "/api/shows",
                f"/api/episodes/{episode}",
                f"/api/episodes/{episode}/seats",
                *(f"/api/episodes/{episode}/export/{form}" for form in ("json", "csv", "xlsx")),
                f"/api/episodes/{episode}/export/bundle",
                "/episodes",
                f"/episodes/{episode}",
                f"/episodes/{episode}?lang=en",
                "/metrics",
                "/health/ready",
            ):
                answer = await browser.get(path)
                assert answer.status_code == 200, path
                for name, data in unpacked(path, answer.content):
                    found[name] = data.decode("utf-8", "replace")
        # How long things took, and how many frames went out: those may be any numbers.
        others = ("livevote_ack_", "livevote_commit_", "livevote_frames_")
        metrics = found["/metrics"].splitlines()
        found["/metrics"] = "\n".join(line for line in metrics if not line.startswith(others))
        return found


def unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a file, where it is an archive of some."""
    if not data.startswith(b"PK\x03\x04"):
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for inside in archive.namelist():
            yield from unpacked(f"{name}/{inside}", archive.read(inside))


# How long things took: that may be any number.
DELAYS = {"ack_p50_ms", "ack_p95_ms", "commit_p95_ms"}


def leaves(plain: Any) -> Iterator[Any]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            if name not in DELAYS:
                yield from leaves(value)
    elif isinstance(plain, (list, tuple)):
        for value in plain:
            yield from leaves(value)
    else:
        yield plain


def leaks(text: str) -> set[str]:
    """The counts and figures that stand in a text as numbers of their own."""
    secrets = (*map(str, COUNTS.values()), *FIGURES)
    # Not inside a longer number, nor in a hash.
    found = r"(?<![0-9a-z./])%s(?![0-9a-z/]|\.\d)"
    return {s for s in secrets if re.search(found % re.escape(s), text, re.IGNORECASE)}


def spoken_leaks(line: Line) -> set[str]:
    """The same of all that a line has heard."""
    found: set[str] = set()
    for data in line.heard:
        for leaf in leaves(line.codec.decode(data)):
            found |= leaks(str(leaf))
    return found


@pytest.fixture
async def ears(house: House) -> AsyncIterator[Ears]:
    seats = tuple(Seat(f"A-{i:02d}", "A") for i in range(1, 8))
    ears = Ears(house, await house.episode(HELD, seats))
    async with AsyncExitStack() as stack:
        await ears.listen(stack)
        yield ears


async def test_held_means_held_on_every_wire_until_reveal_and_not_after(
    ears: Ears, capfd: pytest.CaptureFixture[str]
) -> None:
    house, studio = ears.house, ears.studio
    run = await house.opened(studio)
    await house.order(studio, cmd.Take("bar", "water"))
    await house.order(studio, cmd.Cue("result", "water"))
    labels = iter(seat.label for seat in studio.episode.seats)
    ballots = [
        (Voter("seat", next(labels)), value) for value, n in SEATS_VOTED.items() for _ in range(n)
    ]
    ballots += [
        (Voter("viewer", f"{value} {i}"), value) for value, n in COUNTS.items() for i in range(n)
    ]
    await asyncio.gather(*(house.vote(studio, voter, run, value) for voter, value in ballots))

    async def nothing_leaks() -> None:
        await ears.caught_up()
        for line in ears.lines.values():
            # Turnout is told, and it says that the tally behind it holds every ballot.
            assert spoken_leaks(line) == set()
        for name, text in (await ears.fetched()).items():
            assert leaks(text) == set(), name

    for line in ears.lines.values():
        tally = await line.hear("tally", size=len(ballots))
        assert (tally["n"], tally["N"], tally["online"], tally["live"]) == (5, 7, 518, None)
    await house.order(studio, cmd.Pause(run))
    await nothing_leaks()
    await house.order(studio, cmd.Resume(run))
    await house.order(studio, cmd.SetPledge("water", "说到做到"))
    await nothing_leaks()
    await house.closed(studio, run)
    await nothing_leaks()
    await house.order(studio, cmd.Verify(run), by="verifier")
    await nothing_leaks()
    assert leaks("".join(capfd.readouterr())) == set(), "in the log"

    await house.order(studio, cmd.Reveal(run))
    await ears.caught_up()
    for name, line in ears.lines.items():
        assert {"307", "211", "61.3"} <= spoken_leaks(line), name
    fetched = await ears.fetched()
    for path in ("/api/poll", f"/api/episodes/{studio.episode.id}"):
        assert {"307", "211", "61.3"} <= leaks(fetched[path]), path
    for path, text in fetched.items():
        if path.startswith(f"/episodes/{studio.episode.id}") or path.endswith("export/json"):
            assert {"307", "211", "61.3"} <= leaks(text), path
    assert leaks("".join(capfd.readouterr())) == set(), "in the log, also after"


def test_the_leak_finder_finds() -> None:
    assert leaks(json.dumps({"counts": [[83, 307], [29, 211]]})) == {"307", "211"}
    assert leaks("figure 61.3, exact 307/5") == {"61.3", "307/5"}
    assert leaks("得票307张，61.3分") == {"307", "61.3"}
    assert leaks("1307 3070 211.5 61.35 161.3 20:15:00.307 a307b rev 2110") == set()


async def test_a_live_tally_rolls_for_graphics_and_staff_and_not_for_voters(house: House) -> None:
    studio = await house.episode(changed(scale=POINTS_100))
    run = await house.opened(studio)
    async with (
        house.line("voter", await house.seat(studio, "A-01")) as tablet,
        house.line("overlay", await house.staff(DIRECTOR)) as overlay,
        house.line("staff", await house.staff(DIRECTOR)) as staff,
    ):
        await tablet.cast(run, 1, 83)
        for line in (overlay, staff):
            live = (await line.hear("tally", size=1))["live"]
            assert live["figure"] == "83.0"
        seen = await tablet.hear("tally", size=1)
        assert (seen["n"], seen["live"]) == (1, None)
        await tablet.all_now()
        shown = [leaf for data in tablet.heard for leaf in leaves(JSON.decode(data))]
        assert "83.0" not in shown
