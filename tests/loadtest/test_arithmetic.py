"""What is printed as a percentile, a median, a slope."""

import math

import pytest

from loadtest.arithmetic import median, percentile, slope


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (50.1, 51), (99, 99), (100, 100)]
)
def test_a_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_a_percentile_of_one_is_that_one_and_of_nothing_is_nan() -> None:
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 50))


def test_a_median_of_an_even_number_is_the_mean_of_the_middle() -> None:
    assert median([9, 1, 2]) == 2
    assert median([4, 1, 3, 2]) == 2.5
    assert math.isnan(median([]))


def test_a_slope_is_what_y_grows_for_each_x() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(0, 5)]) == slope([(1, 2), (1, 9)]) == 0
