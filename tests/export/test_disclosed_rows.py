"""Cards and budgets from the files that people have."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from livevote.core.budget import Budget, Line, Split, Stage, yuan
from livevote.core.card import Card
from livevote.core.disclosure import CardsOf, Disclosure, Publication, decide
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound
from livevote.export import disclosed_rows
from livevote.export.disclosed_rows import KINDS, Found
from livevote.export.rows import RowError
from livevote.export.sheets_csv import csv_bytes

HEAD = "单位,年度,项目,金额（元）,三公合计,因公出国,公车购置,公车运行,公务接待\n"


def read(kind: str, text: str) -> Found:
    return disclosed_rows.read(kind, text.encode())


def places(found: Found) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in found.errors]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_template_can_be_published_as_it_is(kind: str, suffix: str) -> None:
    data, media_type = disclosed_rows.template(kind, suffix)
    found = disclosed_rows.read(kind, data)
    assert (found.errors, found.notes) == ([], [])
    assert len(decide(Disclosure(), "s1", found.publication)) == 1
    assert "csv" in media_type or "sheet" in media_type


def test_there_are_two_kinds() -> None:
    with pytest.raises(NotFound):
        disclosed_rows.read("rundown", b"x")


# --- cards ---

CARDS = "Unit,ITEM,Legal Basis,steps,Limit (days),Fee,Contact\n"


def test_a_card_is_read_with_headers_in_any_case() -> None:
    found = read("cards", CARDS + "Water,Permit,Water Act,apply; check → issue,20,0,Window 3\n")
    assert found.errors == []
    assert found.publication == Publication(
        cards=(
            CardsOf(
                Names("Water"),
                (
                    Card(
                        Names("Permit"),
                        "Water Act",
                        ("apply", "check", "issue"),
                        20,
                        working=False,
                        contact="Window 3",
                    ),
                ),
            ),
        )
    )


@pytest.mark.parametrize(
    ("header", "cell", "days", "working"),
    [
        ("办理时限（工作日）", "20", 20, True),
        ("办理时限（天）", "20", 20, False),
        ("办理时限（天）", "20个工作日", 20, True),
        ("办理时限", "20", 20, True),
        ("时限", "15 天", 15, False),
        ("时限", "当场办结", 0, True),
        ("limit_days", "7", 7, True),
        ("Limit (working days)", "3 days", 3, False),
    ],
)
def test_a_limit_says_which_days_it_counts(
    header: str, cell: str, days: int, working: bool
) -> None:
    found = read("cards", f"单位,事项,法律依据,流程,{header},电话\n水利局,许可,法,办,{cell},1\n")
    assert found.errors == []
    (card,) = found.publication.cards[0].cards
    assert (card.limit_days, card.working) == (days, working)


def test_every_wrong_cell_of_a_card_is_named() -> None:
    found = read(
        "cards", CARDS + ",Permit,,apply,soon,,\nWater,Permit,a,b,1,,c\n,Permit,a,b,1,,c\n"
    )
    assert places(found) == [
        (2, "Unit"),
        (2, "Legal Basis"),
        (2, "Contact"),
        (2, "Limit (days)"),
        (4, "ITEM"),
    ]


def test_a_missing_column_is_named_in_both_languages() -> None:
    with pytest.raises(BadInput, match=r"缺少列：法律依据、.*Legal basis"):
        read("cards", "单位,事项\n水利局,许可\n")


# --- budgets ---


def test_a_budget_is_read_to_the_fen_and_its_sums_are_checked() -> None:
    text = HEAD + (
        '水利局,2026,河道,"1,200,000.05",,,,,\n,,机关,300000,50000,0,0,42000,8000\n'
        ",,合计,1500000.05,50000,,,,8000\n"
    )
    found = read("budgets", text)
    assert (found.errors, found.notes) == ([], [])
    (budget,) = found.publication.budgets
    assert budget == Budget(
        Names("水利局"),
        2026,
        Stage.BUDGET,
        (
            Line("河道", 120000005),
            Line("机关", 30000000, Split(0, 0, 4200000, 800000)),
        ),
        150000005,
    )


def test_a_total_that_is_not_the_sum_is_told_at_its_cell_with_the_difference() -> None:
    found = read("budgets", HEAD + "水利局,2026,河道,100,,,,,\n,,泵站,50.5,,,,,\n,,合计,151,,,,,\n")
    (error,) = found.errors
    assert (error.row, error.column) == (4, "金额（元）")
    assert "写的是 151.00 元，相加是 150.50 元，相差 0.50 元。" in error.text
    assert "150.50 yuan, 0.50 yuan apart" in error.text


def test_a_three_public_sum_is_told_at_its_cell() -> None:
    found = read("budgets", HEAD + "水利局,2026,机关,100,50,10,10,10,10\n,,合计,100,,,,,\n")
    assert places(found) == [(2, "三公合计")]


def test_parts_beyond_their_amount_are_told_at_the_amount() -> None:
    found = read("budgets", HEAD + "水利局,2026,机关,30,40,10,10,10,10\n,,合计,30,,,,,\n")
    assert places(found) == [(2, "金额（元）")]


def test_without_a_total_there_is_a_note_and_no_error() -> None:
    found = read("budgets", HEAD + "水利局,2026,机关,30,,,,,\n")
    assert found.errors == []
    assert [(note.row, note.column) for note in found.notes] == [(2, "项目")]
    assert found.publication.budgets[0].stated is None


def test_each_unit_year_and_stage_has_its_own_sum() -> None:
    text = (
        "单位,年度,类别,项目,金额（万元）\n"
        "水利局,2025,决算,河道,1.23456\n水利局,2025,决算,合计,1.23456\n"
        "水利局,2026年,预算,河道,2\n水利局,2026,预算,合计,2\n路桥区,2026,预算,道路,3\n"
    )
    found = read("budgets", text)
    assert found.errors == []
    assert [(b.unit.zh, b.year, b.stage.value, b.total) for b in found.publication.budgets] == [
        ("水利局", 2025, "accounts", 1234560),
        ("水利局", 2026, "budget", 2000000),
        ("路桥区", 2026, "budget", 3000000),
    ]


def test_every_wrong_cell_of_a_budget_is_named_and_no_sum_is_made_of_them() -> None:
    text = HEAD + (
        "水利局,二〇二六,河道,100,,,,,\n水利局,2026,河道,abc,,,,,\n,,河道,,,,,,\n"
        ",,其中：清淤,10,,,,,\n,,,10,,,,,\n,,合计,1,,,,,\n,,总计,2,,,,,\n"
    )
    found = read("budgets", text)
    assert places(found) == [
        (2, "年度"),
        (3, "金额（元）"),
        (4, "金额（元）"),
        (4, "项目"),
        (5, "项目"),
        (6, "项目"),
        (8, "项目"),
    ]


def test_a_unit_of_money_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput, match="美元"):
        read("budgets", "单位,年度,项目,金额（美元）\n水利局,2026,河道,1\n")


def test_a_sum_that_a_spreadsheet_shows_whole_is_whole() -> None:
    """0.1 + 0.2 of a cell with a formula is 0.30000000000000004 in the file."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["单位", "年度", "项目", "金额"])
    sheet.write_row(1, 0, ["水利局", 2026, "河道", 0.1 + 0.2])
    book.close()
    (budget,) = disclosed_rows.read("budgets", out.getvalue()).publication.budgets
    assert budget.total == 30


@st.composite
def budgets(draw: st.DrawFn) -> tuple[Budget, ...]:
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["水利局", "路桥区"]),
                st.integers(2020, 2027),
                st.sampled_from(Stage),
            ),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    found = []
    for unit, year, stage in keys:
        items = draw(st.lists(st.sampled_from("甲乙丙丁"), min_size=1, max_size=4, unique=True))
        amounts = st.integers(0, 10**12)
        lines = tuple(
            Line(item, split.total + draw(amounts), split)
            for item in items
            if (split := draw(st.builds(Split, amounts, amounts, amounts, amounts)))
        )
        total = sum(line.amount for line in lines)
        found.append(Budget(Names(unit), year, stage, lines, draw(st.sampled_from([None, total]))))
    return tuple(found)


@settings(max_examples=40)
@given(budgets())
def test_any_budget_that_is_written_is_read_again(wanted: tuple[Budget, ...]) -> None:
    rows: list[tuple[str, ...]] = [tuple(HEAD.strip().replace("年度", "年度,类别").split(","))]
    for b in wanted:
        for line in b.lines:
            parts = tuple(yuan(part) for part in line.split.parts)
            place = (b.unit.zh, str(b.year), str(b.stage), line.item)
            rows.append((*place, yuan(line.amount), yuan(line.split.total), *parts))
        if b.stated is not None:
            rows.append((b.unit.zh, str(b.year), str(b.stage), "合计", yuan(b.stated), *[""] * 5))
    found = disclosed_rows.read("budgets", csv_bytes(rows))
    assert found.errors == []
    assert found.publication.budgets == wanted


def test_errors_are_in_both_languages() -> None:
    found = read("budgets", HEAD + "水利局,2026,机关,x,,,,,\n")
    assert found.errors == [
        RowError(
            2,
            "金额（元）",
            "不是金额：填 0 以上的数，最多到分。"
            " This is no amount: a number from 0, to the fen at most.",
        )
    ]
