"""Scales: which values a ballot may hold, what each is called and how many points it is worth.

A value is the integer that travels and is stored. On a number scale it is
the points themselves; on a label scale it is 1 for the first label, 2 for
the second, and the label says how many points that means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from livevote.core.names import Names
from livevote.errors import BadInput

BUCKETS_MAX = 201
# More places than this are told as this many ranges.
RANGES_MAX = 10


class ScaleKind(StrEnum):
    NUMBERS = "numbers"
    LABELS = "labels"


@dataclass(frozen=True)
class Label:
    """One key of a label scale. `face` is a hint for drawing: happy, plain, sad or nothing."""

    name: Names
    points: int
    satisfied: bool = False
    face: str = ""


@dataclass(frozen=True)
class Bucket:
    """One place of the histogram."""

    value: int
    points: int
    name: Names
    satisfied: bool
    face: str = ""


@dataclass(frozen=True)
class Scale:
    """What voters choose from.

    numbers: low, high, step and `satisfied_from` (values at or above count as satisfied).
    labels: `labels`, best first.
    """

    kind: ScaleKind = ScaleKind.NUMBERS
    low: int = 0
    high: int = 100
    step: int = 1
    satisfied_from: int = 60
    labels: tuple[Label, ...] = ()

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """Every value, lowest first."""
        if self.kind is ScaleKind.LABELS:
            return tuple(
                Bucket(i, label.points, label.name, label.satisfied, label.face)
                for i, label in enumerate(self.labels, start=1)
            )
        return tuple(
            Bucket(value, value, Names(str(value), str(value)), value >= self.satisfied_from)
            for value in range(self.low, self.high + 1, self.step)
        )

    @cached_property
    def values(self) -> frozenset[int]:
        return frozenset(bucket.value for bucket in self.buckets)

    @property
    def points_max(self) -> int:
        """The most points a ballot can give: the top of the axis that screens draw."""
        return max(bucket.points for bucket in self.buckets)

    @property
    def points_min(self) -> int:
        return min(bucket.points for bucket in self.buckets)

    def check(self) -> None:
        """Raises BadInput where no sane vote could be held on this scale."""
        if self.kind is ScaleKind.LABELS:
            if not 2 <= len(self.labels) <= 10:
                raise BadInput("a label scale has 2 to 10 labels", where="scale.labels")
            for i, label in enumerate(self.labels):
                if not label.name.zh:
                    raise BadInput("each label needs a name", where=f"scale.labels.{i}.name")
                if not -1000 <= label.points <= 1000:
                    raise BadInput("points are -1000 to 1000", where=f"scale.labels.{i}.points")
            return
        if self.step < 1 or self.low >= self.high or not -1000 <= self.low <= self.high <= 1000:
            raise BadInput("low < high, step at least 1, all within -1000 to 1000", where="scale")
        if (self.high - self.low) % self.step:
            raise BadInput("the step must divide high minus low", where="scale.step")
        if (self.high - self.low) // self.step + 1 > BUCKETS_MAX:
            raise BadInput(f"at most {BUCKETS_MAX} values; use a larger step", where="scale.step")


def ranges(scale: Scale) -> list[list[Bucket]]:
    """What a distribution is told in, best first: a place for each value, or for ranges of values
    where the scale has too many."""
    buckets = list(scale.buckets)
    if scale.kind is ScaleKind.LABELS:
        return [[bucket] for bucket in buckets]
    if len(buckets) <= RANGES_MAX:
        return [[bucket] for bucket in reversed(buckets)]
    found: list[list[Bucket]] = [[] for _ in range(RANGES_MAX)]
    for bucket in buckets:
        # The top value closes the last range: 0-9, 10-19, … 90-100.
        place = (bucket.value - scale.low) * RANGES_MAX // (scale.high - scale.low)
        found[min(place, RANGES_MAX - 1)].append(bucket)
    return [kept for kept in reversed(found) if kept]


def range_name(buckets: list[Bucket], lang: str) -> str:
    """ "90–100", or the name of the only one."""
    first, last = buckets[0].name.get(lang), buckets[-1].name.get(lang)
    return first if len(buckets) == 1 else f"{first}–{last}"


POINTS_100 = Scale()
SATISFACTION = Scale(
    ScaleKind.LABELS,
    labels=(
        Label(Names("满意", "Satisfied"), 100, True, "happy"),
        Label(Names("基本满意", "Fairly satisfied"), 60, True, "plain"),
        Label(Names("不满意", "Not satisfied"), 0, False, "sad"),
    ),
)
SMILEY = Scale(
    ScaleKind.LABELS,
    labels=(
        Label(Names("笑脸", "Smiley"), 100, True, "happy"),
        Label(Names("哭脸", "Cry"), 0, False, "sad"),
    ),
)
ONE_TO_FIVE = Scale(low=1, high=5, satisfied_from=4)
ONE_TO_TEN = Scale(low=1, high=10, satisfied_from=6)

PRESETS: dict[str, Scale] = {
    "points_100": POINTS_100,
    "satisfaction": SATISFACTION,
    "smiley": SMILEY,
    "one_to_five": ONE_TO_FIVE,
    "one_to_ten": ONE_TO_TEN,
}
