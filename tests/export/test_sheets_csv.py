from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.names import Names
from livevote.export.sheets_csv import RISKY, cell_text, csv_bytes, neutral, original
from livevote.export.tables import summary
from tests.export.reading import made
from tests.export.sample import before, material

# csv cannot tell a lone CR inside a quoted cell from a line end of old Macs; core has none.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))
risky = st.builds(
    "{}{}{}".format, st.text("'", max_size=3), st.sampled_from("=+-@\t＝＋－＠"), texts
)


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(text=texts | risky)
def test_no_text_can_start_a_formula(text: str) -> None:
    assert neutral(text)[:1] not in RISKY


@given(text=texts | risky)
def test_the_text_comes_back(text: str) -> None:
    assert original(neutral(text)) == text


@given(text=texts.filter(lambda text: text.lstrip("'")[:1] not in RISKY))
def test_harmless_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@given(cells=st.lists(texts | risky, min_size=1, max_size=5))
def test_a_cell_stays_one_cell(cells: list[str]) -> None:
    (row,) = read(csv_bytes([tuple(cells)]))
    assert [original(cell) for cell in row] == cells


@pytest.mark.parametrize("cell", [-3, Decimal("-3.5")])
def test_a_negative_number_is_a_number_and_text_that_looks_like_one_is_text(
    cell: int | Decimal,
) -> None:
    assert cell_text(cell) == str(cell)
    assert cell_text(str(cell)) == f"'{cell}"


def test_excel_sees_utf8_and_line_ends() -> None:
    data = made("csv", material())
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line for line in lines)


def test_the_file_is_the_summary() -> None:
    table = summary(material())
    header, *rows = read(made("csv", material()))
    assert header == list(table.columns)
    assert rows == [[cell_text(cell) for cell in row] for row in table.rows]


def test_a_unit_that_is_a_formula_is_text() -> None:
    evil = Segment("s1", Names('=HYPERLINK("http://x","y")'), pledge="@SUM(1+1)*cmd|' /C calc'!A0")
    evening = before().ask(cmd.SetRundown((evil,)))
    _, row = read(made("csv", evening.material()))
    assert row[1] == '\'=HYPERLINK("http://x","y")'
    assert row[4].startswith("'@SUM")
