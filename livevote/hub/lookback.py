"""The segment that looks back: from a pledge of the ledger, the day, and the episode in which it
was made, to what the next episode will show and score again. Pure."""

from __future__ import annotations

from datetime import date

from livevote.core.model import Episode, LookBack, Run, Segment, Then
from livevote.core.pledge import NEEDS_NOTE, Move, Pledge, State, days_late, standing
from livevote.core.workdays import Calendar
from livevote.errors import WrongPhase


def look_back(
    segment_id: str, pledge: Pledge, today: date, calendar: Calendar, episode: Episode | None
) -> Segment:
    """episode: the one in which the pledge was made, None where it is not on this server. Raises
    WrongPhase for a pledge that was entered by mistake."""
    if pledge.state is State.WITHDRAWN:
        raise WrongPhase("this was entered by mistake: nobody promised it")
    run = _scored(pledge, episode) if episode else None
    return Segment(
        id=segment_id,
        unit=pledge.unit,
        post=pledge.post,
        question=pledge.question,
        pledge=pledge.text,
        due=pledge.due,
        target=pledge.target,
        lookback=LookBack(
            pledge=pledge.id,
            number=pledge.number,
            day=today.isoformat(),
            text=pledge.text,
            due=pledge.due,
            state=standing(pledge, today, calendar),
            target=pledge.target,
            dues=pledge.dues,
            days_late=days_late(pledge, today, calendar),
            claimed_day=pledge.claimed_day,
            evidence=len(pledge.evidence),
            note=_finding(pledge),
            then=_then(episode, run) if episode and run else None,
        ),
    )


def _scored(pledge: Pledge, episode: Episode) -> Run | None:
    """The run that was revealed when the pledge was made; else the newest of its segment, since a
    pledge is often spoken before the scoring."""
    linked = episode.run(pledge.origin.run)
    if linked and linked.result:
        return linked
    found = [r for r in episode.runs if r.segment == pledge.origin.segment and r.result]
    return found[-1] if found else None


def _then(episode: Episode, run: Run) -> Then | None:
    if run.result is None:
        return None
    return Then(
        title=episode.title,
        code=run.code,
        revealed_ms=run.revealed_ms,
        result=run.result,
        rules=run.rules,
        rules_hash=run.rules_hash,
    )


def _finding(pledge: Pledge) -> str:
    """What was found last, in words; what the unit says of itself is no finding."""
    findings = NEEDS_NOTE - {Move.NOTE, Move.WITHDRAW}
    return next((step.note for step in reversed(pledge.steps) if step.move in findings), "")
