"""Cards and budgets from a spreadsheet: every error at its cell, every sum checked.

Headers are found as those of a rundown are. A unit, a year or a stage that is left empty is that of
the row above, as in a table with merged cells. Amounts are read exactly, in the unit of money that
the header names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from livevote.core.budget import (
    TOTAL,
    YEAR_MAX,
    YEAR_MIN,
    Budget,
    Stage,
    Stated,
    Wrong,
    fen,
    sum_checks,
    yuan_text,
)
from livevote.core.card import DAYS_MAX, STEPS_MAX, TEXT_MAX, Card
from livevote.core.command import NAME_MAX
from livevote.core.disclosure import BudgetKey, CardsOf, Publication
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound
from livevote.export import spreadsheet
from livevote.export.rows import (
    Column,
    Field,
    Kind,
    RowError,
    columns_of,
    header_key,
    template_of,
)

ROWS_MAX = 5_000
# All texts of one file: what goes to the process that leads in one message.
CHARACTERS_MAX = 1_500_000
AMOUNTS = ("amount", "three", "abroad", "vehicles_bought", "vehicles_run", "receptions")
PARTS = AMOUNTS[2:]

UNIT = (
    Field("unit.zh", Names("单位", "Unit"), ("单位名称", "部门", "unit_zh"), NAME_MAX),
    Field("unit.en", Names("单位英文", "Unit (English)"), ("unit_en", "英文单位"), NAME_MAX),
)

KINDS: dict[str, Kind] = {
    "cards": Kind(
        Names("公开卡", "Transparency cards"),
        (
            *UNIT,
            Field("item.zh", Names("事项", "Item"), ("办理事项", "服务事项", "item_zh"), TEXT_MAX),
            Field("item.en", Names("事项英文", "Item (English)"), ("item_en",), TEXT_MAX),
            Field(
                "basis", Names("法律依据", "Legal basis"), ("法定依据", "依据", "basis"), TEXT_MAX
            ),
            Field(
                "steps",
                Names("办理流程", "Steps"),
                ("流程", "步骤", "办理步骤"),
                STEPS_MAX * TEXT_MAX,
            ),
            Field(
                "limit_days",
                Names("办理时限（工作日）", "Limit (working days)"),
                ("办理时限", "时限", "承诺时限", "limit", "limit_days", "days"),
                TEXT_MAX,
            ),
            Field("day_kind", Names("天数类型", "Kind of days"), ("day_kind",), TEXT_MAX),
            Field("fee", Names("收费", "Fee"), ("收费标准", "费用", "fees"), TEXT_MAX),
            Field("contact", Names("联系方式", "Contact"), ("咨询电话", "电话"), TEXT_MAX),
        ),
        ("item.zh", "item.en"),
        ROWS_MAX,
        (
            (
                "台州市水利局",
                "Taizhou Water Resources Bureau",
                "取水许可",
                "Water abstraction permit",
                "《取水许可和水资源费征收管理条例》",
                "申请；受理；审查；发证",
                "20",
                "工作日",
                "不收费",
                "政务服务大厅 3 号窗口",
            ),
        ),
    ),
    "budgets": Kind(
        Names("预算", "Budgets"),
        (
            *UNIT,
            Field("year", Names("年度", "Year"), ("年份", "预算年度"), TEXT_MAX),
            Field("stage", Names("预算或决算", "Stage"), ("类别", "类型", "kind"), TEXT_MAX),
            Field("item", Names("项目", "Item"), ("科目", "支出项目", "科目名称"), TEXT_MAX),
            Field(
                "amount",
                Names("金额（元）", "Amount (yuan)"),
                ("金额", "amount", "amount_yuan", "预算数", "决算数"),
                TEXT_MAX,
            ),
            Field(
                "three",
                Names("其中三公合计（元）", "Three public (yuan)"),
                ("其中三公合计", "三公合计", "三公经费", "三公", "three public", "three_yuan"),
                TEXT_MAX,
            ),
            Field(
                "abroad",
                Names("因公出国境（元）", "Travel abroad (yuan)"),
                ("因公出国境", "因公出国", "因公出国费", "出国费", "travel abroad", "abroad_yuan"),
                TEXT_MAX,
            ),
            Field(
                "vehicles_bought",
                Names("公车购置（元）", "Vehicles bought (yuan)"),
                (
                    "公车购置",
                    "公务用车购置",
                    "公务用车购置费",
                    "vehicles bought",
                    "vehicles_bought_yuan",
                ),
                TEXT_MAX,
            ),
            Field(
                "vehicles_run",
                Names("公车运行（元）", "Vehicles run (yuan)"),
                (
                    "公车运行",
                    "公务用车运行",
                    "公务用车运行费",
                    "公务用车运行维护费",
                    "vehicles run",
                    "vehicles_run_yuan",
                ),
                TEXT_MAX,
            ),
            Field(
                "receptions",
                Names("公务接待（元）", "Receptions (yuan)"),
                ("公务接待", "公务接待费", "receptions", "receptions_yuan"),
                TEXT_MAX,
            ),
        ),
        ("item",),
        ROWS_MAX,
        (
            ("台州市水利局", "", "2026", "预算", "河道治理", "1200000.00", "", "", "", "", ""),
            (
                "台州市水利局",
                "",
                "2026",
                "预算",
                "机关运行",
                "300000.00",
                "50000.00",
                "0",
                "0",
                "42000.00",
                "8000.00",
            ),
            (
                "台州市水利局",
                "",
                "2026",
                "预算",
                "合计",
                "1500000.00",
                "50000.00",
                "0",
                "0",
                "42000.00",
                "8000.00",
            ),
        ),
    ),
}

NEEDED = {
    "cards": ("unit.zh", "basis", "steps", "limit_days", "contact"),
    "budgets": ("unit.zh", "year", "amount"),
}


@dataclass(frozen=True)
class Found:
    """What a file holds. columns: headers that were understood, as they are written. rows: (number
    as the spreadsheet has it, cells below these headers). errors keep it from being published,
    notes do not."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]
    errors: list[RowError]
    notes: list[RowError]
    publication: Publication


def read(kind: str, data: bytes) -> Found:
    """Raises BadInput where there is nothing to read rows from, NotFound for another kind."""
    wanted = _kind(kind)
    grid = spreadsheet.read(data)
    header, columns = columns_of(wanted, grid)
    _all_there(kind, columns)
    sheet = _Sheet(columns)
    for number, cells in enumerate(grid[header:], header + 1):
        if not cells:
            continue
        if len(sheet.rows) == ROWS_MAX:
            raise BadInput(f"最多 {ROWS_MAX} 行。 At most {ROWS_MAX} rows.", where=f"row {number}")
        sheet.take(wanted, number, cells)
    if not sheet.rows:
        raise BadInput("标题下面没有内容。 There is nothing below the header.", where="file")
    if sum(len(text) for row in sheet.rows for text in row.texts.values()) > CHARACTERS_MAX:
        raise BadInput(
            "文字太多：请分成几个文件。 Too much text: make several files of it.", where="file"
        )
    publication = _cards(sheet) if kind == "cards" else _budgets(sheet)
    shown = [(row.number, row.cells) for row in sheet.rows]
    headers = [header for _, _, header in columns]
    return Found(headers, shown, sheet.errors, sheet.notes, publication)


def template(kind: str, suffix: str) -> tuple[bytes, str]:
    """(file, media type) with the headers and an example to write over. Raises NotFound."""
    return template_of(_kind(kind), kind, suffix)


def _kind(kind: str) -> Kind:
    found = KINDS.get(kind)
    if found is None:
        raise NotFound(f"there are rows for {' and '.join(KINDS)}")
    return found


def _all_there(kind: str, columns: list[Column]) -> None:
    there = {column.name for column, _, _ in columns}
    titles = {column.name: column.title for column in KINDS[kind].fields}
    missing = [titles[name] for name in NEEDED[kind] if name not in there]
    if missing:
        raise BadInput(
            f"缺少列：{'、'.join(names.zh for names in missing)}。"
            f" These columns are missing: {', '.join(names.en for names in missing)}.",
            where="file",
        )


@dataclass(frozen=True)
class _Row:
    number: int
    cells: list[str]
    texts: dict[str, str]


@dataclass
class _Sheet:
    """The rows of a file while they are read, and what is wrong with them."""

    columns: list[Column]
    rows: list[_Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notes: list[RowError] = field(default_factory=list)

    def take(self, kind: Kind, number: int, cells: list[str]) -> None:
        texts = {f.name: cells[at] if at < len(cells) else "" for f, at, _ in self.columns}
        row = _Row(number, list(texts.values()), dict(texts))
        for column, _, _ in self.columns:
            size = len(texts[column.name])
            if size > column.limit:
                self.wrong(row, column.name, *_too_long(column.limit, size))
        above = self.rows[-1].texts if self.rows else {}
        if not texts["unit.zh"] and not texts.get("unit.en"):
            self._fill(row, above, "unit.zh", "unit.en")
        self._fill(row, above, "year", "stage")
        self.rows.append(row)
        if not row.texts["unit.zh"]:
            row.texts["unit.zh"] = row.texts.get("unit.en", "")
        if not row.texts["unit.zh"]:
            self.wrong(row, "unit.zh", *MISSING)

    def _fill(self, row: _Row, above: dict[str, str], *names: str) -> None:
        for name in names:
            if name in row.texts and not row.texts[name]:
                row.texts[name] = above.get(name, "")

    def header(self, name: str) -> str:
        return next((header for f, _, header in self.columns if f.name == name), "")

    def wrong(self, row: _Row, name: str, zh: str, en: str) -> None:
        self.errors.append(RowError(row.number, self.header(name), f"{zh} {en}"))

    def unit(self, row: _Row) -> Names:
        return Names(row.texts["unit.zh"], row.texts.get("unit.en", ""))


MISSING = ("需要填写。", "This is needed.")
_BRACKET = re.compile(r"[（(]([^（()）]*)[)）]")


def _too_long(limit: int, size: int) -> tuple[str, str]:
    return f"最多 {limit} 字，现有 {size}。", f"At most {limit} characters, this has {size}."


# --- cards ---

_LIMIT = re.compile(r"(\d{1,4})\s*个?\s*(工作日|working days?|天|日|自然日|calendar days?|days?)?")
_AT_ONCE = frozenset(
    map(header_key, ("当场", "当场办结", "即办", "即时", "on the spot", "at once"))
)
_FREE = frozenset(map(header_key, ("", "0", "无", "免费", "不收费", "free", "free of charge")))
_STEP = re.compile(r"\s*(?:[；;→]|->)\s*")
_WORKING = re.compile("工作日|working", re.IGNORECASE)
_CALENDAR = re.compile("天|日|day|calendar", re.IGNORECASE)


def _cards(sheet: _Sheet) -> Publication:
    units: dict[str, tuple[Names, dict[str, Card]]] = {}
    for row in sheet.rows:
        card = _card(sheet, row)
        unit = sheet.unit(row)
        known, cards = units.setdefault(unit.zh, (unit, {}))
        if unit.en and not known.en:
            units[unit.zh] = (unit, cards)
        if card.item.zh in cards:
            sheet.wrong(
                row,
                "item.zh",
                "这个单位已有这个事项。",
                "This unit has this item already.",
            )
        cards[card.item.zh] = card
    return Publication(
        cards=tuple(CardsOf(unit, tuple(cards.values())) for unit, cards in units.values())
    )


def _card(sheet: _Sheet, row: _Row) -> Card:
    texts = row.texts
    item = Names(texts.get("item.zh") or texts.get("item.en", ""), texts.get("item.en", ""))
    if not item.zh:
        sheet.wrong(row, "item.zh" if "item.zh" in texts else "item.en", *MISSING)
    for name in ("basis", "steps", "contact"):
        if not texts[name]:
            sheet.wrong(row, name, *MISSING)
    steps = tuple(step for step in _STEP.split(texts["steps"]) if step)
    if len(steps) > STEPS_MAX:
        sheet.wrong(row, "steps", f"最多 {STEPS_MAX} 步。", f"At most {STEPS_MAX} steps.")
    if max(map(len, steps), default=0) > TEXT_MAX:
        sheet.wrong(row, "steps", *_too_long(TEXT_MAX, max(map(len, steps))))
    days, working = _limit(sheet, row)
    fee = "" if header_key(texts.get("fee", "")) in _FREE else texts["fee"]
    return Card(item, texts["basis"], steps, days, working, fee, texts["contact"])


def _limit(sheet: _Sheet, row: _Row) -> tuple[int, bool]:
    """(days, whether they are working days). The cell says which, else the column beside it, else
    the header; a limit of which nobody says it is in working days, as the law counts it."""
    text = row.texts["limit_days"]
    if header_key(text) in _AT_ONCE and text:
        return 0, True
    found = _LIMIT.fullmatch(text.casefold())
    if found is None or int(found[1]) > DAYS_MAX:
        sheet.wrong(
            row,
            "limit_days",
            f"填天数（0 到 {DAYS_MAX}），如“20”或“20 个工作日”。",
            f"A number of days from 0 to {DAYS_MAX} is needed: 20, or 20 working days.",
        )
        return 0, True
    header = " ".join(_BRACKET.findall(sheet.header("limit_days")))
    for said in (found[2] or "", row.texts.get("day_kind", ""), header):
        if _WORKING.search(said):
            return int(found[1]), True
        if _CALENDAR.search(said):
            return int(found[1]), False
    return int(found[1]), True


# --- budgets ---

_TOTALS = frozenset(map(header_key, ("合计", "总计", "总额", "total", "grand total", "sum")))
_PARTIAL = re.compile(r"小计|其中|subtotal|of which", re.IGNORECASE)
_MONEY = {"元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000}
_MONEY_EN = {
    "yuan": 1,
    "cny": 1,
    "rmb": 1,
    "thousand yuan": 1_000,
    "10,000 yuan": 10_000,
    "10k yuan": 10_000,
    "million yuan": 1_000_000,
}
_STAGES = {
    header_key(word): stage
    for stage, words in {
        Stage.BUDGET: ("", "预算", "预算数", "budget"),
        Stage.ACCOUNTS: ("决算", "决算数", "accounts", "final accounts"),
    }.items()
    for word in words
}


@dataclass
class _Table:
    """One unit, year and stage while it is read. sound: nothing is wrong with its rows, so that
    its sums say something."""

    unit: Names
    lines: dict[str, tuple[_Row, Stated]] = field(default_factory=dict)
    total: tuple[_Row, Stated] | None = None
    sound: bool = True


def _budgets(sheet: _Sheet) -> Publication:
    times = {name: _times(sheet.header(name)) for name in AMOUNTS}
    tables: dict[BudgetKey, _Table] = {}
    for row in sheet.rows:
        before = len(sheet.errors)
        year, stage = _year(sheet, row), _stage(sheet, row)
        unit = sheet.unit(row)
        table = tables.setdefault((unit.zh, year, stage), _Table(unit))
        if unit.en and not table.unit.en:
            table.unit = unit
        _take(sheet, table, row, _stated(sheet, row, times))
        table.sound = table.sound and len(sheet.errors) == before
    # A row whose table nobody knows may be what another table misses.
    adrift = any(not unit or not year for unit, year, _ in tables)
    budgets = []
    for (_, year, stage), table in tables.items():
        if table.sound and not adrift:
            _check_sums(sheet, table)
        lines = tuple(stated.line for _, stated in table.lines.values())
        total = table.total and table.total[1].amount
        budgets.append(Budget(table.unit, year, stage, lines, total))
    return Publication(budgets=tuple(budgets))


def _take(sheet: _Sheet, table: _Table, row: _Row, stated: Stated) -> None:
    if header_key(stated.item) in _TOTALS:
        if table.total:
            first = table.total[0].number
            sheet.wrong(
                row, "item", f"第 {first} 行已有合计。", f"Row {first} has the total already."
            )
        table.total = (row, stated)
    elif not stated.item:
        sheet.wrong(row, "item", *MISSING)
    elif _PARTIAL.match(stated.item):
        sheet.wrong(
            row,
            "item",
            "小计和“其中”会重复计算：只填明细和合计。",
            "A subtotal would be counted twice: only items and the total, please.",
        )
    elif stated.item in table.lines:
        first = table.lines[stated.item][0].number
        sheet.wrong(
            row, "item", f"第 {first} 行已有这个项目。", f"Row {first} has this item already."
        )
    else:
        table.lines[stated.item] = (row, stated)


def _stated(sheet: _Sheet, row: _Row, times: dict[str, int]) -> Stated:
    amounts: dict[str, int | None] = dict.fromkeys(AMOUNTS)
    for name in AMOUNTS:
        try:
            amounts[name] = fen(row.texts.get(name, ""), times[name])
        except ValueError:
            sheet.wrong(
                row,
                name,
                "不是金额：填 0 以上的数，最多到分。",
                "This is no amount: a number from 0, to the fen at most.",
            )
        else:
            if name == "amount" and amounts[name] is None:
                sheet.wrong(row, name, *MISSING)
    parts = tuple(amounts[name] for name in PARTS)
    return Stated(row.texts["item"], amounts["amount"], amounts["three"], parts)


def _year(sheet: _Sheet, row: _Row) -> int:
    """0 where it cannot be read."""
    text = row.texts["year"].removesuffix("年").removesuffix("年度").strip()
    if text.isascii() and text.isdigit() and YEAR_MIN <= int(text[:5]) <= YEAR_MAX:
        return int(text)
    sheet.wrong(
        row,
        "year",
        f"填年份，{YEAR_MIN} 到 {YEAR_MAX}。",
        f"A year from {YEAR_MIN} to {YEAR_MAX} is needed.",
    )
    return 0


def _stage(sheet: _Sheet, row: _Row) -> Stage:
    found = _STAGES.get(header_key(row.texts.get("stage", "")))
    if found is None:
        sheet.wrong(row, "stage", "填“预算”或“决算”。", "This is budget or accounts.")
    return found or Stage.BUDGET


def _times(header: str) -> int:
    """In how many yuan a column counts, by what its header has in brackets. Raises BadInput."""
    for inside in _BRACKET.findall(header):
        word = " ".join(inside.split()).casefold()
        word = word.removeprefix("单位：").removeprefix("单位:")
        found = _MONEY.get(word) or _MONEY_EN.get(word)
        if found:
            return found
        if word.endswith(("元", "yuan")):
            raise BadInput(
                f"“{header}”里的金额单位无法识别：用元、千元、万元、百万元或亿元。"
                f" The unit of money in {header!r} is not known: yuan, thousand yuan, 10,000 yuan"
                " or million yuan.",
                where="file",
            )
    return 1


def _check_sums(sheet: _Sheet, table: _Table) -> None:
    rows: Sequence[_Row] = [row for row, _ in table.lines.values()]
    totals = table.total
    for wrong in sum_checks([s for _, s in table.lines.values()], totals and totals[1]):
        row = totals[0] if wrong.line == TOTAL and totals else rows[wrong.line]
        sheet.wrong(row, wrong.field, *_says(wrong))
    if totals is None and rows:
        sheet.notes.append(
            RowError(
                rows[-1].number,
                sheet.header("item"),
                "没有合计行，无法核对总额。"
                " There is no row with the total, so the sum could not be checked.",
            )
        )


def _says(wrong: Wrong) -> tuple[str, str]:
    stated, found = yuan_text(wrong.stated), yuan_text(wrong.found)
    apart = yuan_text(abs(wrong.stated - wrong.found))
    if wrong.field == "amount" and wrong.line != TOTAL:
        return (
            f"三公分项共 {found} 元，超过本行金额 {stated} 元。",
            f"The three public parts are {found} yuan, more than the amount of {stated} yuan.",
        )
    return (
        f"写的是 {stated} 元，相加是 {found} 元，相差 {apart} 元。",
        f"This says {stated} yuan; the parts add up to {found} yuan, {apart} yuan apart.",
    )
