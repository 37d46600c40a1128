"""What became of the pledges of the episode before: on its days, by the roles that may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from livevote.core.ledger import Make, MovePledge
from livevote.core.model import LookBack
from livevote.core.pledge import NEEDS_FILES, File, Move, Origin, Pledge, State
from livevote.demo.clock import DemoClock
from livevote.demo.episode import facts, row_of
from livevote.export.fonts import with_fonts
from livevote.export.paper import Paper
from livevote.hub.hub import Hub
from livevote.hub.roles import MOVE_ROLES, PRODUCER, SUPERVISION, UNIT
from livevote.hub.studio import Studio
from livevote.web.pages import fonts

EVIDENCE = "（演示）证据.pdf"


def pledges(hub: Hub, studio: Studio) -> list[Pledge]:
    """Those of this episode, in the order in which they were entered."""
    found = hub.ledger.state.pledges.values()
    return [pledge for pledge in found if pledge.origin.episode == studio.episode.id]


def is_over(hub: Hub, studio: Studio) -> bool:
    """Whether every pledge of this episode has made its moves; people may have made more."""
    found = pledges(hub, studio)
    return bool(found) and all(len(p.steps) >= len(_steps(studio, p)) for p in found)


def outcome(found: LookBack) -> str:
    """kept, late or broken; else as it stands."""
    if found.state is State.VERIFIED:
        return "late" if found.days_late else "kept"
    return str(found.state)


async def enter(hub: Hub, studio: Studio) -> None:
    """All pledges of the episode, as a producer enters them."""
    for segment in studio.episode.segments:
        pledge = Pledge(
            id="",
            unit=segment.unit,
            post=segment.post,
            text=segment.pledge,
            due=segment.due,
            target=segment.target,
            question=segment.question,
            origin=Origin(episode=studio.episode.id, segment=segment.id),
        )
        await hub.promises.to_ledger(Make(pledge), PRODUCER, PRODUCER)


async def live(hub: Hub, studio: Studio, clock: DemoClock) -> None:
    """The days after the episode: each move when it was made."""
    days_ago = facts()["before"]["days_ago"]
    steps = [
        (step["day"], pledge, step)
        for pledge in pledges(hub, studio)
        for step in _steps(studio, pledge)
    ]
    for day, pledge, step in sorted(steps, key=lambda one: int(one[0])):
        clock.go_on_to(days_ago - day)
        await _move(hub, pledge, Move(step["move"]), step.get("note", ""))


def _steps(studio: Studio, pledge: Pledge) -> list[dict[str, Any]]:
    segment = studio.episode.segment(pledge.origin.segment)
    assert segment
    steps: list[dict[str, Any]] = row_of(studio.episode, segment)["steps"]
    return steps


async def _move(hub: Hub, pledge: Pledge, move: Move, note: str) -> None:
    files: tuple[File, ...] = ()
    if move in NEEDS_FILES:
        data = await asyncio.to_thread(_evidence, note, hub.clock.now_ms())
        kept = await asyncio.to_thread(hub.ledger.evidence.keep, data)
        files = (replace(kept, name=EVIDENCE),)
    role = UNIT if UNIT in MOVE_ROLES[move] else SUPERVISION
    await hub.promises.to_ledger(MovePledge(pledge.id, move, note, files), role, role)


def _evidence(text: str, made_ms: int) -> bytes:
    """A sheet that says what a real file would show, and that it is none."""
    lines = ("（演示）这一页代替真实的证据", text)
    paper = Paper(lines[0], made_ms)
    with with_fonts(paper, fonts(), "".join(lines)):
        paper.add_page()
        for place, line in enumerate(lines):
            paper.style(18)
            paper.put(20, 30 + 12 * place, line)
        return paper.bytes()
