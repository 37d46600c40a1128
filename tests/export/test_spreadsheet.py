"""Files as people send them: every encoding, separator and kind of spreadsheet, and bombs."""

from __future__ import annotations

import csv
import datetime
import io
import time
import zipfile
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from livevote.errors import BadInput
from livevote.export import spreadsheet
from livevote.export.sheets_csv import original
from livevote.export.spreadsheet import BYTES_MAX, read

GRID = [["单位", "职务"], ["台州市水利局", "局长"], ["椒江区", "区长"]]


def xlsx(grid: list[list[Any]], sheet: str = "甲", first: tuple[int, int] = (0, 0)) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet)
    for row, cells in enumerate(grid, first[0]):
        for column, cell in enumerate(cells, first[1]):
            page.write(row, column, cell)
    book.close()
    return out.getvalue()


def ods(rows: str) -> bytes:
    content = (
        '<?xml version="1.0"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="甲">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest'
            ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return out.getvalue()


def ods_cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_as_spreadsheets_write_it(encoding: str, separator: str, end: str) -> None:
    text = end.join(separator.join(row) for row in GRID)
    assert read(text.encode(encoding)) == GRID


def test_a_separator_inside_the_text_does_not_count() -> None:
    text = "单位;提问\n水利局;一,二,三,四,五\n椒江区;六,七,八\n"
    assert read(text.encode())[1] == ["水利局", "一,二,三,四,五"]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    rows=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=5),
    separator=st.sampled_from(",;\t"),
)
def test_csv_comes_back(rows: list[list[str]], separator: str) -> None:
    only_this = str.maketrans(dict.fromkeys(",;\t", separator))
    rows = [[cell.translate(only_this) for cell in row] for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([*GRID, *rows])
    expected = [[" ".join(original(cell).split()) for cell in row] for row in rows]
    assert read(out.getvalue().encode()) == [*GRID, *(r if any(r) else [] for r in expected)]


def test_xlsx_keeps_row_numbers_and_writes_numbers_as_people_do() -> None:
    day = datetime.date(2026, 3, 1)
    grid: list[list[Any]] = [["单位"], [], ["水利局", 12, 7.5, True], [None, day]]
    assert read(xlsx(grid)) == [
        ["单位", "", "", ""],
        [],
        ["水利局", "12", "7.5", "True"],
        ["", "2026-03-01", "", ""],
    ]


def test_an_empty_top_and_left_still_count() -> None:
    assert read(xlsx([["单位"], ["水利局"]], first=(2, 1))) == [
        [],
        [],
        ["", "单位"],
        ["", "水利局"],
    ]


def test_the_first_visible_sheet_with_something_in_it_is_read() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("空")
    book.add_worksheet("藏").write(0, 0, "hidden")
    book.add_worksheet("表").write(0, 0, "单位")
    book.get_worksheet_by_name("藏").hide()
    book.close()
    assert read(out.getvalue()) == [["单位"]]


def test_ods_is_read() -> None:
    rows = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in GRID
    )
    empty = (
        '<table:table-row table:number-rows-repeated="1048000">'
        "<table:table-cell/></table:table-row>"
    )
    assert read(ods(rows + empty)) == GRID


def test_one_line_per_cell_and_our_own_apostrophe_off() -> None:
    assert read('单位\n"水\n利  局"\n\'=1+1\n'.encode()) == [["单位"], ["水 利 局"], ["=1+1"]]


def far_cell() -> bytes:
    """1 KB that names a cell in the last row and column: a grid of 17 thousand million cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "单位")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    return out.getvalue()


def entities() -> bytes:
    """An XLSX whose strings are a tower of entities."""
    source = io.BytesIO(xlsx([["单位"]]))
    out = io.BytesIO()
    tower = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    evil = (
        f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e0 "lol">{tower}]>'
        "<sst><si><t>&e11;</t></si></sst>"
    )
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = evil.encode() if name.endswith("sharedStrings.xml") else old.read(name)
            new.writestr(name, content)
    return out.getvalue()


def inflated() -> bytes:
    """A sheet that unpacks to gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in _parts(xlsx([["单位"]])).items():
            if name == "xl/worksheets/sheet1.xml":
                with archive.open(name, "w", force_zip64=True) as sheet:
                    sheet.write(content.split(b"</sheetData>")[0])
                    row = b'<row><c t="inlineStr"><is><t>' + b"x" * 1000 + b"</t></is></c></row>"
                    for _ in range(700):
                        sheet.write(row * 1000)
                    sheet.write(b"</sheetData></worksheet>")
            else:
                archive.writestr(name, content)
    return out.getvalue()


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "white space": (b" \r\n\t", "empty"),
    "too large": (b"x" * (BYTES_MAX + 1), "too large"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "cannot be read"),
    "a PDF": (b"%PDF-1.7\n\xff\xff\xff\xff\0\0", "cannot be read"),
    "a ZIP of nothing": (b"PK\x03\x04" + b"x" * 50, "cannot be read"),
    "an XLS of nothing": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "cannot be read"),
    "half an XLSX": (xlsx([["单位"]])[:3000], "cannot be read"),
    "a far cell": (far_cell(), "cannot be read"),
    "an ODS that repeats": (
        ods(
            '<table:table-row table:number-rows-repeated="1048576">'
            f"{ods_cell('x', 16384)}</table:table-row>"
        ),
        "cannot be read",
    ),
    "too many rows": (xlsx([["x"]] * 6000), "cannot be read"),
    "too many columns": (xlsx([["x"] * 300]), "cannot be read"),
    "a cell without an end": (b'"' + b"x" * 200_000, "not CSV"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_in_words(what: str) -> None:
    data, said = REFUSED[what]
    assert len(data) <= BYTES_MAX + 1
    with pytest.raises(BadInput, match=said) as refused:
        read(data)
    assert refused.value.where == "file"


def test_a_tower_of_entities_does_no_harm() -> None:
    try:
        found = read(entities())
    except BadInput:
        return
    assert sum(len(cell) for row in found for cell in row) < 1000


def test_a_sheet_of_gigabytes_ends_the_child_and_not_the_server() -> None:
    data = inflated()
    assert len(data) < BYTES_MAX
    started = time.monotonic()
    with pytest.raises(BadInput, match="cannot be read"):
        read(data)
    assert time.monotonic() - started < spreadsheet.SECONDS + 5
