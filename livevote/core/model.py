"""The episode and what it is made of. Values only: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from livevote.core.names import Names
from livevote.core.phase import UNDER_WAY, Phase
from livevote.core.pledge import State
from livevote.core.result import BoardRow, Result, Standing, difference, rank
from livevote.core.rules import Admission, PanelRole, Rules


@dataclass(frozen=True)
class Then:
    """The score that was given when the pledge was made, with the rules by which it was. title: of
    that episode; code: of its run."""

    title: Names
    code: str
    revealed_ms: int
    result: Result
    rules: Rules
    rules_hash: str

    def difference(self, run: Run | None) -> str:
        """The score of this run less this one ("+6.5"), "" while it has none by the same rules."""
        if run is None or run.result is None or run.rules_hash != self.rules_hash:
            return ""
        return difference(self.result, run.result, self.rules.decimals)


@dataclass(frozen=True)
class LookBack:
    """A pledge of an earlier episode as the ledger had it on `day`. number: what people call it by.
    state: overdue included. dues: the dates before the one that holds. evidence: how many files.
    note: the newest finding's words. then: None where no score was given."""

    pledge: str
    number: int
    day: str
    text: str
    due: str
    state: State
    target: str = ""
    dues: tuple[str, ...] = ()
    days_late: int = 0
    claimed_day: str = ""
    evidence: int = 0
    note: str = ""
    then: Then | None = None


@dataclass(frozen=True)
class Segment:
    """One official's turn. post: the office they hold, never a name. due: the date by which the
    pledge will be kept, target: how one will see it. lookback: of a segment that looks back; only
    the server puts it there, from the ledger."""

    id: str
    unit: Names
    post: Names = Names()
    film: str = ""
    question: str = ""
    pledge: str = ""
    due: str = ""
    target: str = ""
    lookback: LookBack | None = None


@dataclass(frozen=True)
class Seat:
    """One studio place: one seat, one ballot, whatever tablet sits there."""

    label: str
    block: str = ""
    panel: str = "studio"


@dataclass(frozen=True)
class SeatState:
    """generation rises with every issue; joined: a tablet holds this generation."""

    generation: int = 1
    joined: bool = False


@dataclass(frozen=True)
class Correction:
    """What is said publicly beside a sealed result. confirmed_by "", at_ms 0: only asked for."""

    text: str
    reason: str
    asked_by: str
    confirmed_by: str = ""
    at_ms: int = 0


@dataclass(frozen=True)
class Run:
    """One opening of one segment's scoring. Times are milliseconds since 1970, 0 is not yet.

    code: what screens show, unique in the episode. deadline_ms 0: until the director closes.
    left_ms: what was left of the deadline when paused. closed_ms: T, the moment of close.
    later_ms: how much longer viewers have; 0 once it is closed from a pause, which stops everybody.
    void_asked_by: a first person asked for void and a second has not confirmed.
    correction: the same for a correction; corrections: those confirmed, oldest first.
    """

    id: str
    code: str
    segment: str
    attempt: int
    phase: Phase
    rules: Rules
    rules_hash: str
    eligible: Mapping[str, int]
    armed_ms: int
    opened_ms: int = 0
    deadline_ms: int = 0
    left_ms: int = 0
    closed_ms: int = 0
    later_ms: int = 0
    finished_ms: int = 0
    size: int = 0
    verified_by: str = ""
    revealed_ms: int = 0
    result: Result | None = None
    rerun_reason: str = ""
    void_reason: str = ""
    void_asked_by: str = ""
    voided_by: str = ""
    correction: Correction | None = None
    corrections: tuple[Correction, ...] = ()

    def last_ms(self, panel: str) -> int:
        """The last moment at which a ballot of this panel may have arrived, once it is closed."""
        viewers = panel == self.rules.viewers_panel
        return self.closed_ms + (self.later_ms if viewers else 0)


class GraphicKind(StrEnum):
    BAR = "bar"
    RESULT = "result"
    BOARD = "board"
    COUNTDOWN = "countdown"
    CALL = "call"
    SIDE = "side"
    PLEDGE = "pledge"
    QUESTION = "question"
    LOOKBACK = "lookback"
    DELIVERY = "delivery"


# Where each graphic sits. One graphic per layer; a full-screen one takes the others out. The side
# column is the bar in another place, and never beside it.
LAYERS: dict[GraphicKind, str] = {
    GraphicKind.BAR: "lower",
    GraphicKind.CALL: "lower",
    GraphicKind.SIDE: "lower",
    GraphicKind.PLEDGE: "lower",
    GraphicKind.QUESTION: "lower",
    GraphicKind.COUNTDOWN: "corner",
    GraphicKind.RESULT: "full",
    GraphicKind.BOARD: "full",
    GraphicKind.LOOKBACK: "full",
    GraphicKind.DELIVERY: "full",
}
# These show the episode or the ledger, and no segment.
OF_NO_SEGMENT = frozenset({GraphicKind.BOARD, GraphicKind.DELIVERY})


@dataclass(frozen=True)
class Graphic:
    """A graphic and whom it shows (segment is "" for those of OF_NO_SEGMENT)."""

    kind: GraphicKind
    segment: str = ""


@dataclass(frozen=True)
class Episode:
    """One broadcast: the fold of its events. revision counts them. forgotten_ms: when the key of
    its pseudonyms was destroyed, 0 while it is there. rehearsal_of: the episode that this one only
    rehearses, "" for a real one."""

    id: str
    show: Names
    title: Names
    created_ms: int
    revision: int = 0
    segments: tuple[Segment, ...] = ()
    seats: tuple[Seat, ...] = ()
    seat_states: Mapping[str, SeatState] = field(default_factory=dict)
    rules: Rules = Rules()
    runs: tuple[Run, ...] = ()
    current: str = ""
    preview: Graphic | None = None
    programme: tuple[Graphic, ...] = ()
    blanked: bool = False
    changed_ms: int = 0
    forgotten_ms: int = 0
    rehearsal_of: str = ""

    def segment(self, segment_id: str) -> Segment | None:
        return next((s for s in self.segments if s.id == segment_id), None)

    def position(self, segment_id: str) -> int:
        """The segment's place in the rundown from 1; 0 where it is not in it."""
        return next((i for i, s in enumerate(self.segments, 1) if s.id == segment_id), 0)

    def run(self, run_id: str) -> Run | None:
        return next((r for r in self.runs if r.id == run_id), None)

    def seat(self, label: str) -> Seat | None:
        return self._seat_of.get(label)

    @cached_property
    def _seat_of(self) -> dict[str, Seat]:
        """Looked up for every ballot."""
        return {seat.label: seat for seat in reversed(self.seats)}

    def run_of(self, segment_id: str) -> Run | None:
        """The run that stands for a segment: its latest that is not void."""
        runs = [r for r in self.runs if r.segment == segment_id and r.phase is not Phase.VOID]
        return runs[-1] if runs else None

    @property
    def run_under_way(self) -> Run | None:
        """The run that is armed, open, paused or closing; at most one per episode."""
        return next((r for r in self.runs if r.phase in UNDER_WAY), None)

    @property
    def run_shown(self) -> Run | None:
        """What screens are about: the run under way, else the one that stands for the current
        segment."""
        return self.run_under_way or self.run_of(self.current)

    @property
    def run_told(self) -> Run | None:
        """What voters are told of: the same, but a void that nothing has followed is said too."""
        if self.run_under_way:
            return self.run_under_way
        return next((r for r in reversed(self.runs) if r.segment == self.current), None)

    def rules_for(self, segment_id: str) -> Rules:
        """By which a run of this segment is armed: the episode's; those of then where it looks
        back, so that the two scores are of the same scale and panels."""
        segment = self.segment(segment_id)
        then = segment.lookback.then if segment and segment.lookback else None
        return then.rules if then else self.rules

    def eligible(self, rules: Rules | None = None) -> dict[str, int]:
        """panel id → seats, for the panels that have seats and take ballots by these rules; by the
        episode's where none are given."""
        counts = {
            panel.id: 0
            for panel in (rules or self.rules).panels
            if panel.admission is Admission.SEATS and panel.role is not PanelRole.OFF
        }
        for seat in self.seats:
            if seat.panel in counts:
                counts[seat.panel] += 1
        return counts

    def board(self) -> tuple[BoardRow, ...]:
        """The ranking of all revealed segments. A segment's latest revealed run stands."""
        standings = []
        for position, segment in enumerate(self.segments, 1):
            revealed = [r for r in self.runs if r.segment == segment.id and r.result is not None]
            if revealed and (result := revealed[-1].result) is not None:
                standings.append(Standing(segment.id, revealed[-1].id, position, result))
        return rank(standings, self.rules.tie_breaks)
