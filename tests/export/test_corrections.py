"""A correction stands in every export, beside a result that it does not change."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from livevote.core import command as cmd
from livevote.core.plain import to_plain
from livevote.export import FORMATS, tables, verify
from livevote.export.material import Material
from livevote.web.record import record

from .sample import FONTS, KEY, whole

TEXT, REASON = "席位 A-01 的设备有误", "赛后复查"


@cache
def corrected() -> Material:
    evening = whole()
    evening.ask(cmd.AskCorrection("run1", TEXT, REASON), by="producer").wait(5)
    evening.ask(cmd.ConfirmCorrection("run1"), by="verifier")
    return evening.material()


def test_the_incidents_say_who_asked_and_who_confirmed() -> None:
    rows = [row for row in tables.incidents(corrected()).rows if f"{TEXT} ({REASON})" in row]
    assert [row[-1] for row in rows] == ["producer", "verifier"]
    assert {row[2] for row in rows} == {"R01"}


def test_the_json_holds_the_correction_and_the_sealed_result() -> None:
    found = json.loads(FORMATS["json"].make(corrected(), FONTS))
    before = json.loads(FORMATS["json"].make(whole().material(), FONTS))
    [said] = found["runs"][0]["corrections"]
    assert (said["text"], said["asked_by"], said["confirmed_by"]) == (TEXT, "producer", "verifier")
    assert found["runs"][0]["result"] == before["runs"][0]["result"] is not None
    assert found["events"][-1]["event"]["type"] == "run_corrected"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_public_record_shows_it_without_accounts(lang: str) -> None:
    shown = record(corrected().episode, lang)["segments"][0]["runs"][0]
    assert [(c["text"], c["reason"]) for c in shown["corrections"]] == [(TEXT, REASON)]
    assert "producer" not in str(shown["corrections"])


def test_the_pdf_prints_it() -> None:
    plain, said = whole().material(), corrected()
    assert to_plain(plain.episode.runs[0].result) == to_plain(said.episode.runs[0].result)
    assert len(FORMATS["pdf"].make(said, FONTS)) > len(FORMATS["pdf"].make(plain, FONTS))


def test_the_verifier_follows_a_correction(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(FORMATS["bundle"].make(corrected(), FONTS))
    assert verify.main([str(path), "--key", KEY.text()]) == 0
