"""The OGraf package and the overlay's other hosts, played in a real browser.

The renderer is a page of ours on an address of its own: what an OGraf renderer does, and what real
ones are known to leave out.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from loadtest.pixel import Studio
from tests.e2e.conftest import Open, Server, start_server, stop_server

HOST = Path(__file__).with_name("host")
SETTLED_MS_MAX = 3000
GIVEN = {"unit": "台州市水利局", "post": "局长", "figure": "79.5", "n": "4", "N": "200"}
# Half the design, so that pictures are quickly compared.
SIZE = (960, 540)
OUTSIDE = ((0, 0, 960, 27), (0, 513, 960, 540), (0, 0, 48, 540), (912, 0, 960, 540))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the renderer's machine serves."""
    return shutil.copytree(HOST, tmp_path_factory.mktemp("host") / "served")


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    """A renderer's own address: everything of livevote is from elsewhere for it."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/index.html"
        served.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that lets the renderer's address open its socket. Every host must have its theme."""
    origin = host.rpartition("/")[0]
    data = tmp_path_factory.mktemp("ograf")
    started = start_server(data, "--origin", origin, "--theme", "jade")
    yield started
    stop_server(started)


@pytest.fixture(scope="module")
def studio(server: Server) -> Studio:
    """A show with its bar on air."""
    made = Studio(server.url)
    made.prepare(server.first_link, 4)
    return made


@pytest.fixture
def link(studio: Studio) -> str:
    return studio.overlay()


Play = Callable[..., Any]


@pytest.fixture
def page(open_page: Open, host: str) -> Page:
    opened = open_page(host, SIZE)
    opened.wait_for_function("() => document.title === 'ready'")
    return opened


@pytest.fixture
def add(page: Page, server: Server) -> Play:
    def added(name: str, **options: Any) -> Any:
        url = f"{server.url}/ograf/livevote.ograf.json"
        return page.evaluate("args => renderer.add(...args)", [name, url, options])

    return added


@pytest.fixture
def play(page: Page) -> Play:
    """Calls a method: its answer, which must come in time."""

    def called(name: str, method: str, *args: Any) -> Any:
        answer, took_ms = page.evaluate("args => renderer.call(...args)", [name, method, *args])
        assert took_ms < SETTLED_MS_MAX
        return answer

    return called


def picture(page: Page) -> Image.Image:
    return Image.open(BytesIO(page.screenshot(omit_background=True))).convert("RGBA")


def opacity(seen: Image.Image) -> int:
    """Of the most solid pixel."""
    return max(seen.getchannel("A").tobytes())


def drawn(page: Page) -> bool:
    """Whether anything is seen, and then nothing outside of the safe area."""
    seen = picture(page)
    assert seen.size == SIZE
    for box in OUTSIDE:
        assert opacity(seen.crop(box)) == 0, box
    return opacity(seen) > 0


def becomes(page: Page, yes: bool) -> None:
    """Pictures until one is as it should be: nobody sees into a closed shadow root."""
    too_late = time.monotonic() + 5
    while drawn(page) is not yes:
        assert time.monotonic() < too_late


def digest(page: Page) -> str:
    return hashlib.sha256(picture(page).tobytes()).hexdigest()


OK = {"statusCode": 200}
ON = {"statusCode": 200, "currentStep": 0}


def test_a_renderer_takes_a_graphic_in_and_out(page: Page, add: Play, play: Play) -> None:
    add("a")
    assert not drawn(page)
    assert play("a", "load", {"data": GIVEN, "renderType": "realtime"}) == OK
    assert not drawn(page), "load paints nothing"
    assert play("a", "playAction", {}) == ON
    assert drawn(page)
    assert play("a", "updateAction", {"data": {"figure": "12.5"}}) == OK
    assert play("a", "stopAction", {"skipAnimation": True}) == OK
    assert not drawn(page)
    assert play("a", "playAction", {"skipAnimation": "1"}) == ON
    assert drawn(page)
    assert play("a", "playAction", {}) == OK, "past the last step it is out"
    assert not drawn(page)
    assert play("a", "playAction", {"goto": "0"}) == ON
    assert play("a", "customAction", {"id": "blank"}) == OK
    assert not drawn(page)
    assert play("a", "customAction", {"id": "blank", "payload": {"blanked": "0"}}) == OK
    assert drawn(page)
    assert play("a", "dispose", {}) == OK
    assert not drawn(page)


def test_what_renderers_leave_out_or_get_wrong_is_answered(
    page: Page, add: Play, play: Play
) -> None:
    add("a")
    for method in ("playAction", "stopAction", "updateAction", "customAction", "goToTime"):
        assert play("a", method)["statusCode"] == 409, method
    assert play("a", "load", {"data": {"link": "no link"}})["statusCode"] == 400
    assert play("a", "playAction")["statusCode"] == 409
    assert play("a", "load") == OK
    assert play("a", "playAction") == ON
    assert play("a", "updateAction") == OK
    assert play("a", "customAction", {"id": "nothing"})["statusCode"] == 404
    assert play("a", "customAction")["statusCode"] == 404
    assert play("a", "updateAction", {"data": {"link": "no link"}})["statusCode"] == 400
    assert play("a", "goToTime", {"timestamp": 0})["statusCode"] == 400
    assert play("a", "setActionsSchedule", {"schedule": []})["statusCode"] == 400
    assert drawn(page), "what was refused changed nothing"
    assert play("a", "stopAction") == OK
    assert play("a", "load", {"data": None, "renderType": "realtime"}) == OK, "loaded again"
    assert play("a", "dispose") == OK
    assert play("a", "dispose") == OK
    assert play("a", "playAction")["statusCode"] == 409


METHODS = (
    "playAction",
    "stopAction",
    "updateAction",
    "customAction",
    "goToTime",
    "setActionsSchedule",
)
NONSENSE: list[Any] = [
    None,
    0,
    "text",
    [],
    {},
    {"data": [], "payload": 1, "id": [], "goto": {}, "delta": "x", "schedule": 1, "timestamp": ""},
    {"data": {"n": {}, "graphic": 7, "link": []}, "schedule": [None, 1, {"timestamp": 1}]},
    {"schedule": [{"timestamp": "1", "action": {"type": "nothing"}}], "timestamp": 1e300},
    {"skipAnimation": {}, "goto": 1e300, "delta": None, "timestamp": -1, "id": "blank"},
]


@pytest.mark.parametrize("kind", ["realtime", "non-realtime"])
def test_no_argument_makes_a_method_reject_or_hang(page: Page, add: Play, kind: str) -> None:
    add("a")
    calls: list[list[Any]] = [["load", {"renderType": kind}]]
    calls += [[method, given] for given in NONSENSE for method in METHODS]
    calls += [["dispose", given] for given in NONSENSE]
    [loaded, *answers] = page.evaluate(
        "async ([load, ...calls]) =>"
        " [...await renderer.all('a', [load]), ...await renderer.all('a', calls)]",
        calls,
    )
    assert loaded[0] == OK
    for (method, given), (answer, took_ms) in zip(calls[1:], answers, strict=True):
        assert answer["statusCode"] in (200, 400, 404, 409), (method, given, answer)
        assert took_ms < SETTLED_MS_MAX, (method, given)


def test_an_action_ends_though_the_renderer_draws_no_frames(
    page: Page, add: Play, play: Play
) -> None:
    add("a")
    assert play("a", "load", {"data": GIVEN}) == OK
    page.evaluate("window.requestAnimationFrame = () => 0")
    assert play("a", "playAction") == ON
    assert drawn(page), "late, but there"
    assert play("a", "stopAction") == OK
    assert not drawn(page)


def test_actions_that_overlap_end_with_the_newest(page: Page, add: Play, play: Play) -> None:
    add("a")
    play("a", "load", {"data": GIVEN})
    calls: list[list[Any]] = [["playAction", {}], ["stopAction", {}], ["playAction", {}]]
    answers = page.evaluate("calls => renderer.all('a', calls)", calls)
    assert [answer for answer, _ in answers] == [ON, OK, ON]
    assert all(took_ms < SETTLED_MS_MAX for _, took_ms in answers)
    assert drawn(page)
    calls = [["stopAction", {}], ["stopAction", {"skipAnimation": True}]]
    answers = page.evaluate("calls => renderer.all('a', calls)", calls)
    assert [answer for answer, _ in answers] == [OK, OK]
    assert not drawn(page)
    answers = page.evaluate("calls => renderer.all('a', calls)", [["load"], ["load"], ["dispose"]])
    assert [answer["statusCode"] for answer, _ in answers] == [409, 409, 200]


def test_a_detached_graphic_answers_and_is_drawn_when_it_is_attached(
    page: Page, add: Play, play: Play
) -> None:
    add("a", attached=False)
    assert play("a", "load", {"data": GIVEN}) == OK
    assert play("a", "playAction") == ON
    assert not drawn(page)
    page.evaluate("renderer.attach('a')")
    assert drawn(page)


def test_several_graphics_stand_in_one_document(page: Page, add: Play, play: Play) -> None:
    for name, graphic in (("a", "bar"), ("b", "countdown")):
        add(name)
        data = {**GIVEN, "graphic": graphic, "countdown_s": "600"}
        assert play(name, "load", {"data": data}) == OK
        assert play(name, "playAction", {"skipAnimation": True}) == ON
    both = digest(page)
    assert play("a", "stopAction", {"skipAnimation": True}) == OK
    assert drawn(page)
    assert digest(page) != both
    page.evaluate("renderer.remove('b')")
    assert not drawn(page)


def test_the_fonts_are_the_documents_own(page: Page, add: Play, play: Play) -> None:
    add("a")
    play("a", "load", {"data": GIVEN})
    play("a", "playAction")
    loaded = (
        "[...document.fonts].filter(f => f.status === 'loaded' && /Noto Sans SC/.test(f.family))"
    )
    assert page.evaluate(f"{loaded}.length") > 0
    assert page.evaluate("[...document.fonts].length") == 101, "once, however many graphics"


def test_a_moment_looks_the_same_however_one_comes_to_it(page: Page, add: Play, play: Play) -> None:
    add("a")
    data = {**GIVEN, "graphic": "bar"}
    assert play("a", "load", {"data": data, "renderType": "non-realtime"}) == OK
    schedule = [
        {"timestamp": 100, "action": {"type": "playAction", "params": {}}},
        {"timestamp": 1000, "action": {"type": "updateAction", "params": {"data": {"n": 150}}}},
        {"timestamp": 3000, "action": {"type": "stopAction", "params": {}}},
    ]
    assert play("a", "setActionsSchedule", {"schedule": schedule}) == OK
    assert play("a", "playAction")["statusCode"] == 400
    assert play("a", "goToTime", {"timestamp": "nonsense"})["statusCode"] == 400
    seen = {}
    for at_ms in (0, 200, 900, 1100, 2900, 60_000):
        assert play("a", "goToTime", {"timestamp": at_ms}) == OK
        seen[at_ms] = digest(page)
    assert seen[0] == seen[60_000] != seen[200]
    assert len(set(seen.values())) == 5
    for at_ms in (2900, 200, 1100, 900, 0):
        assert play("a", "goToTime", {"timestamp": at_ms}) == OK
        assert digest(page) == seen[at_ms], at_ms


def test_a_moment_hours_on_is_reached_in_time(page: Page, add: Play, play: Play) -> None:
    add("a")
    data = {**GIVEN, "graphic": "bar"}
    schedule = [{"timestamp": 0, "action": {"type": "playAction"}}]
    for minute in range(1, 120):
        action = {"type": "updateAction", "params": {"data": {"n": minute % 2 * 150}}}
        schedule.append({"timestamp": minute * 60_000, "action": action})
    assert play("a", "load", {"data": data, "renderType": "non-realtime"}) == OK
    assert play("a", "setActionsSchedule", {"schedule": schedule}) == OK
    seen = {}
    for at_ms in (7_200_000, 3_600_100, 3_630_000):
        assert play("a", "goToTime", {"timestamp": at_ms}) == OK
        seen[at_ms] = digest(page)
    assert len(set(seen.values())) == 3
    for at_ms in (60_000, 3_600_100, 3_630_000, 7_100_000, 7_200_000):
        assert play("a", "goToTime", {"timestamp": at_ms}) == OK
        assert seen.get(at_ms, digest(page)) == digest(page), at_ms


# --- the overlay page as CasparCG, SPX and OBS see it ---

TEMPLATE_DATA = (
    '<templateData><componentData id="graphic"><data id="text" value="bar"/></componentData>'
    '<componentData id="unit"><data id="text" value="财政局"/></componentData></templateData>'
)


LOADED = "() => document.title === 'livevote overlay: online'"
UNIT = ".box.bar .unit"


def test_browser_sources_show_the_programme_by_themselves(
    open_page: Open, server: Server, link: str
) -> None:
    page = open_page(link)
    expect(page.locator(UNIT)).to_have_text("压力测试")
    stage = page.evaluate_handle("document.querySelector('.box.bar')")
    event = "new CustomEvent('obsSourceVisibleChanged', {detail: {visible: true}})"
    page.evaluate(f"dispatchEvent({event})")
    page.wait_for_function("old => !old.isConnected", arg=stage)
    expect(page.locator(UNIT)).to_have_text("压力测试")


def test_casparcg_updates_plays_and_stops(open_page: Open, link: str) -> None:
    page = open_page(link.replace("/overlay", "/overlay?wait=1"))
    page.wait_for_function(LOADED)
    assert page.evaluate("[update, play, next, stop, remove].every(f => typeof f === 'function')")
    bar = page.locator(".box.bar")
    page.evaluate("text => update(text)", TEMPLATE_DATA)
    expect(bar).to_have_count(0)
    page.evaluate("play()")
    expect(page.locator(UNIT)).to_have_text("财政局")
    page.evaluate("""update('{"unit": "null", "language": "en"}')""")
    expect(page.locator(UNIT)).to_have_text("Load test")
    page.evaluate("update('{broken'); update(); update('<templateData>')")
    expect(page.locator(UNIT)).to_have_text("Load test")
    page.evaluate("next()")
    expect(bar).to_have_count(0)
    page.evaluate("next()")
    expect(bar).to_have_count(1)
    page.evaluate("remove()")
    expect(bar).to_have_count(0)


def test_casparcgs_own_remove_is_called_when_the_picture_has_left(
    open_page: Open, host: str, link: str
) -> None:
    page = open_page(host)
    left = "removed = document.querySelectorAll('.box').length"
    page.add_init_script(f"window.remove = () => {{ {left}; }}")
    page.goto(link)
    expect(page.locator(".box.bar")).to_have_count(1)
    page.evaluate("stop()")
    page.wait_for_function("() => window.removed === 0")


def test_the_template_for_spx_plays_from_another_address(
    open_page: Open, server: Server, host: str, folder: Path, link: str
) -> None:
    text = httpx.get(f"{server.url}/ograf/livevote-spx.html").text
    (folder / "livevote-spx.html").write_text(text)
    page = open_page(host.replace("index.html", "livevote-spx.html"))
    assert page.evaluate("SPXGCTemplateDefinition.DataFields[0].field") == "link"
    page.evaluate(
        "text => { update(text); play(); }", json.dumps({"link": link, "unit": "undefined"})
    )
    expect(page.locator(UNIT)).to_have_text("压力测试")
    # As SPX reads it, without a browser: the plain scripts need nothing but the language.
    scripts = folder / "scripts.js"
    scripts.write_text("".join(re.findall(r"<script>(.*?)</script>", text, re.DOTALL)))
    node = shutil.which("node")
    assert node, "node is missing: run scripts/setup test"
    bare = (
        "const w = {}, text = require('fs').readFileSync(process.argv[1], 'utf8');"
        "require('vm').runInNewContext(text, {window: w});"
        "console.log(w.SPXGCTemplateDefinition.steps)"
    )
    done = subprocess.run([node, "-e", bare, scripts], capture_output=True, text=True, timeout=20)
    assert done.stdout == "1\n", done.stderr


def test_a_graphic_with_a_link_draws_what_livevote_says(
    page: Page, add: Play, play: Play, studio: Studio, link: str
) -> None:
    add("a")
    with page.expect_websocket() as line:
        assert play("a", "load", {"data": {"link": link}}) == OK
    assert play("a", "playAction") == ON
    becomes(page, True)
    sent = line.value.wait_for_event("framesent", lambda frame: '"drawn"' in frame)
    told = json.loads(sent)
    assert (told["width"], told["host"]) == (SIZE[0], "ograf"), "the director hears of it"
    studio.command("blank")
    becomes(page, False)
    studio.command("restore")
    becomes(page, True)
    assert play("a", "updateAction", {"data": {"graphic": "countdown"}}) == OK
    becomes(page, True)
    assert play("a", "stopAction") == OK
    assert not drawn(page)


def test_a_link_that_nobody_answers_is_told(page: Page, add: Play, play: Play) -> None:
    add("a")
    assert play("a", "load", {"data": {"link": "http://127.0.0.1:9/overlay#none"}}) == OK
    answer = play("a", "playAction")
    assert {**answer, "statusMessage": ""} == {**ON, "statusMessage": ""}
    assert "--origin" in answer["statusMessage"]
    assert not drawn(page)


def test_every_host_has_the_same_picture(
    page: Page, open_page: Open, add: Play, play: Play, link: str
) -> None:
    source = open_page(link, SIZE)
    expect(source.locator(UNIT)).to_have_text("压力测试")
    add("a")
    assert play("a", "load", {"data": {"link": link}}) == OK
    assert play("a", "playAction") == ON
    too_late = time.monotonic() + 5
    while not (drawn(page) and digest(page) == digest(source)):
        assert time.monotonic() < too_late, "it differs from the browser source"
