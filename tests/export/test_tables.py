from __future__ import annotations

from decimal import Decimal

import pytest

from livevote.core import command as cmd
from livevote.core.names import Names
from livevote.export import tables as sheets
from livevote.export.material import Material, iso
from livevote.export.tables import Cell, Table
from livevote.export.words import both
from tests.export.sample import before, material, whole


def rows(table: Table) -> list[dict[str, Cell]]:
    """Rows by the English part of their columns."""
    keys = [title.split(maxsplit=1)[-1] for title in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def by(table: Table, **wanted: Cell) -> dict[str, Cell]:
    found = [row for row in rows(table) if all(row[k] == v for k, v in wanted.items())]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("of", [material(), before().material()], ids=["whole", "before"])
def test_every_row_is_as_wide_as_its_columns(of: Material) -> None:
    for table in (*sheets.tables(of), sheets.summary(of)):
        assert len(set(table.columns)) == len(table.columns), table.name
        for row in table.rows:
            assert len(row) == len(table.columns), table.name


def test_column_titles_are_in_both_languages() -> None:
    for table in (*sheets.tables(material()), sheets.summary(material())):
        titles = "".join(table.columns)
        assert any("\u4e00" <= char <= "\u9fff" for char in titles)
        assert any(char.isascii() and char.isalpha() for char in titles)


def test_figures_keep_the_decimals_that_were_aired() -> None:
    assert str(sheets.figure("87.0")) == "87.0"
    assert str(sheets.figure("-3")) == "-3"
    assert sheets.figure("") == ""


def test_the_board_is_the_episodes() -> None:
    table = sheets.board(material())
    board = material().episode.board()
    assert [(row["Rank"], str(row["Figure"])) for row in rows(table)] == [
        (row.rank, row.figure) for row in board
    ]
    assert len(board) == 8


def test_runs_tell_why_they_were_repeated_or_void() -> None:
    void = by(sheets.runs(material()), Run="R03")
    assert (void["Void reason"], void["Void asked by"], void["Void confirmed by"]) == (
        "现场平板断网",
        "director",
        "producer",
    )
    assert void["Figure"] == ""
    again = by(sheets.runs(material()), Run="R06")
    assert (again["Attempt"], again["Re-run reason"]) == (2, "题目念错，重新评分")
    assert by(sheets.runs(material()), Run="R07")["Late"] == 3


def test_a_held_run_has_times_and_turnout_but_no_count() -> None:
    held = by(sheets.runs(material()), Run="R11")
    assert (held["n"], held["N"], held["Log entries"]) == (137, 200, 398)
    for count in ("Figure", "Before rounding", "Level", "Satisfied %", "Online"):
        assert held[count] == ""
    for table in (sheets.results(material()), sheets.distribution(material())):
        assert all(row["Run"] != "R11" for row in rows(table))


def test_the_distribution_adds_up_to_n() -> None:
    seen: dict[tuple[Cell, Cell], int] = {}
    sizes: dict[tuple[Cell, Cell], Cell] = {}
    for row in rows(sheets.distribution(material())):
        panel = row["Run"], row["Panel"]
        assert isinstance(row["Votes"], int)
        seen[panel] = seen.get(panel, 0) + row["Votes"]
        sizes[panel] = row["n"]
    assert seen == sizes
    assert seen["R02", "现场群众代表 Studio citizens"] == 200


def test_the_distribution_starts_with_the_best_value() -> None:
    choices = [r["Choice"] for r in rows(sheets.distribution(material())) if r["Run"] == "R02"]
    assert choices[:3] == ["满意 Satisfied", "基本满意 Fairly satisfied", "不满意 Not satisfied"]
    points = [r["Points"] for r in rows(sheets.distribution(material())) if r["Run"] == "R01"]
    assert points[:3] == [100, 99, 98]


def test_turnout_says_who_voted_and_never_what() -> None:
    table = sheets.turnout_by_seat(material())
    assert len(table.rows) == 200
    assert set(table.rows[0][3:-1]) <= {"是 Yes", "否 No"}
    last = by(table, Seat="D-50")
    assert (last["R02"], last["R01"], last["Voted"]) == ("是 Yes", "否 No", 1)


def test_a_seat_that_voted_and_left_the_roster_is_still_in_turnout() -> None:
    evening = before().scored("s1", "run1", 188)
    evening.ask(cmd.SetRoster(evening.episode.seats[1:]), by="producer")
    gone = by(sheets.turnout_by_seat(evening.material()), Seat="A-01")
    assert (gone["R01"], gone["Block"]) == ("是 Yes", "")


def test_incidents_are_in_the_order_of_time() -> None:
    table = rows(sheets.incidents(material()))
    assert [row["Incident"] for row in table] == [
        "席位换发 Seat re-issued",
        "暂停 Paused",
        "提出作废 Void asked",
        "作废 Void",
        "重投 Re-run",
        "迟到的选票，未计 Late ballots, not counted",
        "画面清空 Blanked",
        "画面恢复 Restored",
    ]
    late = table[5]
    assert (late["Ballots"], late["Run"], late["By"]) == (3, "R07", "server")
    assert table == sorted(table, key=lambda row: str(row["Time"]))


def test_what_the_server_reports_is_an_incident() -> None:
    evening = before()
    evening.ask(cmd.Report("store_down", "no answer for 3 s"), by="server")
    evening.ask(cmd.Report("something_new", "told as it is"), by="server")
    known, unknown = rows(sheets.incidents(evening.material()))
    assert (known["Incident"], known["Text"]) == ("存储中断 Store down", "no answer for 3 s")
    assert unknown["Incident"] == "something_new"


# --- on air ---


def test_a_graphic_is_on_air_until_another_takes_its_place() -> None:
    evening = before().scored("s1", "run1")
    call, result = rows(sheets.on_air(evening.material()))
    assert (call["Graphic"], call["Out"], call["Seconds"]) == (
        "投票提示 Call to vote",
        result["In"],
        Decimal("48.000"),
    )
    run = evening.run("run1")
    assert run.result
    assert (result["Out"], result["Seconds"]) == ("", "")
    assert (result["Run"], str(result["Shown first"])) == ("R01", run.result.figure)


def test_blanked_is_off_air_and_restored_is_on_again() -> None:
    evening = before()
    evening.ask(cmd.Take("bar", "s1"), cmd.Take("countdown", "s1")).wait(3)
    evening.ask(cmd.Blank()).wait(60).ask(cmd.Restore()).wait(2)
    evening.ask(cmd.Out("bar"))
    told = [(row["Graphic"], row["Seconds"]) for row in rows(sheets.on_air(evening.material()))]
    assert told == [
        ("计票条 Bar", Decimal("3.000")),
        ("倒计时 Countdown", Decimal("3.000")),
        ("计票条 Bar", Decimal("2.000")),
        ("倒计时 Countdown", ""),
    ]


def test_what_is_taken_while_blanked_is_on_air_from_the_restore() -> None:
    evening = before().scored("s1", "run1").ask(cmd.Out())
    evening.ask(cmd.Blank(), cmd.Take("result", "s1")).wait(30).ask(cmd.Restore())
    last = rows(sheets.on_air(evening.material()))[-1]
    run = evening.run("run1")
    assert run.result
    assert (str(last["In"])[11:19], str(last["Shown first"])) == (
        iso(evening.now_ms, "Asia/Shanghai")[11:19],
        run.result.figure,
    )


# --- the summary ---


def test_the_summary_has_one_row_per_segment_with_the_run_that_stands() -> None:
    table = sheets.summary(material())
    assert [row["Run"] for row in rows(table)] == [
        *("R01", "R02", "R04", "R06", "R07", "R08", "R09", "R10", "R11", ""),
    ]
    fourth = rows(table)[3]
    five = material().episode.run("run5")
    assert five
    assert five.result
    assert fourth["Other runs"] == f"R05 已公布 Revealed {five.result.figure}"
    assert rows(table)[2]["Other runs"] == "R03 已作废 Void：现场平板断网"
    assert fourth["Studio citizens · n"] == 190


def test_the_rules_sheet_has_each_set_once_in_both_languages() -> None:
    table = rows(sheets.rules(material()))
    assert len({row["Rules hash"] for row in table}) == 3
    assert table[0]["Rule"] == (
        "Result = Studio citizens 70 % × mean without the highest and lowest 5 % "
        "+ Viewers 30 % × mean"
    )


def test_an_official_without_a_segment_name_in_english_is_written_once() -> None:
    assert both(Names("局长", "局长")) == "局长"
    assert both(Names("局长")) == "局长"


def test_telling_the_evening_twice_gives_the_same_tables() -> None:
    assert sheets.tables(whole().material()) == sheets.tables(whole().material())
