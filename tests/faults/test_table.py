"""The bar's table names tests that are there."""

from __future__ import annotations

from tests.faults import table


def test_every_test_in_the_table_is_there() -> None:
    named = [test for row in table.ROWS.values() for test in row.tests]
    assert [test for test in named if not table.defined(test)] == []


def test_a_row_without_a_test_does_not_hold() -> None:
    assert not table.told(99, table.Row("load", "faults"), {})


def test_every_row_of_the_bar_is_there_but_those_of_a_cluster() -> None:
    assert list(table.ROWS) == [n for n in range(1, 39) if n not in (11, 12)]


def test_a_row_holds_when_all_its_tests_do() -> None:
    row = table.ROWS[2]
    ok, bad = table.Case(True, 1.0, ("figure",)), table.Case(False, 1.0, ())
    assert table.told(2, row, {test: [ok] for test in row.tests})
    assert not table.told(2, row, dict(zip(row.tests, ([ok], [bad]), strict=True)))
    assert not table.told(2, row, {row.tests[0]: [ok]})
