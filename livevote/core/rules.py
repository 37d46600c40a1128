"""The published rules of scoring: panels, estimators, bands, windows. Frozen and hashed when a
run is armed; the hash is shown at open, in every export and on the public page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from livevote.core.names import Names
from livevote.core.scale import SATISFACTION, Scale, ScaleKind
from livevote.errors import BadInput

PANELS_MAX = 8
WEIGHT_MAX = 1000
CHANNELS_MAX = 8
DELAY_MS_MAX = 120_000


class Admission(StrEnum):
    """Who may vote in a panel: holders of a seat, or anyone with a viewer cookie."""

    SEATS = "seats"
    VIEWERS = "viewers"


class PanelRole(StrEnum):
    """counting: in the result by its weight; advisory: shown, weight 0; off: takes no ballots."""

    COUNTING = "counting"
    ADVISORY = "advisory"
    OFF = "off"


class EstimatorKind(StrEnum):
    MEAN = "mean"
    TRIMMED_MEAN = "trimmed_mean"
    MEDIAN = "median"
    SATISFACTION = "satisfaction"
    SHARE = "share"


class Unit(StrEnum):
    """What a figure is measured in."""

    POINTS = "points"
    PERCENT = "percent"


class Visibility(StrEnum):
    """live: bars roll while votes come in. held: counts stay in the server until reveal."""

    LIVE = "live"
    HELD = "held"


class Verification(StrEnum):
    PERSON = "person"
    AUTOMATIC = "automatic"


class TieBreak(StrEnum):
    """What decides between equal figures, in the order given; what is still equal shares a rank."""

    SATISFIED = "satisfied"
    VOTERS = "voters"
    RUNDOWN = "rundown"


class Level(StrEnum):
    GOOD = "good"
    MID = "mid"
    POOR = "poor"


@dataclass(frozen=True)
class Estimator:
    """How one panel's counts become one figure.

    trim_percent: for a trimmed mean, dropped at each end.
    share_of: for a share, the values that are counted together.
    """

    kind: EstimatorKind = EstimatorKind.MEAN
    trim_percent: int = 0
    share_of: tuple[int, ...] = ()

    @property
    def unit(self) -> Unit:
        percent = self.kind in (EstimatorKind.SATISFACTION, EstimatorKind.SHARE)
        return Unit.PERCENT if percent else Unit.POINTS


@dataclass(frozen=True)
class Panel:
    """Who scores, and how much it weighs. weight: per mille. quorum: fewest ballots that make
    this panel's figure count."""

    id: str
    name: Names
    admission: Admission
    role: PanelRole = PanelRole.COUNTING
    weight: int = 1000
    estimator: Estimator = Estimator()
    quorum: int = 1


@dataclass(frozen=True)
class Channel:
    """A way on which viewers follow the show. delay_ms: how much later than in the studio they see
    or hear it."""

    id: str
    name: Names
    delay_ms: int = 0


@dataclass(frozen=True)
class Band:
    """A level with a name, for figures at or above `floor` (whole points or percent)."""

    floor: int
    level: Level
    name: Names


BANDS = (
    Band(80, Level.GOOD, Names("满意", "Good")),
    Band(60, Level.MID, Names("基本满意", "Fair")),
    Band(-1000, Level.POOR, Names("不满意", "Poor")),
)

PANELS = (
    Panel("studio", Names("现场群众代表", "Studio citizens"), Admission.SEATS, weight=700),
    Panel("online", Names("场外观众", "Viewers"), Admission.VIEWERS, weight=300),
)


@dataclass(frozen=True)
class Rules:
    """Everything that turns ballots into a result.

    grace_ms: how long after close ballots that arrived in time are still written.
    duration_ms: how long a run stays open by itself; 0 is until the director closes.
    decimals: of every figure shown, 0 to 3, rounded half up.
    channels: on which viewers follow the show; their panel closes later by the longest delay.
    """

    scale: Scale = SATISFACTION
    panels: tuple[Panel, ...] = PANELS
    visibility: Visibility = Visibility.LIVE
    change_allowed: bool = True
    grace_ms: int = 2000
    duration_ms: int = 60_000
    decimals: int = 1
    bands: tuple[Band, ...] = BANDS
    tie_breaks: tuple[TieBreak, ...] = (TieBreak.SATISFIED, TieBreak.VOTERS)
    verification: Verification = Verification.PERSON
    channels: tuple[Channel, ...] = ()

    def panel(self, panel_id: str) -> Panel | None:
        return next((panel for panel in self.panels if panel.id == panel_id), None)

    @property
    def viewers_panel(self) -> str:
        """The id of the panel in which viewers sit, "" where the rules have none."""
        return next((panel.id for panel in self.panels if _is_viewers(panel)), "")

    @property
    def later_ms(self) -> int:
        """How much later the window closes for viewers than for seats: whoever has the show last
        has as long as the studio. A ballot does not say on which channel its voter is, so one end
        holds for all viewers."""
        delays = [channel.delay_ms for channel in self.channels]
        return max(delays, default=0) if self.viewers_panel else 0

    @property
    def unit(self) -> Unit:
        """The unit of the result: that of the counting panels (they agree, see check)."""
        counting = [p for p in self.panels if p.role is PanelRole.COUNTING]
        return (counting or list(self.panels))[0].estimator.unit

    def check(self) -> None:
        """Raises BadInput, with the place, where the rules could not be published."""
        self.scale.check()
        _check_panels(self.panels, self.scale)
        if not 0 <= self.decimals <= 3:
            raise BadInput("decimals are 0 to 3", where="decimals")
        if not 0 <= self.grace_ms <= 10_000:
            raise BadInput("the grace is 0 to 10,000 ms", where="grace_ms")
        if self.duration_ms and not 5_000 <= self.duration_ms <= 3_600_000:
            raise BadInput("a run lasts 5 s to 1 h, or 0 for no deadline", where="duration_ms")
        floors = [band.floor for band in self.bands]
        if floors != sorted(set(floors), reverse=True):
            raise BadInput("bands go from the highest floor to the lowest", where="bands")
        if len(set(self.tie_breaks)) != len(self.tie_breaks):
            raise BadInput("each tie-break once", where="tie_breaks")
        _check_channels(self.channels)

    def hash(self) -> str:
        """SHA-256 of the rules as canonical JSON (sorted keys, no spaces, UTF-8), in hex."""
        return hashlib.sha256(canonical(self)).hexdigest()


def canonical(rules: Rules) -> bytes:
    """The bytes that are hashed. Only integers, booleans, strings, lists and maps occur, so
    sorted keys without spaces make one form for one meaning."""
    text = json.dumps(asdict(rules), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _check_panels(panels: tuple[Panel, ...], scale: Scale) -> None:
    if not 1 <= len(panels) <= PANELS_MAX:
        raise BadInput(f"1 to {PANELS_MAX} panels", where="panels")
    if len({panel.id for panel in panels}) != len(panels):
        raise BadInput("two panels have the same id", where="panels")
    for i, panel in enumerate(panels):
        _check_panel(panel, scale, f"panels.{i}")
    counting = [panel for panel in panels if panel.role is PanelRole.COUNTING]
    if not counting:
        raise BadInput("at least one panel must count", where="panels")
    if len({panel.estimator.unit for panel in counting}) > 1:
        raise BadInput("counting panels must all give points or all give percent", where="panels")
    if sum(map(_is_viewers, panels)) > 1:
        raise BadInput("viewers can sit in one panel only", where="panels")


def _is_viewers(panel: Panel) -> bool:
    return panel.admission is Admission.VIEWERS and panel.role is not PanelRole.OFF


def _check_id(text: str, where: str) -> None:
    if not text or not text.isascii() or not text.isidentifier() or len(text) > 24:
        raise BadInput("an id is a short word of Latin letters and digits", where=f"{where}.id")


def _check_channels(channels: tuple[Channel, ...]) -> None:
    if len(channels) > CHANNELS_MAX:
        raise BadInput(f"at most {CHANNELS_MAX} channels", where="channels")
    for i, channel in enumerate(channels):
        where = f"channels.{i}"
        _check_id(channel.id, where)
        if channel.id in (other.id for other in channels[:i]):
            raise BadInput("two channels have the same id", where=f"{where}.id")
        if not channel.name.zh:
            raise BadInput("the channel needs a name", where=f"{where}.name")
        if not 0 <= channel.delay_ms <= DELAY_MS_MAX:
            raise BadInput("a delay is 0 to 120,000 ms", where=f"{where}.delay_ms")


def _check_panel(panel: Panel, scale: Scale, where: str) -> None:
    _check_id(panel.id, where)
    if not panel.name.zh:
        raise BadInput("the panel needs a name", where=f"{where}.name")
    if panel.role is PanelRole.COUNTING and not 1 <= panel.weight <= WEIGHT_MAX:
        raise BadInput("a counting panel weighs 1 to 1000 per mille", where=f"{where}.weight")
    if panel.quorum < 0:
        raise BadInput("a quorum is 0 or more", where=f"{where}.quorum")
    if panel.estimator.kind is EstimatorKind.TRIMMED_MEAN and not (
        0 <= panel.estimator.trim_percent < 50
    ):
        raise BadInput("trim is 0 to 49 %", where=f"{where}.estimator.trim_percent")
    if panel.estimator.kind is EstimatorKind.SHARE:
        share_of = panel.estimator.share_of
        # A value named twice would be counted twice: a share above 100 %.
        if not share_of or len(set(share_of)) < len(share_of) or not set(share_of) <= scale.values:
            raise BadInput(
                "a share names at least one value of the scale, each once",
                where=f"{where}.estimator.share_of",
            )
    if scale.kind is ScaleKind.LABELS or panel.estimator.kind is not EstimatorKind.SATISFACTION:
        return
    if not scale.low < scale.satisfied_from <= scale.high:
        raise BadInput("satisfied_from must lie on the scale", where="scale.satisfied_from")
