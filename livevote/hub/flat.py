"""An episode as flat fields, for programs that read one value by its name. Pure.

Numbers for those that calculate, texts for those that only show. Counts and
figures come from the frame that view.py made for the audience, and from sealed
results: a held run has neither, so its fields are empty here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from livevote.core.fold import empty
from livevote.core.model import Episode, Run, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.plain import to_plain
from livevote.core.result import percent_text
from livevote.core.rules import PanelRole, Rules, Unit
from livevote.core.scale import range_name, ranges
from livevote.wire.outbound import TallyFrame

LANGS = ("zh", "en")
# The sequence number is made of the episode's revision and the log's length. Neither goes back
# while a run is shown, another run is another revision, and every process says the same.
SIZE_END = 10**9

Value = str | int | float | bool | None
Fields = dict[str, Value]

NO_RUN = Names("未就绪", "Not armed")
PHASES: dict[Phase, Names] = {
    Phase.ARMED: Names("就绪", "Armed"),
    Phase.OPEN: Names("投票中", "Open"),
    Phase.PAUSED: Names("暂停", "Paused"),
    Phase.CLOSING: Names("收票中", "Closing"),
    Phase.CLOSED: Names("已截止", "Closed"),
    Phase.VERIFIED: Names("已核验", "Verified"),
    Phase.REVEALED: Names("已公布", "Revealed"),
    Phase.VOID: Names("已作废", "Void"),
}
UNITS = {Unit.POINTS: Names("分", "points"), Unit.PERCENT: Names("%", "%")}


@dataclass(frozen=True)
class Moment:
    """What is told at one moment. frame: of the run that is shown, as the audience may see it.
    stale: the store does not answer, so this is the last that is known."""

    episode: Episode
    frame: TallyFrame | None
    now_ms: int
    stale: bool

    @property
    def run(self) -> Run | None:
        return self.episode.run_shown

    @property
    def rules(self) -> Rules:
        return self.run.rules if self.run else self.episode.rules

    @property
    def seq(self) -> int:
        size = self.frame.size if self.frame else 0
        return self.episode.revision * SIZE_END + min(size, SIZE_END - 1)

    @property
    def left_s(self) -> int | None:
        """Whole seconds until the deadline; None where there is none."""
        run = self.run
        if run is None or not run.deadline_ms:
            return None
        if run.phase is Phase.PAUSED:
            return ceil(run.left_ms / 1000)
        if run.phase is Phase.OPEN:
            return ceil(max(run.deadline_ms - self.now_ms, 0) / 1000)
        return None

    @property
    def mark(self) -> str:
        """Another one whenever a field but `server_time` differs."""
        left = "" if self.left_s is None else self.left_s
        return f"{self.episode.id}.{self.seq}.{left}{'!' if self.stale else ''}"

    @cached_property
    def result(self) -> Mapping[str, Any] | None:
        """The figures that may be told, as plain `Result`; None while there are none."""
        if self.frame and self.frame.live is not None:
            return self.frame.live
        return to_plain(self.run.result) if self.run and self.run.result else None


def current(moment: Moment) -> Fields:
    """What screens are about: the run that is shown, or the segment that waits for one."""
    fields = _head(moment)
    for place, choice in enumerate(_choices(moment), start=1):
        fields |= {f"choice{place}_{name}": value for name, value in choice.items()}
    for place, panel in enumerate(_panels(moment), start=1):
        fields |= {f"panel{place}_{name}": value for name, value in panel.items()}
    return fields


def rows(moment: Moment) -> list[Fields]:
    """The same as a table: a row for each choice, each with all that is not of a choice."""
    head = _head(moment)
    return [
        {**head, "choice": place, **{f"choice_{name}": value for name, value in choice.items()}}
        for place, choice in enumerate(_choices(moment), start=1)
    ]


def segments(moment: Moment) -> list[Fields]:
    """The board: a row for each segment that was voted on, and for the current one. What comes
    later in the rundown is the newsroom's."""
    episode = moment.episode
    ranks = {row.segment: row.rank for row in episode.board()}
    return [
        _standing(moment, segment, ranks.get(segment.id))
        for segment in episode.segments
        if segment.id == episode.current or any(r.segment == segment.id for r in episode.runs)
    ]


def _standing(moment: Moment, segment: Segment, rank: int | None) -> Fields:
    episode, run = moment.episode, moment.episode.run_of(segment.id)
    told = _sealed(run)
    return {
        "seq": moment.seq,
        "server_time": moment.now_ms,
        "stale": moment.stale,
        **_segment(episode, segment),
        "current": segment.id == episode.current,
        **_phase(run),
        "rank": rank or None,
        **_figure(run.rules if run else episode.rules, told),
        **_turnout(told),
    }


def _sealed(run: Run | None) -> Mapping[str, Any] | None:
    return to_plain(run.result) if run and run.result else None


def _head(moment: Moment) -> Fields:
    episode, run, left_s = moment.episode, moment.run, moment.left_s
    told = moment.result
    return {
        "seq": moment.seq,
        "server_time": moment.now_ms,
        "stale": moment.stale,
        "episode": episode.id,
        "rehearsal": bool(episode.rehearsal_of),
        **_names("show", episode.show),
        **_names("title", episode.title),
        **_segment(episode, episode.segment(run.segment if run else episode.current)),
        **_phase(run),
        "attempt": run.attempt if run else None,
        "opened_ms": run.opened_ms or None if run else None,
        "deadline_ms": run.deadline_ms or None if run else None,
        "closed_ms": run.closed_ms or None if run else None,
        "left_s": left_s,
        "countdown_text": "" if left_s is None else f"{left_s // 60}:{left_s % 60:02d}",
        **_turnout(_shown_turnout(moment)),
        "held": run is not None and told is None,
        **_figure(moment.rules, told),
        "on_air": ",".join(graphic.kind for graphic in episode.programme),
        "blanked": episode.blanked,
    }


def _names(name: str, names: Names) -> Fields:
    return {f"{name}_{lang}": names.get(lang) for lang in LANGS}


def _segment(episode: Episode, segment: Segment | None) -> Fields:
    position = episode.position(segment.id) if segment else 0
    of = len(episode.segments)
    segment = segment or Segment("", Names())
    return {
        "segment": segment.id,
        "position": position or None,
        "of": of,
        "position_text": f"{position}/{of}" if position else "",
        **_names("unit", segment.unit),
        **_names("post", segment.post),
        "question": segment.question,
        "pledge": segment.pledge,
    }


def _phase(run: Run | None) -> Fields:
    return {
        "run": run.code if run else "",
        "phase": run.phase.value if run else "none",
        **_names("phase", PHASES[run.phase] if run else NO_RUN),
    }


def _shown_turnout(moment: Moment) -> Mapping[str, Any]:
    """n, N and online of the run that is shown; turnout is never held."""
    if moment.frame:
        return {"n": moment.frame.n, "N": moment.frame.N, "online": moment.frame.online}
    return {"n": 0, "N": sum(moment.episode.eligible().values()), "online": 0}


def _turnout(told: Mapping[str, Any] | None) -> Fields:
    if told is None:
        return dict.fromkeys(("n", "N", "online", "turnout_pct")) | {
            "n_text": "",
            "turnout_text": "",
        }
    n, of = told["n"], told["N"]
    percent = percent_text(n, of)
    return {
        "n": n,
        "N": of,
        "online": told["online"],
        "turnout_pct": _number(percent),
        "n_text": f"{n}/{of}",
        "turnout_text": _percent(percent),
    }


def _figure(rules: Rules, told: Mapping[str, Any] | None) -> Fields:
    text = told["figure"] if told else ""
    satisfied = told["satisfied"] if told else ""
    level = told["level"] if told else None
    band = next((band for band in rules.bands if band.level == level), None)
    unit = next(p.estimator.unit for p in rules.panels if p.role is PanelRole.COUNTING)
    return {
        "figure": _number(text),
        "figure_text": text,
        **_names("figure_unit", UNITS[unit]),
        "level": level or "",
        **_names("level", band.name if band else Names()),
        "satisfied_pct": _number(satisfied),
        "satisfied_text": _percent(satisfied),
    }


def _choices(moment: Moment) -> list[Fields]:
    """Of all panels that count, ballots added up without weights: best first."""
    rules, told = moment.rules, moment.result
    counts: dict[int, int] = {}
    for panel in told["panels"] if told else ():
        if panel["role"] == PanelRole.COUNTING:
            for value, count in panel["counts"]:
                counts[value] = counts.get(value, 0) + count
    total = sum(counts.values())
    found: list[Fields] = []
    for buckets in ranges(rules.scale):
        count = sum(counts.get(bucket.value, 0) for bucket in buckets) if told else None
        percent = "" if count is None else percent_text(count, total, rules.decimals)
        found.append(
            {
                **{f"name_{lang}": range_name(buckets, lang) for lang in LANGS},
                "satisfied": all(bucket.satisfied for bucket in buckets),
                "count": count,
                "pct": _number(percent),
                "text": _percent(percent),
            }
        )
    return found


def _panels(moment: Moment) -> list[Fields]:
    told = {panel["panel"]: panel for panel in moment.result["panels"]} if moment.result else {}
    return [
        {
            **_names("name", panel.name),
            "weight": panel.weight if panel.role is PanelRole.COUNTING else 0,
            "n": told[panel.id]["n"] if told else None,
            "figure": _number(text := told[panel.id]["figure"] if told else ""),
            "figure_text": text,
        }
        for panel in moment.rules.panels
        if panel.role is not PanelRole.OFF
    ]


def text_of(value: Value) -> str:
    """ "" for what is not there; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _percent(text: str) -> str:
    return f"{text} %" if text else ""


# The fields of the board, for forms that name them although there is no row yet.
SEGMENT_FIELDS = tuple(
    _standing(Moment(empty(""), None, 0, stale=False), Segment("", Names()), None)
)
