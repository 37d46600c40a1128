"""Scales: their values, their points, and which scales no vote could be held on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from livevote.core.names import Names
from livevote.core.scale import (
    BUCKETS_MAX,
    ONE_TO_FIVE,
    PRESETS,
    SATISFACTION,
    Label,
    Scale,
    ScaleKind,
)
from livevote.errors import BadInput

from .examples import changed, scales


@given(scales)
def test_values_are_distinct_and_rise(scale: Scale) -> None:
    scale.check()
    values = [bucket.value for bucket in scale.buckets]
    assert values == sorted(set(values))
    assert scale.values == set(values)
    assert 2 <= len(values) <= BUCKETS_MAX


@given(scales)
def test_the_axis_holds_every_bucket(scale: Scale) -> None:
    for bucket in scale.buckets:
        assert scale.points_min <= bucket.points <= scale.points_max
    assert {scale.points_min, scale.points_max} <= {bucket.points for bucket in scale.buckets}


def test_a_number_scale_ends_at_its_high_value() -> None:
    scale = Scale(low=-10, high=20, step=10, satisfied_from=10)
    assert [(b.value, b.points, b.satisfied) for b in scale.buckets] == [
        (-10, -10, False),
        (0, 0, False),
        (10, 10, True),
        (20, 20, True),
    ]
    assert scale.buckets[0].name == Names("-10", "-10")


def test_a_label_scale_counts_its_labels_from_one() -> None:
    assert [(b.value, b.points, b.satisfied, b.face) for b in SATISFACTION.buckets] == [
        (1, 100, True, "happy"),
        (2, 60, True, "plain"),
        (3, 0, False, "sad"),
    ]
    assert SATISFACTION.points_max == 100
    assert SATISFACTION.points_min == 0


@pytest.mark.parametrize(
    ("name", "values", "points", "satisfied"),
    [
        ("points_100", [*range(101)], [*range(101)], [*range(60, 101)]),
        ("satisfaction", [1, 2, 3], [100, 60, 0], [1, 2]),
        ("smiley", [1, 2], [100, 0], [1]),
        ("one_to_five", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [4, 5]),
        ("one_to_ten", [*range(1, 11)], [*range(1, 11)], [*range(6, 11)]),
    ],
)
def test_the_presets(name: str, values: list[int], points: list[int], satisfied: list[int]) -> None:
    preset = PRESETS[name]
    preset.check()
    assert [bucket.value for bucket in preset.buckets] == values
    assert [bucket.points for bucket in preset.buckets] == points
    assert [bucket.value for bucket in preset.buckets if bucket.satisfied] == satisfied


def test_there_are_no_other_presets() -> None:
    assert len(PRESETS) == 5


def test_a_label_is_unsatisfied_unless_it_says_so() -> None:
    assert not Label(Names("差"), 0).satisfied


@pytest.mark.parametrize(
    ("scale", "fields", "where"),
    [
        (ONE_TO_FIVE, {"step": 0}, "scale"),
        (ONE_TO_FIVE, {"low": 5}, "scale"),
        (ONE_TO_FIVE, {"low": 6}, "scale"),
        (ONE_TO_FIVE, {"low": -1001}, "scale"),
        (ONE_TO_FIVE, {"high": 1001}, "scale"),
        (ONE_TO_FIVE, {"step": 3}, "scale.step"),
        (ONE_TO_FIVE, {"low": 0, "high": 201}, "scale.step"),
        (SATISFACTION, {"labels": ()}, "scale.labels"),
        (SATISFACTION, {"labels": SATISFACTION.labels[:1]}, "scale.labels"),
        (SATISFACTION, {"labels": SATISFACTION.labels[:1] * 11}, "scale.labels"),
        (
            SATISFACTION,
            {"labels": (SATISFACTION.labels[0], Label(Names("", "Fair"), 5))},
            "scale.labels.1.name",
        ),
        (
            SATISFACTION,
            {"labels": (SATISFACTION.labels[0], Label(Names("差"), -1001))},
            "scale.labels.1.points",
        ),
        (
            SATISFACTION,
            {"labels": (SATISFACTION.labels[0], Label(Names("优"), 1001))},
            "scale.labels.1.points",
        ),
    ],
)
def test_a_scale_that_cannot_be_voted_on_is_refused(
    scale: Scale, fields: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        changed(scale, **fields).check()
    assert refused.value.where == where


@pytest.mark.parametrize(
    "scale",
    [
        Scale(low=0, high=200),
        Scale(low=-1000, high=1000, step=10),
        Scale(ScaleKind.LABELS, labels=SATISFACTION.labels[:2]),
        Scale(ScaleKind.LABELS, labels=SATISFACTION.labels[:1] * 10),
        Scale(ScaleKind.LABELS, labels=(Label(Names("甲"), -1000), Label(Names("乙"), 1000))),
    ],
)
def test_the_limits_themselves_are_allowed(scale: Scale) -> None:
    scale.check()
