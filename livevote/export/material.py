"""What every export is made from, and what of it may be shown.

Exports are pure: the same material gives the same bytes, today and on another
machine. Nothing here reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from livevote.core.ballot import Entry, Turned, recount
from livevote.core.event import Logged
from livevote.core.model import Episode, Run
from livevote.core.phase import Phase
from livevote.core.result import Result, compute
from livevote.core.rules import PanelRole, Visibility
from livevote.errors import BadInput

TZ = "Asia/Shanghai"
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Material:
    """One episode as it stands.

    ballots, turned: run id → its log, and its ballots that came late or during a pause.
    voted: run id → labels of the seats that voted. durability: "durable", "not_durable" or
    "unknown". tz: the zone in which times are written. checkpoints: run id → its signed notes,
    oldest first. key: the verifier key of their signatures, "" where there is none. sign: a
    note's text → the note signed by that key (the same text always gives the same note).
    """

    episode: Episode
    events: tuple[Logged, ...]
    ballots: Mapping[str, tuple[Entry, ...]]
    turned: Mapping[str, tuple[Turned, ...]]
    voted: Mapping[str, frozenset[str]]
    durability: str = "unknown"
    tz: str = TZ
    checkpoints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    sign: Callable[[str], str] | None = None


def may_show(run: Run) -> bool:
    """Whether counts and figures of this run may leave the server. Held means held, whatever
    ballots the material happens to contain."""
    return run.phase is Phase.REVEALED or run.rules.visibility is Visibility.LIVE


def log_of(material: Material, run: Run) -> tuple[Entry, ...] | None:
    """The run's ballot log; None where there is none to show."""
    return material.ballots.get(run.id) if may_show(run) else None


def result_of(material: Material, run: Run) -> Result | None:
    """The sealed result of a revealed run; what is counted so far of one that is not held.
    A void run has none."""
    if run.phase is Phase.REVEALED:
        return run.result
    log = log_of(material, run)
    if log is None or not run.opened_ms or run.phase is Phase.VOID:
        return None
    return compute(run.rules, run.eligible, recount(log))


def turnout(material: Material, run: Run) -> tuple[int, int]:
    """(n, N) of the panels with seats. Turnout is never held."""
    result = result_of(material, run)
    if result:
        return result.n, result.N
    off = {panel.id for panel in run.rules.panels if panel.role is PanelRole.OFF}
    eligible = sum(seats for panel, seats in run.eligible.items() if panel not in off)
    return len(material.voted.get(run.id, ())), eligible


def standing_run(episode: Episode, segment_id: str) -> Run | None:
    """The run whose figure stands for a segment: its latest revealed one, as on the board; before
    any is revealed, its latest that is not void."""
    revealed = [r for r in episode.runs if r.segment == segment_id and r.result is not None]
    return revealed[-1] if revealed else episode.run_of(segment_id)


def zone(name: str) -> ZoneInfo | timezone:
    """Raises BadInput for a zone that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A machine without a zone database still knows the studio's own zone: China has
        # had one offset, without summer time, since 1991.
        if name == TZ:
            return CHINA
        raise BadInput(f"there is no time zone {name!r}", where="tz") from None


def moment(at_ms: int, tz: str) -> datetime:
    """Milliseconds since 1970 as a time in the zone, exact to the millisecond."""
    whole, ms = divmod(at_ms, 1000)
    return datetime.fromtimestamp(whole, zone(tz)).replace(microsecond=ms * 1000)


def iso(at_ms: int, tz: str) -> str:
    """ISO 8601 with milliseconds and offset, "" for 0 (not yet)."""
    return moment(at_ms, tz).isoformat(timespec="milliseconds") if at_ms else ""


def readable(at_ms: int, tz: str) -> str:
    """To the second, with its zone: "2026-03-01 20:15:00 UTC+08:00"; "" for 0."""
    if not at_ms:
        return ""
    at = moment(at_ms, tz)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{at.isoformat()[-6:]}"
