"""What several tests start from: one small episode, and strategies for rules and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from livevote.core import event as ev
from livevote.core.command import Asked, Command, decide
from livevote.core.fold import empty, evolve
from livevote.core.model import Episode, Run, Seat, Segment
from livevote.core.names import Names
from livevote.core.result import Result, compute
from livevote.core.rules import (
    Admission,
    Band,
    Channel,
    Estimator,
    EstimatorKind,
    Level,
    Panel,
    PanelRole,
    Rules,
    TieBreak,
    Unit,
    Verification,
    Visibility,
)
from livevote.core.scale import Label, Scale, ScaleKind
from livevote.core.tally import Tally

WATER = Segment("water", Names("台州市水利局", "Water Resources"), Names("局长", "Director"))
HOUSING = Segment("housing", Names("台州市建设局", "Housing"), Names("局长", "Director"))
SEATS = (Seat("A-01", "A"), Seat("A-02", "A"), Seat("B-01", "B"))


@dataclass
class Story:
    """An episode that is told command by command, as a director would log it."""

    episode: Episode = field(default_factory=lambda: empty("e1"))
    log: list[ev.Logged] = field(default_factory=list)
    now_ms: int = 1_700_000_000_000

    def happen(self, *events: ev.Event, by: str = "director") -> Story:
        for event in events:
            logged = ev.Logged(self.episode.revision + 1, self.now_ms, by, event)
            self.log.append(logged)
            self.episode = evolve(self.episode, logged)
        return self

    def ask(self, *commands: Command, by: str = "director") -> Story:
        for command in commands:
            self.happen(*decide(self.episode, command, Asked(by, self.now_ms)), by=by)
        return self

    def run(self, run_id: str) -> Run:
        found = self.episode.run(run_id)
        assert found is not None, run_id
        return found


def told(*commands: Command, rules: Rules | None = None) -> Story:
    """The small episode, made, with two segments and three seats, then these commands."""
    story = Story().happen(
        ev.EpisodeMade("e1", Names("全媒体问政"), Names("五水共治")),
        ev.RundownSet((WATER, HOUSING)),
        ev.RosterSet(SEATS),
        ev.RulesSet(rules or Rules()),
    )
    return story.ask(*commands)


def some_result(points: int = 80, voters: int = 3) -> Result:
    """A result of as many ballots, all of one value, in one panel of seats."""
    panel = Panel("studio", Names("现场群众代表"), Admission.SEATS)
    rules = Rules(scale=Scale(), panels=(panel,))
    return compute(rules, {"studio": voters}, Tally({"studio": {points: voters}}, voters))


# --- strategies ---

points = st.integers(-1000, 1000)
texts = st.text(max_size=8)
words = st.text("台州水利局abc", min_size=1, max_size=8)
names = st.builds(Names, words, texts)


@st.composite
def number_scales(draw: st.DrawFn) -> Scale:
    step = draw(st.integers(1, 50))
    low = draw(st.integers(-1000, 900))
    most = min(200, (1000 - low) // step)
    high = low + step * draw(st.integers(1, most))
    return Scale(low=low, high=high, step=step, satisfied_from=draw(st.integers(low + 1, high)))


@st.composite
def label_scales(draw: st.DrawFn) -> Scale:
    labels = st.builds(Label, names, points, st.booleans(), st.sampled_from(["", "happy", "sad"]))
    drawn = draw(st.lists(labels, min_size=2, max_size=10))
    return Scale(ScaleKind.LABELS, labels=tuple(drawn))


scales = number_scales() | label_scales()


def counts_on(scale: Scale, count: st.SearchStrategy[int]) -> st.SearchStrategy[dict[int, int]]:
    """value → ballots, for some values of the scale."""
    values = st.sampled_from([bucket.value for bucket in scale.buckets])
    return st.dictionaries(values, count, max_size=12)


def estimators(scale: Scale, kinds: Iterable[EstimatorKind]) -> st.SearchStrategy[Estimator]:
    values = st.sampled_from([bucket.value for bucket in scale.buckets])
    shares = st.lists(values, min_size=1, max_size=4, unique=True).map(tuple)
    return st.builds(Estimator, st.sampled_from(list(kinds)), st.integers(0, 49), shares)


@st.composite
def panels_of(draw: st.DrawFn, scale: Scale) -> tuple[Panel, ...]:
    unit = draw(st.sampled_from(Unit))
    kinds = [kind for kind in EstimatorKind if Estimator(kind).unit is unit]
    count = draw(st.integers(1, 4))
    viewers = draw(st.integers(0, count))  # at most one panel, none where it is `count`
    counting = draw(st.integers(0, count - 1))  # at least one
    roles = st.sampled_from(PanelRole)
    return tuple(
        Panel(
            id=f"p{i}",
            name=draw(names),
            admission=Admission.VIEWERS if i == viewers else Admission.SEATS,
            role=PanelRole.COUNTING if i == counting else draw(roles),
            weight=draw(st.integers(1, 1000)),
            estimator=draw(estimators(scale, kinds)),
            quorum=draw(st.integers(0, 5)),
        )
        for i in range(count)
    )


@st.composite
def band_lists(draw: st.DrawFn) -> tuple[Band, ...]:
    floors = draw(st.lists(st.integers(-1000, 1000), max_size=4, unique=True))
    return tuple(
        Band(floor, draw(st.sampled_from(Level)), draw(names))
        for floor in sorted(floors, reverse=True)
    )


@st.composite
def channel_lists(draw: st.DrawFn) -> tuple[Channel, ...]:
    delays = draw(st.lists(st.integers(0, 120_000), max_size=3))
    return tuple(Channel(f"c{i}", draw(names), delay) for i, delay in enumerate(delays))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Rules that a broadcaster could publish: they pass `check`."""
    scale = draw(scales)
    return Rules(
        scale=scale,
        panels=draw(panels_of(scale)),
        visibility=draw(st.sampled_from(Visibility)),
        change_allowed=draw(st.booleans()),
        grace_ms=draw(st.integers(0, 10_000)),
        duration_ms=draw(st.just(0) | st.integers(5_000, 3_600_000)),
        decimals=draw(st.integers(0, 3)),
        bands=draw(band_lists()),
        tie_breaks=tuple(draw(st.lists(st.sampled_from(TieBreak), unique=True))),
        verification=draw(st.sampled_from(Verification)),
        channels=draw(channel_lists()),
    )


@st.composite
def rules_and_tallies(draw: st.DrawFn) -> tuple[Rules, dict[str, int], Tally]:
    """Rules, who is eligible by them, and a tally of some ballots."""
    drawn = draw(rules())
    count = st.integers(0, 4) | st.integers(0, 1_000_000)
    counts = {panel.id: draw(counts_on(drawn.scale, count)) for panel in drawn.panels}
    eligible = {
        panel.id: draw(st.integers(0, 200))
        for panel in drawn.panels
        if panel.admission is Admission.SEATS
    }
    size = sum(sum(row.values()) for row in counts.values())
    return drawn, eligible, Tally(counts, size)


def changed(value: Any, **fields: Any) -> Any:
    """`replace`, one field inside another: changed(rules, scale__low=1)."""
    for path, new in fields.items():
        name, _, rest = path.partition("__")
        inner = changed(getattr(value, name), **{rest: new}) if rest else new
        value = replace(value, **{name: inner})
    return value
