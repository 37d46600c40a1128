"""The pledge ledger over HTTP: who may do what, who sees what, files in and out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest

from livevote.core import command as cmd
from livevote.core.plain import to_plain
from livevote.core.pledge import Move
from livevote.core.scale import SMILEY
from livevote.export import rows, verify
from livevote.export.recount import recount
from livevote.hub import evidence as folder
from livevote.hub.fanout import Audience
from livevote.hub.ledger import LedgerDesk
from livevote.hub.roles import (
    DIRECTOR,
    MEDIA,
    MOVE_ROLES,
    OWNER,
    PRODUCER,
    SUPERVISION,
    UNIT,
    VERIFIER,
)
from livevote.hub.studio import Studio, Voter
from tests.web.clients import HOUSING, QUICK, SEATS, WATER, House

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TODAY = date(2026, 11, 24)  # a Tuesday
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the day by which the ledger goes."""

    def becomes(text: str) -> None:
        monkeypatch.setattr(LedgerDesk, "today", date.fromisoformat(text))

    becomes(TODAY.isoformat())
    return becomes


def draft(days: int = 30, **changes: Any) -> dict[str, Any]:
    due = TODAY + timedelta(days=days)
    plain = {
        "id": "",
        "unit": {"zh": WATER.unit.zh, "en": WATER.unit.en},
        "text": "打通断头河 3 条",
        "target": "3 条河道通水",
        "due": due.isoformat(),
    }
    return plain | changes


class Person:
    """One who is signed in, or nobody."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser

    async def ask(self, name: str, **args: Any) -> httpx.Response:
        return await self.browser.post("/api/ledger/command", json={"name": name, "args": args})

    async def done(self, name: str, **args: Any) -> None:
        answer = await self.ask(name, **args)
        assert answer.status_code == 200, answer.text

    async def move(self, pledge: str, move: str, **args: Any) -> httpx.Response:
        return await self.ask("move_pledge", pledge=pledge, move=move, **args)

    async def read(self, **query: str) -> dict[str, Any]:
        answer = await self.browser.get("/api/ledger", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def only(self) -> dict[str, Any]:
        pledge: dict[str, Any]
        (pledge,) = (await self.read())["pledges"]
        return pledge

    async def file(self, data: bytes = PDF, name: str = "验收单.pdf") -> dict[str, Any]:
        answer = await self.browser.post("/api/ledger/evidence", content=data)
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "name": name}


async def test_a_pledge_from_the_segment_to_the_finding(house: House) -> None:
    studio = await house.episode()
    await house.order(studio, cmd.SetPledge("water", "打通断头河 3 条"))
    spoken_ms = studio.episode.changed_ms
    run = await house.armed(studio)
    async with (
        house.browser(await house.staff(PRODUCER)) as p,
        house.browser(await house.staff(UNIT, name="bureau")) as u,
        house.browser(await house.staff(SUPERVISION)) as s,
        house.browser(await house.staff(MEDIA)) as m,
    ):
        producer, unit, supervision, media = map(Person, (p, u, s, m))
        missing = (await producer.read())["missing"]
        assert [(one["episode"], one["id"]) for one in missing] == [(studio.episode.id, "water")]
        origin = {"episode": studio.episode.id, "segment": "water", "timecode": "00:41:07:12"}
        await producer.done("make", pledge=draft(origin=origin))
        pledge = await unit.only()
        show = house.hub.catalogue.state.shows[0].id
        assert pledge["origin"] == {**origin, "show": show, "run": run, "at_ms": spoken_ms}
        assert (pledge["number"], pledge["stands"], pledge["days_late"]) == (1, "made", 0)
        assert (await producer.read())["missing"] == []
        assert pledge["moves"] == ["accept", "note"]
        assert (await unit.move(pledge["id"], "accept")).status_code == 200
        proof = await unit.file()
        claimed = await unit.move(pledge["id"], "claim", note="三条都通了", files=[proof])
        assert claimed.status_code == 200, claimed.text
        assert (await supervision.only())["moves"] == ["verify", "dispute", "note"]
        checked = await supervision.move(pledge["id"], "verify", note="现场核实")
        assert checked.status_code == 200
        told = (await media.read())["reminders"]
        assert [one["duty"] for one in told] == ["report"]
        assert (await media.move(pledge["id"], "note", note="已播出")).status_code == 200
        assert (await media.read())["reminders"] == []
        steps = (await supervision.only())["steps"]
        assert [(one["by"], one["role"], one["state"]) for one in steps] == [
            ("bureau", "unit", "accepted"),
            ("bureau", "unit", "claimed"),
            ("supervision", "supervision", "verified"),
            ("media", "media", "verified"),
        ]
        assert (await producer.read())["deliveries"][0]["percent"] == "100.0"


async def test_every_move_is_for_whom_the_table_says(house: House) -> None:
    """Whoever is refused by their role hears 403, whatever the state; the others never do."""
    async with house.browser(await house.staff(SUPERVISION, name="boss")) as boss:
        await Person(boss).done("make", pledge=draft())
        pledge = (await Person(boss).only())["id"]
    for who, move in product((DIRECTOR, PRODUCER, VERIFIER, OWNER, SUPERVISION, MEDIA, UNIT), Move):
        async with house.browser(await house.staff(who)) as browser:
            answer = await Person(browser).move(pledge, move.value)
        # Without words, files or a date nothing is moved but what needs none.
        assert (answer.status_code == 403) is (who not in MOVE_ROLES[move]), (who, move)
        assert answer.status_code in (200, 400, 403, 409)


async def test_a_unit_answers_for_its_own_and_sees_no_more_of_others_than_everybody(
    house: House,
) -> None:
    other = {"zh": HOUSING.unit.zh, "en": HOUSING.unit.en}
    async with (
        house.browser(await house.staff(SUPERVISION)) as s,
        house.browser(await house.staff(UNIT, name="bureau")) as u,
        house.browser() as nobody,
    ):
        supervision, unit, public = Person(s), Person(u), Person(nobody)
        await supervision.done("make", pledge=draft(unit=other))
        theirs = (await supervision.only())["id"]
        proof = await supervision.file(name="secret name.pdf")
        await supervision.done("move_pledge", pledge=theirs, move="accept")
        await supervision.done("move_pledge", pledge=theirs, move="note", note="x", files=[proof])
        for move in Move:
            assert (await unit.move(theirs, move.value)).status_code == 403
        assert (await unit.only()) == (await public.only())
        assert (await unit.read()).get("reminders") is None
        link = f"/api/ledger/evidence/{proof['sha256']}"
        assert (await u.get(link)).status_code == 403
        assert (await nobody.get(link)).status_code == 401
        assert (await u.get("/api/ledger/export/json")).status_code == 403
        # Its own pledge it sees whole, with its evidence.
        await supervision.done("make", pledge=draft())
        own = (await unit.read(unit=WATER.unit.zh))["pledges"][0]
        await unit.done("move_pledge", pledge=own["id"], move="note", note="y", files=[proof])
        assert (await u.get(link)).content == PDF


async def test_everybody_reads_what_became_of_it_and_nobodys_name(house: House) -> None:
    async with house.browser(await house.staff(SUPERVISION, name="wang")) as s:
        supervision = Person(s)
        await supervision.done("make", pledge=draft())
        pledge = (await supervision.only())["id"]
        proof = await supervision.file(name="wang-private.pdf")
        await supervision.done("move_pledge", pledge=pledge, move="accept", note="好")
        await supervision.done("move_pledge", pledge=pledge, move="claim", files=[proof])
        await supervision.done("make", pledge=draft(text="误登的一条"))
        wrong = (await supervision.read())["pledges"][1]["id"]
        await supervision.done("move_pledge", pledge=wrong, move="withdraw", note="误登")
    async with house.browser() as nobody:
        answer = await nobody.get("/api/ledger")
        assert "wang" not in answer.text
        assert "误登" not in answer.text, "what was entered by mistake was never promised"
        (seen,) = answer.json()["pledges"]
        assert (seen["text"], seen["stands"], seen["moves"]) == (
            draft()["text"],
            "claimed",
            [],
        )
        (file,) = seen["steps"][1]["files"]
        assert file == {
            "sha256": sha256(PDF).hexdigest(),
            "type": "application/pdf",
            "size": len(PDF),
        }
        assert "reminders" not in answer.json()


async def test_a_pledge_is_overdue_by_the_clock_and_by_nothing_else(
    house: House, day: Callable[[str], None]
) -> None:
    async with house.browser(await house.staff(SUPERVISION)) as s:
        supervision = Person(s)
        await supervision.done("make", pledge=draft(due="2026-11-27"))  # a Friday
        found = []
        for today in ("2026-11-27", "2026-11-28", "2026-12-01"):
            day(today)
            pledge = await supervision.only()
            found.append((pledge["stands"], pledge["days_late"], pledge["workdays_late"]))
        assert found == [("made", 0, 0), ("overdue", 1, 0), ("overdue", 4, 2)]
        assert [one["duty"] for one in (await supervision.read())["reminders"]] == [
            "accept",
            "deliver",
            "decide",
        ]
        moved = await supervision.move(pledge["id"], "reschedule", note="汛期", due="2026-12-31")
        assert moved.status_code == 200
        pledge = await supervision.only()
        assert (pledge["stands"], pledge["dues"]) == ("rescheduled", ["2026-11-27"])


# --- evidence ---


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "video/mp4"),
        (office("[Content_Types].xml", "word/document.xml"), folder.DOCX),
        (office("[Content_Types].xml", "xl/workbook.xml"), folder.XLSX),
        (office("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), ""),
        (office("a.txt"), ""),
        (b"PK\x03\x04 broken", ""),
        (b"<html><script>alert(1)</script>", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"MZ\x90\0", ""),
        (b"hello", ""),
        (b"", ""),
    ],
)
async def test_evidence_is_what_its_content_says(house: House, data: bytes, kind: str) -> None:
    async with house.browser(await house.staff(UNIT)) as browser:
        answer = await browser.post("/api/ledger/evidence", content=data)
    if not kind:
        assert (answer.status_code, answer.json()["where"]) == (400, "file")
        return
    assert answer.status_code == 201
    name = sha256(data).hexdigest()
    expected = {"sha256": name, "name": "", "type": kind, "size": len(data)}
    assert answer.json() == expected
    assert house.hub.ledger.evidence.path(name).read_bytes() == data


async def test_a_file_that_is_too_large_is_not_read_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livevote.web.ledger.BYTES_MAX", 1000)
    async with house.browser(await house.staff(UNIT)) as browser:
        answer = await browser.post("/api/ledger/evidence", content=PDF + bytes(1000))
        assert (answer.status_code, answer.json()["where"]) == (400, "body")


async def test_a_full_disk_takes_no_evidence(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "FREE_MIN", 1 << 62)
    async with house.browser(await house.staff(UNIT)) as browser:
        assert (await browser.post("/api/ledger/evidence", content=PDF)).status_code == 503


async def test_a_move_names_only_files_that_are_kept_and_says_nothing_of_them(house: House) -> None:
    async with house.browser(await house.staff(SUPERVISION)) as s:
        supervision = Person(s)
        await supervision.done("make", pledge=draft())
        pledge = (await supervision.only())["id"]
        await supervision.done("move_pledge", pledge=pledge, move="accept")
        for name in ("0" * 64, "../../etc/passwd", "", "A" * 64):
            file = {"sha256": name, "name": "x"}
            answer = await supervision.move(pledge, "claim", files=[file])
            assert (answer.status_code, answer.json()["where"]) == (404, "files")
        lying = await supervision.file() | {"type": "text/html", "size": 1}
        await supervision.done("move_pledge", pledge=pledge, move="claim", files=[lying])
        (file,) = (await supervision.only())["steps"][-1]["files"]
        assert (file["type"], file["size"]) == ("application/pdf", len(PDF))
        answer = await s.get(f"/api/ledger/evidence/{file['sha256']}")
        assert answer.content == PDF
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-security-policy"] == "sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


# --- in and out ---


async def filled(supervision: Person) -> None:
    """Two pledges with a history."""
    await supervision.done("make", pledge=draft(wanted="=照片"))
    await supervision.done("make", pledge=draft(60, text="改造 12 个老旧小区", question="何时？"))
    first, second = [one["id"] for one in (await supervision.read())["pledges"]]
    await supervision.done("move_pledge", pledge=first, move="accept")
    due = draft(90)["due"]
    args = {"pledge": first, "move": "reschedule", "note": "汛期", "due": due}
    await supervision.done("move_pledge", **args)
    proof = await supervision.file()
    await supervision.done("move_pledge", pledge=first, move="claim", files=[proof])
    await supervision.done("move_pledge", pledge=second, move="accept")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_table_is_brought_in_again_as_it_was(house: House, form: str) -> None:
    async with house.browser(await house.staff(SUPERVISION)) as s:
        supervision = Person(s)
        await filled(supervision)
        before = (await supervision.read())["pledges"]
        data = (await s.get(f"/api/ledger/export/{form}")).content
        read = (await s.post("/api/ledger/rows", content=data)).json()
        assert read["errors"] == []
        same = ("unit", "post", "text", "target", "wanted", "question", "due", "dues", "state")
        for old, new in zip(before, read["rows"], strict=True):
            assert {key: new[key] for key in same} == {key: old[key] for key in same}
            assert (new["number"], new["made_day"]) == (old["number"], old["made_day"])
        await supervision.done("import", pledges=read["rows"])
        after = (await supervision.read())["pledges"]
        assert len(after) == 4
        assert [one["number"] for one in after] == [1, 2, 3, 4], "numbers stay one for each"


async def test_the_whole_ledger_goes_to_another_house(house: House) -> None:
    async with house.browser(await house.staff(SUPERVISION)) as s:
        supervision = Person(s)
        await filled(supervision)
        whole = (await s.get("/api/ledger/export/json")).content
        assert len(json.loads(whole)["events"]) == house.hub.ledger.state.revision
        archive = zipfile.ZipFile(io.BytesIO((await s.get("/api/ledger/export/zip")).content))
        assert archive.read("pledges.json") == whole
        assert archive.read(f"evidence/{sha256(PDF).hexdigest()}") == PDF
        read = (await s.post("/api/ledger/rows", content=whole)).json()
        # Here they are all already; elsewhere they are new.
        revision = house.hub.ledger.state.revision
        await supervision.done("import", pledges=read["rows"])
        assert house.hub.ledger.state.revision == revision
        moved = [row | {"id": f"other-{row['id']}", "number": 0} for row in read["rows"]]
        await supervision.done("import", pledges=moved)
        pledges = list(house.hub.ledger.state.pledges.values())
        assert [p.steps for p in pledges[2:]] == [p.steps for p in pledges[:2]]


async def test_what_cannot_be_read_is_said_at_its_cell(house: House) -> None:
    text = (
        "单位,承诺,完成时限,状态,报完成日\n水利局,打通,年底,已核实,\n,打通,2026年12月31日,努力中,\n"
    )
    async with house.browser(await house.staff(SUPERVISION)) as s:
        found = (await s.post("/api/ledger/rows", content=text.encode())).json()
        told = {(one["row"], one["column"]) for one in found["errors"]}
        assert told == {(2, "完成时限"), (2, "报完成日"), (3, "单位"), (3, "状态")}
        assert found["rows"][1]["due"] == "2026-12-31"
        for junk in (b"{}", b'{"schema": "livevote-ledger", "version": 9}', b"{"):
            assert (await s.post("/api/ledger/rows", content=junk)).status_code == 400
        template, _ = rows.template("pledges", "xlsx")
        assert (await s.post("/api/ledger/rows", content=template)).json()["errors"] == []


def events(answer: httpx.Response) -> list[Any]:
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


async def test_the_feed_has_an_event_for_each_pledge_that_is_not_over(house: House) -> None:
    async with house.browser(await house.staff(SUPERVISION)) as s, house.browser() as nobody:
        supervision = Person(s)
        await supervision.done("make", pledge=draft(due="2026-12-31"))
        other = {"zh": HOUSING.unit.zh, "en": HOUSING.unit.en}
        await supervision.done("make", pledge=draft(due="2027-01-02", unit=other))
        answer = await nobody.get("/ledger.ics")
        assert answer.headers["content-type"].startswith("text/calendar")
        first, second = events(answer)
        assert first["dtstart"].dt == date(2026, 12, 31)
        # A Saturday of a year that is not published: the Monday after it is the last day.
        assert second["dtstart"].dt == date(2027, 1, 4)
        assert WATER.unit.zh in first["summary"]
        alarms = [str(a["trigger"].dt.date()) for a in first.walk("VALARM")]
        assert alarms == ["2026-12-17", "2026-12-28", "2026-12-31"]
        one = await nobody.get("/ledger.ics", params={"unit": HOUSING.unit.en})
        assert len(events(one)) == 1
        for line in answer.content.split(b"\r\n"):
            assert len(line) <= 75, "RFC 5545 folds lines"


async def test_a_year_that_was_published_is_added_by_supervision(house: House) -> None:
    year = {"year": 2027, "free": ["2027-01-01"], "worked": ["2027-01-09"]}
    async with (
        house.browser(await house.staff(SUPERVISION)) as s,
        house.browser(await house.staff(PRODUCER)) as p,
    ):
        assert (await Person(p).ask("publish_year", **year)).status_code == 403
        await Person(s).done("publish_year", **year)
        assert (await Person(p).read())["years"]["added"] == [year]
        assert house.hub.ledger.state.calendar.is_workday(date(2027, 1, 9))


async def test_the_role_of_a_unit_goes_with_a_unit_and_with_nothing_else(house: House) -> None:
    async with house.browser(await house.staff(OWNER, name="owner")) as owner:
        for roles, unit in (([UNIT], ""), ([MEDIA], "水利局"), ([UNIT], "x" * 121)):
            body = {"name": "desk", "roles": roles, "unit": unit}
            answer = await owner.post("/api/accounts", json=body)
            assert (answer.status_code, answer.json()["where"]) == (400, "unit")
        body = {"name": "desk", "roles": [UNIT], "unit": " 水利局 "}
        assert (await owner.post("/api/accounts", json=body)).status_code == 200
        found = (await owner.get("/api/accounts")).json()
        assert {"name": "desk", "roles": [UNIT], "claimed": False, "unit": "水利局"} in found


# --- the next episode looks back ---


async def scored(house: House, studio: Studio, segment: str, value: int) -> str:
    """A run of this segment in which every seat gave the same; its id."""
    run = await house.opened(studio, segment)
    for seat in SEATS:
        await house.vote(studio, Voter("seat", seat.label), run, value)
    await house.revealed(studio, run)
    return run


async def test_the_next_episode_looks_back_and_scores_again_by_the_rules_of_then(
    house: House, day: Callable[[str], None], tmp_path: Path
) -> None:
    first = await house.episode(replace(QUICK, decimals=2))
    await scored(house, first, "water", 2)
    async with (
        house.browser(await house.staff(SUPERVISION)) as s,
        house.browser(await house.staff(PRODUCER)) as p,
    ):
        supervision, producer = Person(s), Person(p)
        origin = {"episode": first.episode.id, "segment": "water"}
        await producer.done("make", pledge=draft(due="2026-11-27", origin=origin))
        pledge = (await producer.only())["id"]
        await supervision.done("move_pledge", pledge=pledge, move="accept")
        day("2026-12-10")
        second = await house.episode(replace(QUICK, scale=SMILEY))
        path = f"/api/episodes/{second.episode.id}"

        async def order(name: str, **args: Any) -> httpx.Response:
            return await p.post(f"{path}/command", json={"name": name, "args": args})

        assert (await order("look_back_on", pledge="nothing")).status_code == 404
        assert (await order("look_back_on", pledge=pledge, before="water")).status_code == 200
        back = second.episode.segments[0]
        assert back.lookback
        assert (back.lookback.state, back.lookback.days_late) == ("overdue", 13)
        # Nobody writes there what the ledger does not say.
        forged = {"pledge": pledge, "segment": to_plain(replace(back, pledge="forged"))}
        assert (await order("look_back_on", **forged)).status_code == 200
        assert second.episode.segments[0].pledge == back.pledge
        await scored(house, second, back.id, 1)
        await house.order(second, cmd.Take("lookback", back.id))
        async with house.line("overlay", token=house.up.auth.overlay_token(second.episode.id)) as o:
            view = (await o.hear("state"))["view"]
        seen = view["programme"][0]["segment"]["lookback"]
        assert (seen["then"]["figure"], seen["now"]["figure"]) == ("60.00", "100.00")
        assert (seen["difference"], seen["then"]["level_name"]["zh"]) == ("+40.00", "基本满意")
        assert "rules" not in seen["then"]
        assert second.episode.runs[-1].rules_hash == first.episode.runs[-1].rules_hash
        bundle = (await p.get(f"{path}/export/bundle")).content
    report = recount(bundle)
    assert (report.mismatch, report.runs[0].figure) == ("", "100.00")
    (tmp_path / "bundle.zip").write_bytes(bundle)
    assert verify.main([str(tmp_path / "bundle.zip"), "--lang", "en"]) == 0


async def test_the_board_by_delivery_is_of_this_show_and_follows_the_ledger(house: House) -> None:
    studio, elsewhere = await house.episode(), await house.episode(on=False)
    async with house.browser(await house.staff(SUPERVISION)) as s:
        supervision = Person(s)
        for where in (studio, elsewhere):
            origin = {"episode": where.episode.id, "segment": "water"}
            await supervision.done("make", pledge=draft(origin=origin))
        pledge = (await supervision.read(episode=studio.episode.id))["pledges"][0]["id"]
        await supervision.done("move_pledge", pledge=pledge, move="accept")
        token = house.up.auth.overlay_token(studio.episode.id)
        async with house.line("overlay", token=token) as overlay:
            await overlay.hear("state")
            await house.order(studio, cmd.Take("delivery"))
            view = await overlay.state(lambda view: bool(view["programme"]))
            assert [(r["all"], r["due"], r["rank"]) for r in view["deliveries"]] == [(1, 0, 0)]
            proof = await supervision.file()
            await supervision.done("move_pledge", pledge=pledge, move="claim", files=[proof])
            await supervision.done("move_pledge", pledge=pledge, move="verify", note="好")
            view = await overlay.state(lambda view: view["deliveries"][0]["kept"] == 1)
            assert view["deliveries"][0]["percent"] == "100.0"
        await house.order(studio, cmd.Out())
        audience = Audience(studio.episode.id, "overlay")
        assert house.hub.state(studio, audience).plain()["view"]["deliveries"] == []


async def test_a_day_says_how_far_it_is_and_to_which_it_runs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LedgerDesk, "today", date(2026, 9, 28))
    async with house.browser() as anyone:

        async def told(day: str) -> Any:
            return (await anyone.get("/api/ledger/day", params={"day": day})).json()

        assert await told("2026-09-30") == {
            "today": "2026-09-28",
            "workdays": 2,
            "last_day": "2026-09-30",
            "calendar_known": True,
        }
        holiday = await told("2026-10-03")
        assert (holiday["workdays"], holiday["last_day"]) == (3, "2026-10-08")
        assert (await told("2026-09-24"))["workdays"] == -1
        assert not (await told("2031-03-03"))["calendar_known"]
        for nonsense in ("", "soon", "2026-13-01"):
            assert (await told(nonsense))["code"] == "bad_input"
