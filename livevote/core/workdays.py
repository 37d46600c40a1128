"""Working days in China: weekdays, less public holidays, plus weekend days that are worked to make
up for them.

The State Council says each autumn how the holidays of the next year lie; nothing else makes a
weekday a holiday or a Saturday a working day. What it has said of FIRST_YEAR to LAST_YEAR comes
with the package `chinesecalendar`. Of any other year nobody knows yet: there Monday to Friday are
working days, `known` says so, and `with_year` adds a year as soon as it is published. No clock
here: whoever asks says which day it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from chinese_calendar.constants import holidays as _holidays
from chinese_calendar.constants import workdays as _makeup_days

_DAY = timedelta(days=1)
_SATURDAY = 5
# A promise for longer than this is a mistake in the number.
WORKDAYS_MAX = 10_000


@dataclass(frozen=True)
class Calendar:
    """off: weekdays that are free. on: weekend days that are worked. years: of which `off` and `on`
    are the whole truth."""

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    years: frozenset[int] = field(default_factory=frozenset)

    def known(self, day: date) -> bool:
        """Whether the holidays of that year are published; else Monday to Friday count."""
        return day.year in self.years

    def is_workday(self, day: date) -> bool:
        return day in self.on if day.weekday() >= _SATURDAY else day not in self.off

    def next_workday(self, day: date) -> date:
        """The day itself where it is a working day, else the first one after it."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which is itself not counted; before it for n < 0. For
        0 the day itself. Raises ValueError for more than WORKDAYS_MAX."""
        if abs(n) > WORKDAYS_MAX:
            raise ValueError(f"at most {WORKDAYS_MAX} working days")
        step = _DAY if n > 0 else -_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def workdays_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and with `b`; negative where `b` is before `a`. So
        `workdays_between(day, add_workdays(day, n)) == n` for n >= 0."""
        if b < a:
            return -self.workdays_between(b, a)
        weeks, rest = divmod((b - a).days, 7)
        last = a + timedelta(days=7 * weeks)
        weekdays = 5 * weeks + sum(
            (last + i * _DAY).weekday() < _SATURDAY for i in range(1, rest + 1)
        )
        off = sum(a < day <= b for day in self.off)
        on = sum(a < day <= b for day in self.on)
        return weekdays - off + on

    def with_year(self, year: int, free: Iterable[date], worked: Iterable[date]) -> Calendar:
        """The calendar that knows one more year, or knows it anew. free: its holidays, weekend days
        among them or not. worked: its make-up days. Raises ValueError for days of other years, or
        a make-up day that is a weekday or free."""
        free, worked = frozenset(free), frozenset(worked)
        if any(day.year != year for day in free | worked):
            raise ValueError(f"all days must lie in {year}")
        if any(day.weekday() < _SATURDAY or day in free for day in worked):
            raise ValueError("a make-up day is a Saturday or Sunday that is not free")
        return replace(
            self,
            off=frozenset(d for d in self.off if d.year != year)
            | {d for d in free if d.weekday() < _SATURDAY},
            on=frozenset(d for d in self.on if d.year != year) | worked,
            years=self.years | {year},
        )


def _published() -> Calendar:
    years = {day.year for day in _holidays}
    return Calendar(
        frozenset(day for day in _holidays if day.weekday() < _SATURDAY),
        frozenset(day for day in _makeup_days if day.weekday() >= _SATURDAY),
        frozenset(years),
    )


CHINA = _published()
FIRST_YEAR, LAST_YEAR = min(CHINA.years), max(CHINA.years)


def is_workday(day: date) -> bool:
    return CHINA.is_workday(day)


def add_workdays(day: date, n: int) -> date:
    """The n-th working day after `day` in China; see Calendar."""
    return CHINA.add_workdays(day, n)


def workdays_between(a: date, b: date) -> int:
    """Working days after `a` up to and with `b` in China; see Calendar."""
    return CHINA.workdays_between(a, b)
