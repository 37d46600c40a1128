"""What each channel may know of an episode, as plain maps (PROTOCOL.md says their shape).

The one place that decides what leaves the process: a count of a held run that
is not revealed is never read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from livevote.core.event import Logged
from livevote.core.model import (
    Episode,
    Graphic,
    GraphicKind,
    LookBack,
    Run,
    SeatState,
    Segment,
)
from livevote.core.phase import moves_from
from livevote.core.plain import snake, to_plain
from livevote.core.pledge import Delivery
from livevote.core.result import Result, compute
from livevote.core.rules import PanelRole, Rules
from livevote.core.tally import Tally
from livevote.export.material import may_show
from livevote.wire.outbound import TallyFrame

LOG_SHOWN = 40


def voter(episode: Episode, panel: str) -> dict[str, Any]:
    """For tablets and phones in one panel ("" for those in none)."""
    run = episode.run_told
    rules = run.rules if run else episode.rules
    seated = rules.panel(panel)
    segment = episode.segment(run.segment if run else episode.current)
    return {
        "episode": _head(episode),
        # No score of another evening: nobody is to vote with the past either.
        "segment": segment and {**segment_view(episode, segment), "lookback": None},
        "run": run and run_view(run),
        "result": run and run.result and to_plain(run.result),
        "panel": panel if _votes(rules, panel) else "",
        "panel_name": seated and to_plain(seated.name),
        # On which viewers follow the show, and how much later than in the studio.
        "channels": to_plain(rules.channels) if panel and panel == rules.viewers_panel else [],
    }


def overlay(episode: Episode, vote_url: str, deliveries: Sequence[Delivery] = ()) -> dict[str, Any]:
    """deliveries: the ledger's ranking, where it is shown."""
    return {
        "episode": _head(episode),
        "blanked": episode.blanked,
        "preview": episode.preview and graphic_view(episode, episode.preview),
        "programme": [graphic_view(episode, graphic) for graphic in episode.programme],
        "board": board_view(episode),
        "deliveries": [to_plain(row) for row in deliveries],
        "vote_url": vote_url,
    }


def replay(episode: Episode, graphic: Graphic | None, clock: dict[str, Any]) -> dict[str, Any]:
    """For overlays that show a run again: the episode as it was, one graphic of it, and no address
    to vote at. clock: where the time of the picture stands, and how fast it goes."""
    return {
        "episode": _head(episode),
        "blanked": episode.blanked,
        "preview": None,
        "programme": [graphic_view(episode, graphic)] if graphic else [],
        "board": board_view(episode),
        "deliveries": [],
        "vote_url": "",
        "replay": clock,
    }


def shows_deliveries(episode: Episode) -> bool:
    """Whether the ranking by delivery is on air or in preview."""
    graphics = (*episode.programme, *((episode.preview,) if episode.preview else ()))
    return any(graphic.kind is GraphicKind.DELIVERY for graphic in graphics)


def staff(
    episode: Episode, vote_url: str, log: Sequence[Logged], deliveries: Sequence[Delivery] = ()
) -> dict[str, Any]:
    return {
        **overlay(episode, vote_url, deliveries),
        "segments": [segment_view(episode, segment) for segment in episode.segments],
        "current": episode.current,
        "rules": to_plain(episode.rules),
        "rules_hash": episode.rules.hash(),
        "runs": [_staff_run(run) for run in episode.runs],
        "seats": [
            {
                "label": seat.label,
                "block": seat.block,
                "panel": seat.panel,
                **to_plain(episode.seat_states.get(seat.label, SeatState())),
            }
            for seat in episode.seats
        ],
        "log": [
            {
                "revision": logged.revision,
                "at_ms": logged.at_ms,
                "by": logged.by,
                "type": snake(type(logged.event).__name__),
                "text": describe(episode, logged),
            }
            for logged in log[-LOG_SHOWN:]
        ],
    }


def segment_view(episode: Episode, segment: Segment) -> dict[str, Any]:
    return {
        # The rules of then are long, and nobody's business on a screen.
        **to_plain(replace(segment, lookback=None)),
        "lookback": segment.lookback and lookback_view(episode, segment, segment.lookback),
        "position": episode.position(segment.id),
        "of": len(episode.segments),
    }


def lookback_view(episode: Episode, segment: Segment, found: LookBack) -> dict[str, Any]:
    """What was promised, what became of it, the score then and now. difference: now less then, ""
    while there is no score of now by the same rules."""
    then, run = found.then, episode.run_of(segment.id)
    now = run.result if run else None
    return {
        **to_plain(replace(found, then=None)),
        "then": then
        and {
            "title": to_plain(then.title),
            "code": then.code,
            "revealed_ms": then.revealed_ms,
            "rules_hash": then.rules_hash,
            "unit": then.rules.unit.value,
            "decimals": then.rules.decimals,
            "scale": {"min": then.rules.scale.points_min, "max": then.rules.scale.points_max},
            **_figure_view(then.result, then.rules),
        },
        "now": now and run and _figure_view(now, run.rules),
        "difference": then.difference(run) if then else "",
    }


def _figure_view(result: Result, rules: Rules) -> dict[str, Any]:
    band = next((b for b in rules.bands if b.level is result.level), None)
    return {
        "figure": result.figure,
        "level": result.level and result.level.value,
        "level_name": to_plain(band.name) if band else None,
        "n": result.n,
        "N": result.N,
        "online": result.online,
    }


def run_view(run: Run) -> dict[str, Any]:
    rules = run.rules
    return {
        "id": run.id,
        "code": run.code,
        "segment": run.segment,
        "attempt": run.attempt,
        "phase": run.phase.value,
        "visibility": rules.visibility.value,
        "change_allowed": rules.change_allowed,
        "opened_ms": run.opened_ms,
        "deadline_ms": run.deadline_ms,
        "left_ms": run.left_ms,
        "closed_ms": run.closed_ms,
        "later_ms": run.later_ms,
        "grace_ms": rules.grace_ms,
        "duration_ms": rules.duration_ms,
        "rules_hash": run.rules_hash,
        "unit": rules.unit.value,
        "decimals": rules.decimals,
        "scale": _scale_view(rules),
        "panels": [
            {
                "id": panel.id,
                "name": to_plain(panel.name),
                "admission": panel.admission.value,
                "role": panel.role.value,
                "weight": panel.weight if panel.role is PanelRole.COUNTING else 0,
                "estimator": to_plain(panel.estimator),
                "quorum": panel.quorum,
            }
            for panel in rules.panels
            if panel.role is not PanelRole.OFF
        ],
        "bands": to_plain(rules.bands),
        "eligible": dict(run.eligible),
    }


def graphic_view(episode: Episode, graphic: Graphic) -> dict[str, Any]:
    segment = episode.segment(graphic.segment)
    run = episode.run_of(graphic.segment)
    return {
        "kind": graphic.kind.value,
        "segment": segment and segment_view(episode, segment),
        "run": run and run_view(run),
        "result": run and run.result and to_plain(run.result),
    }


def board_view(episode: Episode) -> list[dict[str, Any]]:
    rows = []
    for row in episode.board():
        segment = episode.segment(row.segment)
        if segment is not None:
            names = {"unit": to_plain(segment.unit), "post": to_plain(segment.post)}
            rows.append({**to_plain(row), **names})
    return rows


def tally_frames(run: Run, tally: Tally) -> tuple[TallyFrame, TallyFrame]:
    """(for overlays and staff, for voters). Voters see turnout only: nobody is to vote with
    the crowd."""
    result = run.result or compute(run.rules, run.eligible, tally)
    live = to_plain(result) if may_show(run) else None
    turnout = _turnout(run, result)
    return TallyFrame(*turnout, live), TallyFrame(*turnout, None)


def _turnout(run: Run, result: Result) -> tuple[str, int, int, int, int]:
    return run.id, result.size, result.n, result.N, result.online


def describe(episode: Episode, logged: Logged) -> str:
    """One line about an event for people: whom it concerns and why, never a count."""
    event = logged.event
    run = episode.run(getattr(event, "run", ""))
    segment_id = getattr(event, "segment", "")
    graphic = getattr(event, "graphic", None)
    if isinstance(graphic, Graphic):
        segment_id = graphic.segment
    segment = episode.segment(segment_id) if isinstance(segment_id, str) else segment_id
    parts = (
        run.code if run else "",
        graphic.kind.value if isinstance(graphic, Graphic) else "",
        segment.unit.zh if isinstance(segment, Segment) else "",
        str(getattr(event, "seat", "")),
        str(getattr(event, "reason", "") or getattr(event, "rerun_reason", "")),
        str(getattr(event, "text", "")),
    )
    return " · ".join(part for part in parts if part)


def _head(episode: Episode) -> dict[str, Any]:
    head = {"id": episode.id, "show": to_plain(episode.show), "title": to_plain(episode.title)}
    # Of a real episode not even the word goes out: nothing that looks for it can find it there.
    return {**head, "rehearsal": True} if episode.rehearsal_of else head


def _scale_view(rules: Rules) -> dict[str, Any]:
    scale = rules.scale
    return {
        "kind": scale.kind.value,
        "low": scale.low,
        "high": scale.high,
        "step": scale.step,
        "points_min": scale.points_min,
        "points_max": scale.points_max,
        "buckets": to_plain(scale.buckets),
    }


def _staff_run(run: Run) -> dict[str, Any]:
    return {
        **run_view(run),
        "armed_ms": run.armed_ms,
        "finished_ms": run.finished_ms,
        "size": run.size,
        "verified_by": run.verified_by,
        "verification": run.rules.verification.value,
        "revealed_ms": run.revealed_ms,
        "result": run.result and to_plain(run.result),
        "rerun_reason": run.rerun_reason,
        "void_reason": run.void_reason,
        "void_asked_by": run.void_asked_by,
        "voided_by": run.voided_by,
        "correction": run.correction and to_plain(run.correction),
        "corrections": to_plain(run.corrections),
        "moves": [move.value for move in moves_from(run.phase)],
    }


def _votes(rules: Rules, panel_id: str) -> bool:
    panel = rules.panel(panel_id)
    return panel is not None and panel.role is not PanelRole.OFF
