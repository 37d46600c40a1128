"""What a show publishes beside its results: its licence, units' cards and units' budgets. A fold of
events.

What is published takes the place of what stood there: of a unit's cards all, of budgets one unit's
year and stage. The log keeps every earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from livevote.core import event as ev
from livevote.core.budget import Budget, Stage
from livevote.core.budget import checked as checked_budget
from livevote.core.card import Card
from livevote.core.card import checked as checked_card
from livevote.core.catalogue import named
from livevote.core.names import Names
from livevote.errors import BadInput

# Of one show. A page that lists them, and the file of all, must stay something to open.
CARDS_MAX = 5_000
BUDGETS_MAX = 2_000
LINES_MAX = 50_000
LICENCE_MAX = 200


@dataclass(frozen=True)
class Licence:
    """Under which others may use the data. name "": none is stated. url: its text."""

    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Published:
    """When it was published first, and last changed."""

    first_ms: int
    at_ms: int


@dataclass(frozen=True)
class UnitCards(Published):
    unit: Names
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class UnitBudget(Published):
    budget: Budget


BudgetKey = tuple[str, int, Stage]


def key_of(budget: Budget) -> BudgetKey:
    return budget.unit.zh, budget.year, budget.stage


@dataclass(frozen=True)
class OfShow:
    """cards: by unit; budgets: by unit, year and stage. Units in the order they were published."""

    licence: Licence = Licence()
    cards: Mapping[str, UnitCards] = field(default_factory=dict)
    budgets: Mapping[BudgetKey, UnitBudget] = field(default_factory=dict)

    def budget(self, unit: str, year: int, stage: Stage) -> Budget | None:
        found = self.budgets.get((unit, year, stage))
        return found.budget if found else None


@dataclass(frozen=True)
class Disclosure:
    revision: int = 0
    shows: Mapping[str, OfShow] = field(default_factory=dict)

    def of(self, show: str) -> OfShow:
        return self.shows.get(show, OfShow())


def unit_id(unit: Names) -> str:
    """A unit in an address: the same for as long as its name is, and short in every mail."""
    return sha256(unit.zh.encode()).hexdigest()[:10]


# --- deciding ---


@dataclass(frozen=True)
class CardsOf:
    """All cards of a unit; none takes it out."""

    unit: Names
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True)
class Publication:
    """What somebody wants to stand there. Units and years that it does not name stay. A budget
    without lines is taken out."""

    licence: Licence | None = None
    cards: tuple[CardsOf, ...] = ()
    budgets: tuple[Budget, ...] = ()


def decide(state: Disclosure, show: str, wanted: Publication) -> list[ev.Event]:
    """One event for each thing that is not what stands there. Raises BadInput."""
    before = state.of(show)
    return [
        *_decide_licence(before, show, wanted.licence),
        *_decide_cards(before, show, wanted.cards),
        *_decide_budgets(before, show, wanted.budgets),
    ]


def _decide_licence(before: OfShow, show: str, wanted: Licence | None) -> Iterable[ev.Event]:
    if wanted is None:
        return
    name, url = " ".join(wanted.name.split()), wanted.url.strip()
    if max(len(name), len(url)) > LICENCE_MAX:
        raise BadInput(f"at most {LICENCE_MAX} characters", where="licence.name")
    if url and not url.startswith(("https://", "http://")):
        raise BadInput("an address begins with https://", where="licence.url")
    if url and not name:
        raise BadInput("a licence with an address has a name", where="licence.name")
    if Licence(name, url) != before.licence:
        yield ev.LicenceSet(show, name, url)


def _decide_cards(before: OfShow, show: str, wanted: Iterable[CardsOf]) -> Iterable[ev.Event]:
    cards = {name: CardsOf(there.unit, there.cards) for name, there in before.cards.items()}
    for given in wanted:
        unit = named(given.unit, "unit")
        theirs = CardsOf(unit, tuple(map(checked_card, given.cards)))
        if cards.get(unit.zh, CardsOf(unit)) != theirs:
            yield ev.CardsPublished(show, unit, theirs.cards)
        cards[unit.zh] = theirs
    if sum(len(theirs.cards) for theirs in cards.values()) > CARDS_MAX:
        raise BadInput(f"at most {CARDS_MAX} cards a show", where="cards")


def _decide_budgets(before: OfShow, show: str, wanted: Iterable[Budget]) -> Iterable[ev.Event]:
    budgets = {key: there.budget for key, there in before.budgets.items()}
    for given in wanted:
        budget = replace(checked_budget(given), unit=named(given.unit, "unit"))
        there = budgets.get(key_of(budget))
        if budget != there and (budget.lines or there):
            yield ev.BudgetPublished(show, budget)
        budgets[key_of(budget)] = budget
    sizes = [len(budget.lines) for budget in budgets.values() if budget.lines]
    if len(sizes) > BUDGETS_MAX or sum(sizes) > LINES_MAX:
        raise BadInput(f"at most {BUDGETS_MAX} budgets and {LINES_MAX} lines a show", where="lines")


# --- folding ---


def fold(state: Disclosure, events: Iterable[ev.Logged]) -> Disclosure:
    for logged in events:
        step = STEPS.get(type(logged.event))
        if step is not None:
            show = getattr(logged.event, "show", "")
            changed = step(state.of(show), logged.event, logged.at_ms)
            state = replace(state, shows={**state.shows, show: changed})
        state = replace(state, revision=logged.revision)
    return state


def _cards(before: OfShow, e: ev.CardsPublished, at_ms: int) -> OfShow:
    there = before.cards.get(e.unit.zh)
    first_ms = there.first_ms if there else at_ms
    kept = {name: cards for name, cards in before.cards.items() if name != e.unit.zh or e.cards}
    if e.cards:
        kept[e.unit.zh] = UnitCards(first_ms, at_ms, e.unit, e.cards)
    return replace(before, cards=kept)


def _budget(before: OfShow, e: ev.BudgetPublished, at_ms: int) -> OfShow:
    key = key_of(e.budget)
    there = before.budgets.get(key)
    first_ms = there.first_ms if there else at_ms
    kept = {other: b for other, b in before.budgets.items() if other != key or e.budget.lines}
    if e.budget.lines:
        kept[key] = UnitBudget(first_ms, at_ms, e.budget)
    return replace(before, budgets=kept)


STEPS: dict[type[ev.Event], Callable[[OfShow, Any, int], OfShow]] = {
    ev.LicenceSet: lambda o, e, at: replace(o, licence=Licence(e.name, e.url)),
    ev.CardsPublished: _cards,
    ev.BudgetPublished: _budget,
}
