"""One segment from first click to export, by hand, in a real browser: what a studio does."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import python_calamine
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import PASSWORD, PHONE, SCREEN, TABLET, Open, Server, accessible

UNITS = ("台州市农办", "台州市环保局", "台州市住建局")
RUNDOWN = "单位,单位英文,职务,职务英文,提问\n" + "\n".join(
    f"{unit},Unit {i},局长,Director,（演示）问题 {i}" for i, unit in enumerate(UNITS, 1)
)
ROSTER = "席位,区,评分团\n" + "\n".join(f"A-0{i},A,studio" for i in range(1, 5))
OVERLAY_MS_MAX = 250

# When the wanted text first stands in the page, by the machine's clock; 0 for not in 5 s.
WATCH_TEXT = """(wanted) => {
  const stands = () => document.body.innerText.replace(/\\s/g, "").includes(wanted);
  window.seen = new Promise((resolve) => {
    const look = () => (stands() ? resolve(Date.now()) : requestAnimationFrame(look));
    setTimeout(resolve, 5000, 0);
    look();
  });
}"""
WATCH_PRESS = """() => {
  window.pressed = 0;
  addEventListener("click", () => { window.pressed = window.pressed || Date.now(); }, true);
}"""


def hold(page: Page, button: Locator, until: Locator) -> None:
    """Press a held button until what it brings is there."""
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    expect(until).to_be_visible()
    page.mouse.up()


def put_on_air(page: Page, key: str, name: str) -> None:
    """Cue a graphic by its key, see it in preview, take it."""
    page.keyboard.press(key)
    expect(page.get_by_role("button", name=re.compile(name), pressed=True)).to_be_visible()
    page.keyboard.press("t")


def phase(page: Page, text: str) -> Locator:
    return page.locator(".band .phase").get_by_text(text, exact=True)


def claim(open_page: Open, server: Server) -> BrowserContext:
    """The owner's one-time link."""
    page = open_page(server.first_link)
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输入一次").fill(PASSWORD)
    accessible(page)
    page.get_by_role("button", name="设定密码并登录").click()
    page.wait_for_url(re.compile(r"/(producer|director)"))
    context = page.context
    page.close()
    return context


def import_rows(page: Page, tab: str, name: str, text: str, rows: int) -> None:
    page.get_by_role("link", name=tab, exact=True).first.click()
    expect(page.get_by_role("heading", name=re.compile(f"^{tab}")).first).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(page.get_by_role("status").filter(has_text=f"{rows} 行")).to_be_visible()
    page.get_by_role("button", name="替换整个表格").click()
    page.get_by_role("button", name=re.compile("^保存")).last.click()
    expect(page.get_by_text("有未保存的修改")).to_have_count(0)


def make_episode(page: Page, snap: Callable[..., None]) -> None:
    """What a producer does before the show."""
    page.get_by_label("中文").fill("台州全媒体问政")
    page.get_by_label("English").fill("Taizhou All-Media Questioning")
    page.get_by_role("button", name="新建栏目").click()
    page.get_by_role("button", name=re.compile("新建一期|＋")).first.click()
    page.get_by_label("中文").first.fill("五水共治")
    page.get_by_role("button", name="新建这一期").or_(
        page.locator("form.names button.primary").first
    ).first.click()
    expect(page.get_by_role("button", name=re.compile("五水共治"))).to_have_attribute(
        "aria-pressed", "true"
    )
    import_rows(page, "串联单", "rundown.csv", RUNDOWN, 3)
    snap(page, "producer-rundown")
    accessible(page)
    import_rows(page, "席位", "roster.csv", ROSTER, 4)
    snap(page, "producer-roster")
    accessible(page)


def get(context: BrowserContext, server: Server, path: str) -> Any:
    answer = context.request.get(server.url + path)
    assert answer.ok, answer.text()
    return answer.json()


def vote(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).click()


def receipt(page: Page) -> Locator:
    return page.locator("#ballot_say").filter(has_text=re.compile(r"\w{4}-\w{4}-\w{4}"))


def test_a_segment_from_first_click_to_export(
    server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    staff = claim(open_page, server)
    producer = open_page("/producer", context=staff)
    make_episode(producer, snap)
    producer.get_by_role("link", name="节目", exact=True).first.click()
    hold(
        producer,
        producer.get_by_role("button", name=re.compile("让观众进入|开放")).first,
        producer.locator(".on-card.is-on"),
    )
    episode = get(staff, server, "/api/session")["on"]
    links = {s["seat"]: s["link"] for s in get(staff, server, f"/api/episodes/{episode}/seats")}
    made = staff.request.post(
        f"{server.url}/api/episodes/{episode}/overlay-link", headers={"origin": server.url}
    )

    director = open_page("/director", context=staff)
    overlay = open_page(made.json()["url"], SCREEN)
    first, second = open_page(links["A-01"], TABLET), open_page(links["A-02"], TABLET)
    late = open_page(links["A-03"], TABLET)
    phone = open_page("/", PHONE, "en-GB", phone=True)
    expect(first.get_by_text("席位 A-01")).to_be_visible()
    expect(phone.get_by_text("Taizhou", exact=False).first).to_be_visible()
    snap(first, "tablet-waiting")
    accessible(first)

    # Arm, bring the bar on air, open.
    space = director.locator(".move-row button").first
    hold(director, space, phase(director, "就绪"))
    expect(director.get_by_text(re.compile("0 票")).first).to_be_visible()
    put_on_air(director, "1", "评分条")
    expect(overlay.get_by_text(UNITS[0]).first).to_be_visible()
    hold(director, director.locator(".move-row button").first, phase(director, "投票中"))
    snap(director, "director-open")
    accessible(director)

    # The first vote, and how long until it is on air.
    overlay.evaluate(WATCH_TEXT, "1/4")
    first.evaluate(WATCH_PRESS)
    vote(first, "满意")
    expect(receipt(first)).to_be_visible()
    took = overlay.evaluate("window.seen") - first.evaluate("window.pressed")
    assert 0 <= took <= OVERLAY_MS_MAX, f"{took} ms from press to picture"
    snap(first, "tablet-counted")
    accessible(first)

    # The second loses its network, presses, comes back: counted once, by itself.
    second.context.set_offline(True)
    expect(second.get_by_text(re.compile("网络中断")).first).to_be_visible(timeout=20_000)
    vote(second, "不满意")
    expect(second.locator("#ballot_title").get_by_text("尚未送达")).to_be_visible()
    snap(second, "tablet-offline")
    second.context.set_offline(False)
    expect(receipt(second)).to_be_visible(timeout=20_000)

    # The phone, in English; it changes its mind.
    vote(phone, "Fairly satisfied")
    expect(receipt(phone)).to_be_visible()
    was = receipt(phone).inner_text()
    vote(phone, "Satisfied")
    expect(phone.locator("#ballot_say")).not_to_have_text(was)
    expect(receipt(phone)).to_be_visible()
    snap(phone, "phone-counted")
    accessible(phone)
    expect(director.get_by_text("A-03", exact=False).first).to_be_visible()
    snap(overlay, "overlay-bar", see_through=True)

    # Close. A ballot sent after that is told so.
    run = get(staff, server, f"/api/episodes/{episode}")["view"]["runs"][-1]["id"]
    hold(director, director.locator(".move-row button").first, phase(director, "已截止"))
    answer = late.evaluate(
        """async (run) => {
          const body = JSON.stringify({run, seq: 1, value: 1});
          const headers = {"content-type": "application/json"};
          const got = await fetch("/api/vote", {method: "POST", body, headers});
          return {status: got.status, ...(await got.json())};
        }""",
        run,
    )
    assert (answer["status"], answer["code"]) == (409, "late")
    expect(late.locator("#ballot_title").get_by_text("您没有评分")).to_be_visible()
    snap(late, "tablet-did-not-vote")

    # Verify, reveal, show the result.
    hold(director, director.locator(".move-row button").first, phase(director, "已核验"))
    hold(director, director.locator(".move-row button").first, phase(director, "已公布"))
    put_on_air(director, "4", "结果")
    expect(overlay.get_by_text("最终").first).to_be_visible()
    snap(director, "director-revealed")
    expect(first.get_by_text("评分结果").first).to_be_visible()
    snap(first, "tablet-result")

    # What is exported is what was shown: mean of 100 and 0 in the studio, 100 online.
    result = get(staff, server, f"/api/episodes/{episode}")["view"]["runs"][-1]["result"]
    assert (result["figure"], result["n"], result["N"], result["online"]) == ("65.0", 2, 4, 1)
    expect(overlay.get_by_text("65.0").first).to_be_visible()
    snap(overlay, "overlay-result", see_through=True)
    exported = export_all(producer, server, episode)
    assert '"65.0"' in json.dumps(json.loads(exported["json"]), ensure_ascii=False)
    assert "65.0" in exported["csv"].decode("utf-8-sig")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(exported["xlsx"]))
    cells = {
        str(c)
        for name in book.sheet_names
        for r in book.get_sheet_by_name(name).to_python()
        for c in r
    }
    assert "65.0" in cells
    producer.get_by_role("link", name="结果与导出").first.click()
    expect(producer.get_by_text("65.0").first).to_be_visible()
    snap(producer, "producer-results")
    accessible(producer)

    record = open_page(f"/episodes/{episode}?lang=zh", TABLET)
    expect(record.get_by_text("65.0").first).to_be_visible()
    rules_hash = get(staff, server, f"/api/episodes/{episode}")["view"]["runs"][-1]["rules_hash"]
    expect(record.get_by_text(rules_hash).first).to_be_visible()
    snap(record, "record")
    accessible(record)
    everything = open_page("/episodes?lang=en", PHONE, phone=True)
    expect(
        everything.get_by_text("Five Waters").or_(everything.get_by_text("五水共治"))
    ).to_be_visible()
    accessible(everything)


def export_all(page: Page, server: Server, episode: str) -> dict[str, bytes]:
    """Every export, twice: a sealed result gives the same bytes again."""
    found: dict[str, bytes] = {}
    for form in ("csv", "xlsx", "json", "pdf", "bundle"):
        url = f"{server.url}/api/episodes/{episode}/export/{form}"
        first, again = page.request.get(url), page.request.get(url)
        assert first.ok, first.text()
        assert first.body() == again.body(), form
        found[form] = first.body()
    return found
