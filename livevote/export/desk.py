"""The question desk to take home: sheets for people, a record for programs, and an archive from
which another server takes everything in again.

    desk.json      settings, cases and all events, in the clear
    access.json    case → the hash of its query password
    photos/…       the photos, by the SHA-256 of what they hold

Whoever holds a file can read what people filed: it is for the desk, and nothing of it is public.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from livevote.core import event as ev
from livevote.core.case import WAITING, Author, Case, Desk, Erasure, Kind, Post, Rating, Stage
from livevote.core.names import Names
from livevote.core.plain import logged_from_plain, logged_to_plain, to_plain
from livevote.errors import BadInput
from livevote.export.material import iso
from livevote.export.sheets_csv import csv_bytes
from livevote.export.sheets_json import json_bytes
from livevote.export.tables import Row, Table
from livevote.export.words import both, yes_no
from livevote.export.xlsx import workbook

SCHEMA, VERSION = "livevote-desk", 1
RECORD, ACCESS, PHOTOS = "desk.json", "access.json", "photos/"
RECORD_BYTES_MAX = 500_000_000
PHOTO_BYTES_MAX = 8_000_000

KINDS = {
    Kind.ENQUIRY: Names("咨询", "Enquiry"),
    Kind.COMPLAINT: Names("投诉求助", "Complaint"),
    Kind.SUGGESTION: Names("建议", "Suggestion"),
}
STAGES = {
    Stage.FILED: Names("等待受理", "Filed"),
    Stage.WITH_UNIT: Names("办理中", "With the unit"),
    Stage.ANSWERED: Names("已答复", "Answered"),
    Stage.ASKED_AGAIN: Names("追问办理中", "Asked again"),
    Stage.ANSWERED_AGAIN: Names("追问已答复", "Answered again"),
    Stage.CLOSED: Names("已办结", "Closed"),
    Stage.REFUSED: Names("未受理", "Refused"),
    Stage.WITHDRAWN: Names("已撤回", "Withdrawn"),
}
RATINGS = {
    Rating.SATISFIED: Names("满意", "Satisfied"),
    Rating.FAIR: Names("基本满意", "Fair"),
    Rating.UNSATISFIED: Names("不满意", "Not satisfied"),
}


@dataclass(frozen=True)
class DeskMaterial:
    """Everything an export is made from. digests: case → the hash of its query password. now_ms:
    what was overdue then is. tz: in which times are written."""

    desk: Desk
    events: tuple[ev.Logged, ...]
    digests: dict[str, str]
    now_ms: int
    tz: str


# --- sheets ---


def tables(material: DeskMaterial) -> tuple[Table, ...]:
    return cases(material), posts(material), forwards(material), units(material)


def cases(material: DeskMaterial) -> Table:
    columns = (
        "编号 Number",
        "类别 Kind",
        "复杂 Complex",
        "单位 Unit",
        "承办人 Handled by",
        "标题 Title",
        "内容 Text",
        "状态 Stage",
        "提交 Filed",
        "受理 Accepted",
        "期限 Due before",
        "超期 Overdue",
        "首次答复 Answered",
        "答复超期 Answered late",
        "转办次数 Forwarded",
        "评价 Vote",
        "同意公开 May be published",
        "已公开 Public",
        "称呼 Name",
        "联系方式 Contact",
        "照片 Photos",
        "去向 Became",
        "已删除 Erased",
    )
    rows = tuple(_case_row(material, case) for case in material.desk.cases.values())
    return Table("cases", Names("提问", "Cases"), columns, rows)


def _case_row(material: DeskMaterial, case: Case) -> Row:
    answers = _answers(case)
    return (
        case.id,
        both(KINDS[case.kind]),
        yes_no(case.hard),
        _unit(material.desk, case.unit),
        case.handler,
        case.title,
        case.posts[0].text,
        both(STAGES[case.stage]),
        _time(material, case.filed_ms),
        _time(material, case.accepted_ms),
        _time(material, case.due_ms),
        yes_no(case.overdue(material.now_ms)),
        _time(material, answers[0].at_ms) if answers else "",
        yes_no(any(post.late for post in answers)) if answers else "",
        len(case.forwards),
        both(RATINGS[case.rating]) if case.rating else "",
        yes_no(case.may_publish),
        yes_no(case.public),
        case.name,
        case.contact,
        len(case.photos),
        "; ".join(f"{made.to} {made.episode} {made.id}".strip() for made in case.promotions),
        case.erased,
    )


def posts(material: DeskMaterial) -> Table:
    columns = (
        "编号 Number",
        "序 Place",
        "时间 At",
        "来自 From",
        "职务 Post",
        "内容 Text",
        "审核 Moderation",
        "公开的内容 Public text",
        "超期 Late",
    )
    rows = tuple(
        (
            case.id,
            place,
            _time(material, post.at_ms),
            _unit(material.desk, post.unit) if post.unit else "提问人 Filer",
            post.by,
            post.text,
            post.moderation.value,
            post.shown_text,
            yes_no(post.late) if post.author is Author.UNIT else "",
        )
        for case in material.desk.cases.values()
        for place, post in enumerate(case.posts, 1)
    )
    return Table("posts", Names("往来", "Posts"), columns, rows)


def forwards(material: DeskMaterial) -> Table:
    columns = ("编号 Number", "时间 At", "从 From", "到 To", "原因 Reason", "原期限 Was due before")
    rows = tuple(
        (
            case.id,
            _time(material, forward.at_ms),
            _unit(material.desk, forward.source),
            _unit(material.desk, forward.unit) or "问政台 Desk",
            forward.reason,
            _time(material, forward.due_ms),
        )
        for case in material.desk.cases.values()
        for forward in case.forwards
    )
    return Table("forwards", Names("转办", "Forwards"), columns, rows)


def units(material: DeskMaterial) -> Table:
    """How each unit does. Every share can be made of these counts, each with its whole."""
    columns = (
        "单位 Unit",
        "提问 Cases",
        "办理中 Waiting",
        "其中超期 Overdue of them",
        "答复 Answers",
        "其中超期 Late of them",
        "评价 Votes",
        *(both(name) for name in RATINGS.values()),
    )
    return Table("units", Names("单位", "Units"), columns, tuple(_unit_rows(material)))


def _unit_rows(material: DeskMaterial) -> Iterator[Row]:
    for unit in material.desk.units:
        mine = [case for case in material.desk.cases.values() if case.unit == unit.id]
        waiting = [case for case in mine if case.stage in WAITING]
        answers = [post for case in mine for post in _answers(case) if post.unit == unit.id]
        votes = Counter(case.rating for case in mine if case.rating)
        yield (
            both(unit.name),
            len(mine),
            len(waiting),
            sum(case.overdue(material.now_ms) for case in waiting),
            len(answers),
            sum(post.late for post in answers),
            votes.total(),
            *(votes[rating] for rating in RATINGS),
        )


def _answers(case: Case) -> list[Post]:
    return [post for post in case.posts if post.author is Author.UNIT]


def _unit(desk: Desk, unit_id: str) -> str:
    unit = desk.unit(unit_id)
    return both(unit.name) if unit else unit_id


def _time(material: DeskMaterial, at_ms: int) -> str:
    return iso(at_ms, material.tz) if at_ms else ""


# --- files ---


def record(material: DeskMaterial) -> dict[str, Any]:
    desk = material.desk
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "revision": desk.revision,
        "units": to_plain(desk.units),
        "limits": to_plain(desk.limits),
        "taking": desk.taking,
        "cases": [to_plain(case) for case in desk.cases.values()],
        "events": [logged_to_plain(logged) for logged in material.events],
    }


def _csv(material: DeskMaterial) -> bytes:
    table = cases(material)
    return csv_bytes([table.columns, *table.rows])


def _xlsx(material: DeskMaterial) -> bytes:
    changed = max((case.changed_ms for case in material.desk.cases.values()), default=0)
    return workbook(tables(material), "网上问政 Question desk", changed)


def _json(material: DeskMaterial) -> bytes:
    return json_bytes(record(material))


@dataclass(frozen=True)
class DeskFormat:
    """suffix: how a file name ends."""

    suffix: str
    media_type: str
    make: Callable[[DeskMaterial], bytes]


FORMATS: dict[str, DeskFormat] = {
    "csv": DeskFormat("cases.csv", "text/csv; charset=utf-8", _csv),
    "xlsx": DeskFormat(
        "cases.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _xlsx,
    ),
    "json": DeskFormat("record.json", "application/json", _json),
}


def write_archive(
    material: DeskMaterial, photo: Callable[[str], bytes | None], out: BinaryIO
) -> list[str]:
    """Everything into a ZIP, a photo at a time; the names of photos that are missing."""
    missing = []
    names = {name for case in material.desk.cases.values() for name in case.photos}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(RECORD, json_bytes(record(material)))
        archive.writestr(ACCESS, json_bytes(material.digests))
        for name in sorted(names):
            data = photo(name)
            if data is None:
                missing.append(name)
            else:
                archive.writestr(f"{PHOTOS}{name}", data, zipfile.ZIP_STORED)
    return missing


class Archive:
    """What `write_archive` wrote. Raises BadInput for anything else."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            plain = json.loads(self._bytes(RECORD, RECORD_BYTES_MAX))
            access = json.loads(self._bytes(ACCESS, RECORD_BYTES_MAX))
            if (plain["schema"], plain["version"]) != (SCHEMA, VERSION):
                raise BadInput(f"this release reads {SCHEMA} version {VERSION}")
            self.events = [logged_from_plain(logged) for logged in plain["events"]]
            self.digests = {str(case): str(digest) for case, digest in access.items()}
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError):
            raise BadInput(f"{path} is no archive of a question desk") from None

    @property
    def erased(self) -> set[str]:
        """The cases of which no word or photo is left."""
        events = (logged.event for logged in self.events)
        return {e.case for e in events if isinstance(e, ev.CaseErased) and e.part is Erasure.ALL}

    def photos(self, wanted: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(name, data) of those that are in it."""
        there = set(self._archive.namelist())
        for name in wanted:
            if f"{PHOTOS}{name}" in there:
                yield name, self._bytes(f"{PHOTOS}{name}", PHOTO_BYTES_MAX)

    def _bytes(self, name: str, limit: int) -> bytes:
        if self._archive.getinfo(name).file_size > limit:
            raise BadInput(f"{name} is too large")
        return self._archive.read(name)
