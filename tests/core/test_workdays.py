"""Working days against the State Council's notices, written out once more, and against counting
day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.workdays import (
    CHINA,
    FIRST_YEAR,
    LAST_YEAR,
    WORKDAYS_MAX,
    Calendar,
    add_workdays,
    is_workday,
    workdays_between,
)

# 国务院办公厅关于部分节假日安排的通知: free from, to; and the days worked instead.
NOTICES: dict[int, tuple[list[tuple[str, str]], list[str]]] = {
    2024: (
        [
            ("01-01", "01-01"),
            ("02-10", "02-17"),
            ("04-04", "04-06"),
            ("05-01", "05-05"),
            ("06-10", "06-10"),
            ("09-15", "09-17"),
            ("10-01", "10-07"),
        ],
        ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    ),
    2025: (
        [
            ("01-01", "01-01"),
            ("01-28", "02-04"),
            ("04-04", "04-06"),
            ("05-01", "05-05"),
            ("05-31", "06-02"),
            ("10-01", "10-08"),
        ],
        ["01-26", "02-08", "04-27", "09-28", "10-11"],
    ),
    2026: (
        [
            ("01-01", "01-03"),
            ("02-15", "02-23"),
            ("04-04", "04-06"),
            ("05-01", "05-05"),
            ("06-19", "06-21"),
            ("09-25", "09-27"),
            ("10-01", "10-07"),
        ],
        ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    ),
}

days = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


def _day(year: int, text: str) -> date:
    return date.fromisoformat(f"{year}-{text}")


def _from_to(a: date, b: date) -> list[date]:
    return [a + timedelta(days=i) for i in range((b - a).days + 1)]


def _notice(year: int) -> tuple[set[date], set[date]]:
    spans, worked = NOTICES[year]
    free = {day for a, b in spans for day in _from_to(_day(year, a), _day(year, b))}
    return free, {_day(year, text) for text in worked}


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_every_day_of_a_year_is_as_the_notice_says(year: int) -> None:
    free, worked = _notice(year)
    for day in _from_to(date(year, 1, 1), date(year, 12, 31)):
        expected = day in worked or (day.weekday() < 5 and day not in free)
        assert is_workday(day) is expected, day


def test_fifteen_working_days_over_the_spring_festival() -> None:
    # After Monday 9 February 2026: Tuesday to Friday, Saturday 14 to make up, Tuesday 24 to Friday
    # 27, Saturday 28 to make up, then Monday 2 to Friday 6 March.
    assert add_workdays(date(2026, 2, 9), 15) == date(2026, 3, 6)
    assert workdays_between(date(2026, 2, 9), date(2026, 3, 6)) == 15


@given(days, st.integers(0, 400))
def test_as_many_working_days_lie_between_as_were_added(day: date, n: int) -> None:
    reached = add_workdays(day, n)
    assert workdays_between(day, reached) == n
    assert n == 0 or CHINA.is_workday(reached)


@given(days, days)
def test_between_is_what_one_counts_day_by_day(a: date, b: date) -> None:
    first, last = min(a, b), max(a, b)
    counted = sum(is_workday(day) for day in _from_to(first, last)[1:])
    assert workdays_between(a, b) == (counted if a <= b else -counted)


@given(days, days, days)
def test_parts_add_up(a: date, b: date, c: date) -> None:
    assert workdays_between(a, b) + workdays_between(b, c) == workdays_between(a, c)


@given(days, st.integers(1, 100))
def test_back_from_a_working_day_is_where_one_came_from(day: date, n: int) -> None:
    start = CHINA.next_workday(day)
    assert add_workdays(add_workdays(start, n), -n) == start


@given(days)
def test_the_next_working_day_is_the_first_one_from_here(day: date) -> None:
    found = CHINA.next_workday(day)
    assert is_workday(found)
    assert not any(is_workday(each) for each in _from_to(day, found)[:-1])


@given(st.dates(date(LAST_YEAR + 1, 1, 1), date(2200, 12, 31)))
def test_a_year_that_is_not_published_has_monday_to_friday_and_says_so(day: date) -> None:
    assert not CHINA.known(day)
    assert is_workday(day) is (day.weekday() < 5)


def test_the_years_that_come_with_it_have_no_gap() -> None:
    assert CHINA.years == set(range(FIRST_YEAR, LAST_YEAR + 1))
    assert FIRST_YEAR <= 2010
    assert max(NOTICES) <= LAST_YEAR


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_a_year_added_by_hand_is_as_the_published_one(year: int) -> None:
    free, worked = _notice(year)
    found = Calendar().with_year(year, free, worked)
    of_year = Calendar(
        frozenset(day for day in CHINA.off if day.year == year),
        frozenset(day for day in CHINA.on if day.year == year),
        frozenset({year}),
    )
    assert found == of_year
    assert CHINA.with_year(year, free, worked) == CHINA


@pytest.mark.parametrize(
    ("free", "worked"),
    [
        ([date(2027, 1, 1)], []),
        ([], [date(2027, 1, 2)]),
        ([], [date(2028, 1, 3)]),  # a Monday
        ([date(2028, 1, 1)], [date(2028, 1, 1)]),
    ],
)
def test_a_year_that_cannot_be_is_refused(free: list[date], worked: list[date]) -> None:
    with pytest.raises(ValueError, match="day"):
        CHINA.with_year(2028, free, worked)


def test_a_number_of_days_that_nobody_means_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        add_workdays(date(2026, 1, 1), WORKDAYS_MAX + 1)
