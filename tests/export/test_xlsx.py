from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.names import Names
from livevote.export.tables import Cell, Table, tables
from livevote.export.words import both
from livevote.export.xlsx import WIDTH_MAX, workbook
from tests.export.reading import made, unzipped
from tests.export.sample import before, material

# What XML can hold; XlsxWriter and Excel agree on line ends only for \n.
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
)


def test_every_sheet_and_every_cell_comes_back() -> None:
    book = load_workbook(io.BytesIO(made("xlsx", material())))
    expected = tables(material())
    assert book.sheet_names == [both(table.title) for table in expected]
    for table in expected:
        header, *rows = book.get_sheet_by_name(both(table.title)).to_python()
        assert header == list(table.columns)
        assert len(rows) == len(table.rows)
        for row, cells in zip(rows, table.rows, strict=True):
            assert row == [number(cell) for cell in cells], table.name


def number(cell: Cell) -> float | str:
    return cell if isinstance(cell, str) else float(cell)


def test_figures_show_the_decimals_that_were_aired() -> None:
    styles = unzipped(made("xlsx", material()))["xl/styles.xml"].decode()
    assert 'formatCode="0.0"' in styles


@given(text=texts)
def test_any_text_comes_back_as_text(text: str) -> None:
    table = Table("t", Names("表"), ("甲",), ((text,),))
    rows = load_workbook(io.BytesIO(workbook((table,), "t", 0))).get_sheet_by_index(0).to_python()
    assert rows[1] == [text]


def test_no_cell_is_a_formula_or_a_link() -> None:
    evil = Segment("s1", Names("=1+1"), pledge="http://example.org/", question="{=1+1}")
    evening = before().ask(cmd.SetRundown((evil,)))
    for name, content in unzipped(made("xlsx", evening.material())).items():
        if name.startswith("xl/worksheets/"):
            assert b"<f>" not in content
            assert b"hyperlink" not in content


def test_headers_stay_in_view_and_columns_have_sane_widths() -> None:
    data = made("xlsx", material())
    sheet = unzipped(data)["xl/worksheets/sheet3.xml"].decode()
    assert 'state="frozen"' in sheet
    long = Table("t", Names("表"), ("甲",), (("很长的文字" * 100,), (Decimal("1.0"),)))
    sheet = unzipped(workbook((long,), "t", 0))["xl/worksheets/sheet1.xml"].decode()
    assert f'width="{WIDTH_MAX}.' in sheet


def test_the_date_of_making_is_the_last_change_of_the_episode() -> None:
    core = unzipped(made("xlsx", material()))["docProps/core.xml"].decode()
    assert "2026-03-01T12:12:07Z" in core
    with zipfile.ZipFile(io.BytesIO(made("xlsx", material()))) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
