"""A question goes from a citizen's phone to the answer and to the show, in real browsers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.e2e.conftest import (
    PASSWORD,
    PHONE,
    Open,
    Server,
    accessible,
    own_episode,
    start_server,
    stop_server,
)

SMALL = (320, 640)
DESKTOP = (1280, 900)
NAME = {"zh": "全媒体问政", "en": "Questioning"}
UNITS = "water, 台州市水利局, Water Resources Bureau\nroads，台州市交通局，Transport Bureau"
TITLE = "村口的河水发黑"
TEXT = "从上个月开始，村口的河水发黑、有气味。\n什么时候治理？"
Snap = Callable[..., None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = start_server(tmp_path_factory.mktemp("desk"), "--desk-work", "2000")
    yield started
    stop_server(started)


@pytest.fixture(scope="module")
def owner(browser: Browser, server: Server) -> Iterator[tuple[BrowserContext, str]]:
    """Signed in with all roles, and the episode that is on."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    _, episode = own_episode(context, server, NAME)
    yield context, episode
    context.close()


def a_photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((1800, 1200), 80).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def fill(page: Page) -> None:
    page.get_by_label("投诉、求助").check()
    page.get_by_label("向哪个单位提问").select_option("water")
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("内容", exact=True).fill(TEXT)
    page.get_by_label("电话或邮箱").fill("13800000000")


def act(page: Page, name: str) -> Any:
    """One of the staff's small forms, open."""
    found = page.locator(
        "details.act", has=page.locator("summary", has_text=re.compile(f"^{name}$"))
    )
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def test_a_question_goes_from_a_phone_to_the_answer_and_to_the_show(
    owner: tuple[BrowserContext, str], server: Server, open_page: Open, snap: Snap
) -> None:
    staff_context, episode = owner

    # The producer sets the desk.
    staff = open_page("/desk#setting", context=staff_context)
    staff.get_by_label("可以提问的单位").fill(UNITS)
    staff.get_by_label("咨询").fill("3")
    staff.get_by_role("button", name="保存").click()
    expect(staff.get_by_text("✓ 已完成")).to_be_visible()
    snap(staff, "desk-setting")
    accessible(staff)

    # Slips from a file: what is wrong is said at its cell, and put right it is filed.
    for unit in ("林业局", "台州市水利局"):
        slip = f"类别,单位,标题,内容\n建议,{unit},末班车,请延长末班车。\n".encode()
        sheet: FilePayload = {"name": "slips.csv", "mimeType": "text/csv", "buffer": slip}
        staff.get_by_label("选择文件…").set_input_files([sheet])
        if unit == "林业局":
            expect(staff.get_by_text("第 2 行 · 单位 问政台没有这个单位")).to_be_visible()
            accessible(staff)
    staff.get_by_role("button", name="导入 1 条").click()
    expect(staff.get_by_text("✓ 已导入 1 条")).to_be_visible()

    # A citizen files, on a phone.
    phone = open_page("/questions", PHONE, phone=True)
    snap(phone, "questions-empty-phone")
    phone.get_by_role("link", name="我要提问").click()
    expect(phone.get_by_text("3 个工作日内答复")).to_be_visible()
    accessible(phone)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("alert")).to_contain_text("还有内容需要改正")
    expect(phone.get_by_label("咨询")).to_be_focused()
    accessible(phone)
    snap(phone, "questions-wrong-phone")
    fill(phone)
    photo: FilePayload = {"name": "river.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    phone.get_by_label("照片").set_input_files([photo])
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="已收到您的提问")).to_be_visible()
    number = phone.locator("#number").inner_text()
    password = phone.locator("#password").inner_text()
    snap(phone, "questions-filed-phone")
    accessible(phone)

    # The desk takes it up, the unit answers, a moderator lets it through.
    staff.get_by_role("link", name="待受理").click()
    staff.get_by_role("link", name=re.compile(TITLE)).click()
    expect(staff.get_by_text("13800000000")).to_be_visible()
    expect(staff.get_by_role("img", name="照片 1")).to_have_js_property("complete", True)
    snap(staff, "desk-triage")
    accessible(staff)
    act(staff, "受理").get_by_role("button", name="受理").click()
    expect(staff.get_by_text("办理中 ·")).to_be_visible()
    forward = act(staff, "转办")
    forward.get_by_label("转给").select_option("roads")
    forward.get_by_label("转办原因").fill("河道旁是县道边沟")
    forward.get_by_role("button", name="转办").click()
    expect(staff.get_by_text("由台州市水利局转至台州市交通局")).to_be_visible()
    answer = act(staff, "答复")
    answer.get_by_label("承办的职务").fill("养护科科长")
    answer.get_by_label("答复", exact=True).fill("已安排清淤，月底前完成。")
    answer.get_by_role("button", name="提交答复").click()
    expect(staff.get_by_text("台州市交通局 · 养护科科长")).to_be_visible()
    first = staff.locator(".post-filer")
    first.get_by_text("编辑后公开").click()
    first.get_by_label("公开的文字").fill("村口的河水发黑。什么时候治理？")
    first.locator("form").get_by_role("button", name="公开").click()
    expect(first.get_by_text("已公开")).to_be_visible()
    staff.locator(".post-unit").get_by_role("button", name="公开", exact=True).first.click()
    expect(staff.locator(".post-unit").get_by_text("已公开")).to_be_visible()
    snap(staff, "desk-answered")
    accessible(staff)

    # It becomes a question of the show, and stands on air.
    promote = act(staff, "用到节目")
    promote.get_by_label("播出的问法").fill("村口的河水为什么发黑？")
    promote.get_by_role("button", name="放进串联单").click()
    expect(staff.get_by_text(f"已用到节目：{NAME['zh']}")).to_be_visible()
    director = open_page(f"/director?episode={episode}", context=staff_context)
    director.get_by_role("button", name="提问", exact=True).click()
    director.get_by_role("button", name=re.compile("^播出")).click()
    overlay = open_page(f"/overlay?episode={episode}", context=staff_context)
    expect(overlay.locator(".question-card .promise")).to_have_text("村口的河水为什么发黑？")
    expect(overlay.locator(".question-card .unit")).to_have_text("台州市交通局")

    # The citizen follows it on another machine, without a script, and votes.
    plain = staff_context.browser
    assert plain
    context = plain.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 320, "height": 640}
    )
    mine = open_page("/questions/follow", context=context)
    mine.get_by_label("编号").fill(number.lower())
    mine.get_by_label("查询密码").fill(password.lower())
    mine.get_by_role("button", name="查询").click()
    expect(mine.get_by_text("这个问题将在节目中提出")).to_be_visible()
    expect(mine.get_by_text("已安排清淤，月底前完成。")).to_be_visible()
    width = "document.documentElement.scrollWidth"
    mine.get_by_role("radio", name="满意", exact=True).check()
    mine.get_by_role("button", name="提交评价").click()
    expect(mine.get_by_text("已办结")).to_be_visible()
    mine.screenshot(path="artefacts/questions-mine-320.png", full_page=True)
    context.close()

    # Everybody reads what was let through.
    public = open_page(f"/questions/{number}", SMALL, "en-GB", phone=True)
    expect(public.get_by_text("Transport Bureau").first).to_be_visible()
    expect(public.get_by_text("村口的河水发黑。什么时候治理？")).to_be_visible()
    expect(public.get_by_text("有气味")).to_have_count(0)
    assert public.evaluate(width) <= SMALL[0]
    accessible(public)
    snap(public, "question-public-320")
    public.goto(f"{server.url}/questions?lang=zh")
    expect(public.get_by_role("link", name=TITLE)).to_be_visible()
    assert public.evaluate(width) <= SMALL[0]
    snap(public, "questions-320")
    wide = open_page("/questions", DESKTOP, "en-GB")
    accessible(wide)
    snap(wide, "questions-desktop-en")
    wide.goto(f"{server.url}/questions/{number}")
    snap(wide, "question-desktop-en")
    wide.goto(f"{server.url}/questions/new")
    snap(wide, "questions-ask-desktop-en")

    # And the phone's own page: the contact goes, the question stays.
    phone.get_by_role("link", name="查看我的提问").click()
    phone.locator("summary", has_text="删除个人信息").click()
    phone.get_by_label("只删除称呼和联系方式").check()
    phone.get_by_label("我确定").check()
    phone.get_by_role("button", name="删除").click()
    expect(phone.get_by_text("称呼和联系方式已删除")).to_be_visible()
    accessible(phone)
    expect(phone.locator(".photos img")).to_have_js_property("complete", True)
    phone.screenshot(path="artefacts/questions-mine-phone.png", full_page=True)
    staff.reload()
    expect(staff.get_by_text("未留")).to_be_visible()
    expect(staff.get_by_text("13800000000")).to_have_count(0)
    narrow = open_page(f"/desk?lang=en#all/{number}", SMALL, context=None, phone=True)
    expect(narrow).to_have_url(re.compile("/login"))
    staff.set_viewport_size({"width": 320, "height": 700})
    staff.get_by_role("button", name="English").click()
    expect(staff.get_by_role("link", name="Back to the list")).to_be_visible()
    assert staff.evaluate(width) <= SMALL[0]
    staff.screenshot(path="artefacts/desk-case-320-en.png", full_page=True)
    accessible(staff)


def test_without_a_script_the_form_says_that_work_needs_one(
    browser: Browser, server: Server, owner: tuple[BrowserContext, str]
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{server.url}/questions/new")
    # It also says so in <noscript>, which a browser that is only told to run none leaves out.
    page.get_by_label("Enquiry").check()
    page.get_by_label("Which office?").select_option("water")
    page.get_by_label("Title").fill("A title")
    page.get_by_label("Your question").fill("A question")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("turn JavaScript on")
    expect(page.get_by_label("Title")).to_have_value("A title")
    context.close()


def test_a_director_takes_to_the_show_a_unit_answers_its_own_and_a_verifier_has_nothing_to_do(
    browser: Browser,
    server: Server,
    owner: tuple[BrowserContext, str],
    open_page: Open,
    snap: Snap,
) -> None:
    staff, episode = owner
    headers = {"origin": server.url}

    def post(context: BrowserContext, path: str, **body: Any) -> Any:
        answer = context.request.post(server.url + path, data=body, headers=headers)
        assert answer.ok, answer.text()
        return answer.json()

    def order(name: str, **args: Any) -> None:
        post(staff, "/api/desk/command", name=name, args=args)

    def signed_in(role: str, unit: str = "") -> BrowserContext:
        link = post(staff, "/api/accounts", name=role, roles=[role], unit=unit)["link"]
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        post(context, "/api/claim", token=link.partition("#")[2], password=PASSWORD)
        return context

    units = [{"id": "water", "name": {"zh": "台州市水利局", "en": "Water Resources"}}]
    units.append({"id": "roads", "name": {"zh": "台州市交通局", "en": "Transport"}})
    order("set_desk", units=units)
    citizen = open_page("/questions/new", PHONE, phone=True)
    fill(citizen)
    citizen.get_by_role("button", name="提交").click()
    number = citizen.locator("#number").inner_text()
    order("accept_case", case=number, unit="water", kind="complaint")
    for role in ("director", "verifier"):
        context = signed_in(role)
        page = open_page(f"/desk#unit/{number}", context=context)
        if role == "verifier":
            expect(page.get_by_text(re.compile("This page is for producers"))).to_be_visible()
        else:
            expect(page.get_by_text("the rest is the producer's")).to_be_visible()
            steps = page.locator("details.act summary")
            expect(steps).to_have_text(["Take to the show", "Make a pledge"])
            promote = act(page, "Take to the show")
            promote.get_by_role("button", name="Put it in the rundown").click()
            expect(page.get_by_text("On the show: ")).to_be_visible()
        accessible(page)
        context.close()
    citizen.goto(f"{server.url}/questions/mine")
    expect(citizen.get_by_text("这个问题将在节目中提出")).to_be_visible()
    view = staff.request.get(f"{server.url}/api/episodes/{episode}").json()["view"]
    assert TITLE in [segment["question"] for segment in view["segments"]]

    # Of two questions the unit sees the one that is its own.
    context = signed_in("unit", "台州市交通局")
    unit = open_page(f"/desk#all/{number}", context=context)
    expect(unit.get_by_text("There is no such question, or it is not yours.")).to_be_visible()
    others = int(unit.locator(".tabs a[href='#all'] .count").inner_text())
    citizen.goto(f"{server.url}/questions/new")
    fill(citizen)
    citizen.get_by_label("向哪个单位提问").select_option("roads")
    citizen.get_by_role("button", name="提交").click()
    expect(citizen.get_by_role("heading", name="已收到您的提问")).to_be_visible()
    own = citizen.locator("#number").inner_text()
    unit.get_by_role("link", name="To take up").click()
    unit.get_by_role("link", name=re.compile(own)).click()
    expect(unit.get_by_text("13800000000")).to_be_visible()
    act(unit, "Take it up").get_by_role("button", name="Take it up").click()
    steps = unit.locator("details.act summary")
    expect(steps).to_have_text(["Answer", "Name the handler", "Hand back"])
    answer = act(unit, "Answer")
    answer.get_by_label("The post that handles it").fill("养护科科长")
    answer.get_by_label("Answer", exact=True).fill("已安排。")
    snap(unit, "desk-unit-en")
    accessible(unit)
    answer.get_by_role("button", name="Send the answer").click()
    expect(unit.get_by_text("Transport · 养护科科长")).to_be_visible()
    expect(unit.get_by_role("link", name=f"All {others + 1}")).to_be_visible()
    expect(unit.locator("summary", has_text="Edit and publish")).to_have_count(0)
    context.close()
    citizen.goto(f"{server.url}/questions/mine")
    expect(citizen.get_by_role("heading", name="答复", exact=True)).to_be_visible()
