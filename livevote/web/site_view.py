"""What the pages of a show's open record draw. Pure: from what is public to plain contexts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from livevote.core.budget import Budget, Change, Split, year_on_year, yuan_text
from livevote.core.card import Card
from livevote.core.disclosure import OfShow, UnitBudget, UnitCards, unit_id
from livevote.core.model import Episode
from livevote.core.phase import Phase
from livevote.core.result import percent_text
from livevote.export.delivery import DeskFact, PledgeFact
from livevote.export.face import Bar, Face
from livevote.export.feed import Entry
from livevote.export.open_data import DATASETS
from livevote.web.record import board_of, record
from livevote.web.site_words import WORDS

CARDS_A_PAGE = 100
ENTRIES_MAX = 100


# --- home ---


def home(episodes: Iterable[Episode], on: str, lang: str) -> dict[str, Any]:
    """Newest first, each with its board."""
    return {
        "episodes": [
            {
                "id": episode.id,
                "title": episode.title.get(lang),
                "on": episode.id == on,
                "board": board_of(episode, lang),
                "segments": len(episode.segments),
            }
            for episode in sorted(episodes, key=lambda e: -e.created_ms)
        ]
    }


# --- cards ---


def cards(of_show: OfShow, asked: str, unit: str, page: int, lang: str) -> dict[str, Any]:
    """asked: words that a card must hold, all of them. unit: a unit's id, "" for all."""
    units = list(of_show.cards.values())
    words = asked.casefold().split()
    found = [
        (there, card)
        for there in units
        if unit in ("", unit_id(there.unit))
        for card in there.cards
        if all(word in _said(there, card) for word in words)
    ]
    pages = max(1, -(-len(found) // CARDS_A_PAGE))
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * CARDS_A_PAGE : page * CARDS_A_PAGE]
    return {
        "asked": asked,
        "unit": unit,
        "units": [{"id": unit_id(t.unit), "name": t.unit.get(lang)} for t in units],
        "count": len(found),
        "page": page,
        "pages": pages,
        "groups": [
            {
                "id": unit_id(there.unit),
                "name": there.unit.get(lang),
                "at_ms": there.at_ms,
                "cards": [_card(card, lang) for owner, card in shown if owner is there],
            }
            for there in units
            if any(owner is there for owner, _ in shown)
        ],
    }


def _said(there: UnitCards, card: Card) -> str:
    texts = (there.unit.zh, there.unit.en, card.item.zh, card.item.en, card.basis, card.contact)
    return " ".join((*texts, *card.steps)).casefold()


def _card(card: Card, lang: str) -> dict[str, Any]:
    t = WORDS[lang]
    kind = "working" if card.working else "calendar"
    if card.limit_days == 0:
        limit = t["days.at_once"]
    elif card.limit_days == 1:
        limit = t[f"days.one.{kind}"]
    else:
        limit = t[f"days.{kind}"].format(days=card.limit_days)
    return {
        "item": card.item.get(lang),
        "basis": card.basis,
        "steps": card.steps,
        "limit": limit,
        "fee": card.fee or t["free"],
        "contact": card.contact,
    }


# --- budgets ---


def budgets(of_show: OfShow, asked: str, lang: str) -> dict[str, Any]:
    """All units' years, newest first in each unit."""
    words = asked.casefold().split()
    found = [
        there
        for there in of_show.budgets.values()
        if all(
            word in f"{there.budget.unit.zh} {there.budget.unit.en}".casefold() for word in words
        )
    ]
    order = {name: place for place, (name, _, _) in enumerate(of_show.budgets)}
    found.sort(key=lambda b: (order[b.budget.unit.zh], -b.budget.year, b.budget.stage))
    return {
        "asked": asked,
        "any": bool(of_show.budgets),
        "rows": [_summary(there, of_show, lang) for there in found],
    }


def budgets_of(of_show: OfShow, unit: str, lang: str) -> dict[str, Any] | None:
    """One unit's years, newest first; None for a unit that has none."""
    theirs = [b for b in of_show.budgets.values() if unit_id(b.budget.unit) == unit]
    if not theirs:
        return None
    theirs.sort(key=lambda b: (-b.budget.year, b.budget.stage))
    return {
        "name": theirs[0].budget.unit.get(lang),
        "years": [_year(there, of_show, lang) for there in theirs],
    }


def _before(budget: Budget, of_show: OfShow) -> Budget | None:
    return of_show.budget(budget.unit.zh, budget.year - 1, budget.stage)


def _summary(there: UnitBudget, of_show: OfShow, lang: str) -> dict[str, Any]:
    budget = there.budget
    before = _before(budget, of_show)
    whole = Change("", budget.total, before.total if before else None)
    return {
        "unit": budget.unit.get(lang),
        "unit_id": unit_id(budget.unit),
        "year": budget.year,
        "stage": WORDS[lang][f"stage.{budget.stage}"],
        "anchor": f"{budget.year}-{budget.stage}",
        "total": yuan_text(budget.total),
        "three": yuan_text(budget.split.total),
        "difference": _signed(whole.difference) if before else "",
        "percent": whole.percent.replace("-", "−") if before else "",
    }


def _year(there: UnitBudget, of_show: OfShow, lang: str) -> dict[str, Any]:
    t, budget = WORDS[lang], there.budget
    before = _before(budget, of_show)
    count = len(budget.lines)
    agrees = budget.stated is not None
    changes: Sequence[Change] = (
        year_on_year(budget, before)
        if before
        else [Change(line.item, line.amount, None) for line in budget.lines]
    )
    return {
        **_summary(there, of_show, lang),
        "at_ms": there.at_ms,
        "check": t["sum_agrees" if agrees else "sum_made"].format(count=count),
        "agrees": agrees,
        "compared": before is not None,
        "before_total": yuan_text(before.total) if before else "",
        "lines": [_change(change, budget.total, bool(before), lang) for change in changes],
        "split": _split(budget.split, before.split if before else None, lang),
        "three_difference": _signed(budget.split.total - before.split.total) if before else "",
        "three_before": yuan_text(before.split.total) if before else "",
    }


def _change(change: Change, total: int, compared: bool, lang: str) -> dict[str, Any]:
    t = WORDS[lang]
    gone = change.amount is None
    note = t["is_gone"] if gone else t["is_new"] if compared and change.before is None else ""
    return {
        "item": change.item,
        "amount": "–" if gone else yuan_text(change.amount or 0),
        "before": "–" if change.before is None else yuan_text(change.before),
        "difference": _signed(change.difference),
        "percent": change.percent.replace("-", "−"),
        "note": note,
        # A thousandth of the bar is what a screen can show.
        "bar": 1000 * (change.amount or 0) // total if total else 0,
    }


def _split(split: Split, before: Split | None, lang: str) -> list[dict[str, str]]:
    t = WORDS[lang]
    then = before.parts if before else (0,) * len(split.parts)
    return [
        {
            "name": t[f"split.{field.name}"],
            "amount": yuan_text(now),
            "before": yuan_text(old) if before else "",
            "difference": _signed(now - old) if before else "",
        }
        for field, now, old in zip(fields(Split), split.parts, then, strict=True)
    ]


def _signed(amount: int) -> str:
    text = yuan_text(amount)
    return f"+{text}" if amount > 0 else text


# --- pledges and questions ---


def pledges(found: Iterable[PledgeFact], asked: str, lang: str) -> dict[str, Any]:
    """The newest first. asked: words that a pledge must hold, all of them."""
    words = asked.casefold().split()
    facts = sorted(found, key=lambda fact: -fact.number)

    def said(fact: PledgeFact) -> str:
        return f"{fact.unit.zh} {fact.unit.en} {fact.text} {fact.target}".casefold()

    return {
        "asked": asked,
        "any": bool(facts),
        "pledges": [
            _pledge(fact, lang) for fact in facts if all(word in said(fact) for word in words)
        ],
    }


def _pledge(fact: PledgeFact, lang: str) -> dict[str, Any]:
    t = WORDS[lang]
    late = t["late.one" if fact.days_late == 1 else "late.days"].format(days=fact.days_late)
    return {
        "number": fact.number,
        "unit": fact.unit.get(lang),
        "post": fact.post.get(lang),
        "text": fact.text,
        "target": fact.target,
        "made": fact.made,
        "due": fact.due,
        "earlier": t["list_sep"].join(fact.earlier),
        "state": t.get(f"state.{fact.state}", fact.state),
        "bad": fact.state in ("overdue", "broken", "disputed"),
        "late": late if fact.days_late else "",
        "place": f"{fact.episode}/{fact.segment}" if fact.episode and fact.segment else "",
        "steps": [
            {
                "day": step.day,
                "move": t.get(f"move.{step.move}", step.move),
                "note": step.note,
                "due": step.due,
            }
            for step in fact.steps
        ],
    }


def questions(found: Iterable[DeskFact], lang: str) -> dict[str, Any]:
    return {
        "rows": [
            {
                "unit": fact.unit.get(lang),
                "accepted": fact.accepted,
                "answered": _share(fact.answered, fact.accepted, lang),
                "in_time": _share(fact.in_time, fact.answered, lang),
                "satisfaction": _share(fact.satisfied + fact.fair, fact.rated, lang),
            }
            for fact in found
        ]
    }


def _share(count: int, whole: int, lang: str) -> dict[str, str]:
    """A part of a whole with both counts; the percentage is "" where there is no whole."""
    said = WORDS[lang]["of_count"].format(count=count, whole=whole)
    return {"said": said, "percent": percent_text(count, whole)}


# --- data ---


def dictionary(lang: str) -> list[dict[str, Any]]:
    return [
        {
            "name": dataset.name,
            "title": dataset.title.get(lang),
            "say": dataset.say.get(lang),
            "columns": [
                {
                    "name": column.name,
                    "kind": WORDS[lang][f"kind.{column.kind}"],
                    "say": column.say.get(lang),
                }
                for column in dataset.columns
            ],
        }
        for dataset in DATASETS
    ]


# --- one result, to be carried elsewhere ---


@dataclass(frozen=True)
class Carried:
    """A segment that is in the record, as a card or a picture. key: what it is made of; the same
    key is the same picture."""

    face: Face
    title: str
    description: str
    key: tuple[object, ...]


def carried(episode: Episode, segment: str, address: str, lang: str) -> Carried | None:
    """None for a segment that is not in the record (yet)."""
    t = WORDS[lang]
    whole = record(episode, lang)
    shown = next((s for s in whole["segments"] if s["id"] == segment), None)
    if shown is None:
        return None
    stands = next((r for r in reversed(shown["runs"]) if r["result"]), None)
    over = f"{whole['episode']['show']} · {whole['episode']['title']}"
    if stands is None:
        face = Face(over, shown["unit"], shown["post"], note=t["not_revealed"], foot=(address,))
    else:
        face = _face(over, shown, stands, address, t)
    said = " ".join(filter(None, (face.figure, face.measure, face.level_name))) or face.note
    title = f"{face.unit} {face.post}: {said}".replace(" :", ":")
    facts = " · ".join((face.over, *face.turnout))
    return Carried(face, title, facts, (face, lang))


def _face(
    over: str, shown: dict[str, Any], run: dict[str, Any], address: str, t: dict[str, str]
) -> Face:
    result = run["result"]
    turnout = [t["seats_said"].format(n=result["n"], N=result["N"])] if result["N"] else []
    turnout += [t["online_said"].format(n=result["online"])] if result["viewers"] else []
    drawn = next((row for row in run["panels"] if row["counting"] and row["n"]), None)
    return Face(
        over,
        shown["unit"],
        shown["post"],
        result["figure"],
        result["unit"] if result["figure"] else "",
        result["level"],
        result["level_name"],
        result["shape"],
        "" if result["figure"] else t["no_result"],
        tuple(turnout),
        _panel(drawn, t) if drawn else "",
        tuple(Bar(b["name"], b["count"], b["percent"]) for b in drawn["bars"]) if drawn else (),
        (t["hash_said"].format(hash=run["rules_hash"][:16]), address),
    )


def _panel(row: dict[str, Any], t: dict[str, str]) -> str:
    count = t["n_of_N"].format(n=row["n"], N=row["N"]) if row["seats"] else ""
    return f"{row['name']} {count or t['n_votes'].format(n=row['n'])}"


# --- the feed ---


def entries(
    show: str,
    episodes: Iterable[Episode],
    of_show: OfShow,
    pledged: Iterable[PledgeFact],
    base: str,
    lang: str,
) -> list[Entry]:
    """What was revealed and published, the newest."""
    found = [
        *(entry for episode in episodes for entry in _revealed(episode, base, lang)),
        *(_cards_entry(show, there, base, lang) for there in of_show.cards.values()),
        *(_budget_entry(show, there, base, lang) for there in of_show.budgets.values()),
        *(_pledge_entry(show, fact, base, lang) for fact in pledged),
    ]
    return sorted(found, key=lambda entry: -entry.updated_ms)[:ENTRIES_MAX]


def _revealed(episode: Episode, base: str, lang: str) -> Iterable[Entry]:
    t = WORDS[lang]
    for shown in record(episode, lang)["segments"]:
        for run in shown["runs"]:
            found = next((r for r in episode.runs if r.code == run["code"]), None)
            if not run["result"] or found is None or found.phase is not Phase.REVEALED:
                continue
            address = f"{base}/episodes/{episode.id}/{shown['id']}"
            face = _face(episode.title.get(lang), shown, run, address, t)
            said = " ".join(filter(None, (face.figure, face.measure, face.level_name)))
            notes = [correction["text"] for correction in run["corrections"]]
            if run["replaced_by"]:
                notes.append(t["replaced"].format(code=run["replaced_by"]))
            yield Entry(
                f"{episode.id}/{found.id}",
                f"{' '.join(filter(None, (face.unit, face.post)))}: {said or t['feed_no_figure']}",
                " · ".join((face.over, *face.turnout, *notes)),
                address,
                found.revealed_ms,
                max(found.revealed_ms, *(c.at_ms for c in found.corrections), 0),
            )


def _cards_entry(show: str, there: UnitCards, base: str, lang: str) -> Entry:
    t = WORDS[lang]
    return Entry(
        f"{show}/cards/{there.unit.zh}",
        t["feed_cards"].format(unit=there.unit.get(lang), count=len(there.cards)),
        t["feed_cards_say"],
        f"{base}/record/{show}/cards?unit={unit_id(there.unit)}",
        there.first_ms,
        there.at_ms,
    )


def _budget_entry(show: str, there: UnitBudget, base: str, lang: str) -> Entry:
    t, budget = WORDS[lang], there.budget
    return Entry(
        f"{show}/budget/{budget.unit.zh}/{budget.year}/{budget.stage}",
        t["feed_budget"].format(
            unit=budget.unit.get(lang),
            year=budget.year,
            stage=t[f"stage.{budget.stage}"],
            total=yuan_text(budget.total),
        ),
        t["feed_budget_say"].format(three=yuan_text(budget.split.total), count=len(budget.lines)),
        f"{base}/record/{show}/budgets/{unit_id(budget.unit)}#{budget.year}-{budget.stage}",
        there.first_ms,
        there.at_ms,
    )


def _pledge_entry(show: str, fact: PledgeFact, base: str, lang: str) -> Entry:
    t = WORDS[lang]
    state = t.get(f"state.{fact.state}", fact.state)
    return Entry(
        f"pledge/{fact.id}",
        t["feed_pledge"].format(unit=fact.unit.get(lang), state=state),
        f"{fact.text} · {t['due']} {fact.due}",
        f"{base}/record/{show}/pledges?lang={lang}#pledge-{fact.number}",
        fact.made_ms,
        max(fact.made_ms, fact.changed_ms),
    )
