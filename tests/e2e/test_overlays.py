"""Addresses for graphics machines, and who is told that an overlay has stopped drawing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import SCREEN, Open, Server, accessible, own_episode

NAME = {"zh": "问政", "en": "Questioning"}
DESKTOP = (1440, 1000)
# As in a host that hides the page: timers go on, frames do not.
NO_MORE_FRAMES = "() => { window.requestAnimationFrame = () => 0; }"


@pytest.fixture
def staff(browser: Browser, server: Server) -> BrowserContext:
    """Signed in as the owner, with an episode that has its board on air."""
    width, height = DESKTOP
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, locale="zh-CN")  # type: ignore[arg-type]
    post, episode = own_episode(context, server, NAME)
    post(f"/api/episodes/{episode}/command", name="take", args={"kind": "board"})
    return context


def copied(page: Page, program: str) -> str:
    return page.get_by_label(f"{program} 1", exact=True).input_value()


def test_from_the_producers_address_to_the_directors_warning(
    staff: BrowserContext, server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    producer = open_page("/producer#overlay", context=staff)
    picture = producer.frame_locator("iframe")
    expect(picture.get_by_text("得分排行").first).to_be_visible()
    expect(producer.get_by_role("heading", name="已连接 0 个")).to_be_visible()

    # By keyboard alone.
    producer.get_by_label("语言").focus()
    producer.keyboard.press("End")
    producer.keyboard.press("Tab")
    make = producer.get_by_role("button", name="生成地址")
    make.focus()
    producer.keyboard.press("Enter")
    expect(producer.get_by_label("OBS 1")).to_be_visible()
    expect(picture.get_by_text("ranking").first).to_be_visible()
    address = copied(producer, "OBS")
    assert re.fullmatch(re.escape(server.url) + r"/overlay\?lang=both&host=obs#[\w.=-]+", address)
    line = copied(producer, "CasparCG")
    played = address.replace("host=obs", "wait=1&host=casparcg")
    assert line == f'CG 1-20 ADD 0 "{played}" 1'
    for program, name in (("SPX", "livevote-spx.html"), ("OGraf", "livevote.ograf.json")):
        assert copied(producer, program) == f"{server.url}/ograf/{name}"

    # Each feed's address opens it.
    feed = producer.get_by_label("数据", exact=True)
    for name, opened in (("current.rows.json", '"choice_text":'), ("segments.csv", "rank")):
        feed.select_option(name)
        fed = producer.get_by_label("数据地址").input_value()
        assert fed == f"{server.url}/data/{address.partition('#')[2]}/{name}"
        assert opened in staff.request.get(fed).text()
    feed.select_option("socket")
    expect(producer.get_by_label("数据地址")).to_have_value(re.compile(r"^ws://.+/socket$"))

    full = open_page(address, SCREEN)
    small = open_page(copied(producer, "vMix"), (800, 600))
    expect(producer.get_by_role("heading", name="已连接 2 个")).to_be_visible()
    obs = producer.get_by_role("row", name=re.compile("OBS"))
    vmix = producer.get_by_role("row", name=re.compile("vMix"))
    expect(obs).to_contain_text("1920×1080")
    expect(vmix).to_contain_text("800×600 ▲ 应为 1920×1080")
    expect(obs).to_contain_text(re.compile("正常|太慢"))
    small.evaluate(NO_MORE_FRAMES)
    expect(vmix).to_contain_text("✕ 停止绘制")
    expect(producer.get_by_text(re.compile(r"最后画面 \d+\.\d 秒前")).first).to_be_visible()
    snap(producer, "producer-overlay")
    full.close()
    accessible(producer)
    producer.get_by_role("button", name="English").click()
    expect(producer.get_by_role("heading", name="1 connected")).to_be_visible()
    expect(producer.get_by_text("✕ stopped drawing")).to_be_visible()
    snap(producer, "producer-overlay-en")
    producer.close()

    director = open_page("/director?lang=zh", context=staff)
    expect(director.get_by_text("1 个图文终端停止绘制")).to_be_visible()
    key = director.get_by_role("button", name="图文终端 1 · 1 个停止绘制")
    key.focus()
    director.keyboard.press("Space")
    expect(key).to_have_attribute("aria-expanded", "true")
    expect(director.locator(".overlay-list li")).to_contain_text("vMix")
    expect(director.locator(".overlay-list li")).to_contain_text("停止绘制 · 800×600 0 fps")
    snap(director, "director-overlays")
    accessible(director)

    small.close()
    expect(director.get_by_text("没有图文终端在线")).to_be_visible()
    director.close()
    staff.close()
