"""The question desk's sheets, record and archive."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from livevote.core import event as ev
from livevote.core.case import Desk, Erasure, Kind, Limits, Rating, Target, Unit
from livevote.core.desk import fold
from livevote.core.names import Names
from livevote.errors import BadInput
from livevote.export.desk import FORMATS, Archive, DeskMaterial, tables, write_archive
from tests.export.reading import sheets

PHOTO = sha256(b"a picture").hexdigest()
AT = 1_795_000_000_000
DAY_MS = 86_400_000
UNITS = (Unit("water", Names("水利局", "Water")), Unit("roads", Names("交通局")))
EVENTS: tuple[ev.Event, ...] = (
    ev.DeskSet(
        (Unit("water", Names("水利局", "Water")), Unit("roads", Names("交通局"))), Limits(), True
    ),
    ev.CaseFiled(
        "Q000001",
        Kind.ENQUIRY,
        "water",
        "=河水",
        "为什么黑？",
        AT + DAY_MS,
        "居民",
        "138",
        (PHOTO,),
    ),
    ev.CaseAccepted("Q000001", "water", Kind.ENQUIRY, False, AT + DAY_MS),
    ev.CaseForwarded("Q000001", "roads", AT + 3, "归口"),
    ev.CaseAnswered("Q000001", "已处理。", "科长"),
    ev.CaseRated("Q000001", Rating.FAIR),
    ev.PostShown("Q000001", 0, "河水", "为什么？"),
    ev.CasePromoted("Q000001", Target.SHOW, "Q000001", "e1"),
    ev.CaseFiled("Q000002", Kind.COMPLAINT, "water", "路灯", "不亮", AT + 1),
    ev.CaseFiled("Q000003", Kind.COMPLAINT, "water", "", "", AT + 1, photos=(PHOTO[::-1],)),
    ev.CaseErased("Q000003", Erasure.ALL),
)


@pytest.fixture
def material() -> DeskMaterial:
    events = tuple(ev.Logged(n, AT + n, "desk", event) for n, event in enumerate(EVENTS, 1))
    desk = fold(Desk(), events)
    return DeskMaterial(desk, events, {"Q000001": "$argon2"}, AT + DAY_MS, "Asia/Shanghai")


def test_the_sheets_say_what_became_of_each_question(material: DeskMaterial) -> None:
    cases, posts, forwards, units = tables(material)
    first = dict(zip(cases.columns, cases.rows[0], strict=True))
    assert first["单位 Unit"] == "交通局"
    assert first["答复超期 Answered late"] == "是 Yes"
    assert first["评价 Vote"] == "基本满意 Fair"
    assert first["去向 Became"] == "show e1 Q000001"
    assert first["联系方式 Contact"] == "138"
    assert dict(zip(cases.columns, cases.rows[1], strict=True))["超期 Overdue"] == "是 Yes"
    assert [row[3] for row in posts.rows] == [
        "提问人 Filer",
        "交通局",
        "提问人 Filer",
        "提问人 Filer",
    ]
    assert forwards.rows[0][2:5] == ("水利局 Water", "交通局", "归口")
    by_unit = {row[0]: row[1:] for row in units.rows}
    assert by_unit["水利局 Water"] == (2, 1, 1, 0, 0, 0, 0, 0, 0)
    assert by_unit["交通局"] == (1, 0, 0, 1, 1, 1, 0, 1, 0)


def test_the_files_open_and_run_no_formula(material: DeskMaterial) -> None:
    assert ",'=河水," in FORMATS["csv"].make(material).decode("utf-8-sig")
    book = sheets(FORMATS["xlsx"].make(material))
    assert set(book) == {"提问 Cases", "往来 Posts", "转办 Forwards", "单位 Units"}
    plain = json.loads(FORMATS["json"].make(material))
    assert (plain["schema"], len(plain["events"])) == ("livevote-desk", len(EVENTS))


def test_an_archive_gives_everything_back(material: DeskMaterial, tmp_path: Path) -> None:
    path = tmp_path / "desk.zip"
    with path.open("wb") as out:
        missing = write_archive(material, {PHOTO: b"a picture"}.get, out)
    assert missing == []
    found = Archive(path)
    assert tuple(found.events) == material.events
    assert found.digests == material.digests
    assert found.erased == {"Q000003"}
    assert list(found.photos([PHOTO, "0" * 64])) == [(PHOTO, b"a picture")]
    assert write_archive(material, lambda name: None, io.BytesIO()) == [PHOTO]


def record(version: int, events: str) -> str:
    return f'{{"schema": "livevote-desk", "version": {version}, "events": {events}}}'


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"desk.json": "[]", "access.json": "{}"},
        {"desk.json": record(2, "[]"), "access.json": "{}"},
        {"desk.json": record(1, "[7]"), "access.json": "{}"},
        {"desk.json": record(1, "[]"), "access.json": "7"},
    ],
)
def test_what_is_no_archive_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "desk.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    with pytest.raises(BadInput):
        Archive(path)
    path.write_bytes(b"PK nothing")
    with pytest.raises(BadInput):
        Archive(path)
