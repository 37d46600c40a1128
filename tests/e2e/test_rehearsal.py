"""A rehearsal from the producer's page, with its audience; and a replay of a real run, on air."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from tests.e2e import stage as made
from tests.e2e.conftest import PHONE, SCREEN, Open, Post, Server, accessible, own_episode
from tests.e2e.test_overlay import KINDS, MOMENTS, SAFE, SEEN, contrast, legible

SEATS = 12
UNITS = ("台州市水利局", "台州市住建局")
WIDE = (1440, 1000)
MARKED = re.compile("彩排|REHEARSAL")
MARKED_OR_REPLAY = re.compile("彩排|REHEARSAL|回放|REPLAY|^不计票$|^does not count$")


@pytest.fixture(scope="module")
def show(browser: Browser, server: Server) -> Iterator[tuple[BrowserContext, Post, str]]:
    """An episode ready to be rehearsed, and its owner signed in."""
    context = browser.new_context(locale="zh-CN")
    name = {"zh": "五水共治", "en": "Five Waters"}
    post, episode = own_episode(context, server, name)
    segments = [
        {"id": f"s{i}", "unit": {"zh": unit, "en": f"Unit {i}"}, "post": {"zh": "局长"}}
        for i, unit in enumerate(UNITS, 1)
    ]
    quick = {**to_plain(rules(300)), "verification": "automatic"}
    order(post, episode, "set_rules", rules=quick)
    order(post, episode, "set_rundown", segments=segments)
    order(post, episode, "set_roster", seats=to_plain(seats(SEATS)))
    yield context, post, episode
    context.close()


def order(post: Post, episode: str, name: str, **args: Any) -> None:
    post(f"/api/episodes/{episode}/command", name=name, args=args)


def runs(context: BrowserContext, server: Server, episode: str) -> list[dict[str, Any]]:
    answer = context.request.get(f"{server.url}/api/episodes/{episode}")
    found: list[dict[str, Any]] = answer.json()["view"]["runs"]
    return found


def overlay_of(open_page: Open, post: Post, episode: str, what: str = "overlay-link") -> Page:
    return open_page(post(f"/api/episodes/{episode}/{what}")["url"], SCREEN)


def test_a_producer_rehearses_with_an_audience(
    server: Server,
    open_page: Open,
    show: tuple[BrowserContext, Post, str],
    snap: Callable[..., None],
) -> None:
    staff, post, real = show
    producer = open_page(f"/producer?episode={real}&lang=zh#rehearsal", context=staff)
    producer.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    expect(producer.get_by_text(MARKED).filter(has_text="这里的一切")).to_have_count(0)
    snap(producer, "producer-rehearsals")
    producer.get_by_role("button", name="新建彩排").click()
    expect(producer.locator(".rehearsal-mark")).to_be_visible()
    expect(producer.locator(".where")).to_contain_text("彩排：五水共治")
    copy = re.findall(r"episode=(\w+)", producer.url)[0]
    assert copy != real

    # The audience comes by the page's key and takes all seats.
    producer.get_by_label("场外观众").fill("6")
    producer.get_by_label("投票的", exact=True).fill("100")
    producer.get_by_label("投票时掉线的").fill("0")
    producer.get_by_role("button", name="让合成观众进场").click()
    expect(producer.get_by_text(f"{SEATS} 个席位、6 名场外观众在场")).to_be_visible()
    snap(producer, "producer-rehearsal-zh")
    accessible(producer)

    director = open_page(f"/director?episode={copy}&lang=zh", context=staff)
    director.set_viewport_size({"width": 1920, "height": 1080})
    expect(director.locator(".rehearsal")).to_contain_text("彩排 REHEARSAL")
    expect(director.get_by_text(f"{SEATS}/{SEATS} 在线").first).to_be_visible()
    on_air = overlay_of(open_page, post, copy)
    badge = on_air.locator(".badge")
    expect(badge).to_contain_text("彩排")
    expect(badge).to_contain_text("REHEARSAL")
    order(post, copy, "arm", segment="s1")
    run = runs(staff, server, copy)[-1]["id"]
    order(post, copy, "take", kind="bar", segment="s1")
    order(post, copy, "open", run=run)
    expect(director.get_by_text("全部已投").first).to_be_visible(timeout=20_000)
    snap(director, "director-rehearsal-zh")
    accessible(director)
    snap(on_air, "overlay-rehearsal", see_through=True)
    order(post, copy, "blank")
    expect(on_air.locator(".stage")).to_have_css("visibility", "hidden")
    expect(badge).to_be_visible()
    order(post, copy, "restore")

    # Voters land in it only when somebody says so; then they read what it is.
    phone = open_page("/?lang=zh", PHONE, phone=True)
    expect(phone.get_by_text("五水共治").first).to_be_visible()
    expect(phone.locator("#rehearsal")).to_be_hidden()
    post("/api/on", episode=copy, rehearsal=True)
    expect(phone.locator("#rehearsal")).to_have_text("彩排：这里的评分不计入结果。")
    snap(phone, "phone-rehearsal-zh")
    accessible(phone)
    console = open_page(f"/director?episode={real}&lang=zh", context=staff)
    warned = console.locator(".warnings").get_by_text("观众还在彩排中：“彩排：五水共治”")
    expect(warned).to_be_visible()
    snap(console, "director-voters-in-rehearsal")
    post("/api/on", episode=real)
    expect(warned).to_be_hidden()
    console.close()
    expect(phone.locator("#rehearsal")).to_be_hidden()

    # The real episode's picture knows nothing of it.
    real_air = overlay_of(open_page, post, real)
    order(post, real, "take", kind="board")
    expect(real_air.locator(".box.board")).to_be_visible()
    assert real_air.locator(".badge").count() == 0
    assert not MARKED.search(real_air.locator("body").inner_text())
    order(post, real, "out")

    # A real vote sends the audience away.
    order(post, real, "arm", segment="s2")
    expect(producer.get_by_text("没有合成观众")).to_be_visible()
    order(post, real, "ask_void", run=runs(staff, server, real)[-1]["id"], reason="彩排用")

    producer.goto(f"{server.url}/producer?episode={copy}&lang=en#rehearsal")
    expect(producer.get_by_role("button", name="Start the audience")).to_be_visible()
    snap(producer, "producer-rehearsal-en")
    producer.get_by_role("link", name="Shows", exact=True).click()
    expect(
        producer.get_by_role("button", name="Hold: let voters into the rehearsal")
    ).to_be_visible()
    snap(producer, "producer-shows-rehearsal-en")
    accessible(producer)


def vote(browser: Browser, server: Server, post: Post, episode: str, run: str) -> None:
    """Three phones, over HTTP."""
    for value in (1, 1, 3):
        context = browser.new_context()
        headers = {"origin": server.url}
        assert context.request.post(f"{server.url}/api/viewer", headers=headers).ok
        ballot = {"episode": episode, "run": run, "seq": 1, "value": value}
        answer = context.request.post(f"{server.url}/api/vote", data=ballot, headers=headers)
        assert answer.ok, answer.text()
        context.close()


def test_a_run_is_replayed_from_the_results_page(
    server: Server,
    browser: Browser,
    open_page: Open,
    show: tuple[BrowserContext, Post, str],
    snap: Callable[..., None],
) -> None:
    staff, post, episode = show
    order(post, episode, "arm", segment="s1")
    run = runs(staff, server, episode)[-1]["id"]
    order(post, episode, "open", run=run)
    vote(browser, server, post, episode, run)
    order(post, episode, "close", run=run)
    producer = open_page(f"/producer?episode={episode}&lang=zh#results", context=staff)
    producer.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    expect(producer.get_by_text("公布一轮之后，这里可以回放。")).to_be_visible()
    expect(producer.get_by_text("已核验").first).to_be_visible()
    order(post, episode, "reveal", run=run)

    phone = open_page("/?lang=zh", PHONE, phone=True)
    expect(phone.get_by_text("评分结果").first).to_be_visible()
    before = phone.locator("body").inner_text()
    overlay = overlay_of(open_page, post, episode, "replay-link")
    badge = overlay.locator(".badge")
    expect(badge).to_contain_text("回放")
    expect(badge).to_contain_text("REPLAY")
    card = producer.locator(".replay")
    card.scroll_into_view_if_needed()
    card.get_by_role("button", name="播放").click()
    expect(overlay.locator(".box.bar")).to_contain_text(UNITS[0])
    expect(overlay.locator(".box.bar .status")).to_contain_text("最终", timeout=20_000)
    expect(overlay.locator(".box.bar .turnouts")).to_contain_text("/ 12")
    assert badge.count() == 1
    assert overlay.locator(".qr").count() == 0
    snap(overlay, "overlay-replay", see_through=True)

    # A jump back, a pause there, another graphic, faster.
    card.get_by_role("button", name=re.compile("^开始")).click()
    card.get_by_role("button", name="暂停").click()
    expect(card.get_by_role("button", name="播放")).to_be_visible()
    expect(overlay.locator(".box.bar .status")).not_to_contain_text("最终")
    card.get_by_label("图文").select_option("result")
    card.get_by_label("速度").select_option("4")
    expect(badge).to_contain_text("4×")
    card.get_by_role("button", name=re.compile("^公布")).click()
    expect(overlay.locator(".box.result .status")).to_contain_text("最终")
    snap(overlay, "overlay-replay-result", see_through=True)
    snap(producer, "producer-replay-zh")
    accessible(producer)
    assert phone.locator("body").inner_text() == before

    card.get_by_role("button", name="结束回放").click()
    expect(overlay.locator(".box")).to_have_count(0)
    expect(badge).to_be_visible()


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_badge_is_legible_in_the_safe_area_and_nothing_lies_over_it(
    browser: Browser, lang: str
) -> None:
    """Both badges at once, over each graphic, in a browser; and no graphic pays for their room with
    text that is too small or outside."""
    replay = {"now_ms": made.NOW, "at_ms": made.NOW, "speed": 20, "playing": False}
    with made.stage(browser, lang) as page:
        for kind in ("", *KINDS):
            changes = {} if kind in made.OF_NO_SEGMENT else MOMENTS["long and final"][0]
            graphics = [made.graphic(kind, **changes)] if kind else []
            told = made.state(*graphics, rows=made.board())
            view = {**told["view"], "replay": replay}
            view["episode"] = {**view["episode"], "rehearsal": True}
            # From the very first frame, before anything else has come in.
            page.evaluate("tell", {**told, "epoch": kind, "view": view})
            page.evaluate("draw(0)")
            assert page.locator(".badge:visible").count() == 2
            made.put_on_air(page, made.tally(made.result()))
            legible_badges(page, f"{kind}, {lang}")
            legible(page, f"{kind}, {lang}")


def legible_badges(page: Page, what: str) -> None:
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".badge, .box")].map((node) => {
          const { left, top, right, bottom } = node.getBoundingClientRect();
          return [node.classList.contains("badge"), left, top, right, bottom];
        })"""
    )
    badges = [box[1:] for box in boxes if box[0]]
    assert all(box[4] <= SAFE[3] for box in boxes), what
    for left, top, right, bottom in badges:
        assert left >= SAFE[0], what
        assert top >= SAFE[1], what
        assert right <= SAFE[2], what
        for is_badge, other_left, other_top, other_right, other_bottom in boxes:
            apart = (
                other_right <= left or other_left >= right or other_bottom <= top
            ) or other_top >= bottom
            assert is_badge or apart, what
    texts = [text for text in page.evaluate(SEEN) if MARKED_OR_REPLAY.search(text["text"])]
    assert len(texts) >= 4, what
    for text in texts:
        least = 40 if re.search("[\u4e00-\u9fff]", text["text"]) else 28
        assert text["px"] >= least, f"{what}: {text}"
        seen = min(contrast(text["colour"], text["under"], grey) for grey in (16, 235))
        assert seen >= 4.5, f"{what}: {seen:.2f} {text}"
