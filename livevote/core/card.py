"""Transparency cards: what a unit does for people, on what legal basis, in which steps, how soon
and at what price. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from livevote.core.names import Names
from livevote.errors import BadInput

TEXT_MAX = 500
STEPS_MAX = 20
DAYS_MAX = 3_650


@dataclass(frozen=True)
class Card:
    """One item of service. limit_days: 0 is on the spot. working: the days are working days.
    fee: in words; "" is free of charge."""

    item: Names
    basis: str
    steps: tuple[str, ...]
    limit_days: int
    working: bool = True
    fee: str = ""
    contact: str = ""


def checked(card: Card) -> Card:
    """The same, where it may be published. Raises BadInput."""
    if not card.item.zh or not card.basis or not card.steps or not card.contact:
        raise BadInput("a card has an item, a legal basis, steps and a contact", where="cards")
    texts = (card.item.zh, card.item.en, card.basis, card.fee, card.contact, *card.steps)
    if max(map(len, texts)) > TEXT_MAX or len(card.steps) > STEPS_MAX or not all(card.steps):
        raise BadInput(f"at most {STEPS_MAX} steps, each text of {TEXT_MAX}", where="cards")
    if not 0 <= card.limit_days <= DAYS_MAX:
        raise BadInput(f"a limit is 0 to {DAYS_MAX} days", where="cards")
    return card
