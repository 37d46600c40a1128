"""The whole record as JSON, for programs: schema version 1, sorted keys, one form for one
content. What PROTOCOL.md calls a result, a board row or a segment has the same fields here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from livevote.core.ballot import Answer
from livevote.core.model import Run, Segment
from livevote.core.plain import logged_to_plain, to_plain
from livevote.export.material import Material, may_show, result_of, standing_run, turnout

VERSION = 1


def make(material: Material, fonts: Path) -> bytes:
    return json_bytes(record(material))


def json_bytes(plain: Any) -> bytes:
    return (json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def record(material: Material) -> dict[str, Any]:
    episode = material.episode
    return {
        "schema": "livevote-record",
        "version": VERSION,
        "episode": {
            "id": episode.id,
            "show": to_plain(episode.show),
            "title": to_plain(episode.title),
            "created_ms": episode.created_ms,
            "changed_ms": episode.changed_ms,
            "revision": episode.revision,
            "rehearsal_of": episode.rehearsal_of,
        },
        "durability": material.durability,
        "segments": [
            {"position": position, **to_plain(segment), "lookback": _lookback(material, segment)}
            for position, segment in enumerate(episode.segments, 1)
        ],
        "seats": to_plain(episode.seats),
        "runs": [_run(material, run) for run in episode.runs],
        "rules": {run.rules_hash: to_plain(run.rules) for run in episode.runs},
        "board": to_plain(episode.board()),
        "events": [logged_to_plain(logged) for logged in material.events],
    }


def _lookback(material: Material, segment: Segment) -> dict[str, Any] | None:
    """What the ledger said, and the score of now beside that of then."""
    found = segment.lookback
    if found is None:
        return None
    run = standing_run(material.episode, segment.id)
    return {
        **to_plain(found),
        "now": run and run.result and to_plain(run.result),
        "difference": found.then.difference(run) if found.then else "",
    }


def _run(material: Material, run: Run) -> dict[str, Any]:
    """final: the result is sealed. result: null where it may not be shown or there is none."""
    result = result_of(material, run)
    n, N = turnout(material, run)
    turned = material.turned.get(run.id, ())
    return {
        **{k: v for k, v in to_plain(run).items() if k not in ("rules", "result")},
        "held": not may_show(run),
        "final": run.result is not None,
        "result": result and to_plain(result),
        "n": n,
        "N": N,
        "late": sum(t.answer is Answer.LATE for t in turned),
        "paused": sum(t.answer is Answer.PAUSED for t in turned),
        "voted": sorted(material.voted.get(run.id, ())),
    }
