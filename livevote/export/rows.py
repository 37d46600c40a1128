"""Rundown and roster from a spreadsheet, and the templates to fill in.

Headers are found by name, in Chinese or English, in any order and below a
title if there is one. Every row that holds something becomes a row, right or
wrong, with an error for each cell that cannot stay as it is: the page shows
both, and nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from livevote.core.command import NAME_MAX, SEATS_MAX, SEGMENTS_MAX, TEXT_MAX
from livevote.core.ledger import PLEDGES_MAX
from livevote.core.names import Names
from livevote.core.rules import Admission, Panel
from livevote.errors import BadInput, NotFound
from livevote.export import spreadsheet
from livevote.export.pledge_rows import Wrong, day_cell, pledge_row
from livevote.export.sheets_csv import csv_bytes
from livevote.export.tables import Row, Table
from livevote.export.words import both
from livevote.export.xlsx import workbook

LABEL_MAX = 16
HEADER_ROWS = 10
_BRACKETS = re.compile(r"[（(].*?[）)]")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Field:
    """One column. name: where the text goes ("unit.zh"). also: other headers it is found by."""

    name: str
    title: Names
    also: tuple[str, ...]
    limit: int


RUNDOWN = (
    Field("unit.zh", Names("单位", "Unit"), ("单位名称", "部门", "unit_zh"), NAME_MAX),
    Field("unit.en", Names("单位英文", "Unit (English)"), ("unit_en", "英文单位"), NAME_MAX),
    Field("post.zh", Names("职务", "Post"), ("职位", "岗位", "post_zh"), NAME_MAX),
    Field("post.en", Names("职务英文", "Post (English)"), ("post_en", "英文职务"), NAME_MAX),
    Field("film", Names("短片", "Film"), ("暗访片", "暗访短片", "片名"), TEXT_MAX),
    Field("question", Names("提问", "Question"), ("问题",), TEXT_MAX),
    Field("pledge", Names("承诺", "Pledge"), ("承诺内容",), TEXT_MAX),
    Field("due", Names("完成时限", "Due"), ("时限", "完成日期", "截止日期", "due date"), 20),
    Field("target", Names("完成标准", "Target"), ("标准", "目标"), TEXT_MAX),
)
ROSTER = (
    Field(
        "label", Names("席位", "Seat"), ("席位号", "座位", "座位号", "seat_no", "label"), LABEL_MAX
    ),
    Field("block", Names("区", "Block"), ("区域", "分区", "section"), NAME_MAX),
    Field("panel", Names("评分团", "Panel"), ("团", "组", "group"), NAME_MAX),
)

PLEDGES = (
    *RUNDOWN[:4],
    Field("text", Names("承诺", "Pledge"), ("承诺内容", "承诺事项"), TEXT_MAX),
    Field("due", Names("完成时限", "Due"), ("时限", "完成日期", "截止日期", "due date"), 20),
    Field("target", Names("完成标准", "Target"), ("标准", "目标"), TEXT_MAX),
    Field("wanted", Names("佐证材料", "Evidence wanted"), ("佐证", "evidence"), TEXT_MAX),
    Field("question", Names("提问", "Question"), ("问题",), TEXT_MAX),
    Field("made_day", Names("登记日", "Entered on"), ("承诺日期", "登记日期"), 20),
    Field("dues", Names("原时限", "Earlier dates"), ("原期限",), TEXT_MAX),
    Field("state", Names("状态", "State"), (), NAME_MAX),
    Field("claimed", Names("报完成日", "Claimed on"), ("完成日",), 20),
    Field("number", Names("编号", "No."), ("序号",), 12),
    Field("timecode", Names("时间码", "Timecode"), (), 20),
)


@dataclass(frozen=True)
class Kind:
    """What can be imported. first: the fields of which one must have a column and a value."""

    title: Names
    fields: tuple[Field, ...]
    first: tuple[str, ...]
    rows_max: int
    example: tuple[tuple[str, ...], ...]


KINDS: dict[str, Kind] = {
    "rundown": Kind(
        Names("串联单", "Rundown"),
        RUNDOWN,
        ("unit.zh", "unit.en"),
        SEGMENTS_MAX,
        (
            (
                "台州市水利局",
                "Taizhou Water Resources Bureau",
                "局长",
                "Director",
                "示例短片",
                "示例：断头河什么时候打通？",
                "",
                "",
                "",
            ),
        ),
    ),
    "roster": Kind(
        Names("席位表", "Roster"),
        ROSTER,
        ("label",),
        SEATS_MAX,
        (("A-01", "A", "studio"), ("A-02", "A", "studio")),
    ),
    "pledges": Kind(
        Names("承诺", "Pledges"),
        PLEDGES,
        ("text",),
        PLEDGES_MAX,
        (
            (
                "台州市水利局",
                "Taizhou Water Resources Bureau",
                "局长",
                "Director",
                "示例：打通断头河 3 条",
                "2026-12-31",
                "3 条河道通水",
                "通水照片和验收单",
                "示例：断头河什么时候打通？",
                "",
                "",
                "已作出",
                "",
                "1",
                "",
            ),
        ),
    ),
}


@dataclass(frozen=True)
class RowError:
    """row: as the spreadsheet numbers it. column: the header as it is written there."""

    row: int
    column: str
    text: str


@dataclass(frozen=True)
class Rows:
    """rows: plain maps in the form of core Segment, Seat or Pledge."""

    rows: list[dict[str, Any]]
    errors: list[RowError]


def read(kind: str, data: bytes, new_id: Callable[[], str], panels: Sequence[Panel] = ()) -> Rows:
    """The rows of a file. new_id: makes ids for segments and pledges. panels: those of the rules,
    so that a roster may name them by id or by name. Raises BadInput where there is nothing to read
    rows from, NotFound for another kind."""
    wanted = _kind(kind)
    grid = spreadsheet.read(data)
    header, columns = _columns(wanted, grid)
    rows: list[dict[str, Any]] = []
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(grid[header:], header + 1):
        if not cells:
            continue
        if len(rows) == wanted.rows_max:
            raise BadInput(
                f"最多 {wanted.rows_max} 行。 At most {wanted.rows_max} rows.",
                where=f"row {number}",
            )
        texts = {f.name: cells[at] for f, at, _ in columns if at < len(cells)}
        errors += _errors(wanted, columns, texts, number, seen)
        if kind == "rundown":
            row, wrongs = _segment(texts, new_id())
            errors += [RowError(number, _header(columns, at), text) for at, text in wrongs]
            rows.append(row)
        elif kind == "pledges":
            row, wrongs = pledge_row(texts, new_id())
            errors += [RowError(number, _header(columns, at), text) for at, text in wrongs]
            rows.append(row)
        else:
            panel, wrong = _panel(texts.get("panel", ""), panels)
            if wrong:
                errors.append(RowError(number, _header(columns, "panel"), wrong))
            rows.append(_seat(texts, panel))
    if not rows:
        raise BadInput("标题下面没有内容。 There is nothing below the header.", where="file")
    return Rows(rows, errors)


def template(kind: str, suffix: str) -> tuple[bytes, str]:
    """(file, media type) with the headers and an example to write over. Raises NotFound."""
    return template_of(_kind(kind), kind, suffix)


def template_of(wanted: Kind, kind: str, suffix: str) -> tuple[bytes, str]:
    """The same for a kind of which only its own reader knows more."""
    columns = tuple(both(field.title) for field in wanted.fields)
    rows: tuple[Row, ...] = wanted.example
    if suffix == "csv":
        return csv_bytes((columns, *rows)), "text/csv; charset=utf-8"
    if suffix == "xlsx":
        table = Table(kind, wanted.title, columns, rows)
        return workbook((table,), both(wanted.title), 0, to_fill_in=True), XLSX
    raise NotFound("templates are .csv and .xlsx")


def _kind(kind: str) -> Kind:
    found = KINDS.get(kind)
    if found is None:
        raise NotFound(f"there are rows for {' and '.join(KINDS)}")
    return found


# --- the header ---

# (field, place in the row, header as it is written)
Column = tuple[Field, int, str]


def _columns(kind: Kind, grid: list[list[str]]) -> tuple[int, list[Column]]:
    """(number of the header row, its columns). The header is the first row that names what
    every row must have."""
    for number, cells in enumerate(grid[:HEADER_ROWS], 1):
        columns = _named(kind, cells)
        if any(field.name in kind.first for field, _, _ in columns):
            _once(columns, number)
            return number, columns
    first = next((row for row in grid if row), [])
    found = "、".join(cell for cell in first if cell)[:200]
    needed = both(next(field.title for field in kind.fields if field.name == kind.first[0]))
    raise BadInput(
        f"找不到“{needed}”列；第一行是：{found}。"
        f" There is no column {needed!r}; the first row has: {found}.",
        where="row 1",
    )


def _named(kind: Kind, cells: list[str]) -> list[Column]:
    aliases = {
        _key(alias): field
        for field in kind.fields
        for alias in (both(field.title), field.title.zh, field.title.en, *field.also)
    }
    # "单位（英文）" is a header of its own; "单位（必填）" is "单位".
    found = [
        aliases.get(_key(cell)) or aliases.get(_key(_BRACKETS.sub("", cell))) for cell in cells
    ]
    return [(field, place, cells[place]) for place, field in enumerate(found) if field]


def _once(columns: list[Column], number: int) -> None:
    for field, _, _ in columns:
        headers = [header for other, _, header in columns if other is field]
        if len(headers) > 1:
            raise BadInput(
                f"“{'”与“'.join(headers)}”是同一列。"
                f" These columns are the same: {', '.join(headers)}.",
                where=f"row {number}",
            )


def _key(header: str) -> str:
    """Headers are the same whatever their case, spaces, brackets and stars."""
    return "".join(char for char in header.casefold() if char.isalnum())


def _header(columns: list[Column], name: str) -> str:
    return next((header for field, _, header in columns if field.name == name), "")


# --- a row ---


def _errors(
    kind: Kind,
    columns: list[Column],
    texts: dict[str, str],
    number: int,
    seen: dict[str, int],
) -> list[RowError]:
    found = []
    if not any(texts.get(name) for name in kind.first):
        header = next(h for field, _, h in columns if field.name in kind.first)
        found.append(RowError(number, header, "需要填写。 This is needed."))
    for field, _, header in columns:
        size = len(texts.get(field.name, ""))
        if size > field.limit:
            text = (
                f"最多 {field.limit} 字，现有 {size}。"
                f" At most {field.limit} characters, this has {size}."
            )
            found.append(RowError(number, header, text))
    label = texts.get("label", "")
    if label:
        first = seen.setdefault(label, number)
        if first != number:
            text = f"第 {first} 行已有席位 {label}。 Row {first} has seat {label} already."
            found.append(RowError(number, _header(columns, "label"), text))
    return found


def _segment(texts: dict[str, str], segment_id: str) -> tuple[dict[str, Any], Wrong]:
    wrong: Wrong = []

    def names(field: str) -> dict[str, str]:
        return {"zh": texts.get(f"{field}.zh", ""), "en": texts.get(f"{field}.en", "")}

    row = {
        "id": segment_id,
        "unit": names("unit"),
        "post": names("post"),
        **{field: texts.get(field, "") for field in ("film", "question", "pledge", "target")},
        "due": day_cell(texts.get("due", ""), "due", wrong),
    }
    return row, wrong


def _seat(texts: dict[str, str], panel: str) -> dict[str, Any]:
    return {"label": texts.get("label", ""), "block": texts.get("block", ""), "panel": panel}


def _panel(text: str, panels: Sequence[Panel]) -> tuple[str, str]:
    """(id of the panel that a cell names, what is wrong with it). Empty is the first panel with
    seats; a name that nobody has stays as it is."""
    seated = [panel for panel in panels if panel.admission is Admission.SEATS]
    if not text:
        return (seated[0].id if seated else "studio"), ""
    for panel in seated:
        if _key(text) in map(_key, (panel.id, panel.name.zh, panel.name.en, both(panel.name))):
            return panel.id, ""
    if not seated:
        return text, ""
    named = "、".join(f"{panel.name.zh}（{panel.id}）" for panel in seated)
    return text, f"没有这个评分团；有席位的是：{named}。 No panel with seats is called that."


# For readers of other kinds.
columns_of = _columns
cell_errors = _errors
header_key = _key
