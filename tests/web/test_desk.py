"""The question desk over HTTP: citizens without an account or a script, and staff."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from livevote.core import desk as core_desk
from livevote.core.case import Erasure, Kind, Stage, Unit
from livevote.core.desk import AcceptCase, AnswerCase, EraseCase, SetDesk, ShowPost
from livevote.core.event import CaseFiled
from livevote.core.names import Names
from livevote.errors import BadInput
from livevote.export.desk import FORMATS
from livevote.hub.desk import COMMANDS
from livevote.hub.roles import DESK_ROLES, DIRECTOR, PRODUCER, SUPERVISION, UNIT, VERIFIER
from livevote.hub.studio import Voter
from livevote.web import auth, photos
from livevote.web.desk import FORM_KEPT_MS, QUEUES
from livevote.web.photos import Photos, redrawn
from tests.web.clients import House, until

UNITS = (
    Unit("water", Names("台州市水利局", "Water Resources")),
    Unit("roads", Names("台州市交通局", "Transport")),
)
ASKED = {
    "kind": "complaint",
    "unit": "water",
    "title": "河水发黑",
    "text": "村口的河水发黑，什么时候治理？",
    "name": "居民",
    "contact": "13800000000",
    "may_publish": "1",
}


def a_picture(form: str = "JPEG", size: tuple[int, int] = (2400, 1200)) -> bytes:
    """With a place and a maker in its EXIF, and turned on its side."""
    image = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation
    exif[0x010F] = "MAKER-OF-CAMERAS"
    exif.get_ifd(0x8825)[2] = (28.0, 39.0, 12.0)  # GPS latitude
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Photos of these servers go here."""
    monkeypatch.setattr("livevote.server.photos_folder", lambda settings: tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
async def desk(house: House) -> House:
    await house.hub.desk.load()
    await house.hub.desk.command(SetDesk(UNITS), "test")
    return house


@pytest.fixture
async def citizen(desk: House) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.browser() as client:
        yield client


def there(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]


async def token(client: httpx.AsyncClient) -> str:
    page = await client.get("/questions/new")
    found = re.search(r'name="token" value="([0-9a-f]{32})"', page.text)
    assert found
    return found[1]


async def file(
    client: httpx.AsyncClient, *pictures: bytes, lang: str = "zh", **changes: Any
) -> httpx.Response:
    data = {**ASKED, "token": await token(client), **changes}
    files = [("photos", (f"{i}.jpg", picture)) for i, picture in enumerate(pictures)]
    # A browser sends an empty part where no file was chosen.
    return await client.post(
        f"/questions/new?lang={lang}", data=data, files=files or [("photos", ("", b""))]
    )


def slip(page: httpx.Response) -> tuple[str, str]:
    number = re.search(r'id="number">(\w+)<', page.text)
    password = re.search(r'id="password">([\w-]+)<', page.text)
    assert number, page.text
    assert password
    return number[1], password[1]


async def mine(client: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await client.post("/questions/mine", data=form, follow_redirects=True)


async def command(client: httpx.AsyncClient, name: str, **args: Any) -> httpx.Response:
    return await client.post("/api/desk/command", json={"name": name, "args": args})


async def answered(desk: House, case: str) -> None:
    await desk.hub.desk.command(AcceptCase(case, "water", Kind.COMPLAINT), "desk")
    await desk.hub.desk.command(AnswerCase(case, "月底前完成清淤。", "河道科科长"), "desk")


async def test_a_citizen_files_follows_votes_and_needs_no_account_and_no_script(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    filed = await file(citizen)
    assert filed.status_code == 200
    number, password = slip(filed)
    assert number == "Q000001"
    assert "lv_staff" not in citizen.cookies
    # Another browser, later, as people write things down.
    async with desk.browser() as other:
        typed = {"number": "q1", "password": password.lower().replace("-", " ")}
        page = await other.post("/questions/follow", data=typed, follow_redirects=True)
        assert page.url.path == "/questions/mine"
        assert "等待受理" in page.text
        await answered(desk, number)
        page = await mine(other, do="again", text="具体哪一天？")
        assert "追问办理中" in page.text
        await desk.hub.desk.command(AnswerCase(number, "三十日。"), "desk")
        page = await mine(other, do="rate")
        assert (page.status_code, "请先选择一项" in page.text) == (422, True)
        page = await mine(other, do="rate", rating="fair")
        assert "基本满意" in page.text
        page = await mine(other, do="rate", rating="satisfied")
        assert page.status_code == 409
        assert "进度已经变化" in page.text
        page = await mine(other, do="leave")
        assert page.url.path == "/questions"
        assert "lv_case" not in other.cookies
    assert desk.hub.desk.now.cases[number].stage is Stage.CLOSED


async def test_number_and_password_must_both_be_right_and_tries_are_counted(
    desk: House, citizen: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, password = slip(await file(citizen))
    async with desk.browser() as other:
        for typed in (
            {"number": number, "password": password[:-1] + "?"},
            {"number": "Q000009", "password": password},
            {"number": "", "password": ""},
        ):
            page = await other.post("/questions/follow", data=typed)
            assert page.status_code == 403
            assert "编号或查询密码不对" in page.text
        assert (await other.get("/questions/mine")).status_code == 303
        monkeypatch.setitem(auth.TRIES, "case", 4)
        statuses = [
            (await other.post("/questions/follow", data={"number": number})).status_code
            for _ in range(5)
        ]
        assert 503 in statuses


async def test_a_photo_is_drawn_anew_and_shown_to_whom_it_may_be(
    desk: House, citizen: httpx.AsyncClient, folder: Path
) -> None:
    number, _ = slip(await file(citizen, a_picture(), a_picture("PNG", (20, 10))))
    names = desk.hub.desk.now.cases[number].photos
    assert len(names) == 2
    kept = (folder / names[0]).read_bytes()
    assert sorted(there(folder)) == sorted(names)
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == ("JPEG", (800, 1600)), "upright, and small"
        assert not image.getexif()
    assert b"MAKER" not in kept
    path = f"/api/questions/{number}/photos/{names[0]}"
    assert (await citizen.get(path)).content == kept
    staff = await desk.staff(PRODUCER)
    async with desk.browser() as stranger, desk.browser(staff) as producer:
        assert (await stranger.get(path)).status_code == 404
        assert (await producer.get(path)).content == kept
        shown = await command(producer, "show_post", case=number, post=0, photos=[names[0]])
        assert shown.status_code == 200
        assert (await stranger.get(path)).headers["content-type"] == "image/jpeg"
        other = f"/api/questions/{number}/photos/{names[1]}"
        assert (await stranger.get(other)).status_code == 404
        for name in ("..%2f..%2fetc%2fpasswd", "0" * 64):
            found = await producer.get(f"/api/questions/{number}/photos/{name}")
            assert found.status_code == 404
    await mine(citizen, do="erase", part="all", sure="1")
    await until(lambda: not there(folder), "the photos to go")
    assert (await citizen.get(path)).status_code == 404


@pytest.mark.parametrize(
    "data", [b"GIF89a", b"\xff\xd8\xff nothing", b"", b"<svg/>", a_picture()[:500]]
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        redrawn(data)


def test_a_picture_of_too_many_pixels_ends_its_own_process() -> None:
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    with pytest.raises(BadInput):
        redrawn(huge.getvalue())


async def test_photos_nobody_names_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Photos(tmp_path)
    named, other, nobodys = [
        await kept.keep(a_picture("WEBP", (30, side))) for side in (10, 20, 30)
    ]
    kept.confirm([other])
    kept.sweep({named})
    assert kept.read(nobodys), "it may be on its way into a case"
    monkeypatch.setattr(photos, "NAMELESS_S", -1)
    kept.sweep({named})
    assert kept.read(nobodys) is None
    kept.sweep(set())
    assert kept.read(named)
    assert kept.read(other), "started beside the wrong store we lose nothing"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": ""}, "kind"),
        ({"unit": "nobody"}, "unit"),
        ({"title": " "}, "title"),
        ({"text": "长" * 4001}, "text"),
        ({"contact": "1" * 121}, "contact"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    desk: House, citizen: httpx.AsyncClient, change: dict[str, str], place: str
) -> None:
    page = await file(citizen, a_picture("PNG", (9, 9)), **change)
    assert page.status_code == 422
    assert f'id="{place}-wrong"' in page.text
    kept = {**ASKED, **change}
    assert kept["name"] in page.text
    assert not desk.hub.desk.now.cases


async def test_photos_that_are_wrong_refuse_the_filing_and_none_is_kept(
    desk: House, citizen: httpx.AsyncClient, folder: Path
) -> None:
    small = a_picture("PNG", (9, 9))
    for pictures in ((small, b"GIF89a"), (small,) * 4):
        page = await file(citizen, *pictures)
        assert page.status_code == 422
        assert 'id="photos-wrong"' in page.text
    assert not desk.hub.desk.now.cases
    assert not there(folder)


async def test_the_same_form_twice_is_one_case(desk: House, citizen: httpx.AsyncClient) -> None:
    once = await token(citizen)
    small = a_picture("PNG", (9, 9))
    both = await asyncio.gather(*(file(citizen, small, token=once) for _ in range(2)))
    again = await file(citizen, token=once)
    assert "没有重复提交" in again.text
    assert {slip(page) for page in (*both, again)} == {slip(again)}
    assert len(desk.hub.desk.now.cases) == 1
    # Other words in the form that the browser went back to are another question.
    number, password = slip(await file(citizen, token=once, text="另一个问题"))
    assert (number, password) != slip(again)
    assert len(desk.hub.desk.now.cases) == 2
    # The password is told to whoever sends it again for a day, and the number's page after that.
    [case, _] = desk.hub.desk.now.cases.values()
    old = replace(case, filed_ms=case.filed_ms - FORM_KEPT_MS - 1)
    cases = {**desk.hub.desk.now.cases, case.id: old}
    desk.hub.desk._state = replace(desk.hub.desk.now, cases=cases)
    page = (await file(citizen, token=once)).text
    assert "没有重复提交" in page
    assert 'id="password"' not in page


async def test_a_filing_whose_answer_was_cut_is_sent_again_and_filed_once(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    sent = {**ASKED, "token": await token(citizen)}
    # As a browser sends it; then the line is cut, and not a byte of the answer was read.
    parts = [(name, (None, value)) for name, value in sent.items()]
    request = citizen.build_request("POST", "/questions/new", files=parts)
    body = request.read()
    head = [f"{name}: {value}" for name, value in request.headers.items()]
    url = httpx.URL(desk.up.url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write("\r\n".join(("POST /questions/new HTTP/1.1", *head, "", "")).encode() + body)
    await writer.drain()
    await until(lambda: bool(desk.hub.desk.now.cases), "the filing")
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.close()
    number, password = slip(await file(citizen, token=sent["token"]))
    assert list(desk.hub.desk.now.cases) == [number]
    async with desk.browser() as other:
        typed = {"number": number, "password": password}
        page = await other.post("/questions/follow", data=typed, follow_redirects=True)
        assert page.url.path == "/questions/mine"


async def test_the_form_that_comes_back_is_the_same_form(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    once = await token(citizen)
    page = await file(citizen, token=once, title=" ")
    assert f'name="token" value="{once}"' in page.text
    for nonsense in ("", "x" * 32, "0" * 31):
        page = await file(citizen, token=nonsense)
        assert page.status_code == 422
        assert re.search(r'name="token" value="[0-9a-f]{32}"', page.text)
    assert not desk.hub.desk.now.cases


async def test_filing_is_limited_by_address_and_for_all(
    desk: House, citizen: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(auth.TRIES, "ask", 2)
    pages = [await file(citizen) for _ in range(3)]
    assert [page.status_code for page in pages] == [200, 200, 503]
    assert "请求太多" in pages[2].text
    assert len(desk.hub.desk.now.cases) == 2


async def test_another_site_cannot_file_and_a_cut_body_is_no_traceback(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    for origin in ("https://evil.example", "null"):
        page = await citizen.post("/questions/new", data=ASKED, headers={"origin": origin})
        assert page.status_code == 403
    for data, kind in (
        (b"--x\r\nContent-", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"title=x", "application/x-www-form-urlencoded"),
    ):
        page = await citizen.post("/questions/new", content=data, headers={"content-type": kind})
        assert page.status_code == 422
    assert not desk.hub.desk.now.cases


async def test_the_public_reads_what_was_let_through_and_nothing_else(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    number, _ = slip(await file(citizen))
    await answered(desk, number)
    async with desk.browser() as stranger:
        assert (await stranger.get(f"/questions/{number}")).status_code == 404
        assert "河水发黑" not in (await stranger.get("/questions")).text
        title, text = "河水发黑（经编辑）", "河水什么时候治理？"
        await desk.hub.desk.command(ShowPost(number, 0, text, title), "desk")
        page = (await stranger.get(f"/questions/{number}")).text
        assert title in page
        assert text in page
        for secret in ("村口", "13800000000", "居民", "月底前"):
            assert secret not in page
        await desk.hub.desk.command(ShowPost(number, 1), "desk")
        page = (await stranger.get(f"/questions/{number}?lang=en")).text
        assert "月底前完成清淤。" in page
        assert "河道科科长" in page
        assert "Water Resources" in page
        for query, there in (("q=清淤", True), ("q=村口", False), ("unit=roads", False)):
            listing = await stranger.get(f"/questions?{query}")
            assert (number in listing.text) is there
        assert (await stranger.get("/questions?page=99&unit=%00")).status_code == 200
    await mine(citizen, do="erase", part="contact", sure="1")
    assert desk.hub.desk.now.cases[number].erased == Erasure.CONTACT
    page = (await citizen.get("/questions/mine")).text
    assert "村口" in page
    assert "13800000000" not in page


async def test_erasing_and_withdrawing_ask_whether_one_is_sure(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    number, _ = slip(await file(citizen))
    for form in ({"do": "withdraw"}, {"do": "erase", "part": "all"}, {"do": "shout"}, {}):
        assert (await mine(citizen, **form)).status_code == 422
    assert desk.hub.desk.now.cases[number].stage is Stage.FILED
    page = await mine(citizen, do="withdraw", sure="1")
    assert "已撤回" in page.text


# --- staff ---


async def test_staff_work_a_case_to_the_show(desk: House, citizen: httpx.AsyncClient) -> None:
    number, _ = slip(await file(citizen))
    studio = await desk.episode()
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        queue = (await producer.get("/api/desk?show=triage")).json()
        assert [case["id"] for case in queue["cases"]] == [number]
        assert queue["counts"]["triage"] == queue["counts"]["moderation"] == 1
        await command(producer, "accept_case", case=number, unit="water", kind="complaint")
        await command(producer, "forward_case", case=number, unit="roads", reason="归口")
        await command(producer, "handle_case", case=number, post="养护科科长")
        await command(producer, "answer_case", case=number, text="已安排。")
        await command(producer, "show_post", case=number, post=0)
        found = (await producer.get(f"/api/desk/cases/{number}")).json()
        assert found["contact"] == "13800000000"
        assert [post["by"] for post in found["posts"]] == ["", "养护科科长"]
        assert found["steps"] == ["erase"]
        order = {"case": number, "to": "show", "text": "河水为什么黑？"}
        made = (await producer.post("/api/desk/promote", json=order)).json()
        assert made == {"id": number, "episode": studio.episode.id}
        again = await producer.post("/api/desk/promote", json=order)
        assert again.status_code == 409
        pledge = await producer.post("/api/desk/promote", json={"case": number, "to": "pledge"})
        assert (pledge.json()["code"], pledge.json()["where"]) == ("bad_input", "pledge.due")
    segment = studio.episode.segment(number)
    assert segment is not None
    assert (segment.unit, segment.question) == (UNITS[1].name, "河水为什么黑？")
    page = (await citizen.get("/questions/mine")).text
    assert f"/episodes/{studio.episode.id}?lang=zh#segment-{number}" in page


async def test_a_question_leads_to_its_result_and_the_record_back_to_the_thread(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    number, _ = slip(await file(citizen))
    await answered(desk, number)
    studio = await desk.episode()
    episode = studio.episode.id
    await desk.hub.promises.question(studio, number, "河水为什么黑？", "water", "test")
    run = await desk.opened(studio)
    await desk.vote(studio, Voter("seat", "A-01"), run, 1)
    pages = (f"/episodes/{episode}", f"/episodes/{episode}/water")
    async with desk.browser() as stranger:
        before = (await citizen.get("/questions/mine?lang=en")).text
        assert "is asked on the show" in before
        assert f"#segment-{'water'}" in before
        await desk.revealed(studio, run)
        page = (await citizen.get("/questions/mine?lang=en")).text
        assert "was asked on the show" in page
        assert f'href="{pages[1]}?lang=en"' in page
        assert "1 of 4 seats" in page
        for path in pages:
            assert f"/questions/{number}" not in (await stranger.get(path)).text, "not public yet"
        await desk.hub.desk.command(ShowPost(number, 0, title="河水（经编辑）"), "desk")
        for path in pages:
            record = (await stranger.get(f"{path}?lang=en")).text
            assert f'<a href="/questions/{number}?lang=en">河水（经编辑）</a>' in record
        public = (await stranger.get(f"/questions/{number}?lang=zh")).text
        assert f'href="{pages[1]}?lang=zh"' in public
        await desk.hub.desk.command(EraseCase(number, Erasure.ALL), "desk")
        assert f"/questions/{number}" not in (await stranger.get(pages[0])).text


async def test_a_pledge_is_made_of_a_case_once(desk: House, citizen: httpx.AsyncClient) -> None:
    number, _ = slip(await file(citizen))
    await answered(desk, number)
    studio = await desk.episode()
    asked = {"case": number, "to": "show", "episode": studio.episode.id}
    order = {"case": number, "to": "pledge", "text": "年底前完成", "due": "2099-12-31"}
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        await producer.post("/api/desk/promote", json=asked)
        made = await producer.post("/api/desk/promote", json=order)
        assert made.json() == {"id": number, "episode": ""}
        again = await producer.post("/api/desk/promote", json=order)
        assert again.status_code == 409, again.text
        [pledge] = (await producer.get("/api/ledger")).json()["pledges"]
    assert (pledge["id"], pledge["unit"]["zh"], pledge["text"], pledge["due"]) == (
        *(number, UNITS[0].name.zh),
        *("年底前完成", "2099-12-31"),
    )
    # It was a question of the show: its pledge is in that show's record.
    show = desk.hub.catalogue.state.episode(studio.episode.id).show
    assert (pledge["origin"]["show"], pledge["origin"]["segment"]) == (show, number)
    assert number in (await citizen.get("/questions/mine")).text


async def test_roles_may_do_what_the_table_says(desk: House, citizen: httpx.AsyncClient) -> None:
    number, _ = slip(await file(citizen))
    async with desk.browser(await desk.staff(DIRECTOR)) as director:
        assert (await director.get("/api/desk")).status_code == 200
        found = (await director.get(f"/api/desk/cases/{number}")).json()
        assert (found["title"], found["name"], found["contact"]) == ("河水发黑", None, None)
        refused = await command(director, "refuse_case", case=number, reason="x")
        assert refused.status_code == 403
        assert (await director.get("/api/desk/export/csv")).status_code == 403
        for name in ("rate_case", "ask_again", "withdraw_case", "file_case", "promote_case"):
            assert (await command(director, name, case=number)).status_code == 403, name
    async with desk.browser(await desk.staff(VERIFIER)) as verifier:
        assert (await verifier.get("/api/desk")).status_code == 403
    assert (await citizen.get("/api/desk")).status_code == 401
    assert (await citizen.get(f"/api/desk/cases/{number}")).status_code == 401


async def test_a_unit_works_on_its_own_cases(desk: House, citizen: httpx.AsyncClient) -> None:
    number, _ = slip(await file(citizen))
    async with desk.browser(await desk.staff(UNIT, unit=UNITS[0].name.zh)) as water:
        found = (await water.get(f"/api/desk/cases/{number}")).json()
        assert (found["contact"], found["steps"]) == ("13800000000", ["accept"])
        args = {"case": number, "unit": "water", "kind": "complaint"}
        for changes in ({"hard": True}, {"kind": "suggestion"}, {"unit": "roads"}):
            assert (await command(water, "accept_case", **args | changes)).status_code == 403
        assert (await command(water, "accept_case", **args)).status_code == 200
        found = (await water.get(f"/api/desk/cases/{number}")).json()
        assert found["steps"] == ["return", "handle", "answer"]
        await command(water, "return_case", case=number, reason="县道归交通局")
        assert "县道归交通局" in (await citizen.get("/questions/mine")).text
        found = (await water.get(f"/api/desk/cases/{number}")).json()
        assert (found["stage"], found["steps"]) == ("filed", [])
        assert (await command(water, "accept_case", **args)).status_code == 403
        await desk.hub.desk.command(AcceptCase(number, "roads", Kind.COMPLAINT), "desk")
        assert (await water.get(f"/api/desk/cases/{number}")).status_code == 404
    async with desk.browser(await desk.staff(UNIT, unit=UNITS[1].name.zh)) as roads:
        given = await command(roads, "answer_case", case=number, post="科长", text="已安排。")
        assert given.status_code == 200
        [row] = (await roads.get("/api/desk?show=done")).json()["cases"]
        assert (row["id"], row["unit"], row["stage"]) == (number, "roads", "answered")


async def test_a_unit_reaches_no_case_of_another_by_any_door(
    desk: House, citizen: httpx.AsyncClient
) -> None:
    number, _ = slip(await file(citizen, a_picture("PNG", (9, 9)), unit="roads"))
    mine, _ = slip(await file(citizen))
    await desk.hub.desk.command(AcceptCase(number, "roads", Kind.COMPLAINT), "desk")
    before = desk.hub.desk.now
    [photo] = before.cases[number].photos
    arguments = {"unit": "water", "kind": "complaint", "hard": False, "reason": "x", "post": "x"}
    arguments |= {"text": "x", "part": "all"}
    cookies = await desk.staff(UNIT, SUPERVISION, VERIFIER, unit=UNITS[0].name.zh)
    async with desk.browser(cookies) as water:
        for name, cls in COMMANDS.items():
            known = {f.name: arguments[f.name] for f in fields(cls) if f.name in arguments}
            known |= {"post": 0} if name in ("show_post", "hide_post") else {}
            answer = await command(water, name, **known | {"case": number})
            allowed = 404 if UNIT in DESK_ROLES.get(name, ()) else 403
            assert answer.status_code == allowed, name
        for show in QUEUES:
            told = (await water.get(f"/api/desk?show={show}")).json()
            assert number not in {row["id"] for row in told["cases"]}
            assert told["counts"][show] == len(told["cases"]) == told["found"]
            assert not (await water.get(f"/api/desk?show={show}&q={number}")).json()["found"]
        assert mine in (await water.get("/api/desk?show=all")).text
        for path in (f"cases/{number}", *(f"export/{name}" for name in FORMATS)):
            assert (await water.get(f"/api/desk/{path}")).status_code in (403, 404), path
        assert (await water.get(f"/api/questions/{number}/photos/{photo}")).status_code == 404
        for to in ("show", "pledge"):
            order = {"case": number, "to": to, "due": "2099-12-31", "text": "x"}
            assert (await water.post("/api/desk/promote", json=order)).status_code == 403
    assert desk.hub.desk.now is before


@pytest.mark.parametrize("show", ["triage", "unit", "moderation", "overdue", "done", "all"])
async def test_each_queue_holds_what_it_says(
    desk: House, citizen: httpx.AsyncClient, show: str
) -> None:
    number, _ = slip(await file(citizen))
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        found = (await producer.get(f"/api/desk?show={show}&q=发黑")).json()
        there = [case["id"] for case in found["cases"]]
        assert there == ([number] if show in ("triage", "moderation", "all") else [])
        assert (await producer.get("/api/desk?show=nothing")).status_code == 400


async def test_exports_of_the_desk(desk: House, citizen: httpx.AsyncClient) -> None:
    await file(citizen, title="=HYPERLINK(1)")
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        csv = (await producer.get("/api/desk/export/csv")).content
        assert csv.startswith(b"\xef\xbb\xbf")
        assert "'=HYPERLINK(1)" in csv.decode("utf-8-sig")
        record = (await producer.get("/api/desk/export/json")).json()
        assert record["cases"][0]["contact"] == "13800000000"
        assert [e["event"]["type"] for e in record["events"]] == ["desk_set", "case_filed"]
        assert (await producer.get("/api/desk/export/xlsx")).content.startswith(b"PK")
        assert (await producer.get("/api/desk/export/pdf")).status_code == 404


# --- questions from a file ---

SLIPS = (
    "类别,承办单位,标题,内容,称呼,电话,同意公开\n"
    "投诉求助,台州市水利局,河水发黑,村口的河水发黑。,居民,13800000000,是\n"
    "Enquiry,roads,路灯,路灯什么时候修？,,,\n"
)


async def upload(client: httpx.AsyncClient, to: str, text: str) -> httpx.Response:
    return await client.post(f"/api/desk/{to}", content=text.encode())


async def test_slips_from_a_file_are_filed_once_and_all_together(desk: House) -> None:
    async with desk.browser(await desk.staff(PRODUCER, name="desk")) as producer:
        found = (await upload(producer, "rows", SLIPS)).json()
        assert [row["row"] for row in found["rows"]] == [2, 3]
        assert (found["errors"], found["before"]) == ([], 0)
        assert not desk.hub.desk.now.cases, "looking changes nothing"
        made = await upload(producer, "import", SLIPS)
        assert (made.status_code, made.json()["filed"]) == (201, ["Q000001", "Q000002"])
        # The answer was lost, or a slip was added below.
        longer = SLIPS + "建议,台州市交通局,公交,请延长末班车。,,,否\n"
        assert (await upload(producer, "rows", longer)).json()["before"] == 2
        again = (await upload(producer, "import", longer)).json()
        assert again == {"filed": ["Q000003"], "before": 2}
    first, second, third = desk.hub.desk.now.cases.values()
    assert (first.unit, first.kind, first.contact) == ("water", Kind.COMPLAINT, "13800000000")
    assert (second.unit, second.kind) == ("roads", Kind.ENQUIRY)
    assert [case.may_publish for case in (first, second, third)] == [True, False, False]
    filed = [e for e in await desk.hub.desk.history() if isinstance(e.event, CaseFiled)]
    assert [e.by for e in filed] == ["desk"] * 3
    async with desk.browser() as caller:  # without a password nobody follows it, not with ""
        page = await caller.post("/questions/follow", data={"number": "1", "password": ""})
        assert page.status_code == 403


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("投诉求助", "表扬", 2, "类别"),
        ("台州市水利局", "台州市林业局", 2, "承办单位"),
        ("路灯,", ",", 3, "标题"),
        ("路灯什么时候修？", "长" * 4001, 3, "内容"),
        ("路灯什么时候修？", "", 3, "内容"),
        (",是\n", ",也许\n", 2, "同意公开"),
        ("标题,", "题目,", 2, "标题 Title"),
        (
            "Enquiry,roads,路灯,路灯什么时候修？,,,",
            "投诉求助,water,河水发黑,村口的河水发黑。,居民,13800000000,是",
            3,
            "内容",
        ),
    ],
)
async def test_a_slip_that_is_wrong_is_told_at_its_cell_and_none_is_taken(
    desk: House, old: str, new: str, row: int, column: str
) -> None:
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        wrong = SLIPS.replace(old, new, 1)
        told = (await upload(producer, "rows", wrong)).json()["errors"]
        assert (row, column) in {(error["row"], error["column"]) for error in told}
        # Chinese, then English: the page shows one of them.
        assert all(re.fullmatch(r".*。 [A-Z].*", error["text"]) for error in told)
        refused = await upload(producer, "import", wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_input")
    assert not desk.hub.desk.now.cases


async def test_a_full_desk_takes_no_part_of_a_file_and_a_file_has_an_end(
    desk: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_desk, "OPEN_MAX", 1)
    async with desk.browser(await desk.staff(PRODUCER)) as producer:
        assert (await upload(producer, "import", SLIPS)).json()["code"] == "busy"
        long = SLIPS + "".join(f"Enquiry,roads,{n},{n},,,\n" for n in range(200))
        assert "200" in (await upload(producer, "import", long)).json()["message"]
        for suffix in ("csv", "xlsx"):
            template = (await producer.get(f"/api/templates/questions.{suffix}")).content
            found = await producer.post("/api/desk/rows", content=template)
            assert [row["unit"] for row in found.json()["rows"]] == ["water"]
    assert not desk.hub.desk.now.cases
