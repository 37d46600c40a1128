"""A case as a page draws it: for everybody, or for the one who filed it.

Pure, and careful with one thing: `public` reads nothing of a post but what a
moderator let through.
"""

from __future__ import annotations

from typing import Any

from livevote.core.case import (
    WAITING,
    Author,
    Case,
    Desk,
    Erasure,
    Moderation,
    Stage,
    Step,
    Target,
    steps_from,
)
from livevote.core.names import Names

# The word over a post: (whose, the first of theirs).
_HEADS = {
    (Author.FILER, True): "asked",
    (Author.FILER, False): "asked_more",
    (Author.UNIT, True): "answer",
    (Author.UNIT, False): "answer_more",
}
RATED = {"satisfied": "✓", "fair": "○", "unsatisfied": "✕"}


def public(desk: Desk, case: Case, lang: str, now_ms: int) -> dict[str, Any]:
    """The thread for everybody; of a case that is `public`."""
    posts = [
        _post(desk, case, place, lang, post.shown_text, post.shown_photos)
        for place, post in enumerate(case.posts)
        if post.moderation is Moderation.SHOWN
    ]
    return {**_head(desk, case, lang, now_ms), "title": case.shown_title, "posts": posts}


def own(desk: Desk, case: Case, lang: str, now_ms: int) -> dict[str, Any]:
    """The thread for the filer: all of it, how each post stands, and what they can do."""
    posts = [
        {
            **_post(desk, case, place, lang, post.text, post.photos),
            "moderation": str(post.moderation) if case.may_publish else "",
            "edited": post.moderation is Moderation.SHOWN
            and (post.shown_text, post.shown_photos) != (post.text, post.photos),
        }
        for place, post in enumerate(case.posts)
    ]
    may = steps_from(case.stage)
    return {
        **_head(desk, case, lang, now_ms),
        "title": case.title,
        "posts": posts,
        "name": case.name,
        "contact": case.contact,
        "may_publish": case.may_publish,
        "public": case.public,
        "refused_for": case.refused_for,
        "erased": case.erased,
        "can_rate": Step.RATE in may,
        "can_ask_again": Step.ASK_AGAIN in may,
        "can_withdraw": Step.WITHDRAW in may,
        "can_erase": case.erased != Erasure.ALL,
        "can_erase_contact": not case.erased and bool(case.name or case.contact),
        "reasons": True,
    }


def listed(desk: Desk, case: Case, lang: str, now_ms: int) -> dict[str, Any]:
    """A row of the public list."""
    return {**_head(desk, case, lang, now_ms), "title": case.shown_title}


def public_words(case: Case) -> str:
    """What a public case can be found by, in lower case."""
    shown = (post.shown_text for post in case.posts)
    return "\n".join((case.id, case.shown_title, *shown)).lower()


def _head(desk: Desk, case: Case, lang: str, now_ms: int) -> dict[str, Any]:
    return {
        "id": case.id,
        "kind": str(case.kind),
        "hard": case.hard,
        "unit": unit_name(desk, case.unit, lang),
        "unit_id": case.unit,
        "handler": case.handler,
        "stage": str(case.stage),
        "filed_ms": case.filed_ms,
        "due_ms": case.due_ms if case.stage in WAITING else 0,
        "due_what": "due_accept" if case.stage is Stage.FILED else "due_answer",
        "overdue": case.overdue(now_ms),
        "rating": str(case.rating or ""),
        "rating_shape": RATED.get(str(case.rating), ""),
        "was_answered": any(post.author is Author.UNIT for post in case.posts),
        "forwards": [
            {
                "at_ms": forward.at_ms,
                "source": unit_name(desk, forward.source, lang),
                "unit": unit_name(desk, forward.unit, lang) if forward.unit else "",
                "reason": forward.reason,
            }
            for forward in case.forwards
        ],
        "shows": [
            {"episode": made.episode, "segment": made.id}
            for made in case.promotions
            if made.to is Target.SHOW
        ],
        "pledges": [made.id for made in case.promotions if made.to is Target.PLEDGE],
        "reasons": False,
    }


def _post(
    desk: Desk, case: Case, place: int, lang: str, text: str, photos: tuple[str, ...]
) -> dict[str, Any]:
    post = case.posts[place]
    first = not any(before.author is post.author for before in case.posts[:place])
    return {
        "place": place,
        "head": _HEADS[post.author, first],
        "answer": post.author is Author.UNIT,
        "at_ms": post.at_ms,
        "text": text,
        "unit": unit_name(desk, post.unit, lang) if post.unit else "",
        "by": post.by,
        "late": post.late,
        "photos": photos,
    }


def unit_name(desk: Desk, unit_id: str, lang: str) -> str:
    unit = desk.unit(unit_id)
    return (unit.name if unit else Names(unit_id)).get(lang)
