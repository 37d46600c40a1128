"""The public record of an episode: what its page draws, from the core model.

Pure, and careful with two things. A segment enters the record when its first
run is armed: the rundown before that is the newsroom's. A run's counts enter
it when the run is revealed, never before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from livevote.core.model import Episode, LookBack, Run, Segment
from livevote.core.phase import Phase
from livevote.core.result import BoardRow, PanelResult, Result, percent_text, scaled_figure
from livevote.core.rules import (
    Admission,
    Band,
    Estimator,
    EstimatorKind,
    Level,
    PanelRole,
    Rules,
    canonical,
)
from livevote.core.scale import Scale, range_name, ranges
from livevote.export.rules_text import estimator_in_words, rules_in_words
from livevote.export.words import STATES
from livevote.web.words import words

# Level as a shape, for those who do not see the colour or print without it.
SHAPES = {Level.GOOD: "✓", Level.MID: "○", Level.POOR: "✕"}


def record(episode: Episode, lang: str) -> dict[str, Any]:
    """The context of episode.html: texts in `lang` ("zh" or "en"), times in ms since 1970."""
    shown = [s for s in episode.segments if any(run.segment == s.id for run in episode.runs)]
    return {
        "lang": lang,
        "t": words(lang),
        "episode": {
            "id": episode.id,
            "show": episode.show.get(lang),
            "title": episode.title.get(lang),
            "rehearsal": bool(episode.rehearsal_of),
        },
        "segments": [_segment(episode, segment, lang) for segment in shown],
        "segments_left": len(episode.segments) - len(shown),
        "board": board_of(episode, lang),
        "rules": _rules_used(episode.runs, lang),
    }


def _segment(episode: Episode, segment: Segment, lang: str) -> dict[str, Any]:
    runs = [run for run in episode.runs if run.segment == segment.id]
    # The latest revealed run stands; an earlier figure stays readable, and says so.
    stands = next((run.code for run in reversed(runs) if _public(run)), "")
    return {
        "id": segment.id,
        "position": episode.position(segment.id),
        "unit": segment.unit.get(lang),
        "post": segment.post.get(lang),
        "question": segment.question,
        "pledge": segment.pledge,
        "lookback": segment.lookback and _look_back(episode, segment, segment.lookback, lang),
        "runs": [_run(run, stands, lang) for run in runs],
    }


def _look_back(episode: Episode, segment: Segment, found: LookBack, lang: str) -> dict[str, Any]:
    """What became of the pledge: state, dates, and its score then and now. then, now: figures with
    their unit, "" where there is none that may be seen; difference: now less then."""
    t = words(lang)
    now = next((run for run in reversed(episode.runs) if run.segment == segment.id), None)
    now = now if now and _public(now) else None
    return {
        "number": found.number,
        "due": found.due,
        "state": STATES[found.state].get(lang),
        "days_late": found.days_late,
        "claimed": found.claimed_day,
        "then": found.then and _figure(found.then.result, found.then.rules, t),
        "then_title": found.then and found.then.title.get(lang),
        "now": now and now.result and _figure(now.result, now.rules, t),
        "difference": found.then.difference(now) if found.then else "",
    }


def _figure(result: Result, rules: Rules, t: Mapping[str, str]) -> str:
    return f"{result.figure} {t[str(rules.unit)]}" if result.figure else ""


def _public(run: Run) -> Result | None:
    """The result, once everybody may see it."""
    return run.result if run.phase is Phase.REVEALED else None


def result_of(episode: Episode, segment: str, lang: str) -> dict[str, Any] | None:
    """The result that stands for a segment, once everybody may see it."""
    runs = (run for run in reversed(episode.runs) if run.segment == segment)
    for run in runs:
        if result := _public(run):
            return _result(result, run.rules, lang)
    return None


def _run(run: Run, stands: str, lang: str) -> dict[str, Any]:
    t = words(lang)
    result = _public(run)
    return {
        "code": run.code,
        "phase": str(run.phase),
        "phase_text": t[f"phase.{run.phase}"],
        "attempt": run.attempt,
        "opened_ms": run.opened_ms,
        "closed_ms": run.closed_ms,
        "rules_hash": run.rules_hash,
        "result": _result(result, run.rules, lang) if result else None,
        "panels": _panels(result, run.rules, lang) if result else [],
        "missing": "" if result else t[f"missing.{run.phase}"],
        "replaced_by": stands if result and stands != run.code else "",
        "rerun_reason": run.rerun_reason,
        "void_reason": run.void_reason if run.phase is Phase.VOID else "",
        "corrections": [
            {"text": c.text, "reason": c.reason, "at_ms": c.at_ms} for c in run.corrections
        ],
        "void_two": run.phase is Phase.VOID and run.voided_by != run.void_asked_by,
    }


def _result(result: Result, rules: Rules, lang: str) -> dict[str, Any]:
    return {
        **_level(result.figure, result.level, rules.bands, lang),
        "unit": words(lang)[str(result.unit)],
        "exact": result.exact,
        **_turnout(result, rules),
        "satisfied": result.satisfied,
        "size": result.size,
    }


def _turnout(row: Result | BoardRow, rules: Rules) -> dict[str, Any]:
    """n of N of the panels with seats, and the n of viewers where they could vote."""
    viewers = any(
        panel.admission is Admission.VIEWERS and panel.role is not PanelRole.OFF
        for panel in rules.panels
    )
    return {"n": row.n, "N": row.N, "online": row.online, "viewers": viewers}


def _level(figure: str, level: Level | None, bands: Iterable[Band], lang: str) -> dict[str, str]:
    """A figure with its level as a word and a shape; both "" where there is none."""
    if not figure or level is None:
        return {"figure": figure, "level": "", "level_name": "", "shape": ""}
    band = next(band for band in bands if scaled_figure(figure) >= band.floor)
    return {
        "figure": figure,
        "level": str(level),
        "level_name": band.name.get(lang),
        "shape": SHAPES[level],
    }


def board_of(episode: Episode, lang: str) -> list[dict[str, Any]]:
    """The ranking of what is revealed, best first."""
    rows = []
    for row in episode.board():
        segment, run = episode.segment(row.segment), episode.run(row.run)
        assert segment
        assert run
        if not _public(run):
            continue
        rows.append(
            {
                **_level(row.figure, row.level, run.rules.bands, lang),
                "rank": row.rank,
                "segment": segment.id,
                "unit": segment.unit.get(lang),
                "post": segment.post.get(lang),
                "looks_back": segment.lookback is not None,
                "code": run.code,
                "figure_unit": words(lang)[str(run.rules.unit)],
                **_turnout(row, run.rules),
            }
        )
    return rows


# --- the distribution ---

SATISFACTION = Estimator(EstimatorKind.SATISFACTION)


def _panels(result: Result, rules: Rules, lang: str) -> list[dict[str, Any]]:
    weights = sum(panel.weight for panel in result.panels)
    return [_panel(row, rules, weights, lang) for row in result.panels]


def _panel(row: PanelResult, rules: Rules, weights: int, lang: str) -> dict[str, Any]:
    t = words(lang)
    panel = rules.panel(row.panel)
    assert panel
    counting = row.role is PanelRole.COUNTING
    return {
        "name": panel.name.get(lang),
        "counting": counting,
        "weight": _share(row.weight, weights) if counting else "",
        "seats": panel.admission is Admission.SEATS,
        "n": row.n,
        "N": row.N,
        "figure": row.figure,
        "unit": t[str(panel.estimator.unit)],
        "estimator": estimator_in_words(panel.estimator, rules.scale, lang),
        # Where it is the figure itself it is not said twice.
        "satisfied": row.satisfied if panel.estimator != SATISFACTION else "",
        "below_quorum": counting and not row.counts_in_result,
        "bars": bars(rules.scale, row, rules.decimals, lang),
        "values": _values(rules.scale, row),
    }


def bars(scale: Scale, row: PanelResult, decimals: int, lang: str) -> list[dict[str, Any]]:
    """The histogram to draw: a bar for each value, best first, or for ranges where the scale
    has too many. percent is of the panel's n, "" without ballots."""
    counts = dict(row.counts)
    return [
        {
            "name": range_name(buckets, lang),
            "count": (count := sum(counts.get(bucket.value, 0) for bucket in buckets)),
            "percent": percent_text(count, row.n, decimals),
            "satisfied": all(bucket.satisfied for bucket in buckets),
        }
        for buckets in ranges(scale)
    ]


def _values(scale: Scale, row: PanelResult) -> list[dict[str, int]]:
    """The votes by value, best first, where the bars are ranges and do not say them."""
    if all(len(buckets) == 1 for buckets in ranges(scale)):
        return []
    return [{"value": value, "count": count} for value, count in reversed(row.counts) if count]


# --- the rules ---


def _rules_used(runs: Iterable[Run], lang: str) -> list[dict[str, Any]]:
    """Each set of rules that a run was armed with, in the order of first use."""
    used: dict[str, tuple[Rules, list[str]]] = {}
    for run in runs:
        used.setdefault(run.rules_hash, (run.rules, []))[1].append(run.code)
    return [
        {
            "hash": rules_hash,
            "codes": codes,
            "summary": rules_in_words(rules, lang),
            "canonical": canonical(rules).decode(),
        }
        for rules_hash, (rules, codes) in used.items()
    ]


def _share(weight: int, weights: int) -> str:
    """A weight in percent of all that count: "70", or "33.3" where it is not whole."""
    whole = 100 * weight % weights == 0
    return percent_text(weight, weights, 0 if whole else 1)
