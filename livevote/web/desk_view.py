"""What the staff's page is told of a case, as plain maps."""

from __future__ import annotations

from typing import Any

from livevote.core.case import Case, Moderation, Step, steps_from
from livevote.core.plain import to_plain
from livevote.hub.roles import DESK_ROLES, UNIT


def row_for_staff(case: Case, now_ms: int) -> dict[str, Any]:
    """A line of a queue."""
    return {
        "id": case.id,
        "kind": case.kind.value,
        "hard": case.hard,
        "unit": case.unit,
        "title": case.title,
        "stage": case.stage.value,
        "filed_ms": case.filed_ms,
        "due_ms": case.due_ms,
        "overdue": case.overdue(now_ms),
        "to_moderate": len(case.to_moderate),
        "may_publish": case.may_publish,
        "public": case.public,
        "rating": case.rating and case.rating.value,
        "promoted": [made.to.value for made in case.promotions],
        "erased": case.erased,
    }


def case_for_staff(case: Case, now_ms: int, roles: frozenset[str]) -> dict[str, Any]:
    """All of it, how the filer can be reached too. roles: in which it is seen; steps: what they may
    do now."""
    return {
        **to_plain(case),
        **row_for_staff(case, now_ms),
        "promotions": to_plain(case.promotions),
        "steps": [step.value for step in steps_from(case.stage) if _may(case, step, roles)],
        "posts": [
            {**to_plain(post), "late": post.late, "waits": post.moderation is Moderation.WAITING}
            for post in case.posts
        ],
    }


def _may(case: Case, step: Step, roles: frozenset[str]) -> bool:
    who = DESK_ROLES.get(f"{step}_case", frozenset()) & roles
    # What a unit handed back the desk takes up: see core.desk.check_unit.
    return bool(who - {UNIT} if step is Step.ACCEPT and case.accepted_ms else who)
