"""Feeds at a real server: every form, who may read what, and what happens as it happens."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from livevote.config import Settings
from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.names import Names
from livevote.core.rules import PANELS, Visibility
from livevote.core.scale import POINTS_100
from livevote.export.sheets_csv import original
from livevote.hub import admission, flat
from livevote.hub.fanout import Audience, Outbox
from livevote.hub.flat import Value
from livevote.hub.studio import Studio, Voter
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web import feeds, forms
from livevote.web.roles import FEEDS
from livevote.wire.codec import EVENTS as EVENT_CODEC
from livevote.wire.codes import Close
from tests.web.clients import PATIENCE_S, House, changed, until

SEAT = Voter("seat", "A-01")
RULES = changed(scale=POINTS_100, panels=PANELS)


async def voted(house: House, studio: Studio, value: int = 80) -> str:
    run = await house.opened(studio)
    await house.vote(studio, SEAT, run, value)
    return run


async def pulled(browser: httpx.AsyncClient, path: str, **headers: str) -> dict[str, Any]:
    answer = await browser.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    plain: dict[str, Any] = answer.json()
    return plain


# --- pulled ---


async def test_every_form_says_the_same(house: House) -> None:
    studio = await house.episode(RULES)
    await house.revealed(studio, await voted(house, studio))
    async with house.browser() as browser:
        texts = {name: (await browser.get(f"/data/{name}")).text for name in FEEDS}
    current = json.loads(texts["current.json"])
    assert (current["figure"], current["unit_zh"], current["n_text"]) == (80, "台州市水利局", "1/4")
    [found] = ElementTree.fromstring(texts["current.xml"])
    assert (found.tag, found.findtext("unit_zh"), found.findtext("figure_text")) == (
        "current",
        "台州市水利局",
        "80.0",
    )
    [row] = csv.DictReader(io.StringIO(texts["current.csv"]))
    assert (row["unit_zh"], row["figure"], row["stale"]) == ("台州市水利局", "80", "false")
    assert list(row) == list(current) == [element.tag for element in found]
    assert "unit_zh: 台州市水利局\n" in texts["current.txt"]
    choices = json.loads(texts["current.rows.json"])
    assert [choice["choice_count"] for choice in choices].count(1) == 1
    assert {choice["unit_zh"] for choice in choices} == {"台州市水利局"}
    [segment] = json.loads(texts["segments.json"])
    assert (segment["rank"], segment["figure_text"]) == (1, "80.0")
    assert [e.findtext("rank") for e in ElementTree.fromstring(texts["segments.xml"])] == ["1"]
    assert tuple(segment) == flat.SEGMENT_FIELDS


async def test_one_field_as_text_and_a_mark_for_excel(house: House) -> None:
    studio = await house.episode(RULES)
    await house.opened(studio)
    async with house.browser() as browser:
        assert (await browser.get("/data/current.txt?field=phase_zh")).text == "投票中"
        assert (await browser.get("/data/segments.txt?field=unit_en")).text == "Water Resources"
        unknown = await browser.get("/data/current.txt?field=secret")
        assert (unknown.status_code, unknown.json()["where"]) == (400, "field")
        assert unknown.headers["access-control-allow-origin"] == "*"
        marked = (await browser.get("/data/segments.csv?bom=1")).content
        assert marked[:3] == b"\xef\xbb\xbf"
        plain = (await browser.get("/data/segments.csv")).text
        assert timeless(marked[3:].decode(), studio) == timeless(plain, studio)
        for name, media in FEEDS.items():
            answer = await browser.get(f"/data/{name}")
            assert answer.headers["content-type"].startswith(media)
            assert answer.headers["access-control-allow-origin"] == "*"


async def test_what_did_not_change_is_not_sent_again(house: House) -> None:
    studio = await house.episode(RULES)
    run = await house.opened(studio)
    async with house.browser() as browser:
        etag = (await browser.get("/data/current.json")).headers["etag"]
        assert etag.startswith('W/"')
        again = await browser.get("/data/current.xml", headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["access-control-allow-origin"] == "*"
        await house.vote(studio, SEAT, run, 80)
        fresh = again
        async with asyncio.timeout(PATIENCE_S):
            while fresh.status_code == 304:
                fresh = await browser.get("/data/current.json", headers={"if-none-match": etag})
        assert fresh.json()["n"] == 1


async def test_where_no_episode_is_on_the_fields_are_there_and_empty(house: House) -> None:
    async with house.browser() as browser:
        current = await pulled(browser, "/data/current.json")
        assert (current["episode"], current["phase"], current["stale"]) == ("", "none", False)
        assert (await browser.get("/data/segments.json")).json() == []
        head = (await browser.get("/data/segments.csv")).text
        assert head == f"{','.join(flat.SEGMENT_FIELDS)}\r\n", "columns are chosen before the show"
        assert (await browser.get("/data/events")).status_code == 404


async def test_a_key_in_the_header_or_the_path_opens_running_figures(house: House) -> None:
    studio = await house.episode(RULES)
    await voted(house, studio)
    token = house.up.auth.overlay_token(studio.episode.id)
    async with house.browser() as browser:
        public = await pulled(browser, "/data/current.json")
        assert (public["n"], public["figure"], public["held"]) == (1, None, True)
        header = await pulled(browser, "/data/current.json", authorization=f"Bearer {token}")
        path = await pulled(browser, f"/data/{token}/current.json")
        assert header["figure"] == path["figure"] == 80
        assert (await browser.get("/data/current.json")).headers["vary"] == "Authorization"
        await house.hub.switch("", "test")
        assert (await pulled(browser, f"/data/{token}/current.json"))["figure"] == 80
        for wrong in (token[:-1], "x", house.viewer()["lv_viewer"]):
            for answer in (
                await browser.get(f"/data/{wrong}/current.json"),
                await browser.get(
                    "/data/current.json", headers={"authorization": f"Bearer {wrong}"}
                ),
                await browser.get(f"/data/{wrong}/events"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("keyed", [False, True])
async def test_a_held_run_has_no_figures_in_any_feed(house: House, keyed: bool) -> None:
    """The same turnout with other votes gives the same bytes, whoever reads them."""
    said: list[list[str]] = []
    for value in (10, 90):
        studio = await house.episode(changed(RULES, visibility=Visibility.HELD))
        token = house.up.auth.overlay_token(studio.episode.id)
        folder = f"/data/{token}" if keyed else "/data"
        run = await voted(house, studio, value)
        await house.closed(studio, run)
        assert house.hub.feed.page(studio, "keyed" if keyed else "").current["n"] is not None
        async with house.browser() as browser, listening(house, f"{folder}/socket") as machine:
            texts = [(await browser.get(f"{folder}/{name}")).text for name in FEEDS]
            texts.append(str(await machine.recv()))
        assert '"n":1' in texts[-1]
        said.append([timeless(text, studio) for text in texts])
    assert said[0] == said[1]


def timeless(text: str, studio: Studio) -> str:
    """Without the episode's id, and without what is a moment: 13 digits."""
    return re.sub(r"\d{13}", "T", text.replace(studio.episode.id, "E"))


# --- told ---


@asynccontextmanager
async def listening(house: House, path: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws{house.up.url[4:]}{path}", compression=None, ping_interval=None, close_timeout=2
    ) as socket:
        yield socket


async def told(socket: ClientConnection, **fields: Value) -> dict[str, Any]:
    """The next message with these fields."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            plain: dict[str, Any] = json.loads(await socket.recv())
            if fields.items() <= plain.items():
                return plain


async def test_a_socket_tells_flat_fields_without_a_word_from_the_client(house: House) -> None:
    studio = await house.episode(RULES)
    token = house.up.auth.overlay_token(studio.episode.id)
    async with (
        listening(house, "/data/socket") as public,
        listening(house, f"/data/{token}/socket") as keyed,
    ):
        first = await told(public)
        assert (first["phase"], first["seq"]) == ("none", studio.episode.revision * 10**9)
        await keyed.send("keep-alive")
        await keyed.send(b"\0")  # Companion's ping
        await voted(house, studio)
        assert (await told(keyed, n=1))["figure"] == 80
        assert (await told(public, n=1))["figure"] is None
        assert house.hub.doors.inside()["machine"] == 1
    await until(lambda: not studio.members, "both to be gone")


async def test_a_socket_with_a_wrong_key_or_without_an_episode(house: House) -> None:
    async with listening(house, "/data/socket") as public:
        with pytest.raises(ConnectionClosed) as ended:
            await public.recv()
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 4404
    with pytest.raises(InvalidStatus) as refused:
        async with listening(house, "/data/nonsense/socket"):
            pass
    assert refused.value.response.status_code == 403


async def test_events_tell_the_newest_and_end_with_the_episode(house: House) -> None:
    studio = await house.episode(RULES)
    async with house.browser() as browser, browser.stream("GET", "/data/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        assert events.headers["access-control-allow-origin"] == "*"
        lines = events.aiter_lines()
        assert await event(lines, phase="none")
        await house.opened(studio)
        assert (await event(lines, phase="open"))["unit_en"] == "Water Resources"
        await house.hub.switch("", "test")
        async with asyncio.timeout(PATIENCE_S):
            assert [line async for line in lines][-1:] in ([], [""]), "the answer has an end"
    await until(lambda: not studio.members, "the listener to be gone")


async def test_a_listener_that_leaves_is_forgotten_and_head_is_no_listener(house: House) -> None:
    studio = await house.episode(RULES)
    async with house.browser() as browser:
        async with browser.stream("GET", "/data/events") as events:
            assert await event(events.aiter_lines(), phase="none")
            assert len(studio.members) == 1
        await until(lambda: not studio.members, "the listener to be gone")
        assert (await browser.head("/data/events")).status_code == 200
        assert not studio.members


async def test_a_server_that_stops_ends_its_listeners(fresh: EmbeddedServer) -> None:
    async with httpx.AsyncClient(verify=False) as browser:
        async with running(Settings(port=0), fresh) as up:
            await House(up).episode(RULES)
            asked = browser.build_request("GET", f"{up.url}/data/events")
            lines = (await browser.send(asked, stream=True)).aiter_lines()
            assert await event(lines, phase="none")
            socket = await connect(f"ws{up.url[4:]}/data/socket", compression=None)
            await told(socket, phase="none")
        # One that is cut at the deadline of the shutdown is an error here.
        assert [line async for line in lines][-1:] in ([], [""]), "the answer has an end"
        await socket.wait_closed()
        assert socket.close_code == Close.GOING_DOWN


async def event(lines: AsyncIterator[str], **fields: Value) -> dict[str, Any]:
    """The next event with these fields."""
    async with asyncio.timeout(PATIENCE_S):
        async for line in lines:
            if line.startswith("data: "):
                plain: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if fields.items() <= plain.items():
                    return plain
    raise AssertionError(f"no event with {fields}")


async def test_there_are_so_many_places_and_machines_have_their_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await house.episode(RULES)
    limit = admission.LIMITS["listener"]
    monkeypatch.setitem(admission.LIMITS, "listener", admission.Limit(1, limit.rate, 20, 1024))
    token = house.up.auth.overlay_token(studio.episode.id)
    async with house.browser() as browser, listening(house, "/data/socket") as first:
        await told(first)
        async with listening(house, "/data/socket") as second:
            with pytest.raises(ConnectionClosed) as ended:
                await second.recv()
            assert ended.value.rcvd
            assert ended.value.rcvd.code == 4503
        refused = await browser.get("/data/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        async with listening(house, f"/data/{token}/socket") as machine:
            await told(machine)


async def test_a_listener_that_floods_is_let_go(house: House) -> None:
    await house.episode(RULES)
    async with listening(house, "/data/socket") as socket:
        for _ in range(40):
            await socket.send("x")
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionClosed):
                async for _ in socket:
                    pass
        assert socket.close_code == 4429


async def test_a_listener_that_takes_nothing_is_cut_and_had_no_more_than_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox = Outbox(EVENT_CODEC, Audience("e", "feed"))
    sent: list[Message] = []
    starts, stalls = asyncio.Event(), asyncio.Event()
    left: list[bool] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 2:  # after the head: the other side stops reading for a while
            starts.set()
            await stalls.wait()
        elif len(sent) == 4:  # and then for good
            await never()

    stream = feeds.EventStream(outbox, partial(left.append, True))
    talking = asyncio.create_task(stream({}, never, send))
    await starts.wait()
    for number in range(100):
        outbox.show("feed", EVENT_CODEC.frame({"seq": number}))
    stalls.set()
    await until(lambda: len(sent) == 3, "the newest")
    assert sent[2]["body"].startswith(b"id: 99\n")
    monkeypatch.setattr(feeds, "STALL_S", 0.01)
    outbox.show("feed", EVENT_CODEC.frame({"seq": 100}))
    await talking
    assert left == [True]
    assert sent[-1]["more_body"], "the connection is cut, for the answer has no end"


# --- forms ---

VALUES = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=30)


@given(st.lists(VALUES, min_size=2, max_size=4))
def test_any_text_comes_back_from_csv_and_breaks_no_xml(values: list[Value]) -> None:
    row = {f"f{i}": value for i, value in enumerate(values)}
    head, *cells = csv.reader(
        io.StringIO(forms.csv_table(row, [row]).decode("utf-8", "surrogatepass"), newline="")
    )
    assert head == list(row)
    assert [original(cell) for cell in cells[0]] == [flat.text_of(value) for value in values]
    [found] = ElementTree.fromstring(forms.xml([row], "row"))
    assert [element.tag for element in found] == list(row)
    assert len(forms.lines([row]).decode().splitlines()) >= len(row)


async def test_a_name_that_is_a_formula_stays_a_name(house: House) -> None:
    studio = await house.episode(RULES)
    evil = Segment("evil", Names('=HYPERLINK("http://x")<&>\x01'), Names())
    await house.order(studio, cmd.InsertSegment(evil))
    await house.order(studio, cmd.ChooseSegment("evil"))
    async with house.browser() as browser:
        [row] = csv.DictReader(io.StringIO((await browser.get("/data/current.csv")).text))
        assert row["unit_zh"].startswith("'=")
        xml = (await browser.get("/data/current.xml")).content
        [found] = ElementTree.fromstring(xml)
        assert (found.findtext("unit_zh") or "").startswith('=HYPERLINK("http://x")<&>')
