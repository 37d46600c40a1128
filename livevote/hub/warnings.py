"""What the director should be told before the nation sees it. Pure: from the episode and a few
facts to warnings, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from livevote.core.model import Episode, GraphicKind
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.plain import to_plain

MISSED = (Phase.ARMED, Phase.OPEN, Phase.PAUSED, Phase.VOID)


@dataclass(frozen=True)
class Facts:
    """What the episode itself does not hold. differing: codes of the runs whose log is not the one
    that was signed. overlays_stopped: how many of the overlays draw no more. rehearsed: the title
    of the rehearsal that voters land in, None where they do not land in one."""

    durability: str
    store_up: bool
    overlays: int
    seats: int
    seats_online: int
    differing: tuple[str, ...] = ()
    overlays_stopped: int = 0
    rehearsed: Names | None = None


@dataclass(frozen=True)
class Warning:
    kind: str
    text: Names
    action: Names

    def plain(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": to_plain(self.text), "action": to_plain(self.action)}


def warnings(episode: Episode, facts: Facts) -> list[Warning]:
    """The most urgent first."""
    return [
        *_store(facts),
        *_rehearsal(episode, facts),
        *_on_air(episode),
        *_audience(episode, facts),
    ]


def _store(facts: Facts) -> Iterator[Warning]:
    if not facts.store_up:
        yield Warning(
            "store_down",
            Names("存储没有响应，选票暂未计入", "The store does not answer; ballots wait"),
            Names("不要收票；设备会自动重发", "Do not close; devices send again by themselves"),
        )
    for code in facts.differing:
        yield Warning(
            "log_differs",
            Names(
                f"{code} 轮的选票日志与已签名的检查点不一致",
                f"The ballot log of {code} differs from its signed checkpoints",
            ),
            Names(
                "不要公布该轮；保留存储目录并查明原因",
                "Do not reveal it; keep a copy of the store's folder and find out why",
            ),
        )
    if facts.durability == "not_durable":
        yield Warning(
            "not_durable",
            Names("存储不持久：断电会丢票", "NOT DURABLE: a power cut loses votes"),
            Names("换用持久存储后再播出", "Use a durable store before going on air"),
        )
    if facts.durability == "unknown":
        yield Warning(
            "durability_unknown",
            Names("无法确认存储是否持久", "It is unknown whether the store is durable"),
            Names("请存储管理员确认 appendfsync", "Ask the store's keeper about appendfsync"),
        )


def _rehearsal(episode: Episode, facts: Facts) -> Iterator[Warning]:
    """Where a vote is about to come, or under way, that viewers would miss."""
    run = episode.run_shown
    awaited = episode.current and (not run or run.phase in MISSED)
    if facts.rehearsed and awaited and not episode.rehearsal_of:
        zh, en = facts.rehearsed.zh, facts.rehearsed.get("en")
        yield Warning(
            "voters_in_rehearsal",
            Names(f"观众还在彩排中：“{zh}”", f"Voters are still in a rehearsal: “{en}”"),
            Names("按住“切换到本期”，让观众过来", "Hold “Bring them here” at the top"),
        )


def _on_air(episode: Episode) -> Iterator[Warning]:
    run = episode.run_under_way
    for graphic in episode.programme:
        shown = episode.run_of(graphic.segment)
        if graphic.kind is GraphicKind.CALL and not (shown and shown.phase is Phase.OPEN):
            yield Warning(
                "call_while_closed",
                Names(
                    "投票邀请在播，但投票未开放", "The call to vote is on air, voting is not open"
                ),
                Names("开票，或撤下投票邀请", "Open the vote, or take the call out"),
            )
        if run and graphic.segment and graphic.segment != run.segment:
            yield Warning(
                "other_official",
                Names("画面上的单位不是正在评分的单位", "Another official is on air than scored"),
                Names("切换图文，或改选环节", "Take the right graphic, or choose its segment"),
            )
    if episode.blanked and run and run.phase is Phase.OPEN:
        yield Warning(
            "blanked_while_open",
            Names("投票进行中，但图文已清空", "Voting is open while all graphics are blanked"),
            Names("按“恢复”让图文回来", "Press restore to bring the graphics back"),
        )


def _audience(episode: Episode, facts: Facts) -> Iterator[Warning]:
    if facts.overlays == 0 and episode.programme:
        yield Warning(
            "no_overlay",
            Names("没有图文终端在线", "No overlay is connected"),
            Names("检查图文机的浏览器源", "Check the browser source on the graphics machine"),
        )
    if facts.overlays_stopped and episode.programme and not episode.blanked:
        count = facts.overlays_stopped
        yield Warning(
            "overlay_stopped",
            Names(f"{count} 个图文终端停止绘制", f"Overlays that have stopped drawing: {count}"),
            Names(
                "看底栏是哪一个；在图文机上刷新浏览器源",
                "See below which; refresh its browser source on the graphics machine",
            ),
        )
    run = episode.run_under_way
    if run and run.phase is Phase.ARMED and facts.seats and facts.seats_online < facts.seats:
        missing = facts.seats - facts.seats_online
        yield Warning(
            "seats_absent",
            Names(f"{missing} 个席位的平板不在线", f"{missing} seats have no tablet online"),
            Names("看席位图，处理后再开票", "See the seat map before opening"),
        )
