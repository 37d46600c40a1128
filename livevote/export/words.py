"""Words of the files, in Chinese and English side by side. Nothing but words."""

from __future__ import annotations

from livevote.core.model import GraphicKind
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.pledge import State
from livevote.core.rules import Level, PanelRole, Unit, Visibility

PHASES: dict[Phase, Names] = {
    Phase.DRAFT: Names("草稿", "Draft"),
    Phase.ARMED: Names("就绪", "Armed"),
    Phase.OPEN: Names("投票中", "Open"),
    Phase.PAUSED: Names("暂停", "Paused"),
    Phase.CLOSING: Names("收票中", "Closing"),
    Phase.CLOSED: Names("已截止", "Closed"),
    Phase.VERIFIED: Names("已核验", "Verified"),
    Phase.REVEALED: Names("已公布", "Revealed"),
    Phase.VOID: Names("已作废", "Void"),
}

# Of a pledge.
STATES: dict[State, Names] = {
    State.MADE: Names("已作出", "Made"),
    State.ACCEPTED: Names("已认领", "Accepted"),
    State.IN_PROGRESS: Names("办理中", "In progress"),
    State.CLAIMED: Names("已报完成", "Claimed done"),
    State.VERIFIED: Names("已核实", "Verified"),
    State.DISPUTED: Names("有异议", "Disputed"),
    State.RESCHEDULED: Names("已改期", "Rescheduled"),
    State.OVERDUE: Names("逾期", "Overdue"),
    State.BROKEN: Names("未兑现", "Broken"),
    State.WITHDRAWN: Names("误登撤销", "Withdrawn"),
}

VISIBILITIES: dict[Visibility, Names] = {
    Visibility.LIVE: Names("实时公布", "Live"),
    Visibility.HELD: Names("公布前保密", "Held until revealed"),
}

UNITS: dict[Unit, Names] = {
    Unit.POINTS: Names("分", "points"),
    Unit.PERCENT: Names("%", "%"),
}

ROLES: dict[PanelRole, Names] = {
    PanelRole.COUNTING: Names("计入结果", "Counting"),
    PanelRole.ADVISORY: Names("仅供参考", "Advisory"),
    PanelRole.OFF: Names("不投票", "Off"),
}

GRAPHICS: dict[GraphicKind, Names] = {
    GraphicKind.BAR: Names("计票条", "Bar"),
    GraphicKind.RESULT: Names("结果", "Result"),
    GraphicKind.BOARD: Names("排名", "Board"),
    GraphicKind.COUNTDOWN: Names("倒计时", "Countdown"),
    GraphicKind.CALL: Names("投票提示", "Call to vote"),
    GraphicKind.SIDE: Names("侧栏", "Side column"),
    GraphicKind.PLEDGE: Names("承诺卡", "Pledge card"),
    GraphicKind.QUESTION: Names("提问卡", "Question card"),
    GraphicKind.LOOKBACK: Names("回头看", "Look-back card"),
    GraphicKind.DELIVERY: Names("兑现排名", "Delivery board"),
}

# What the server itself reports (core.event.Incident).
INCIDENTS: dict[str, Names] = {
    "recount_differs": Names("复算不符", "Recount differs"),
    "store_down": Names("存储中断", "Store down"),
}

# Level as a shape, for those who do not see the colour or print without it.
SHAPES: dict[Level, str] = {Level.GOOD: "✓", Level.MID: "○", Level.POOR: "×"}

DURABILITY: dict[str, Names] = {
    "durable": Names(
        "可靠：每一票回执前已写入磁盘", "Durable: every vote was on disk before its receipt"
    ),
    "not_durable": Names(
        "不可靠：存储不保证断电后不丢票", "NOT DURABLE: a power cut could have lost votes"
    ),
    "unknown": Names("未知：无法确认存储是否可靠", "Unknown: the store could not be asked"),
}

# On everything that comes from a rehearsal.
REHEARSAL = Names("彩排，不计", "REHEARSAL: does not count")

YES = Names("是", "Yes")
NO = Names("否", "No")


def both(names: Names) -> str:
    """Both languages in one cell: "单位 Unit"; once where they are the same."""
    return " ".join(dict.fromkeys(text for text in (names.zh, names.en) if text))


def yes_no(value: bool) -> str:
    return both(YES if value else NO)
