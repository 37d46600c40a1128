"""The sheets: what a producer wants to read, as rows of text and exact numbers.

CSV and XLSX write these tables and add nothing to them. A run that is held
and not revealed has its row, its times and its turnout, and no count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from livevote.core import event as ev
from livevote.core.ballot import Answer
from livevote.core.fold import empty, evolve
from livevote.core.model import Episode, Graphic, Run, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.rehearsal import MARK
from livevote.core.result import PanelResult, Result, percent_text, scaled_figure
from livevote.core.rules import Panel, Rules
from livevote.export.material import Material, iso, may_show, result_of, standing_run, turnout
from livevote.export.rules_text import LANGS, rules_in_words
from livevote.export.words import (
    DURABILITY,
    GRAPHICS,
    INCIDENTS,
    PHASES,
    REHEARSAL,
    ROLES,
    STATES,
    UNITS,
    VISIBILITIES,
    both,
    yes_no,
)

# A Decimal is a figure: it keeps the decimals that were aired ("87.0").
Cell = str | int | Decimal
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """name: one word, for code. Every row has as many cells as there are columns."""

    name: str
    title: Names
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(material: Material) -> tuple[Table, ...]:
    """All sheets, in the order in which they are read."""
    sheets = (
        session(material),
        board(material),
        segments(material),
        *((lookbacks(material),) if _looks_back(material) else ()),
        runs(material),
        results(material),
        distribution(material),
        turnout_by_seat(material),
        incidents(material),
        on_air(material),
        rules(material),
    )
    return tuple(_marked(material, sheet) for sheet in sheets)


def _marked(material: Material, table: Table) -> Table:
    """A rehearsal's table says so in every row, so that no row of it can pass for a real one's."""
    if not material.episode.rehearsal_of:
        return table
    mark = both(REHEARSAL)
    rows = tuple((mark, *row) for row in table.rows)
    return replace(table, columns=(both(MARK), *table.columns), rows=rows)


def figure(text: str) -> Cell:
    """A figure's text as an exact number; empty where there is none."""
    return Decimal(text) if text else ""


def level_name(rules: Rules, result: Result) -> Names:
    """The name of the band in which the figure falls; empty where it falls in none."""
    if not result.figure or result.level is None:
        return Names()
    shown = scaled_figure(result.figure)
    return next(band.name for band in rules.bands if shown >= band.floor)


def _segment(episode: Episode, run: Run) -> Segment:
    # A segment with a run never leaves the rundown.
    found = episode.segment(run.segment)
    assert found
    return found


def _panel(run: Run, row: PanelResult) -> Panel:
    found = run.rules.panel(row.panel)
    assert found
    return found


# --- the episode ---


def session(material: Material) -> Table:
    episode = material.episode
    revealed = sum(run.phase is Phase.REVEALED for run in episode.runs)
    rows: tuple[Row, ...] = (
        ("栏目 Show", both(episode.show)),
        ("节目 Episode", both(episode.title)),
        ("编号 Id", episode.id),
        ("建立 Made", iso(episode.created_ms, material.tz)),
        ("最后更改 Last change", iso(episode.changed_ms, material.tz)),
        ("修订 Revision", episode.revision),
        ("时区 Time zone", material.tz),
        ("环节 Segments", len(episode.segments)),
        ("席位 Seats", len(episode.seats)),
        ("投票轮 Ballot runs", len(episode.runs)),
        ("已公布 Revealed", revealed),
        ("存储 Store", both(DURABILITY[material.durability])),
    )
    return Table("session", Names("节目", "Session"), ("项目 Item", "内容 Content"), rows)


def board(material: Material) -> Table:
    episode = material.episode
    rows = []
    for row in episode.board():
        run = episode.run(row.run)
        assert run
        assert run.result
        segment = _segment(episode, run)
        rows.append(
            (
                row.rank or "",
                both(segment.unit),
                both(segment.post),
                run.code,
                figure(row.figure),
                both(UNITS[run.rules.unit]),
                both(level_name(run.rules, run.result)),
                row.n,
                row.N,
                row.online,
            )
        )
    columns = (
        "名次 Rank",
        "单位 Unit",
        "职务 Post",
        "轮次 Run",
        "结果 Figure",
        "计量 Measure",
        "等级 Level",
        "现场投票 n",
        "现场席位 N",
        "场外投票 Online",
    )
    return Table("board", Names("排名", "Board"), columns, tuple(rows))


def segments(material: Material) -> Table:
    episode = material.episode
    rows = [
        (
            position,
            segment.unit.zh,
            segment.unit.en,
            segment.post.zh,
            segment.post.en,
            segment.film,
            segment.question,
            segment.pledge,
            segment.due,
            segment.target,
            "、".join(run.code for run in episode.runs if run.segment == segment.id),
        )
        for position, segment in enumerate(episode.segments, 1)
    ]
    columns = (
        "序号 No.",
        "单位 Unit",
        "单位英文 Unit (English)",
        "职务 Post",
        "职务英文 Post (English)",
        "短片 Film",
        "提问 Question",
        "承诺 Pledge",
        "完成时限 Due",
        "完成标准 Target",
        "投票轮 Runs",
    )
    return Table("segments", Names("环节", "Segments"), columns, tuple(rows))


# --- what was promised before, and what became of it ---


def _looks_back(material: Material) -> bool:
    return any(segment.lookback for segment in material.episode.segments)


# Also the last columns of the summary, where there is something of it.
LOOK_BACK = (
    "承诺编号 Pledge No.",
    "往期承诺 Promised",
    "原时限 Earlier dates",
    "时限 Due",
    "办理状态 State",
    "状态日期 As of",
    "逾期天数 Days late",
    "上次节目 Then in",
    "上次得分 Score then",
    "上次计量 Measure then",
    "本次得分 Score now",
    "差 Difference",
)


def lookbacks(material: Material) -> Table:
    episode = material.episode
    rows = [
        (
            episode.position(segment.id),
            both(segment.unit),
            both(segment.post),
            *_look_back_cells(episode, segment),
        )
        for segment in episode.segments
        if segment.lookback
    ]
    columns = ("序号 No.", "单位 Unit", "职务 Post", *LOOK_BACK)
    return Table("lookbacks", Names("回头看", "Looking back"), columns, tuple(rows))


def _look_back_cells(episode: Episode, segment: Segment) -> Row:
    """The score of now is the one that was revealed: it stands beside one that was."""
    found = segment.lookback
    if found is None:
        return ("",) * len(LOOK_BACK)
    then, run = found.then, standing_run(episode, segment.id)
    now = run.result if run else None
    return (
        found.number,
        found.text,
        "、".join(found.dues),
        found.due,
        both(STATES[found.state]),
        found.day,
        found.days_late,
        f"{both(then.title)} {then.code}" if then else "",
        figure(then.result.figure) if then else "",
        both(UNITS[then.rules.unit]) if then else "",
        figure(now.figure) if now else "",
        figure(then.difference(run)) if then else "",
    )


# --- the runs ---


def _turned(material: Material, run: Run, answer: Answer) -> int:
    return sum(1 for turned in material.turned.get(run.id, ()) if turned.answer is answer)


def runs(material: Material) -> Table:
    rows = tuple(_run_row(material, run) for run in material.episode.runs)
    columns = (
        "轮次 Run",
        "序号 No.",
        "单位 Unit",
        "第几次 Attempt",
        "状态 Phase",
        "计票公布 Tally",
        "就绪 Armed",
        "开始 Opened",
        "截止 Closed",
        "公布 Revealed",
        "结果 Figure",
        "计量 Measure",
        "舍入前 Before rounding",
        "等级 Level",
        "满意率 Satisfied %",
        "现场投票 n",
        "现场席位 N",
        "场外投票 Online",
        "日志条数 Log entries",
        "迟到 Late",
        "暂停中到达 During pause",
        "核验人 Verified by",
        "重投原因 Re-run reason",
        "作废原因 Void reason",
        "提出作废 Void asked by",
        "确认作废 Void confirmed by",
        "规则指纹 Rules hash",
    )
    return Table("runs", Names("投票轮", "Runs"), columns, rows)


def _run_row(material: Material, run: Run) -> Row:
    episode, tz = material.episode, material.tz
    result = result_of(material, run)
    n, N = turnout(material, run)
    return (
        run.code,
        episode.position(run.segment),
        both(_segment(episode, run).unit),
        run.attempt,
        both(PHASES[run.phase]),
        both(VISIBILITIES[run.rules.visibility]),
        iso(run.armed_ms, tz),
        iso(run.opened_ms, tz),
        iso(run.closed_ms, tz),
        iso(run.revealed_ms, tz),
        figure(result.figure) if result else "",
        both(UNITS[run.rules.unit]),
        result.exact if result else "",
        both(level_name(run.rules, result)) if result else "",
        figure(result.satisfied) if result else "",
        n,
        N,
        result.online if result else "",
        run.size,
        _turned(material, run, Answer.LATE),
        _turned(material, run, Answer.PAUSED),
        run.verified_by,
        run.rerun_reason,
        run.void_reason,
        run.void_asked_by,
        run.voided_by,
        run.rules_hash,
    )


def _results(material: Material) -> Iterator[tuple[Run, str, PanelResult, Panel]]:
    """(run, unit, panel's result, panel) of every run that has a result to show."""
    for run in material.episode.runs:
        result = result_of(material, run)
        for row in result.panels if result else ():
            yield run, both(_segment(material.episode, run).unit), row, _panel(run, row)


def results(material: Material) -> Table:
    """One row per run and panel; the run's own figure is in `runs`."""
    rows = [
        (
            run.code,
            unit,
            both(PHASES[run.phase]),
            both(panel.name),
            both(ROLES[row.role]),
            row.weight,
            row.n,
            row.N or "",
            figure(row.figure),
            both(UNITS[panel.estimator.unit]),
            figure(row.satisfied),
            panel.quorum,
            yes_no(row.quorum_met),
            yes_no(row.counts_in_result),
        )
        for run, unit, row, panel in _results(material)
    ]
    columns = (
        "轮次 Run",
        "单位 Unit",
        "状态 Phase",
        "评分团 Panel",
        "角色 Role",
        "权重 Weight ‰",
        "票数 n",
        "席位 N",
        "评分 Figure",
        "计量 Measure",
        "满意率 Satisfied %",
        "最低票数 Quorum",
        "达到最低票数 Quorum met",
        "计入结果 In result",
    )
    return Table("results", Names("各评分团", "Results"), columns, tuple(rows))


def distribution(material: Material) -> Table:
    """One row per run, panel and value, best value first: scales differ in length, and a long
    table is what a spreadsheet's pivot wants."""
    rows: list[Row] = []
    for run, unit, row, panel in _results(material):
        counts = dict(row.counts)
        buckets = sorted(run.rules.scale.buckets, key=lambda b: -b.points)
        rows.extend(
            (
                run.code,
                unit,
                both(panel.name),
                both(bucket.name),
                bucket.points,
                yes_no(bucket.satisfied),
                counts[bucket.value],
                figure(percent_text(counts[bucket.value], row.n, run.rules.decimals)),
                row.n,
            )
            for bucket in buckets
        )
    columns = (
        "轮次 Run",
        "单位 Unit",
        "评分团 Panel",
        "选项 Choice",
        "分值 Points",
        "计为满意 Satisfied",
        "票数 Votes",
        "占比 Share %",
        "总票数 n",
    )
    return Table("distribution", Names("票数分布", "Distribution"), columns, tuple(rows))


def turnout_by_seat(material: Material) -> Table:
    """Who voted, never what: a seat and a score stand together in no export."""
    episode = material.episode
    opened = [run for run in episode.runs if run.opened_ms]
    known = {seat.label for seat in episode.seats}
    # A seat that voted and was taken off the roster since.
    gone = sorted(frozenset().union(*material.voted.values()) - known)
    places = [(s.label, s.block, _panel_name(episode, s.panel)) for s in episode.seats]
    rows: list[Row] = [
        (
            *place,
            *(yes_no(place[0] in material.voted.get(run.id, ())) for run in opened),
            sum(place[0] in material.voted.get(run.id, ()) for run in opened),
        )
        for place in (*places, *((label, "", "") for label in gone))
    ]
    columns = (
        "席位 Seat",
        "区 Block",
        "评分团 Panel",
        *(run.code for run in opened),
        "投票次数 Voted",
    )
    return Table("turnout", Names("席位投票", "Turnout"), columns, tuple(rows))


def _panel_name(episode: Episode, panel_id: str) -> str:
    panel = episode.rules.panel(panel_id)
    return both(panel.name) if panel else panel_id


# --- what did not go as planned ---


@dataclass(frozen=True)
class _Told:
    """An incident before it is a row. count: how many ballots it refused."""

    kind: Names
    run: str = ""
    seat: str = ""
    text: str = ""
    count: int = 0


_TELL: dict[type[ev.Event], Callable[[Any], _Told | None]] = {
    ev.SeatReissued: lambda e: _Told(Names("席位换发", "Seat re-issued"), seat=e.seat),
    ev.RunArmed: lambda e: (
        _Told(Names("重投", "Re-run"), e.run, text=e.rerun_reason) if e.rerun_reason else None
    ),
    ev.RunPaused: lambda e: _Told(Names("暂停", "Paused"), e.run),
    ev.RunResumed: lambda e: _Told(Names("继续", "Resumed"), e.run),
    ev.VoidAsked: lambda e: _Told(Names("提出作废", "Void asked"), e.run, text=e.reason),
    ev.VoidDropped: lambda e: _Told(Names("撤回作废", "Void dropped"), e.run),
    ev.RunVoided: lambda e: _Told(Names("作废", "Void"), e.run, text=e.reason),
    ev.CorrectionAsked: lambda e: _Told(
        Names("提出更正", "Correction asked"), e.run, text=f"{e.text} ({e.reason})"
    ),
    ev.CorrectionDropped: lambda e: _Told(Names("撤回更正", "Correction dropped"), e.run),
    ev.RunCorrected: lambda e: _Told(
        Names("更正", "Corrected"), e.run, text=f"{e.text} ({e.reason})"
    ),
    ev.GraphicsBlanked: lambda e: _Told(Names("画面清空", "Blanked")),
    ev.GraphicsRestored: lambda e: _Told(Names("画面恢复", "Restored")),
    ev.EpisodeForgotten: lambda e: _Told(Names("化名密钥销毁", "Pseudonym key destroyed")),
    ev.Incident: lambda e: _Told(INCIDENTS.get(e.kind, Names(e.kind)), e.run, text=e.text),
}

_REFUSED = (
    (Answer.LATE, Names("迟到的选票，未计", "Late ballots, not counted")),
    (Answer.PAUSED, Names("暂停中到达的选票，未计", "Ballots during a pause, not counted")),
)


def _incidents(material: Material) -> Iterator[tuple[int, str, _Told]]:
    """(when, by whom, what). Refused ballots stand together, at the time of the first."""
    for logged in material.events:
        tell = _TELL.get(type(logged.event))
        told = tell(logged.event) if tell else None
        if told:
            yield logged.at_ms, logged.by, told
    for run in material.episode.runs:
        for answer, kind in _REFUSED:
            turned = material.turned.get(run.id, ())
            times = [t.received_ms for t in turned if t.answer is answer]
            if times:
                yield min(times), "server", _Told(kind, run.id, count=len(times))


def incidents(material: Material) -> Table:
    """Re-issued seats, pauses, re-runs, voids, corrections, refused ballots, blanks, and what the
    server reported, in the order of time."""
    episode = material.episode
    rows: list[Row] = []
    for at_ms, by, told in sorted(_incidents(material), key=lambda incident: incident[0]):
        run = episode.run(told.run)
        rows.append(
            (
                iso(at_ms, material.tz),
                both(told.kind),
                run.code if run else "",
                both(_segment(episode, run).unit) if run else "",
                told.seat,
                told.count or "",
                told.text,
                by,
            )
        )
    columns = (
        "时间 Time",
        "事件 Incident",
        "轮次 Run",
        "单位 Unit",
        "席位 Seat",
        "票数 Ballots",
        "说明 Text",
        "操作人 By",
    )
    return Table("incidents", Names("事件", "Incidents"), columns, tuple(rows))


# --- what was on air ---


@dataclass(frozen=True)
class Stay:
    """One graphic on air without a break. out_ms 0: still there. figure: what it showed first."""

    graphic: Graphic
    in_ms: int
    out_ms: int
    run: str
    figure: str


def stays(material: Material) -> tuple[Stay, ...]:
    """The on-air log, by the time of going on. Blanked is off air; restored is on again."""
    episode = empty(material.episode.id)
    on: dict[Graphic, Stay] = {}
    over: list[Stay] = []
    for logged in material.events:
        episode = evolve(episode, logged)
        visible = () if episode.blanked else episode.programme
        for graphic in [g for g in on if g not in visible]:
            stay = on.pop(graphic)
            over.append(Stay(graphic, stay.in_ms, logged.at_ms, stay.run, stay.figure))
        for graphic in visible:
            if graphic not in on:
                run, shown = _first_shown(episode, graphic, logged.event)
                on[graphic] = Stay(graphic, logged.at_ms, 0, run, shown)
    return tuple(sorted((*over, *on.values()), key=lambda stay: stay.in_ms))


def _first_shown(episode: Episode, graphic: Graphic, event: ev.Event) -> tuple[str, str]:
    """(run code, figure) that a graphic shows when it goes on: what was logged when it was
    taken, or, when it comes back after a blank, what stands then."""
    if isinstance(event, ev.GraphicTaken) and event.graphic == graphic:
        run = episode.run(event.run)
        return run.code if run else "", event.figure
    run = episode.run_of(graphic.segment)
    if run is None:
        return "", ""
    return run.code, run.result.figure if run.result else ""


def on_air(material: Material) -> Table:
    episode, tz = material.episode, material.tz
    rows: list[Row] = []
    for stay in stays(material):
        segment = episode.segment(stay.graphic.segment)
        seconds = Decimal(stay.out_ms - stay.in_ms).scaleb(-3) if stay.out_ms else ""
        rows.append(
            (
                iso(stay.in_ms, tz),
                iso(stay.out_ms, tz),
                seconds,
                both(GRAPHICS[stay.graphic.kind]),
                both(segment.unit) if segment else "",
                stay.run,
                figure(stay.figure),
            )
        )
    columns = (
        "播出 In",
        "撤下 Out",
        "时长（秒） Seconds",
        "图形 Graphic",
        "单位 Unit",
        "轮次 Run",
        "最初显示 Shown first",
    )
    return Table("onair", Names("播出记录", "On air"), columns, tuple(rows))


# --- the rules ---


def rules(material: Material) -> Table:
    """Each set of rules that a run was armed with, as sentences, in the order of first use."""
    used: dict[str, list[Run]] = {}
    for run in material.episode.runs:
        used.setdefault(run.rules_hash, []).append(run)
    rows = [
        ("、".join(run.code for run in armed), rules_hash, *pair)
        for rules_hash, armed in used.items()
        for pair in zip(*(rules_in_words(armed[0].rules, lang) for lang in LANGS), strict=True)
    ]
    columns = ("轮次 Runs", "规则指纹 Rules hash", "规则", "Rule")
    return Table("rules", Names("规则", "Rules"), columns, tuple(rows))


# --- one row per segment, for the CSV ---


def summary(material: Material) -> Table:
    """One row per segment with the run that stands for it; other runs in the last column."""
    episode = material.episode
    ranks = {row.segment: row.rank for row in episode.board()}
    panels = _panels_used(material)
    rows = [
        _summary_row(material, segment, ranks.get(segment.id, 0), panels)
        for segment in episode.segments
    ]
    columns = (
        "序号 No.",
        "单位 Unit",
        "单位英文 Unit (English)",
        "职务 Post",
        "承诺 Pledge",
        "轮次 Run",
        "状态 Phase",
        "结果 Figure",
        "计量 Measure",
        "等级 Level",
        "名次 Rank",
        "满意率 Satisfied %",
        "现场投票 n",
        "现场席位 N",
        "场外投票 Online",
        *(
            f"{both(name)} · {what}"
            for name in panels.values()
            for what in ("结果 Figure", "n", "N")
        ),
        "规则指纹 Rules hash",
        "其他轮次 Other runs",
        *(LOOK_BACK if _looks_back(material) else ()),
    )
    return _marked(material, Table("summary", Names("结果", "Results"), columns, tuple(rows)))


def _panels_used(material: Material) -> dict[str, Names]:
    """Panels that some standing run has figures of, in the order of their first run."""
    used: dict[str, Names] = {}
    for segment in material.episode.segments:
        run = standing_run(material.episode, segment.id)
        result = result_of(material, run) if run else None
        if run and result:
            for row in result.panels:
                used.setdefault(row.panel, _panel(run, row).name)
    return used


def _summary_row(material: Material, segment: Segment, rank: int, panels: dict[str, Names]) -> Row:
    episode = material.episode
    run = standing_run(episode, segment.id)
    result = result_of(material, run) if run else None
    others = [r for r in episode.runs if r.segment == segment.id and r is not run]
    n, N = turnout(material, run) if run else ("", "")
    return (
        episode.position(segment.id),
        segment.unit.zh,
        segment.unit.en,
        both(segment.post),
        segment.pledge,
        run.code if run else "",
        both(PHASES[run.phase]) if run else "",
        figure(result.figure) if result else "",
        both(UNITS[run.rules.unit]) if run else "",
        both(level_name(run.rules, result)) if run and result else "",
        rank or "",
        figure(result.satisfied) if result else "",
        n,
        N,
        result.online if result else "",
        *_panel_cells(result, panels),
        run.rules_hash if run else "",
        "；".join(_other_run(r) for r in others),
        *(_look_back_cells(episode, segment) if _looks_back(material) else ()),
    )


def _panel_cells(result: Result | None, panels: dict[str, Names]) -> Iterator[Cell]:
    rows = {row.panel: row for row in result.panels} if result else {}
    for panel in panels:
        row = rows.get(panel)
        yield from (figure(row.figure), row.n, row.N or "") if row else ("", "", "")


def _other_run(run: Run) -> str:
    why = run.void_reason if run.phase is Phase.VOID else ""
    what = f"{run.code} {both(PHASES[run.phase])}"
    if may_show(run) and run.result and run.result.figure:
        what += f" {run.result.figure}"
    return f"{what}：{why}" if why else what
