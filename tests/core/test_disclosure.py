"""What a show publishes: what stands, what a publication changes, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import event as ev
from livevote.core.budget import Budget, Line, Stage
from livevote.core.card import Card
from livevote.core.disclosure import (
    CARDS_MAX,
    CardsOf,
    Disclosure,
    Licence,
    Publication,
    decide,
    fold,
    unit_id,
)
from livevote.core.names import Names
from livevote.errors import BadInput

WATER, ROADS = Names("台州市水利局", "Water"), Names("路桥区", "Luqiao")
CARD = Card(Names("取水许可"), "水法", ("申请", "发证"), 20, fee="", contact="3 号窗口")


def published(state: Disclosure, *wanted: Publication, at_ms: int = 1000) -> Disclosure:
    for one in wanted:
        events = decide(state, "s1", one)
        first = state.revision + 1
        logged = [ev.Logged(first + i, at_ms, "producer", e) for i, e in enumerate(events)]
        state = fold(state, logged)
    return state


def of_units(*units: Names) -> Publication:
    return Publication(cards=tuple(CardsOf(unit, (CARD,)) for unit in units))


def budget(year: int, *amounts: int) -> Budget:
    lines = tuple(Line(f"项目{i}", amount) for i, amount in enumerate(amounts))
    return Budget(WATER, year, Stage.BUDGET, lines)


def test_what_is_not_named_stays() -> None:
    state = published(Disclosure(), of_units(WATER, ROADS))
    other = replace(CARD, limit_days=5)
    state = published(state, Publication(cards=(CardsOf(WATER, (other,)),)), at_ms=2000)
    cards = state.of("s1").cards
    assert cards[WATER.zh].cards == (other,)
    assert (cards[WATER.zh].first_ms, cards[WATER.zh].at_ms) == (1000, 2000)
    assert (cards[ROADS.zh].first_ms, cards[ROADS.zh].at_ms) == (1000, 1000)


def test_publishing_the_same_again_changes_nothing() -> None:
    wanted = Publication(Licence("CC BY 4.0"), of_units(WATER).cards, (budget(2026, 5),))
    state = published(Disclosure(), wanted)
    assert state.revision == 3
    assert decide(state, "s1", wanted) == []
    assert len(decide(state, "s2", wanted)) == 3


def test_none_takes_it_out_once() -> None:
    state = published(Disclosure(), of_units(WATER), Publication(budgets=(budget(2026, 5),)))
    nothing = Publication(cards=(CardsOf(WATER),), budgets=(budget(2026),))
    state = published(state, nothing)
    assert not state.of("s1").cards
    assert not state.of("s1").budgets
    assert decide(state, "s1", nothing) == []


def test_years_and_stages_stand_beside_each_other() -> None:
    accounts = replace(budget(2026, 4), stage=Stage.ACCOUNTS)
    wanted = Publication(budgets=(budget(2025, 3), budget(2026, 5), accounts))
    of_show = published(Disclosure(), wanted).of("s1")
    assert [key[1:] for key in of_show.budgets] == [
        (2025, Stage.BUDGET),
        (2026, Stage.BUDGET),
        (2026, Stage.ACCOUNTS),
    ]
    assert of_show.budget(WATER.zh, 2026, Stage.ACCOUNTS) == accounts
    assert of_show.budget(WATER.zh, 2024, Stage.BUDGET) is None


@pytest.mark.parametrize(
    "wanted",
    [
        Publication(Licence("", "https://example.org")),
        Publication(Licence("x", "javascript:alert(1)")),
        Publication(Licence("x" * 201)),
        Publication(cards=(CardsOf(Names(), (CARD,)),)),
        Publication(cards=(CardsOf(WATER, (replace(CARD, basis=""),)),)),
        Publication(cards=(CardsOf(WATER, (replace(CARD, limit_days=-1),)),)),
        Publication(cards=(CardsOf(WATER, (replace(CARD, steps=("x" * 501,)),)),)),
        Publication(cards=(CardsOf(WATER, (CARD,) * (CARDS_MAX + 1)),)),
        Publication(budgets=(replace(budget(2026, 5), stated=6),)),
    ],
)
def test_what_may_not_stand_is_refused(wanted: Publication) -> None:
    with pytest.raises(BadInput):
        decide(Disclosure(), "s1", wanted)


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(0, 3)), max_size=12))
def test_the_fold_is_the_last_word_on_every_unit(steps: Iterable[tuple[str, int]]) -> None:
    state, expected = Disclosure(), {}
    for name, count in steps:
        cards = tuple(replace(CARD, limit_days=day) for day in range(count))
        state = published(state, Publication(cards=(CardsOf(Names(name), cards),)))
        expected[name] = cards
    found = {name: there.cards for name, there in state.of("s1").cards.items()}
    assert found == {name: cards for name, cards in expected.items() if cards}


def test_an_address_of_a_unit_stays_while_its_name_does() -> None:
    assert unit_id(WATER) == unit_id(Names("台州市水利局", "another")) != unit_id(ROADS)
    assert unit_id(WATER) == "6d9aa0f01e"
