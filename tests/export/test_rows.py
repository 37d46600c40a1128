from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core import ledger
from livevote.core.model import Seat, Segment
from livevote.core.names import Names
from livevote.core.plain import from_plain
from livevote.core.pledge import Pledge
from livevote.core.rules import PANELS, Admission, Panel
from livevote.errors import BadInput, NotFound
from livevote.export import rows
from livevote.export.rows import KINDS, RowError, Rows
from livevote.export.sheets_csv import csv_bytes
from livevote.export.tables import Table
from livevote.export.words import both
from livevote.export.xlsx import workbook
from tests.export.sample import UNITS, before


def ids() -> Callable[[], str]:
    counter = itertools.count(1)
    return lambda: f"s{next(counter)}"


def read(kind: str, text: str, panels: tuple[Panel, ...] = ()) -> Rows:
    return rows.read(kind, text.encode(), ids(), panels)


# --- templates ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_template_imports_back_cleanly(kind: str, suffix: str) -> None:
    data, media_type = rows.template(kind, suffix)
    found = rows.read(kind, data, ids(), PANELS)
    assert found.errors == []
    assert len(found.rows) == len(KINDS[kind].example)
    assert "csv" in media_type or "sheet" in media_type
    assert rows.template(kind, suffix) == (data, media_type)


def test_what_a_template_gives_can_be_sent_to_the_server() -> None:
    evening = before()
    for kind in KINDS:
        found = rows.read(kind, rows.template(kind, "xlsx")[0], ids(), PANELS)
        if kind == "rundown":
            segments = tuple(from_plain(Segment, row) for row in found.rows)
            evening.ask(cmd.SetRundown(segments))
            assert evening.episode.segments == segments
        elif kind == "pledges":
            pledges = tuple(from_plain(Pledge, row) for row in found.rows)
            asked = ledger.Asked("desk", "supervision", 1, date(2026, 11, 24))
            made = ledger.decide(ledger.Ledger(), ledger.Import(pledges), asked)
            texts = [e.pledge.text for e in made if isinstance(e, ev.PledgeImported)]
            assert texts == [pledge.text for pledge in pledges]
        else:
            seats = tuple(from_plain(Seat, row) for row in found.rows)
            evening.ask(cmd.SetRoster(seats))
            assert evening.episode.seats == seats


def test_no_other_kind_and_no_other_suffix() -> None:
    with pytest.raises(NotFound):
        rows.template("guests", "csv")
    with pytest.raises(NotFound):
        rows.template("rundown", "pdf")
    with pytest.raises(NotFound):
        rows.read("guests", b"x", ids())


# --- round trips ---

words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff"),
    max_size=30,
).map(lambda text: " ".join(text.split()))
named = words.filter(lambda text: bool(text))
dates = st.one_of(st.just(""), st.dates().map(date.isoformat))
segments = st.tuples(named, words, words, words, words, words, words, dates, words)
seats = st.tuples(named.map(lambda text: text[:16].strip()).filter(bool), words)


def file_of(kind: str, suffix: str, cells: list[tuple[str, ...]]) -> bytes:
    columns = tuple(both(field.title) for field in KINDS[kind].fields)
    if suffix == "csv":
        return csv_bytes((columns, *cells))
    return workbook((Table(kind, Names("表"), columns, tuple(cells)),), "t", 0)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@settings(max_examples=12)  # a spreadsheet is read by a process of its own
@given(drawn=st.lists(segments, min_size=1, max_size=4))
def test_a_rundown_comes_back(suffix: str, drawn: list[tuple[str, ...]]) -> None:
    found = rows.read("rundown", file_of("rundown", suffix, drawn), ids())
    assert found.errors == []
    back = [
        (
            *r["unit"].values(),
            *r["post"].values(),
            *(r[field] for field in ("film", "question", "pledge", "due", "target")),
        )
        for r in found.rows
    ]
    assert back == drawn
    assert [row["id"] for row in found.rows] == [f"s{n}" for n in range(1, len(drawn) + 1)]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@settings(max_examples=12)  # a spreadsheet is read by a process of its own
@given(drawn=st.lists(seats, min_size=1, max_size=6, unique_by=lambda seat: seat[0]))
def test_a_roster_comes_back(suffix: str, drawn: list[tuple[str, ...]]) -> None:
    cells = [(*seat, "studio") for seat in drawn]
    found = rows.read("roster", file_of("roster", suffix, cells), ids(), PANELS)
    assert found.errors == []
    assert [(row["label"], row["block"]) for row in found.rows] == drawn


# --- headers ---


@pytest.mark.parametrize(
    "header",
    [
        "单位,职务",
        "UNIT,Post",
        " unit , 职位 ",
        "单位（必填）,职务*",
        "单位 Unit,职务 Post",
        "部门,岗位",
    ],
)
def test_headers_in_either_language_and_any_case(header: str) -> None:
    found = read("rundown", f"{header}\n台州市水利局,局长\n")
    assert found.rows[0]["unit"]["zh"] == "台州市水利局"
    assert found.rows[0]["post"]["zh"] == "局长"


def test_english_headers_and_columns_in_any_order() -> None:
    text = "No.,Pledge,Unit (English),Question,Unit\n1,soon,Jiaojiang District,when?,椒江区\n"
    (row,) = read("rundown", text).rows
    assert (row["unit"], row["pledge"], row["question"]) == (
        {"zh": "椒江区", "en": "Jiaojiang District"},
        "soon",
        "when?",
    )


def test_a_title_above_the_header_is_passed_over() -> None:
    found = read("roster", "席位安排表,,\n,,\n席位号,分区,团\nA-01,A,studio\n")
    assert found.rows == [{"label": "A-01", "block": "A", "panel": "studio"}]


def test_a_missing_header_says_what_was_found() -> None:
    with pytest.raises(BadInput, match=r"no column '单位 Unit'.*名称、官员") as refused:
        read("rundown", "名称,官员\n水利局,局长\n")
    assert refused.value.where == "row 1"


def test_two_columns_of_one_kind_are_refused() -> None:
    with pytest.raises(BadInput, match="columns are the same: 单位, Unit"):
        read("rundown", "单位,Unit\na,b\n")


def test_only_headers_are_refused() -> None:
    with pytest.raises(BadInput, match="nothing below the header"):
        read("rundown", "单位,职务\n,\n")


# --- rows ---


def test_errors_name_row_and_column_as_the_spreadsheet_does() -> None:
    text = "席位表\n\n席位,区\nA-01,A\n\n,B\nA-01,C\n12345678901234567,D\n"
    found = read("roster", text)
    assert [(error.row, error.column) for error in found.errors] == [
        (6, "席位"),
        (7, "席位"),
        (8, "席位"),
    ]
    needed, twice, long = (error.text for error in found.errors)
    assert "needed" in needed
    assert "Row 4 has seat A-01 already" in twice
    assert "At most 16 characters, this has 17" in long
    assert len(found.rows) == 4  # wrong rows stay, to be put right on the page


@pytest.mark.parametrize(("field", "limit"), [("单位", 120), ("提问", 2000)])
def test_texts_have_the_limits_of_the_server(field: str, limit: int) -> None:
    def errors(size: int) -> list[RowError]:
        text = "字" * size
        line = f"{text}," if field == "单位" else f"水利局,{text}"
        return read("rundown", f"单位,提问\n{line}\n").errors

    assert errors(limit) == []
    assert [error.column for error in errors(limit + 1)] == [field]


def test_a_unit_in_english_alone_is_enough() -> None:
    found = read("rundown", "单位,单位英文\n,Jiaojiang District\n")
    assert found.errors == []


@pytest.mark.parametrize(
    ("written", "panel"),
    [("studio", "studio"), ("STUDIO", "studio"), ("现场群众代表", "studio"), ("", "studio")],
)
def test_a_panel_by_id_or_by_name(written: str, panel: str) -> None:
    found = read("roster", f"席位,评分团\nA-01,{written}\n", PANELS)
    assert (found.rows[0]["panel"], found.errors) == (panel, [])


def test_a_panel_without_seats_is_an_error() -> None:
    found = read("roster", "席位,评分团\nA-01,online\n", PANELS)
    assert [(error.row, error.column) for error in found.errors] == [(2, "评分团")]
    assert "现场群众代表（studio）" in found.errors[0].text


def test_without_rules_a_panel_is_taken_as_it_is_written() -> None:
    found = read("roster", "席位,评分团\nA-01,experts\nA-02,\n")
    assert [row["panel"] for row in found.rows] == ["experts", "studio"]


def test_an_empty_panel_is_the_first_with_seats() -> None:
    jury = Panel("jury", Names("评审团"), Admission.SEATS)
    assert read("roster", "席位\nA-01\n", (PANELS[1], jury)).rows[0]["panel"] == "jury"


def test_no_more_rows_than_the_server_takes() -> None:
    lines = "\n".join(f"台州市水利局 {n}" for n in range(201))
    with pytest.raises(BadInput, match="At most 200 rows") as refused:
        read("rundown", f"单位\n{lines}\n")
    assert refused.value.where == "row 202"
    assert len(read("rundown", f"单位\n{lines.rsplit(chr(10), 1)[0]}\n").rows) == 200


def test_a_summary_that_was_exported_can_be_imported() -> None:
    """The apostrophe that guards a formula comes off again."""
    out = io.StringIO()
    csv.writer(out).writerows([["单位", "承诺"], [UNITS[3].zh, "'=SUM(A1)"]])
    assert read("rundown", out.getvalue()).rows[0]["pledge"] == "=SUM(A1)"
