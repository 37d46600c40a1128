"""The demonstration's two episodes: made by the same commands that a producer's page sends."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

from livevote.core import command as cmd
from livevote.core.model import Episode, Seat, Segment
from livevote.core.names import Names
from livevote.core.rules import Admission, Estimator, EstimatorKind, Panel, PanelRole, Rules
from livevote.errors import Failure
from livevote.hub.hub import Hub
from livevote.hub.studio import Studio

BY = "demo"
BLOCK_SEATS = 20
Facts = dict[str, Any]


class DemoFailed(Failure):
    """The demonstration did not come out right; the message says where."""


def facts() -> Facts:
    """The packaged facts of the episode, and of the one `before` it, whose segments name their
    unit alone."""
    text = (resources.files("livevote.demo") / "taizhou.json").read_text(encoding="utf-8")
    found: Facts = json.loads(text)
    return found


def rows(*, before: bool) -> list[Facts]:
    """The facts of each segment: of the episode, or of the one before it."""
    known = facts()
    found: list[Facts] = known["segments"]
    if not before:
        return found
    of_unit = {row["unit"]["zh"]: row for row in found}
    return [
        {**of_unit[row["unit"]], **row, "unit": of_unit[row["unit"]]["unit"]}
        for row in known["before"]["segments"]
    ]


def is_before(episode: Episode) -> bool:
    return episode.title == Names(**facts()["before"]["title"])


def row_of(episode: Episode, segment: Segment) -> Facts:
    """What is known of a segment of one of the two."""
    found = rows(before=is_before(episode))
    return next(row for row in found if row["unit"]["zh"] == segment.unit.zh)


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
    return await _made(hub, facts()["title"], rows(before=False), seat_count, grace_ms)


async def make_before(hub: Hub, seat_count: int, grace_ms: int) -> Studio:
    """The same of the episode before, whose pledges come back."""
    return await _made(hub, facts()["before"]["title"], rows(before=True), seat_count, grace_ms)


async def _made(
    hub: Hub, title: Facts, known: list[Facts], seat_count: int, grace_ms: int
) -> Studio:
    name = Names(**facts()["show"])
    shows = hub.catalogue.state.shows
    show = next((s.id for s in shows if s.name.zh == name.zh), "")
    show = show or await hub.catalogue.make_show(name, BY)
    studio = hub.studio(await hub.make_episode(show, Names(**title), BY))
    segments = tuple(
        Segment(
            id=f"s{i:02d}",
            unit=Names(**row["unit"]),
            post=Names(**row["post"]),
            question=row["question"],
        )
        for i, row in enumerate(known, 1)
    )
    await hub.command(studio, cmd.SetRules(rules(grace_ms)), BY)
    await hub.command(studio, cmd.SetRundown(segments), BY)
    await hub.command(studio, cmd.SetRoster(seats(seat_count)), BY)
    await hub.switch(studio.episode.id, BY)
    return studio


def spoken(episode: Episode, segment: Segment, today: date) -> cmd.SetPledge:
    """The made-up pledge of a segment, as it is typed while it is spoken."""
    row = row_of(episode, segment)
    days = row.get("due_days")
    due = (today + timedelta(days=days)).isoformat() if days else None
    return cmd.SetPledge(segment.id, row["pledge"], due, row.get("target"))
