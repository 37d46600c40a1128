"""The studio closes at T, viewers when the broadcast has reached them: tablet and phones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import PHONE, TABLET, Open, Server, accessible, own_episode
from tests.e2e.test_receipt import NAME, SEGMENT

DELAY_MS = 6_000
CHANNELS = [
    {"id": "radio", "name": {"zh": "广播", "en": "Radio"}, "delay_ms": 1_000},
    {"id": "tv", "name": {"zh": "电视", "en": "TV"}, "delay_ms": DELAY_MS},
]


def over_http(page: Page) -> list[Route]:
    """Votes of this page go by HTTP, and are held here until the test lets them go on."""
    held: list[Route] = []
    page.route_web_socket(re.compile(".*"), lambda ws: ws.close())
    page.route("**/api/vote", lambda route: held.append(route))
    return held


def test_a_phone_votes_after_the_studio_is_closed_and_is_told_when_it_is_too_late(
    browser: Browser, server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    owner = browser.new_context()
    post, episode = own_episode(owner, server, NAME)

    def order(name: str, **args: Any) -> None:
        post(f"/api/episodes/{episode}/command", name=name, args=args)

    def look() -> dict[str, Any]:
        told = owner.request.get(f"{server.url}/api/episodes/{episode}").json()
        found: dict[str, Any] = told["view"]
        return found

    rules = look()["rules"]
    order("set_rules", rules={**rules, "duration_ms": 0, "grace_ms": 500, "channels": CHANNELS})
    order("set_rundown", segments=[SEGMENT])
    order("set_roster", seats=[{"label": "A-01", "block": "A", "panel": "studio"}])
    order("arm", segment="water")
    run = look()["runs"][-1]["id"]
    order("open", run=run)

    [seat] = owner.request.get(f"{server.url}/api/episodes/{episode}/seats").json()
    tablet = open_page(seat["link"], TABLET)
    expect(tablet.locator("#keys button").first).to_be_visible()
    expect(tablet.locator("#later")).to_be_hidden()
    phone = open_page("/?on=tv", PHONE, phone=True)
    expect(phone.locator("#later")).to_contain_text("现场截止后您还有同样长的时间")
    expect(phone.get_by_label("收看渠道")).to_have_value("tv")
    accessible(phone)
    snap(phone, "delay-open-phone")
    english = open_page("/?on=tv", (320, 568), "en-GB", phone=True)
    expect(english.get_by_label("I follow it on")).to_have_value("tv")
    snap(english, "delay-open-phone-en")
    slow = open_page("/receipt", PHONE, phone=True)
    held = over_http(slow)
    slow.goto(server.url + "/?on=tv")
    expect(slow.locator("#keys button").first).to_be_visible()

    director = open_page(f"/director?episode={episode}&lang=zh", context=owner)
    director.set_viewport_size({"width": 1280, "height": 720})
    expect(director.locator(".phase-open")).to_be_visible()
    snap(director, "director-open-1280x720")
    order("close", run=run)
    expect(director.locator(".primary")).to_contain_text(re.compile(r"等待 \d+ 秒"))
    expect(director.locator(".primary")).to_contain_text("场外可投到")
    snap(director, "director-closing-1280x720")
    expect(tablet.locator("#title")).to_have_text("正在截止")
    expect(tablet.locator("#keys")).to_be_hidden()
    expect(phone.locator("#left")).to_be_visible()
    expect(phone.locator("#later")).to_contain_text("前送达的选票都计入")
    snap(phone, "delay-closing-phone")
    phone.locator("#keys button").first.click()
    expect(phone.locator("#ballot.counted")).to_be_visible()
    assert look()["runs"][-1]["phase"] == "closing"
    slow.locator("#keys button").first.click()
    expect(phone.locator("#title")).not_to_have_text("请评分", timeout=DELAY_MS + 4_000)
    expect(phone.locator("#keys")).to_be_hidden()
    expect(phone.locator("#ballot.counted")).to_be_visible()
    assert len(held) == 1
    held[0].continue_()
    expect(slow.locator("#ballot.refused")).to_contain_text("截止之后才送达")
    accessible(slow)
    producer = open_page(f"/producer?episode={episode}&lang=zh#results", context=owner)
    expect(producer.locator(".plain-table").first).to_contain_text("场外到")
    owner.close()
