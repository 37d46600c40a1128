"""The pledge ledger as files: tables for people, JSON for programs and for bringing it back, and
a calendar feed. Pure: the same ledger on the same day gives the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from livevote.core.event import Logged
from livevote.core.ledger import Ledger
from livevote.core.names import Names
from livevote.core.plain import logged_to_plain, to_plain
from livevote.core.pledge import (
    REMIND_WORKDAYS,
    Duty,
    Move,
    Pledge,
    Reminder,
    State,
    days_late,
    deliveries,
    last_day,
    reminders,
    standing,
    workdays_late,
)
from livevote.core.workdays import Calendar
from livevote.errors import NotFound
from livevote.export.material import TZ, iso, zone
from livevote.export.sheets_csv import csv_bytes
from livevote.export.sheets_json import json_bytes
from livevote.export.tables import Row, Table, figure
from livevote.export.words import STATES, both
from livevote.export.xlsx import workbook

SCHEMA, VERSION = "livevote-ledger", 1

MOVES: dict[Move, Names] = {
    Move.ACCEPT: Names("认领", "Accepted"),
    Move.START: Names("开始办理", "Started"),
    Move.CLAIM: Names("报完成", "Claimed done"),
    Move.VERIFY: Names("核实", "Verified"),
    Move.DISPUTE: Names("提出异议", "Disputed"),
    Move.RESCHEDULE: Names("改期", "Rescheduled"),
    Move.BREAK: Names("认定未兑现", "Declared broken"),
    Move.WITHDRAW: Names("撤销误登", "Withdrawn"),
    Move.NOTE: Names("记录", "Note"),
}
ROLES: dict[str, Names] = {
    "supervision": Names("督查组", "Supervision"),
    "media": Names("媒体组", "Media"),
    "unit": Names("责任单位", "Unit"),
    "producer": Names("制片", "Producer"),
    "director": Names("导播", "Director"),
}
DUTIES: dict[Duty, Names] = {
    Duty.ACCEPT: Names("待认领", "To be accepted"),
    Duty.DELIVER: Names("待完成", "To be delivered"),
    Duty.VERIFY: Names("待核实", "To be verified"),
    Duty.DECIDE: Names("逾期，待处理", "Overdue, to be decided"),
    Duty.REPORT: Names("待报道", "To be reported"),
}


@dataclass(frozen=True)
class Account:
    """What the files are made from. today: the local date, on which overdue depends. now_ms: when
    they are made. tz: the zone in which times are written."""

    ledger: Ledger
    events: tuple[Logged, ...]
    today: date
    now_ms: int
    tz: str = TZ

    @property
    def pledges(self) -> list[Pledge]:
        return list(self.ledger.pledges.values())

    @property
    def calendar(self) -> Calendar:
        return self.ledger.calendar


# --- tables ---


def tables(account: Account) -> tuple[Table, ...]:
    return pledges(account), steps(account), ranking(account), daily(account)


# In the words of export.rows.PLEDGES, so that the table can be brought in again.
COLUMNS = (
    "编号 No.",
    "单位 Unit",
    "单位英文 Unit (English)",
    "职务 Post",
    "职务英文 Post (English)",
    "承诺 Pledge",
    "完成标准 Target",
    "佐证材料 Evidence wanted",
    "提问 Question",
    "完成时限 Due",
    "原时限 Earlier dates",
    "登记日 Entered on",
    "状态 State",
    "报完成日 Claimed on",
    "逾期天数 Days late",
    "逾期工作日 Working days late",
    "佐证件数 Files",
    "节目 Episode",
    "环节 Segment",
    "时间码 Timecode",
)


def pledges(account: Account) -> Table:
    rows = tuple(_row(account, pledge) for pledge in account.pledges)
    return Table("pledges", Names("承诺台账", "Pledges"), COLUMNS, rows)


def _row(account: Account, pledge: Pledge) -> Row:
    today, calendar = account.today, account.calendar
    return (
        pledge.number,
        pledge.unit.zh,
        pledge.unit.en,
        pledge.post.zh,
        pledge.post.en,
        pledge.text,
        pledge.target,
        pledge.wanted,
        pledge.question,
        pledge.due,
        "、".join(pledge.dues),
        pledge.made_day,
        both(STATES[standing(pledge, today, calendar)]),
        pledge.claimed_day,
        days_late(pledge, today, calendar),
        workdays_late(pledge, today, calendar),
        len(pledge.evidence),
        pledge.origin.episode,
        pledge.origin.segment,
        pledge.origin.timecode,
    )


def steps(account: Account) -> Table:
    rows = tuple(
        (
            pledge.number,
            pledge.unit.zh,
            iso(step.at_ms, account.tz),
            step.by,
            both(ROLES.get(step.role, Names(step.role))),
            both(MOVES[step.move]),
            both(STATES[step.state]),
            step.due,
            step.note,
            "\n".join(f"{file.name} sha256:{file.sha256}" for file in step.files),
        )
        for pledge in account.pledges
        for step in pledge.steps
    )
    columns = (
        "编号 No.",
        "单位 Unit",
        "时间 Time",
        "经办 By",
        "角色 Role",
        "办理 Move",
        "之后状态 State after",
        "新时限 New date",
        "说明 Note",
        "佐证 Files",
    )
    return Table("steps", Names("办理记录", "Steps"), columns, rows)


def ranking(account: Account) -> Table:
    rows = tuple(
        (
            row.rank or "",
            both(row.unit),
            figure(row.percent),
            row.kept,
            row.due,
            row.in_time,
            row.all,
            row.days_late,
        )
        for row in deliveries(account.pledges, account.today, account.calendar)
    )
    columns = (
        "名次 Rank",
        "单位 Unit",
        "兑现率 Kept %",
        "已核实 n",
        "已有结论 N",
        "按时 In time",
        "全部承诺 All",
        "逾期天数合计 Days late",
    )
    return Table("deliveries", Names("兑现排名", "Delivery"), columns, rows)


def daily(account: Account) -> Table:
    rows = tuple(
        (
            one.by,
            one.workdays,
            both(DUTIES[one.duty]),
            account.ledger.pledges[one.pledge].number,
            both(account.ledger.pledges[one.pledge].unit),
            account.ledger.pledges[one.pledge].text,
        )
        for one in reminders(account.pledges, account.today, account.calendar)
    )
    columns = (
        "日期 By",
        "还有工作日 Working days left",
        "事项 To do",
        "编号 No.",
        "单位 Unit",
        "承诺 Pledge",
    )
    return Table("today", Names("今日待办", "Today"), columns, rows)


# --- files ---


def _csv(account: Account) -> bytes:
    table = pledges(account)
    return csv_bytes([table.columns, *table.rows])


def _xlsx(account: Account) -> bytes:
    return workbook(tables(account), "承诺台账 Pledges", account.now_ms)


def _json(account: Account) -> bytes:
    """Everything: the pledges as they are brought in again, and the log that made them."""
    return json_bytes(
        {
            "schema": SCHEMA,
            "version": VERSION,
            "day": account.today.isoformat(),
            "revision": account.ledger.revision,
            "pledges": [to_plain(pledge) for pledge in account.pledges],
            "years": [to_plain(year) for year in account.ledger.years],
            "events": [logged_to_plain(logged) for logged in account.events],
        }
    )


@dataclass(frozen=True)
class Format:
    suffix: str
    media_type: str
    make: Callable[[Account], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format("pledges.csv", "text/csv; charset=utf-8", _csv),
    "xlsx": Format(
        "pledges.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _xlsx,
    ),
    "json": Format("pledges.json", "application/json", _json),
}

README = """\
承诺台账 · pledge ledger
  pledges.json  全部内容，可以导入另一台 livevote · everything; another livevote can take it
  pledges.xlsx / pledges.csv  给人看的表 · tables for people
  evidence/<SHA-256>  佐证材料，文件名是内容的 SHA-256：用 sha256sum 可以核对
                      evidence, named by the SHA-256 of its content: sha256sum checks it
"""


def archive(account: Account, path_of: Callable[[str], Path], out: Path) -> None:
    """All formats and all evidence as a ZIP at `out`; written piece by piece, for evidence is
    large. A file that is missing in the folder is missing in the archive."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("README.txt", README)
        for made in FORMATS.values():
            found.writestr(made.suffix, made.make(account))
        for sha256 in sorted({f.sha256 for p in account.pledges for f in p.evidence}):
            try:
                # Pictures, PDFs and films do not get smaller.
                found.write(path_of(sha256), f"evidence/{sha256}", zipfile.ZIP_STORED)
            except NotFound:
                continue


# --- the calendar feed ---

_OPEN_TO_THE_END = (State.VERIFIED, State.WITHDRAWN, State.BROKEN)
_ALARM_AT = time(9)
_ALARM_WORKDAYS = (REMIND_WORKDAYS, 3, 0)


def feed(account: Account, unit: str = "") -> bytes:
    """The due dates of all pledges that are not over, as iCalendar (RFC 5545): an all-day event
    each, with alarms at nine in the morning ten and three working days before and on the day.
    unit: only this one's, by its Chinese or English name."""
    # Here: it is asked for once in hours, and a start does not wait for it.
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//livevote//pledges//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"承诺时限 {unit}".strip())
    calendar.add("x-published-ttl", "PT1H")
    for pledge in account.pledges:
        named = unit in ("", pledge.unit.zh, pledge.unit.en)
        if named and pledge.state not in _OPEN_TO_THE_END:
            calendar.add_component(_event(icalendar, account, pledge))
    return bytes(calendar.to_ical())


def _event(icalendar: Any, account: Account, pledge: Pledge) -> Any:
    stands = standing(pledge, account.today, account.calendar)
    last = last_day(pledge, account.calendar)
    event = icalendar.Event()
    # The same event in every reading of the feed; each step makes it a newer one.
    event.add("uid", f"{pledge.id}@livevote")
    event.add("sequence", len(pledge.steps))
    event.add("dtstamp", datetime.fromtimestamp(_changed_ms(pledge) / 1000, UTC))
    event.add("dtstart", last)
    event.add("dtend", last + timedelta(days=1))
    event.add("summary", f"{STATES[stands].zh} · {pledge.unit.zh}：{pledge.text}"[:200])
    event.add("description", "\n".join(_told(pledge, stands)))
    event.add("transp", "TRANSPARENT")
    for workdays in _ALARM_WORKDAYS:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{pledge.unit.zh}：{pledge.text}"[:200])
        day = account.calendar.add_workdays(last, -workdays)
        at = datetime.combine(day, _ALARM_AT, zone(account.tz))
        alarm.add("trigger", at.astimezone(UTC))
        event.add_component(alarm)
    return event


def _changed_ms(pledge: Pledge) -> int:
    return pledge.steps[-1].at_ms if pledge.steps else pledge.origin.at_ms


def _told(pledge: Pledge, stands: State) -> Iterable[str]:
    yield f"№ {pledge.number} {both(pledge.unit)} {both(pledge.post)}".rstrip()
    yield pledge.text
    if pledge.target:
        yield f"完成标准 Target: {pledge.target}"
    if pledge.wanted:
        yield f"佐证材料 Evidence: {pledge.wanted}"
    yield f"完成时限 Due: {pledge.due}"
    if pledge.dues:
        yield f"原时限 Earlier: {'、'.join(pledge.dues)}"
    yield f"状态 State: {both(STATES[stands])}"


def in_words(account: Account, one: Reminder) -> str:
    """A line of the daily list."""
    pledge = account.ledger.pledges[one.pledge]
    when = f"{one.by}（{one.workdays:+d}）"
    return f"{when} {both(DUTIES[one.duty])} № {pledge.number} {both(pledge.unit)}: {pledge.text}"
