"""The open record as tables for programs: every column once, with its meaning.

CSV, JSON, the dictionary that people read and the data package that programs read are all made of
the definitions below. Only what was revealed or published is in here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from livevote.core.budget import Budget, Split, year_on_year, yuan
from livevote.core.disclosure import OfShow
from livevote.core.model import Episode, Run, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.result import PanelResult, Result, percent_text
from livevote.core.rules import Panel
from livevote.export.bundle import sums
from livevote.export.delivery import Delivery
from livevote.export.material import iso
from livevote.export.sheets_csv import csv_bytes
from livevote.export.sheets_json import json_bytes
from livevote.export.tables import Cell, level_name

VERSION = 1
SUMS, PACKAGE = "SHA256SUMS", "datapackage.json"

Kind = Literal["string", "integer", "number", "boolean", "datetime"]
# None is a cell that does not apply: empty in CSV, null in JSON.
Value = Cell | bool | None


@dataclass(frozen=True)
class Column:
    """kind: as in a data package. A number is exact: in JSON it stands as text."""

    name: str
    kind: Kind
    say: Names


@dataclass(frozen=True)
class Source:
    """What may be public of one show. episodes: without rehearsals, oldest first. tz: the zone in
    which times are written. home: the address of the show's record, "" where none is known."""

    show: str
    name: Names
    episodes: tuple[Episode, ...]
    disclosed: OfShow
    tz: str
    home: str = ""
    delivery: Delivery = Delivery()


@dataclass(frozen=True)
class Dataset:
    """rows: of as many values as there are columns."""

    name: str
    title: Names
    say: Names
    columns: tuple[Column, ...]
    rows: Callable[[Source], Iterator[tuple[Value, ...]]]


def files(source: Source) -> dict[str, bytes]:
    """Name → content, of everything there is to download. The same source gives the same bytes."""
    found: dict[str, bytes] = {}
    for dataset in DATASETS:
        rows = list(dataset.rows(source))
        found[f"{dataset.name}.csv"] = _csv(dataset, rows)
        found[f"{dataset.name}.json"] = _json(source, dataset, rows)
    found[PACKAGE] = _package(source, found)
    found[SUMS] = sums(found)
    return found


def media_type(name: str) -> str:
    if name.endswith(".csv"):
        return "text/csv; charset=utf-8"
    return "application/json" if name.endswith(".json") else "text/plain; charset=utf-8"


def _csv(dataset: Dataset, rows: Iterable[tuple[Value, ...]]) -> bytes:
    header = tuple(column.name for column in dataset.columns)
    return csv_bytes([header, *(tuple(map(_cell, row)) for row in rows)])


def _cell(value: Value) -> Cell:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _json(source: Source, dataset: Dataset, rows: Iterable[tuple[Value, ...]]) -> bytes:
    names = [column.name for column in dataset.columns]
    head = {
        "schema": "livevote-open-record",
        "version": VERSION,
        "dataset": dataset.name,
        "show": {"id": source.show, "zh": source.name.zh, "en": source.name.en},
        "licence": _licence(source),
    }
    # A row a line: a file of fifty thousand can still be compared with the one before.
    lines = ",\n".join(_line(dict(zip(names, row, strict=True))) for row in rows)
    text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{text},\n "rows": [\n{lines}\n ]\n}}\n'.encode()


def _line(row: dict[str, Value]) -> str:
    plain = {k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()}
    return f"  {json.dumps(plain, ensure_ascii=False)}"


def _licence(source: Source) -> dict[str, str] | None:
    licence = source.disclosed.licence
    return {"name": licence.name, "url": licence.url} if licence.name else None


def _package(source: Source, found: dict[str, bytes]) -> bytes:
    """Frictionless Data Package, version 1: https://specs.frictionlessdata.io/data-package/"""
    licence = source.disclosed.licence
    named = {"title": licence.name, "path": licence.url} if licence.url else None
    package: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": f"livevote-{source.show}",
        "title": source.name.get("en"),
        "homepage": source.home,
        **({"licenses": [named]} if named else {}),
        "resources": [
            {
                "name": dataset.name.replace("_", "-"),
                "path": f"{dataset.name}.csv",
                "profile": "tabular-data-resource",
                "title": dataset.title.en,
                "description": dataset.say.en,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(found[f"{dataset.name}.csv"]),
                "hash": f"sha256:{sha256(found[f'{dataset.name}.csv']).hexdigest()}",
                "schema": {
                    "fields": [
                        {"name": c.name, "type": c.kind, "title": c.say.zh, "description": c.say.en}
                        for c in dataset.columns
                    ],
                    "missingValues": [""],
                },
            }
            for dataset in DATASETS
        ],
    }
    return json_bytes(package)


# --- what the rows are made of ---


def _figure(text: str) -> Value:
    return Decimal(text) if text else None


def _time(at_ms: int, tz: str) -> Value:
    return iso(at_ms, tz) or None


def _yuan(amount: int | None) -> Value:
    return None if amount is None else Decimal(yuan(amount))


def _revealed(source: Source) -> Iterator[tuple[Episode, Segment, Run, Result]]:
    for episode in source.episodes:
        for run in episode.runs:
            segment = episode.segment(run.segment)
            if run.phase is Phase.REVEALED and run.result and segment:
                yield episode, segment, run, run.result


def _panels(source: Source) -> Iterator[tuple[Episode, Segment, Run, PanelResult, Panel]]:
    for episode, segment, run, result in _revealed(source):
        for row in result.panels:
            panel = run.rules.panel(row.panel)
            if panel:
                yield episode, segment, run, row, panel


def _episodes(source: Source) -> Iterator[tuple[Value, ...]]:
    for episode in source.episodes:
        revealed = {run.segment for run in episode.runs if run.phase is Phase.REVEALED}
        yield (
            episode.id,
            episode.title.zh,
            episode.title.en,
            _time(episode.created_ms, source.tz),
            len(revealed),
        )


def _results(source: Source) -> Iterator[tuple[Value, ...]]:
    for episode, segment, run, result in _revealed(source):
        ranks = {row.run: row.rank for row in episode.board()}
        name = level_name(run.rules, result)
        yield (
            episode.id,
            run.code,
            segment.id,
            segment.unit.zh,
            segment.unit.en,
            segment.post.zh,
            segment.post.en,
            segment.question,
            segment.pledge,
            run.attempt,
            run.id in ranks,
            ranks.get(run.id) or None,
            _figure(result.figure),
            str(result.unit),
            result.exact or None,
            str(result.level) if result.figure and result.level else None,
            name.zh or None,
            name.en or None,
            _figure(result.satisfied),
            result.n,
            result.N,
            result.online,
            result.size,
            _time(run.opened_ms, source.tz),
            _time(run.closed_ms, source.tz),
            _time(run.revealed_ms, source.tz),
            run.rerun_reason or None,
            "; ".join(correction.text for correction in run.corrections) or None,
            run.rules_hash,
        )


def _panel_rows(source: Source) -> Iterator[tuple[Value, ...]]:
    for episode, _, run, row, panel in _panels(source):
        yield (
            episode.id,
            run.code,
            row.panel,
            panel.name.zh,
            panel.name.en,
            str(row.role),
            row.weight,
            row.n,
            row.N or None,
            _figure(row.figure),
            str(panel.estimator.unit),
            _figure(row.satisfied),
            panel.quorum,
            row.quorum_met,
            row.counts_in_result,
        )


def _distribution(source: Source) -> Iterator[tuple[Value, ...]]:
    for episode, _, run, row, _ in _panels(source):
        counts = dict(row.counts)
        for bucket in run.rules.scale.buckets:
            count = counts.get(bucket.value, 0)
            yield (
                episode.id,
                run.code,
                row.panel,
                bucket.value,
                bucket.name.zh,
                bucket.name.en,
                bucket.points,
                bucket.satisfied,
                count,
                _figure(percent_text(count, row.n, run.rules.decimals)),
                row.n,
            )


def _cards(source: Source) -> Iterator[tuple[Value, ...]]:
    for there in source.disclosed.cards.values():
        for card in there.cards:
            yield (
                there.unit.zh,
                there.unit.en,
                card.item.zh,
                card.item.en,
                card.basis,
                "；".join(card.steps),
                card.limit_days,
                "working" if card.working else "calendar",
                card.fee or None,
                card.contact,
                _time(there.first_ms, source.tz),
                _time(there.at_ms, source.tz),
            )


def _place(budget: Budget) -> tuple[Value, ...]:
    return budget.unit.zh, budget.unit.en, budget.year, str(budget.stage)


def _split(split: Split) -> tuple[Value, ...]:
    return (_yuan(split.total), *map(_yuan, split.parts))


def _budgets(source: Source) -> Iterator[tuple[Value, ...]]:
    for there in source.disclosed.budgets.values():
        for line in there.budget.lines:
            yield (*_place(there.budget), line.item, _yuan(line.amount), *_split(line.split))


def _before(source: Source, budget: Budget) -> Budget | None:
    return source.disclosed.budget(budget.unit.zh, budget.year - 1, budget.stage)


def _totals(source: Source) -> Iterator[tuple[Value, ...]]:
    for there in source.disclosed.budgets.values():
        budget = there.budget
        before = _before(source, budget)
        yield (
            *_place(budget),
            len(budget.lines),
            _yuan(budget.total),
            _yuan(budget.stated),
            *_split(budget.split),
            _yuan(before.total) if before else None,
            _yuan(budget.total - before.total) if before else None,
            _yuan(budget.split.total - before.split.total) if before else None,
            _time(there.first_ms, source.tz),
            _time(there.at_ms, source.tz),
        )


def _changes(source: Source) -> Iterator[tuple[Value, ...]]:
    for there in source.disclosed.budgets.values():
        before = _before(source, there.budget)
        for change in year_on_year(there.budget, before) if before else ():
            yield (
                *_place(there.budget),
                change.item,
                _yuan(change.amount),
                _yuan(change.before),
                _yuan(change.difference),
                _figure(change.percent),
            )


def _pledges(source: Source) -> Iterator[tuple[Value, ...]]:
    for fact in source.delivery.pledges:
        yield (
            fact.id,
            fact.number,
            fact.unit.zh,
            fact.unit.en,
            fact.post.zh,
            fact.post.en,
            fact.text,
            fact.target or None,
            fact.made or None,
            fact.due,
            "；".join(fact.earlier) or None,
            fact.state,
            fact.days_late,
            fact.episode or None,
            fact.segment or None,
        )


def _steps(source: Source) -> Iterator[tuple[Value, ...]]:
    for fact in source.delivery.pledges:
        for place, step in enumerate(fact.steps, 1):
            yield fact.id, place, step.day, step.move, step.note or None, step.due or None


def _desk(source: Source) -> Iterator[tuple[Value, ...]]:
    for fact in source.delivery.desk:
        yield (
            fact.unit.zh,
            fact.unit.en,
            fact.accepted,
            fact.answered,
            fact.in_time,
            _figure(percent_text(fact.in_time, fact.answered)),
            fact.rated,
            fact.satisfied,
            fact.fair,
            fact.unsatisfied,
            _figure(percent_text(fact.satisfied + fact.fair, fact.rated)),
        )


# --- the columns ---


def _column(name: str, kind: Kind, zh: str, en: str) -> Column:
    return Column(name, kind, Names(zh, en))


_EPISODE = _column("episode", "string", "节目编号，不会改变", "Id of the episode; never changes")
_RUN = _column("run", "string", "投票轮，在该期节目内唯一", "Ballot run, unique in the episode")
_PANEL = _column("panel", "string", "评分团编号", "Id of the panel")
_UNIT = (
    _column("unit_zh", "string", "单位", "The unit, in Chinese"),
    _column("unit_en", "string", "单位英文名，可为空", "The unit in English; may be empty"),
)
_TIMES = (
    _column("published", "datetime", "首次公开", "Published first"),
    _column("changed", "datetime", "最近一次更新", "Changed last"),
)
_SPLIT = (
    _column("three_yuan", "number", "其中三公经费合计，元", "Of it: three public expenses, yuan"),
    _column("abroad_yuan", "number", "因公出国（境），元", "Travel abroad, yuan"),
    _column("vehicles_bought_yuan", "number", "公务用车购置，元", "Vehicles bought, yuan"),
    _column("vehicles_run_yuan", "number", "公务用车运行维护，元", "Vehicles run, yuan"),
    _column("receptions_yuan", "number", "公务接待，元", "Receptions, yuan"),
)
_YEAR = (
    *_UNIT,
    _column("year", "integer", "年度", "The year"),
    _column("stage", "string", "budget 预算，accounts 决算", "budget: planned; accounts: spent"),
)

DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "episodes",
        Names("各期节目", "Episodes"),
        Names("每期节目一行。", "One row an episode."),
        (
            _EPISODE,
            _column("title_zh", "string", "标题", "Title, in Chinese"),
            _column("title_en", "string", "英文标题，可为空", "Title in English; may be empty"),
            _column("made", "datetime", "建立时间", "When it was made"),
            _column("revealed", "integer", "已公布结果的环节数", "Segments with a revealed result"),
        ),
        _episodes,
    ),
    Dataset(
        "results",
        Names("结果", "Results"),
        Names(
            "每个已公布的投票轮一行；有重投时两行都在，stands 为 true 的是有效结果。",
            "One row a revealed run. After a re-run both are here; the one that stands says so.",
        ),
        (
            _EPISODE,
            _RUN,
            _column("segment", "string", "环节编号", "Id of the segment"),
            *_UNIT,
            _column("post_zh", "string", "职务", "The office, in Chinese"),
            _column("post_en", "string", "职务英文", "The office, in English"),
            _column("question", "string", "提问", "The question"),
            _column("pledge", "string", "承诺", "The pledge"),
            _column("attempt", "integer", "第几次投票", "Which attempt"),
            _column("stands", "boolean", "是否为该环节的有效结果", "Whether it stands"),
            _column("rank", "integer", "名次", "Rank in the episode"),
            _column("figure", "number", "播出的结果", "The figure as aired"),
            _column("measure", "string", "points 分，percent 百分比", "points or percent"),
            _column("exact", "string", "舍入前的分数", "The fraction before rounding"),
            _column("level", "string", "good、mid 或 poor", "good, mid or poor"),
            _column("level_zh", "string", "等级名称", "Name of the level, in Chinese"),
            _column("level_en", "string", "等级英文名称", "Name of the level, in English"),
            _column("satisfied_percent", "number", "满意率", "Satisfied, percent"),
            _column("voted", "integer", "n：现场已投票的席位", "n: seats that voted"),
            _column("eligible", "integer", "N：有投票权的席位", "N: seats that could"),
            _column("online", "integer", "场外投票数", "Ballots of viewers"),
            _column("log_entries", "integer", "计票日志条数", "Entries of the ballot log"),
            _column("opened", "datetime", "开始投票", "Voting opened"),
            _column("closed", "datetime", "截止投票", "Voting closed"),
            _column("revealed", "datetime", "公布结果", "Result revealed"),
            _column("rerun_reason", "string", "重投原因", "Why it was voted again"),
            _column("correction", "string", "更正，由两人确认", "Correction, confirmed by two"),
            _column("rules_hash", "string", "规则指纹（SHA-256）", "Hash of the rules (SHA-256)"),
        ),
        _results,
    ),
    Dataset(
        "panels",
        Names("各评分团结果", "Results by panel"),
        Names("每个投票轮的每个评分团一行。", "One row a revealed run and panel."),
        (
            _EPISODE,
            _RUN,
            _PANEL,
            _column("panel_zh", "string", "评分团名称", "Name of the panel, in Chinese"),
            _column("panel_en", "string", "评分团英文名称", "Name of the panel, in English"),
            _column("role", "string", "counting 计入，advisory 参考", "counting or advisory"),
            _column("weight_per_mille", "integer", "权重，千分数", "Weight, per mille"),
            _column("voted", "integer", "n：票数", "n: ballots"),
            _column("eligible", "integer", "N：席位数；场外为空", "N: seats; none for viewers"),
            _column("figure", "number", "该评分团的结果", "The panel's figure"),
            _column("measure", "string", "points 分，percent 百分比", "points or percent"),
            _column("satisfied_percent", "number", "满意率", "Satisfied, percent"),
            _column("quorum", "integer", "最低票数", "Quorum"),
            _column("quorum_met", "boolean", "达到最低票数", "Whether it met its quorum"),
            _column("in_result", "boolean", "计入结果", "Whether it counts in the result"),
        ),
        _panel_rows,
    ),
    Dataset(
        "distribution",
        Names("票数分布", "Distribution"),
        Names("每个评分团的每个选项一行。", "One row a panel and value of the scale."),
        (
            _EPISODE,
            _RUN,
            _PANEL,
            _column("value", "integer", "选项的值", "Value on the scale"),
            _column("choice_zh", "string", "选项", "The choice, in Chinese"),
            _column("choice_en", "string", "选项英文", "The choice, in English"),
            _column("points", "integer", "分值", "Points of the choice"),
            _column("satisfied", "boolean", "是否计为满意", "Whether it counts as satisfied"),
            _column("votes", "integer", "票数", "Ballots"),
            _column("share_percent", "number", "占比", "Share, percent"),
            _column("voted", "integer", "n：该评分团总票数", "n: all ballots of the panel"),
        ),
        _distribution,
    ),
    Dataset(
        "cards",
        Names("公开卡", "Transparency cards"),
        Names("每个单位的每个办理事项一行。", "One row a unit and item of service."),
        (
            *_UNIT,
            _column("item_zh", "string", "事项", "The item, in Chinese"),
            _column("item_en", "string", "事项英文名，可为空", "The item in English"),
            _column("basis", "string", "法律依据", "Legal basis"),
            _column("steps", "string", "办理流程，以“；”分隔", "Steps, parted by ；"),
            _column("limit_days", "integer", "办理时限，天；0 为当场", "Limit in days; 0: at once"),
            _column("day_kind", "string", "working 工作日，calendar 自然日", "working or calendar"),
            _column("fee", "string", "收费；空为不收费", "Fee; empty: free of charge"),
            _column("contact", "string", "联系方式", "Contact"),
            *_TIMES,
        ),
        _cards,
    ),
    Dataset(
        "budgets",
        Names("预算明细", "Budget lines"),
        Names(
            "每个单位、年度、预算或决算的每个项目一行。", "One row a unit, year, stage and item."
        ),
        (
            *_YEAR,
            _column("item", "string", "项目", "The item"),
            _column("amount_yuan", "number", "金额，元", "Amount, yuan"),
            *_SPLIT,
        ),
        _budgets,
    ),
    Dataset(
        "budget_totals",
        Names("预算合计", "Budget totals"),
        Names(
            "每个单位、年度、预算或决算一行，与上年比较。",
            "One row a unit, year and stage, with its difference from the year before.",
        ),
        (
            *_YEAR,
            _column("items", "integer", "项目数", "How many items"),
            _column("total_yuan", "number", "各项目之和，元", "Sum of the items, yuan"),
            _column(
                "stated_yuan",
                "number",
                "来源写明的合计，与各项目之和一致；空为未写明",
                "The total that the source states, equal to the sum; empty: not stated",
            ),
            *_SPLIT,
            _column("before_yuan", "number", "上年合计，元", "Total of the year before, yuan"),
            _column("difference_yuan", "number", "比上年增减，元", "Difference, yuan"),
            _column("three_difference_yuan", "number", "三公增减，元", "Three public: difference"),
            *_TIMES,
        ),
        _totals,
    ),
    Dataset(
        "budget_changes",
        Names("逐年比较", "Year on year"),
        Names(
            "有上年数据时，每个项目一行；上年有而本年没有的也在内。",
            "One row an item where the year before is published; items that are gone included.",
        ),
        (
            *_YEAR,
            _column("item", "string", "项目", "The item"),
            _column("amount_yuan", "number", "本年，元；空为已无", "This year; empty: gone"),
            _column("before_yuan", "number", "上年，元；空为新增", "The year before; empty: new"),
            _column("difference_yuan", "number", "增减，元", "Difference, yuan"),
            _column("change_percent", "number", "增减百分比", "Difference, percent"),
        ),
        _changes,
    ),
    Dataset(
        "pledges",
        Names("承诺", "Pledges"),
        Names("每个承诺一行；原定日期保留。", "One row a pledge; earlier dates stay."),
        (
            _column("pledge", "string", "承诺编号，不会改变", "Id of the pledge; never changes"),
            _column("number", "integer", "序号", "Number that people call it by"),
            *_UNIT,
            _column("post_zh", "string", "职务", "The office, in Chinese"),
            _column("post_en", "string", "职务英文", "The office, in English"),
            _column("text", "string", "承诺内容", "What was promised"),
            _column("target", "string", "完成标准", "How one will see it"),
            _column("made", "string", "承诺日期", "The day it was entered"),
            _column("due", "string", "现定完成日期", "The date that holds now"),
            _column("earlier", "string", "原定日期，以“；”分隔", "Dates before it, parted by ；"),
            _column("state", "string", "状态", "Where it stands"),
            _column("days_late", "integer", "逾期天数", "Days late"),
            _column("episode", "string", "节目编号", "Id of the episode"),
            _column("segment", "string", "环节编号", "Id of the segment"),
        ),
        _pledges,
    ),
    Dataset(
        "pledge_steps",
        Names("承诺经过", "History of pledges"),
        Names("承诺的每一步一行，按先后。", "One row a step of a pledge, in order."),
        (
            _column("pledge", "string", "承诺编号", "Id of the pledge"),
            _column("step", "integer", "第几步", "Which step"),
            _column("day", "string", "日期", "The day"),
            _column("move", "string", "做了什么", "What was done"),
            _column("note", "string", "说明", "In words"),
            _column("due", "string", "改期后的日期", "The new date of a reschedule"),
        ),
        _steps,
    ),
    Dataset(
        "desk",
        Names("提问办理", "Questions by unit"),
        Names("每个单位一行。", "One row a unit."),
        (
            *_UNIT,
            _column("accepted", "integer", "受理的提问", "Questions accepted"),
            _column("answered", "integer", "已答复", "Answered"),
            _column("in_time", "integer", "按期答复", "Answered in time"),
            _column("in_time_percent", "number", "按期答复率", "In time, percent of answered"),
            _column("rated", "integer", "评价数", "Rated by whoever asked"),
            _column("satisfied", "integer", "满意", "Satisfied"),
            _column("fair", "integer", "基本满意", "Fair"),
            _column("unsatisfied", "integer", "不满意", "Not satisfied"),
            _column("satisfied_percent", "number", "满意率（含基本满意）", "Satisfied or fair, %"),
        ),
        _desk,
    ),
)
