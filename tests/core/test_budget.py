"""Sums, splits and years, exact to the fen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.budget import (
    AMOUNT_MAX,
    TOTAL,
    Budget,
    Change,
    Line,
    Split,
    Stage,
    Stated,
    Wrong,
    checked,
    fen,
    sum_checks,
    year_on_year,
    yuan,
    yuan_text,
)
from livevote.core.names import Names
from livevote.errors import BadInput

AMOUNTS = st.integers(0, AMOUNT_MAX)
SMALL = st.integers(0, 10**9)
SPLITS = st.builds(Split, SMALL, SMALL, SMALL, SMALL)
UNIT = Names("台州市水利局", "Water")


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    items = draw(st.lists(st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=3), unique=True))
    return tuple(
        Line(item, split.total + draw(SMALL), split) for item in items if (split := draw(SPLITS))
    )


def a_budget(found: tuple[Line, ...], year: int = 2026) -> Budget:
    return Budget(UNIT, year, Stage.BUDGET, found)


def as_stated(line: Line) -> Stated:
    return Stated(line.item, line.amount, line.split.total, line.split.parts)


def totals(budget: Budget) -> Stated:
    return Stated("合计", budget.total, budget.split.total, budget.split.parts)


# --- amounts ---


@given(AMOUNTS)
def test_what_is_written_in_yuan_is_read_again_to_the_fen(amount: int) -> None:
    assert fen(yuan(amount)) == fen(yuan_text(amount)) == amount
    assert Fraction(yuan(amount)) * 100 == amount


@given(AMOUNTS)
def test_ten_thousands_of_yuan_are_exact(amount: int) -> None:
    whole, part = divmod(amount, 1_000_000)
    assert fen(f"{whole}.{part:06d}", 10_000) == amount


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", 0),
        ("12", 1200),
        ("1,234.5", 123450),
        ("１２．５０", 1250),
        ("¥ 3.07", 307),
        ("1e3", 100000),
        ("", None),
        ("—", None),
        ("-", None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, found: int | None) -> None:
    assert fen(text) == found


@pytest.mark.parametrize(
    "text", ["1,23", "1.234,50", "0.001", "-5", "abc", "NaN", "Infinity", "1e99", "12元整", "1;2"]
)
def test_what_is_no_amount_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        fen(text)


def test_a_negative_amount_reads_with_a_minus() -> None:
    assert yuan_text(-123456) == "−1,234.56"


# --- sums ---


@given(lines())
def test_stated_totals_that_are_the_sums_pass(found: tuple[Line, ...]) -> None:
    budget = a_budget(found)
    assert sum_checks([as_stated(line) for line in found], totals(budget)) == []
    assert budget.total == sum(line.amount for line in found)
    assert budget.split.total == sum(line.split.total for line in found)


@given(lines(), st.sampled_from(["amount", "three"]), st.integers(1, 10**6))
def test_a_stated_total_that_is_off_by_a_fen_or_more_is_found(
    found: tuple[Line, ...], name: str, off: int
) -> None:
    budget = a_budget(found)
    right = totals(budget)
    if name == "amount":
        stated, wrong = budget.total, replace(right, amount=budget.total + off)
    else:
        stated, wrong = budget.split.total, replace(right, three=budget.split.total + off)
    expected = Wrong(TOTAL, name, stated + off, stated)
    assert expected in sum_checks([as_stated(line) for line in found], wrong)


@given(SPLITS, st.integers(1, 10**6))
def test_a_three_public_sum_that_is_not_its_parts_is_found(split: Split, off: int) -> None:
    line = Stated("甲", split.total, split.total + off, split.parts)
    assert sum_checks([line], None) == [Wrong(0, "three", split.total + off, split.total)]


def test_parts_that_are_more_than_their_amount_are_found() -> None:
    line = Stated("甲", 100, 101, (101, 0, None, None))
    assert sum_checks([line], None) == [Wrong(0, "amount", 100, 101)]


def test_each_part_has_its_own_column_sum() -> None:
    rows = [Stated("甲", 500, None, (1, 2, 3, 4)), Stated("乙", 500, None, (10, 20, 30, 40))]
    total = Stated("合计", 1000, 111, (11, 22, 33, 45))
    assert {(w.field, w.stated, w.found) for w in sum_checks(rows, total)} == {
        ("three", 111, 110),
        ("receptions", 45, 44),
    }


def test_what_is_not_stated_is_not_checked() -> None:
    rows = [Stated("甲", 500, None, (1, None, None, None))]
    assert sum_checks(rows, Stated("合计", 500, None, (None,) * 4)) == []
    assert sum_checks(rows, None) == []


@pytest.mark.parametrize(
    "budget",
    [
        Budget(UNIT, 1800, Stage.BUDGET, ()),
        a_budget((Line("甲", -1),)),
        a_budget((Line("甲", 1), Line("甲", 2))),
        a_budget((Line("", 1),)),
        a_budget((Line("甲", 5, Split(6)),)),
        replace(a_budget((Line("甲", 5),)), stated=6),
        a_budget((Line("甲", AMOUNT_MAX + 1),)),
    ],
)
def test_what_does_not_add_up_cannot_be_published(budget: Budget) -> None:
    with pytest.raises(BadInput):
        checked(budget)


@given(lines())
def test_what_adds_up_can(found: tuple[Line, ...]) -> None:
    budget = replace(a_budget(found), stated=sum(line.amount for line in found))
    assert checked(budget) == budget


# --- years ---


@given(lines(), lines())
def test_the_differences_of_the_items_are_the_difference_of_the_totals(
    now: tuple[Line, ...], before: tuple[Line, ...]
) -> None:
    this, last = a_budget(now), a_budget(before, 2025)
    changes = year_on_year(this, last)
    assert sum(change.difference for change in changes) == this.total - last.total
    items = [change.item for change in changes]
    assert len(items) == len(set(items))
    assert set(items) == {line.item for line in now + before}


def test_an_item_is_changed_new_or_gone() -> None:
    now = a_budget((Line("河道", 15000), Line("泵站", 700)))
    before = a_budget((Line("河道", 12000), Line("清淤", 300)), 2025)
    assert year_on_year(now, before) == (
        Change("河道", 15000, 12000),
        Change("泵站", 700, None),
        Change("清淤", None, 300),
    )
    assert [change.difference for change in year_on_year(now, before)] == [3000, 700, -300]
    assert [change.percent for change in year_on_year(now, before)] == ["+25.0", "", ""]


@pytest.mark.parametrize(
    ("amount", "before", "text"),
    [(100, 100, "0.0"), (99, 100, "-1.0"), (10_005, 10_000, "+0.1"), (5, 0, ""), (0, 8, "-100.0")],
)
def test_a_percentage_is_rounded_half_up_once(amount: int, before: int, text: str) -> None:
    assert Change("甲", amount, before).percent == text
