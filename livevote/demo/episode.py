"""The demonstration episode: made by the same commands that a producer's page sends."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from livevote.core import command as cmd
from livevote.core.model import Seat, Segment
from livevote.core.names import Names
from livevote.core.rules import Admission, Estimator, EstimatorKind, Panel, PanelRole, Rules
from livevote.hub.hub import Hub
from livevote.hub.studio import Studio

BY = "demo"
BLOCK_SEATS = 20


def facts() -> dict[str, Any]:
    """The packaged facts of the episode."""
    text = (resources.files("livevote.demo") / "taizhou.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def seats(count: int) -> tuple[Seat, ...]:
    """A-01 … J-20, blocks of twenty."""
    return tuple(
        Seat(f"{block}-{number + 1:02d}", block)
        for place in range(count)
        for block, number in [(_block(place // BLOCK_SEATS), place % BLOCK_SEATS)]
    )


def _block(index: int) -> str:
    return chr(65 + index) if index < 26 else f"{chr(64 + index // 26)}{chr(65 + index % 26)}"


def rules(grace_ms: int) -> Rules:
    """Seven parts studio, three parts viewers, both by satisfaction rate."""
    by_rate = Estimator(EstimatorKind.SATISFACTION)
    return Rules(
        panels=(
            Panel(
                "studio",
                Names("现场群众代表", "Studio citizens"),
                Admission.SEATS,
                PanelRole.COUNTING,
                700,
                by_rate,
                quorum=10,
            ),
            Panel(
                "online",
                Names("场外观众", "Viewers"),
                Admission.VIEWERS,
                PanelRole.COUNTING,
                300,
                by_rate,
                quorum=10,
            ),
        ),
        grace_ms=grace_ms,
        duration_ms=0,
    )


async def make(hub: Hub, seat_count: int, grace_ms: int = 2000) -> Studio:
    """A new episode with rundown, roster and rules; it is the one that voters land in."""
    known = facts()
    show = next(
        (s.id for s in hub.catalogue.state.shows if s.name.zh == known["show"]["zh"]), ""
    ) or await hub.catalogue.make_show(Names(**known["show"]), BY)
    studio = hub.studio(await hub.make_episode(show, Names(**known["title"]), BY))
    segments = tuple(
        Segment(
            id=f"s{i:02d}",
            unit=Names(**row["unit"]),
            post=Names(**row["post"]),
            question=row["question"],
        )
        for i, row in enumerate(known["segments"], 1)
    )
    await hub.command(studio, cmd.SetRules(rules(grace_ms)), BY)
    await hub.command(studio, cmd.SetRundown(segments), BY)
    await hub.command(studio, cmd.SetRoster(seats(seat_count)), BY)
    await hub.switch(studio.episode.id, BY)
    return studio


def pledge(studio: Studio, segment: Segment) -> str:
    """The made-up pledge of a segment of this episode, "" for one that was added by hand."""
    known = {row["unit"]["zh"]: row["pledge"] for row in facts()["segments"]}
    return str(known.get(segment.unit.zh, ""))
