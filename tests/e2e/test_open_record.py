"""The open record in a real browser: without scripts, by axe, on a phone and a desk, zh and en; and
the producer's way from a file with an error to a published table."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from livevote.core.disclosure import unit_id
from livevote.core.names import Names
from tests.e2e.conftest import (
    Open,
    Server,
    accessible,
    own_episode,
    start_server,
    stop_server,
)

# The narrowest phone there is.
DESKTOP, PHONE = (1280, 900), (320, 640)
NAME = {"zh": "台州全媒体问政", "en": "Taizhou All-Media Questioning"}
SEGMENTS = [
    {
        "id": "water",
        "unit": {"zh": "台州市水利局", "en": "Taizhou Water Resources Bureau"},
        "post": {"zh": "局长", "en": "Director"},
        "question": "断头河什么时候打通？",
        "pledge": "2026-12-31 前打通 3 条断头河",
    },
    {"id": "road", "unit": {"zh": "路桥区", "en": "Luqiao District"}},
]
CARDS = """单位,单位英文,事项,事项英文,法律依据,流程,办理时限,收费,电话
台州市水利局,Taizhou Water Resources Bureau,取水许可,Water abstraction permit,\
《取水许可和水资源费征收管理条例》,申请；受理；审查；发证,20个工作日,不收费,政务大厅 3 号窗口
,,排水许可,Drainage permit,《城镇排水与污水处理条例》,申请；现场核查；发证,当场,\
不收费,政务大厅 4 号窗口
路桥区,Luqiao District,道路挖掘许可,,《城市道路管理条例》,申请；审批,15天,每平方米 20 元,政务中心
"""
BUDGETS = """单位,年度,类别,项目,金额（万元）,三公合计（万元）,因公出国（万元）,公车购置（万元）,\
公车运行（万元）,公务接待（万元）
台州市水利局,2025,预算,河道治理,12000.5,,,,,
,,,机关运行,860.25,60.5,10,0,38.5,12
,,,清淤,300,,,,,
,,,合计,13160.75,60.5,10,0,38.5,12
台州市水利局,2026,预算,河道治理,15000,,,,,
,,,机关运行,840,49.123456,5,0,34.123456,10
,,,泵站,520.75,,,,,
,,,合计,16360.75,49.123456,5,0,34.123456,10
路桥区,2026,预算,道路养护,2300,,,,,
"""


@dataclass
class Night:
    """A server with one revealed result, cards and budgets."""

    server: Server
    owner: BrowserContext
    show: str
    episode: str


def vote(
    browser: Browser, server: Server, episode: str, card: dict[str, Any], run: str, value: int
) -> None:
    """A tablet joins its seat and votes, over the API."""
    generation, code = card["link"].rpartition("#")[2].split(".")[2:]
    seat = {"episode": episode, "seat": card["seat"], "generation": int(generation), "code": code}
    ballot = {"run": run, "seq": 1, "value": value}
    headers = {"origin": server.url}
    with browser.new_context() as tablet:
        for path, body in (("/api/seat", seat), ("/api/vote", ballot)):
            answer = tablet.request.post(server.url + path, data=body, headers=headers)
            assert answer.ok, answer.text()


@pytest.fixture(scope="module")
def night(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    server = start_server(tmp_path_factory.mktemp("record"))
    owner = browser.new_context()
    try:
        yield Night(server, owner, *prepared(browser, server, owner))
    finally:
        owner.close()
        stop_server(server)


def prepared(browser: Browser, server: Server, owner: BrowserContext) -> tuple[str, str]:
    """(show, episode): one result revealed, cards, budgets and a licence published."""
    post, episode = own_episode(owner, server, NAME)

    def get(path: str) -> Any:
        return owner.request.get(server.url + path).json()

    show = get("/api/shows")["shows"][0]["id"]
    here = f"/api/episodes/{episode}"

    def order(name: str, **args: Any) -> None:
        post(f"{here}/command", name=name, args=args)

    rules = {**get("/api/presets")["rules"], "verification": "automatic", "grace_ms": 0}
    order("set_title", title={"zh": "五水共治", "en": "Five Waters"})
    order("set_rules", rules=rules)
    order("set_rundown", segments=SEGMENTS)
    order("set_roster", seats=[{"label": f"A-0{i}", "block": "A"} for i in (1, 2, 3)])
    order("arm", segment="water")
    run = get(here)["view"]["runs"][-1]["id"]
    order("open", run=run)
    for card, value in zip(get(f"{here}/seats"), (1, 2), strict=False):
        vote(browser, server, episode, card, run, value)
    order("close", run=run)
    # Each look is a request: without a grace the count stands after a few.
    phases = (get(here)["view"]["runs"][-1]["phase"] for _ in range(500))
    assert any(phase == "verified" for phase in phases)
    order("reveal", run=run)
    headers = {"origin": server.url}
    for table, text in (("cards", CARDS), ("budgets", BUDGETS)):
        path = f"{server.url}/api/shows/{show}/disclosure/{table}"
        answer = owner.request.post(path, data=text.encode(), headers=headers)
        assert answer.ok, answer.text()
    licence = {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
    post(f"/api/shows/{show}/disclosure", licence=licence)
    return show, episode


def pages(night: Night) -> dict[str, str]:
    unit = unit_id(Names("台州市水利局"))
    show, place = f"/record/{night.show}", f"{night.episode}/water"
    return {
        "show": show,
        "cards": f"{show}/cards",
        "budgets": f"{show}/budgets",
        "budget": f"{show}/budgets/{unit}",
        "pledges": f"{show}/pledges",
        "questions": f"{show}/questions",
        "data": f"{show}/data",
        "episode": f"/episodes/{night.episode}",
        "segment": f"/episodes/{place}",
        "embed": f"/embed/{place}",
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_every_page_reads_without_scripts_and_by_axe(
    browser: Browser, night: Night, snap: Callable[..., None], lang: str, size: tuple[int, int]
) -> None:
    width, height = size
    viewport: Any = {"width": width, "height": height}
    plain = browser.new_context(viewport=viewport, java_script_enabled=False)
    full = browser.new_context(viewport=viewport)
    look, check = plain.new_page(), full.new_page()
    for name, path in pages(night).items():
        address = f"{night.server.url}{path}?lang={lang}"
        look.goto(address)
        expect(look.locator("h1")).to_be_visible()
        assert look.locator("script").count() == 0, name
        snap(look, f"record-{name}-{lang}-{width}")
        check.goto(address)
        # Half a minute for what each pair of these says: axe takes most of it.
        if (size, lang) in ((DESKTOP, "en"), (PHONE, "zh")):
            accessible(check)
        wide = check.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on {width}"
    assert plain.cookies() == full.cookies() == []
    plain.close()
    full.close()


def test_a_citizen_searches_and_reads_without_scripts(browser: Browser, night: Night) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{night.server.url}/record/{night.show}?lang=zh")
        expect(page.locator(".board")).to_contain_text("3 席中 2 票")
        page.get_by_role("link", name="公开卡").click()
        expect(page.locator(".open-card")).to_have_count(3)
        page.get_by_label("查找单位、事项、依据").fill("排水")
        page.get_by_role("button", name="查找").click()
        expect(page.locator(".open-card")).to_have_count(1)
        expect(page.locator(".open-card")).to_contain_text("当场办结")
        page.get_by_role("link", name="预算").click()
        page.get_by_role("link", name="台州市水利局").first.click()
        expect(page.locator("main")).to_contain_text("+29,995,000.00")
        expect(page.locator("main")).to_contain_text("341,234.56")
        page.get_by_role("link", name="数据下载").click()
        with page.expect_download() as started:
            page.get_by_role("link", name="budgets.csv").click()
        assert Path(started.value.path()).read_bytes().startswith(b"\xef\xbb\xbfunit_zh")


class Paper(BaseHTTPRequestHandler):
    """A page of somebody else, with the card that ?card= names."""

    def do_GET(self) -> None:
        card = html.escape(parse_qs(urlsplit(self.path).query).get("card", [""])[0])
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html><h1>Paper</h1><iframe src='{card}'></iframe>".encode())

    def log_message(self, format: str, *args: Any) -> None: ...


def test_a_card_stands_in_a_page_of_somebody_else(browser: Browser, night: Night) -> None:
    card = f"{night.server.url}/embed/{night.episode}/water?lang=en"
    with ThreadingHTTPServer(("127.0.0.1", 0), Paper) as paper, browser.new_context() as context:
        threading.Thread(target=paper.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{paper.server_port}/?{urlencode({'card': card})}")
        frame = page.frame_locator("iframe")
        expect(frame.locator("h1")).to_contain_text("Taizhou Water Resources Bureau")
        expect(frame.locator("main")).to_contain_text("2 of 3 seats")
        paper.shutdown()


def at_top(page: Page) -> None:
    """By axe, where nothing lies half below the tabs that stay."""
    page.evaluate("scrollTo(0, 0)")
    accessible(page)


def test_a_producer_publishes_a_table_from_a_file(
    night: Night, open_page: Open, snap: Callable[..., None], tmp_path: Path
) -> None:
    def chosen(page: Page, name: str, text: str) -> None:
        file = tmp_path / name
        file.write_text(text)
        part = page.locator("section.card", has=page.get_by_role("heading", name="Budgets and"))
        part.locator("input[type=file]").set_input_files(file)

    page = open_page(f"{night.server.url}/producer#record", DESKTOP, "en-GB", night.owner)
    expect(page.get_by_text("no row with the total, not checked")).to_be_visible()
    expect(page.get_by_text("+32,000,000.00 yuan against the year before")).to_be_visible()
    more = "单位,年度,项目,金额（万元）\n路桥区,2026,道路养护,2300\n,,合计,{}\n"
    chosen(page, "wrong.csv", more.format("2300.5"))
    wrong = page.locator("td.bad")
    expect(wrong).to_contain_text("This says 23,005,000.00 yuan")
    expect(wrong).to_contain_text("5,000.00 yuan apart")
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    wrong.scroll_into_view_if_needed()
    snap(page, "producer-record-wrong")
    at_top(page)
    chosen(page, "right.csv", more.format("2300"))
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published right.csv")).to_be_visible()
    expect(page.get_by_text("no row with the total, not checked")).to_have_count(0)
    at_top(page)
    snap(page, "producer-record")
