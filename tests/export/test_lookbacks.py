"""What was promised before, what became of it and the score then and now, in every export."""

from __future__ import annotations

import json
from functools import cache

import pytest

from livevote.core import command as cmd
from livevote.core.model import LookBack, Segment, Then
from livevote.core.pledge import State
from livevote.core.rules import Rules
from livevote.export import tables as sheets
from livevote.export.material import Material
from livevote.export.tables import LOOK_BACK
from tests.export.reading import made, pdf_text, text_of
from tests.export.reading import sheets as xlsx_sheets
from tests.export.sample import POINTS, POST, TITLE, UNITS, Evening, before

PROMISED = "断头河 2026 年国庆前打通"
FOUND = LookBack(
    "p7",
    7,
    "2026-11-24",
    PROMISED,
    "2026-10-31",
    State.OVERDUE,
    dues=("2026-10-01",),
    days_late=24,
)


def then(rules: Rules = POINTS) -> Then:
    """The score of the first segment of an earlier episode."""
    run = before(rules).scored("s1", "run1").run("run1")
    assert run.result
    return Then(TITLE, run.code, run.revealed_ms, run.result, run.rules, run.rules_hash)


def looking(then: Then | None) -> Evening:
    found = Segment("back", UNITS[0], POST, lookback=LookBack(**{**vars(FOUND), "then": then}))
    return before().ask(cmd.LookBackOn("p7", before="s1", segment=found), by="producer")


@cache
def scored() -> Material:
    return looking(then()).scored("back", "run9", 150, 200).material()


def the_difference() -> str:
    run = scored().episode.run("run9")
    assert run
    assert run.result
    return then().difference(run)


def test_a_sheet_and_the_summary_say_what_became_of_it() -> None:
    table = sheets.lookbacks(scored())
    assert table in sheets.tables(scored())
    [row] = table.rows
    told = dict(zip(table.columns, row, strict=True))
    assert told["往期承诺 Promised"] == PROMISED
    assert told["原时限 Earlier dates"] == "2026-10-01"
    assert told["逾期天数 Days late"] == 24
    assert told["办理状态 State"] == "逾期 Overdue"
    run = scored().episode.run("run9")
    assert run
    assert run.result
    assert str(told["上次得分 Score then"]) == then().result.figure
    assert str(told["本次得分 Score now"]) == run.result.figure
    assert f"{told['差 Difference']:+}" == the_difference() != ""
    summary = sheets.summary(scored())
    assert summary.columns[-len(LOOK_BACK) :] == LOOK_BACK
    assert summary.rows[0][-len(LOOK_BACK) :] == row[-len(LOOK_BACK) :]
    assert set(summary.rows[1][-len(LOOK_BACK) :]) == {""}


@pytest.mark.parametrize("name", ["csv", "xlsx", "pdf"])
def test_each_file_holds_it(name: str) -> None:
    text = "".join(text_of(name, made(name, scored())).split())
    shown = the_difference().removeprefix("+") if name != "pdf" else the_difference()
    for said in (PROMISED, "2026-10-31", "24", then().result.figure, shown):
        assert "".join(said.split()) in text, said


def test_the_record_for_programs_holds_it() -> None:
    found = json.loads(made("json", scored()))["segments"][0]["lookback"]
    assert (found["days_late"], found["due"], found["state"]) == (24, "2026-10-31", "overdue")
    assert found["then"]["result"]["figure"] == then().result.figure
    assert found["difference"] == the_difference()
    assert found["now"]["N"] == 200


def test_there_is_no_difference_before_a_score_or_by_other_rules() -> None:
    for evening in (looking(then()), looking(None).scored("back", "run9")):
        [row] = sheets.lookbacks(evening.material()).rows
        assert row[-1] == ""
    then_by_labels = then(Rules())
    run = scored().episode.run("run9")
    assert then_by_labels.difference(run) == ""
    text = pdf_text(made("pdf", looking(then()).material()))
    assert "没有评分" in text
    assert "24" in text


def test_an_episode_that_looks_back_on_nothing_has_no_such_sheet() -> None:
    assert "回头看" not in str(list(xlsx_sheets(made("xlsx", before().material()))))
    assert not set(LOOK_BACK) & set(sheets.summary(before().material()).columns)
