"""Budgets of units: amounts in whole fen, and the arithmetic that a published table must pass.

No fraction of a fen exists here and nothing is rounded but a percentage. Where a table came from,
and how its cells are called, is not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from livevote.core.names import Names
from livevote.core.result import figure_text, half_up
from livevote.errors import BadInput

FEN = 100
# Ten trillion yuan: beyond any unit's year, and a whole number in every language that reads it.
AMOUNT_MAX = 10**15
YEAR_MIN, YEAR_MAX = 1949, 2199
LINES_MAX = 5_000
# Where a check points that is about the stated totals and not about a line.
TOTAL = -1

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
_NOTHING = {"", "-", "—", "–", "/"}


class Stage(StrEnum):
    """What was planned (预算), or what was spent (决算)."""

    BUDGET = "budget"
    ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Split:
    """The "three public" expenses (三公) by part, in fen: travel abroad, vehicles bought, vehicles
    run, receptions."""

    abroad: int = 0
    vehicles_bought: int = 0
    vehicles_run: int = 0
    receptions: int = 0

    @property
    def total(self) -> int:
        return sum(self.parts)

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    def plus(self, other: Split) -> Split:
        return Split(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))


@dataclass(frozen=True)
class Line:
    """One item. amount: in fen, the split's part included."""

    item: str
    amount: int
    split: Split = Split()


@dataclass(frozen=True)
class Budget:
    """One unit, one year, one stage. stated: the total that the source itself gives, None where it
    gives none; where there is one it is the sum of the lines, or there is no such budget."""

    unit: Names
    year: int
    stage: Stage
    lines: tuple[Line, ...]
    stated: int | None = None

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def split(self) -> Split:
        found = Split()
        for line in self.lines:
            found = found.plus(line.split)
        return found


# --- the checks ---


@dataclass(frozen=True)
class Stated:
    """A line, or the totals, as the source gives them. three: its 三公 total. None: not given."""

    item: str
    amount: int | None
    three: int | None
    parts: tuple[int | None, ...]

    @property
    def split(self) -> Split:
        return Split(*(part or 0 for part in self.parts))

    @property
    def line(self) -> Line:
        return Line(self.item, self.amount or 0, self.split)


@dataclass(frozen=True)
class Wrong:
    """A figure that does not add up. line: which, or TOTAL. field: "amount", "three" or a part's
    name. stated: as the source has it. found: what its parts come to."""

    line: int
    field: str
    stated: int
    found: int


def sum_checks(lines: Sequence[Stated], totals: Stated | None) -> list[Wrong]:
    """What does not add up: each line's 三公 against its parts and its amount, and each stated
    total against the column above it. Empty is right."""
    found: list[Wrong] = []
    for place, stated in enumerate(lines):
        found += _line_checks(place, stated)
    if totals is not None:
        found += _total_checks([stated.line for stated in lines], totals)
    return found


def _line_checks(place: int, stated: Stated) -> list[Wrong]:
    found = []
    parts = stated.split.total
    if stated.three is not None and stated.three != parts:
        found.append(Wrong(place, "three", stated.three, parts))
    if stated.amount is not None and parts > stated.amount:
        found.append(Wrong(place, "amount", stated.amount, parts))
    return found


def _total_checks(lines: Sequence[Line], totals: Stated) -> list[Wrong]:
    sums = Budget(Names(), 0, Stage.BUDGET, tuple(lines))
    names = [field.name for field in fields(Split)]
    pairs = [
        ("amount", totals.amount, sums.total),
        ("three", totals.three, sums.split.total),
        *zip(names, totals.parts, sums.split.parts, strict=True),
    ]
    return [
        Wrong(TOTAL, field, stated, found)
        for field, stated, found in pairs
        if stated is not None and stated != found
    ]


def checked(budget: Budget) -> Budget:
    """The same, where it may be published. Raises BadInput: an importer says more, at the cell."""
    if not YEAR_MIN <= budget.year <= YEAR_MAX:
        raise BadInput(f"a year is {YEAR_MIN} to {YEAR_MAX}", where="year")
    if len(budget.lines) > LINES_MAX:
        raise BadInput(f"at most {LINES_MAX} lines a year", where="lines")
    items = [line.item for line in budget.lines]
    if not all(items) or len(set(items)) < len(items):
        raise BadInput("every line has an item of its own", where="lines")
    amounts = (part for line in budget.lines for part in (line.amount, *line.split.parts))
    if any(not 0 <= amount <= AMOUNT_MAX for amount in amounts):
        raise BadInput("an amount is 0 or more", where="lines")
    if any(line.split.total > line.amount for line in budget.lines):
        raise BadInput("the parts are more than the amount", where="lines")
    if budget.stated is not None and budget.stated != budget.total:
        raise BadInput("the stated total is not the sum of the lines", where="stated")
    return budget


# --- from year to year ---


@dataclass(frozen=True)
class Change:
    """An item in two years, in fen. None: that year does not have it."""

    item: str
    amount: int | None
    before: int | None

    @property
    def difference(self) -> int:
        return (self.amount or 0) - (self.before or 0)

    @property
    def percent(self) -> str:
        """With its sign, to one decimal; "" where there is nothing to compare with."""
        if not self.before or self.amount is None:
            return ""
        text = figure_text(half_up(Fraction(100 * self.difference, self.before), 1), 1)
        return f"+{text}" if self.difference > 0 else text


def year_on_year(now: Budget, before: Budget) -> tuple[Change, ...]:
    """Every item of both: those of `now` in its order, then those that are gone."""
    then = {line.item: line.amount for line in before.lines}
    items = {line.item for line in now.lines}
    return (
        *(Change(line.item, line.amount, then.get(line.item)) for line in now.lines),
        *(Change(line.item, None, line.amount) for line in before.lines if line.item not in items),
    )


# --- amounts as people write them ---


def fen(text: str, times: int = 1) -> int | None:
    """An amount as a cell has it, in units of `times` yuan, exactly; None for an empty one. Raises
    ValueError for what is no amount, or ends below a fen."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").removeprefix("¥")
    if plain in _NOTHING:
        return None
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        exact = Decimal(plain) * times * FEN
    except InvalidOperation:
        raise ValueError("this is no amount") from None
    if not exact.is_finite() or not 0 <= exact <= AMOUNT_MAX:
        raise ValueError("an amount is 0 or more, and less than ten trillion yuan")
    whole = int(exact)
    if whole != exact:
        raise ValueError("an amount ends with a fen")
    return whole


def yuan(amount: int) -> str:
    """Fen as plain yuan: "1234.50"."""
    return figure_text(amount, 2)


def yuan_text(amount: int) -> str:
    """Fen as people read yuan: "1,234.50"."""
    whole, _, part = yuan(abs(amount)).partition(".")
    return f"{'−' if amount < 0 else ''}{int(whole):,}.{part}"
