"""The pledge ledger in a real browser, in every role: from the words spoken on air to the finding,
and the next episode that looks back."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import LIVEVOTE, PASSWORD, Open, Server, accessible, own_episode

UNIT = {"zh": "台州市水利局", "en": "Taizhou Water Resources Bureau"}
OTHER = {"zh": "台州市住建局", "en": "Taizhou Housing and Construction Bureau"}
NARROW, DESK = (320, 640), (1280, 900)
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PEOPLE = {"supervision": "", "media": "", "unit": UNIT["zh"], "producer": ""}


class House:
    """The owner's API, an episode with two segments, and one signed-in browser for each role."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self.owner = browser.new_context(locale="zh-CN")
        self.post, self.episode = own_episode(self.owner, server, {"zh": "五水共治", "en": "Water"})
        segments = [
            {
                "id": name,
                "unit": unit,
                "post": {"zh": "局长", "en": "Director"},
                "question": "何时？",
            }
            for name, unit in (("water", UNIT), ("housing", OTHER))
        ]
        self.order("set_rundown", segments=segments)
        self.contexts = {role: self.sign_in(browser, role, unit) for role, unit in PEOPLE.items()}

    def order(self, name: str, **args: Any) -> None:
        self.post(f"/api/episodes/{self.episode}/command", name=name, args=args)

    def sign_in(self, browser: Browser, role: str, unit: str) -> BrowserContext:
        made = self.post("/api/accounts", name=f"{role}-desk", roles=[role], unit=unit)
        context = browser.new_context(
            viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN", accept_downloads=True
        )
        token = made["link"].partition("#")[2]
        answer = context.request.post(
            f"{self.server.url}/api/claim",
            data={"token": token, "password": PASSWORD},
            headers={"origin": self.server.url},
        )
        assert answer.ok, answer.text()
        return context


@pytest.fixture(scope="module")
def house(browser: Browser, server: Server) -> House:
    return House(browser, server)


def card(page: Page, text: str) -> Any:
    found = page.locator(".pledge", has_text=text)
    if found.get_by_role("button", name="详情").get_attribute("aria-expanded") == "false":
        found.get_by_role("button", name="详情").click()
    return found


def upload(page: Page, name: str) -> None:
    page.get_by_label("佐证材料").set_input_files(
        {"name": name, "mimeType": "application/pdf", "buffer": PDF}
    )
    expect(page.get_by_role("button", name=f"去掉 {name}")).to_be_visible()


def test_from_the_words_on_air_to_the_finding(
    house: House, open_page: Open, snap: Callable[..., None]
) -> None:
    """The producer types, the unit answers with evidence, supervision checks, media reports, and
    everybody reads."""
    producer = open_page("/producer#rundown", context=house.contexts["producer"])
    producer.get_by_label("承诺", exact=True).fill("尽快打通断头河 3 条")
    expect(producer.locator("#now-notes")).to_contain_text(
        "“尽快”以后无法核对，请追问：具体哪一天之前？"
    )
    producer.get_by_label("承诺", exact=True).fill("打通断头河 3 条")
    producer.get_by_role("button", name="保存承诺").click()
    enter = producer.get_by_role("button", name="登记入台账")
    expect(enter).to_be_disabled()
    producer.get_by_label("完成时限", exact=True).first.fill("2030-12-31")
    expect(producer.locator("#now-workdays")).to_contain_text(
        re.compile(r"= \d+ 个工作日后 · 2030 年节假日尚未公布")
    )
    producer.locator("#now-target").fill("3 条河道通水")
    producer.locator("#now-target").press("Tab")
    expect(enter).to_be_enabled()
    enter.click()
    expect(producer.get_by_text("✓ 台账 № 1")).to_be_visible()
    expect(enter).to_be_disabled()
    snap(producer, "ledger-producer-zh")

    unit = open_page("/ledger#pledges", context=house.contexts["unit"])
    found = card(unit, "断头河")
    expect(found).to_contain_text("3 条河道通水")
    expect(found.get_by_role("button", name="核实")).to_have_count(0)
    found.get_by_role("button", name="认领").click()
    found.locator("form").get_by_role("button", name="认领").click()
    expect(found.locator(".pledge-head .state")).to_contain_text("已认领")
    found.get_by_role("button", name="报完成").click()
    found.locator("form").get_by_role("button", name="报完成").click()
    expect(found).to_contain_text("至少附一份佐证材料。")
    unit.get_by_label("说明").fill("三条河都通了")
    upload(unit, "验收单.pdf")
    snap(unit, "ledger-claim-zh")
    accessible(unit)
    found.locator("form").get_by_role("button", name="报完成").click()
    expect(found.locator(".pledge-head .state")).to_contain_text("已报完成")

    supervision = open_page("/ledger", context=house.contexts["supervision"])
    expect(supervision.get_by_role("heading", name="待核实")).to_be_visible()
    accessible(supervision)
    supervision.get_by_role("button", name="打通断头河").click()
    found = card(supervision, "断头河")
    with supervision.expect_download() as download:
        found.get_by_role("link", name="验收单.pdf").click()
    assert download.value.path().read_bytes() == PDF
    found.get_by_role("button", name="核实", exact=True).click()
    found.locator("form").get_by_role("button", name="核实").click()
    expect(found).to_contain_text("请写明依据或原因。")
    supervision.get_by_label("说明").fill("现场看过，三条河都通水")
    found.locator("form").get_by_role("button", name="核实").click()
    expect(found.locator(".pledge-head .state")).to_contain_text("已核实")
    snap(supervision, "ledger-verified-zh")

    media = open_page("/ledger#today", context=house.contexts["media"])
    media.get_by_role("button", name="打通断头河").click()
    found = card(media, "断头河")
    expect(found.get_by_role("button", name="提出异议")).to_have_count(0)
    found.get_by_role("button", name="添加记录").click()
    media.get_by_label("说明").fill("本台已报道")
    found.locator("form").get_by_role("button", name="添加记录").click()
    expect(found.locator(".steps")).to_contain_text("本台已报道")
    media.goto(f"{house.server.url}/ledger#today")
    expect(media.get_by_text("今天没有要办的事。")).to_be_visible()

    public = open_page("/ledger", size=NARROW, lang="en-GB")
    expect(public.get_by_role("link", name="Today")).to_have_count(0)
    public.get_by_role("button", name="Details").click()
    expect(public.locator(".steps")).to_contain_text("现场看过")
    expect(public.locator(".steps")).not_to_contain_text("unit-desk")
    expect(public.locator(".steps")).not_to_contain_text("验收单.pdf")
    expect(public.get_by_role("button", name="Verify")).to_have_count(0)
    assert public.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accessible(public)
    snap(public, "ledger-public-en-320")
    public.get_by_role("link", name="Delivery").click()
    expect(public.get_by_role("cell", name="100.0%")).to_be_visible()
    accessible(public)
    snap(public, "ledger-ranking-en-320")


def test_the_director_enters_a_pledge_by_keyboard_while_it_is_spoken(
    house: House, open_page: Open, snap: Callable[..., None]
) -> None:
    house.order("choose_segment", segment="housing")
    page = open_page("/director", context=house.owner)
    field = page.get_by_role("textbox", name="承诺")
    expect(field).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("力争改造 12 个小区")
    expect(page.locator("#pledge-hint")).to_contain_text("能不能保证")
    page.keyboard.press("Enter")
    page.get_by_label("完成时限").fill("2030-06-30")
    page.get_by_label("完成标准").fill("12 个小区竣工")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="登记入台账").click()
    expect(page.get_by_text("✓ 台账 № 2")).to_be_visible()
    snap(page, "ledger-director-zh")


def test_a_file_comes_in_after_a_look_at_it(house: House, open_page: Open) -> None:
    page = open_page("/ledger#files", context=house.contexts["supervision"])
    accessible(page)
    rows = "单位,承诺,完成时限\n台州市农办,治理 5 个村的污水,年底\n"
    chooser = page.get_by_label("选择文件…")
    chooser.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    expect(page.get_by_text("第 2 行 完成时限")).to_be_visible()
    good = rows.replace("年底", "2030年12月31日").encode()
    chooser.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": good})
    page.get_by_role("button", name="导入 1 条").click()
    expect(page.get_by_text("✓ 已导入。")).to_be_visible()
    page.get_by_label("年份").fill("2029")
    page.get_by_label("放假日期").fill("2029-10-01 至 2029-10-07")
    page.get_by_role("button", name="保存这一年").click()
    expect(page.get_by_text("2029 年：放假 7 天")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="ZIP").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = set(archive.namelist())
    assert {"pledges.csv", "pledges.xlsx", "pledges.json", "README.txt"} <= names


def test_the_command_line_says_what_is_due_and_writes_it_all(house: House, tmp_path: Path) -> None:
    """Beside the running server."""
    data = house.server.process.args[3]  # type: ignore[index]

    def run(*words: str) -> str:
        command = [str(LIVEVOTE), "ledger", *words, "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "待认领 To be accepted № 2 台州市住建局" in run("today")
    run("export", "zip", "-o", str(tmp_path / "all.zip"))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        (kept,) = [name for name in archive.namelist() if name.startswith("evidence/")]
        assert archive.read(kept) == PDF
        assert kept == f"evidence/{sha256(PDF).hexdigest()}"


def test_the_next_episode_takes_a_look_back_with_one_press(
    house: House, open_page: Open, snap: Callable[..., None]
) -> None:
    show = house.owner.request.get(f"{house.server.url}/api/shows").json()["shows"][0]["id"]
    title = {"zh": "第二期", "en": "Second"}
    second = house.post("/api/episodes", show=show, title=title)["id"]
    page = open_page(f"/producer?episode={second}#rundown", context=house.contexts["producer"])
    page.get_by_role("button", name="从台账选择…").click()
    page.locator(".look-back li", has_text="断头河").get_by_role("button").click()
    again = page.get_by_role("button", name="更新到最新")
    expect(again).to_be_visible()
    snap(page, "ledger-look-back-zh")
    accessible(page)
    order = f"/api/episodes/{second}/command"
    house.post(order, name="take", args={"kind": "lookback"})
    link = house.post(f"/api/episodes/{second}/overlay-link")["url"]
    overlay = open_page(link)
    expect(overlay.locator(".lookback div.promise")).to_have_text("打通断头河 3 条")
    expect(overlay.locator(".lookback .state")).to_contain_text("已兑现")
    expect(overlay.locator(".lookback .then")).to_contain_text("当时未评分")
    house.post(order, name="take", args={"kind": "delivery"})
    expect(overlay.locator(".board .row").first).to_contain_text("100.0")
    snap(overlay, "ledger-delivery-zh")
