"""Questions from a spreadsheet: paper slips and calls that were collected elsewhere.

Headers are found as those of a rundown are. Whoever filled the slip is not asked again, so what is
left empty is not allowed: a question may be published only where the file says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from livevote.core.case import Kind as Asked
from livevote.core.case import Unit
from livevote.core.command import NAME_MAX
from livevote.core.desk import SHORT_MAX, TITLE_MAX, FileCase
from livevote.core.names import Names
from livevote.errors import BadInput
from livevote.export import spreadsheet
from livevote.export.desk import KINDS as WORDS
from livevote.export.rows import (
    Column,
    Field,
    Kind,
    RowError,
    cell_errors,
    columns_of,
    header_key,
    template_of,
)
from livevote.export.words import both

# One write, all or nothing, beside votes that wait for it: some 10 ms.
ROWS_MAX = 200

_QUESTIONS = Kind(
    Names("提问", "Questions"),
    (
        Field("kind", Names("类别", "Kind"), ("类型",), NAME_MAX),
        Field("unit", Names("单位", "Unit"), ("承办单位", "部门", "office"), NAME_MAX),
        Field("title", Names("标题", "Title"), ("主题",), TITLE_MAX),
        # One less than is read of a cell: one that was cut must not pass for whole.
        Field("text", Names("内容", "Text"), ("问题", "提问"), spreadsheet.CELL_MAX - 1),
        Field("name", Names("称呼", "Name"), ("姓名", "提问人"), SHORT_MAX),
        Field(
            "contact", Names("联系方式", "Contact"), ("电话", "手机", "邮箱", "phone"), SHORT_MAX
        ),
        Field("publish", Names("同意公开", "May be published"), ("公开",), NAME_MAX),
    ),
    ("text",),
    ROWS_MAX,
    (
        (
            both(WORDS[Asked.COMPLAINT]),
            "台州市水利局",
            "示例：村口的河水发黑",
            "示例：从上个月开始，村口的河水发黑、有气味。什么时候治理？",
            "",
            "",
            "是",
        ),
    ),
)
KINDS = {"questions": _QUESTIONS}
NEEDED = ("kind", "unit", "title")
_YES = ("是", "同意", "yes", "y", "1", "true")
_NO = ("", "否", "不同意", "no", "n", "0", "false")


@dataclass(frozen=True)
class Questions:
    """rows: (row as the spreadsheet numbers it, what would be filed); those that are right."""

    rows: tuple[tuple[int, FileCase], ...]
    errors: tuple[RowError, ...]


def template(kind: str, suffix: str) -> tuple[bytes, str]:
    """(file, media type) to fill in; kind: of KINDS. Raises NotFound for another suffix."""
    return template_of(KINDS[kind], kind, suffix)


def read(data: bytes, units: Sequence[Unit]) -> Questions:
    """The questions of a file, to these units. Raises BadInput where there is nothing to read."""
    grid = spreadsheet.read(data)
    header, columns = columns_of(_QUESTIONS, grid)
    filled = [(number, cells) for number, cells in enumerate(grid[header:], header + 1) if cells]
    if not filled:
        raise BadInput("标题下面没有内容。 There is nothing below the header.", where="file")
    if len(filled) > ROWS_MAX:
        raise BadInput(f"最多 {ROWS_MAX} 行。 At most {ROWS_MAX} rows.", where="file")
    rows: list[tuple[int, FileCase]] = []
    errors: list[RowError] = []
    seen: dict[FileCase, int] = {}
    for number, cells in filled:
        texts = {f.name: cells[at] for f, at, _ in columns if at < len(cells)}
        wrong = cell_errors(_QUESTIONS, columns, texts, number, {})
        filing = _filing(texts, units, columns, number, wrong)
        if filing and (first := seen.setdefault(filing, number)) != number:
            told = f"与第 {first} 行相同。 This is the same as row {first}."
            wrong.append(RowError(number, _title(columns, "text"), told))
        if filing and not wrong:
            rows.append((number, filing))
        errors += wrong
    return Questions(tuple(rows), tuple(errors))


def _filing(
    texts: dict[str, str],
    units: Sequence[Unit],
    columns: list[Column],
    number: int,
    wrong: list[RowError],
) -> FileCase | None:
    """What a row would file; what is wrong with its cells goes into `wrong`."""

    def told(name: str, text: str) -> None:
        wrong.append(RowError(number, _title(columns, name), text))

    for name in NEEDED:
        if not texts.get(name):
            told(name, "需要填写。 This is needed.")
    kind, unit = _kind(texts.get("kind", "")), _unit(texts.get("unit", ""), units)
    publish = texts.get("publish", "").casefold()
    if texts.get("kind") and kind is None:
        known = "、".join(names.zh for names in WORDS.values())
        told("kind", f"类别是：{known}。 No kind of question: {texts['kind']!r}.")
    if texts.get("unit") and unit is None:
        named = "、".join(one.name.zh for one in units)[:300]
        told("unit", f"问政台没有这个单位；可选：{named}。 The desk asks no unit of this name.")
    if publish not in (*_YES, *_NO):
        told("publish", "填“是”或“否”。 Yes or no is needed.")
    if kind is None or unit is None:
        return None
    return FileCase(
        kind,
        unit,
        texts.get("title", ""),
        texts.get("text", ""),
        texts.get("name", ""),
        texts.get("contact", ""),
        may_publish=publish in _YES,
    )


def _kind(text: str) -> Asked | None:
    for kind, names in WORDS.items():
        if header_key(text) in map(header_key, (kind.value, names.zh, names.en, both(names))):
            return kind
    return None


def _unit(text: str, units: Sequence[Unit]) -> str | None:
    for unit in units:
        called = (unit.id, unit.name.zh, unit.name.en, both(unit.name))
        if header_key(text) and header_key(text) in map(header_key, called):
            return unit.id
    return None


def _title(columns: list[Column], name: str) -> str:
    """The header as it is written there, or, where the column is missing, as it should be."""
    found = next((header for field, _, header in columns if field.name == name), "")
    return found or both(next(f.title for f in _QUESTIONS.fields if f.name == name))
