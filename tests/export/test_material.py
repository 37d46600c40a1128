from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfoNotFoundError

import pytest

from livevote.core.phase import Phase
from livevote.errors import BadInput
from livevote.export import material as export_material
from livevote.export.material import (
    iso,
    log_of,
    may_show,
    readable,
    result_of,
    standing_run,
    turnout,
    zone,
)
from tests.export.sample import before, material, whole


def test_a_revealed_run_shows_its_sealed_result_whatever_the_ballots_say() -> None:
    evening = whole()
    evening.ballots["run1"] = ()
    run = evening.run("run1")
    assert result_of(evening.material(), run) is run.result


def test_a_live_run_shows_what_is_counted_so_far() -> None:
    evening = before()
    evening.vote(evening.open("s1", "run1"), 30, 5)
    result = result_of(evening.material(), evening.run("run1"))
    assert result
    assert (result.n, result.online) == (30, 5)


def test_a_held_run_shows_turnout_and_nothing_else() -> None:
    run = material().episode.run("run11")
    assert run
    assert not may_show(run)
    assert log_of(material(), run) is None
    assert result_of(material(), run) is None
    assert turnout(material(), run) == (137, 200)


def test_a_void_run_has_no_result() -> None:
    run = material().episode.run("run3")
    assert run
    assert run.phase is Phase.VOID
    assert result_of(material(), run) is None
    assert turnout(material(), run) == (90, 200)


def test_an_armed_run_has_no_result_yet() -> None:
    evening = before()
    evening.open("s1", "run1")
    armed = replace(evening.run("run1"), opened_ms=0)
    assert result_of(evening.material(ballots={"run1": ()}), armed) is None


def test_the_latest_revealed_run_stands_while_the_next_is_under_way() -> None:
    evening = before().scored("s1", "run1")
    evening.open("s1", "run2", "again")
    standing = standing_run(evening.episode, "s1")
    assert standing
    assert standing.id == "run1"
    assert standing_run(evening.episode, "s2") is None


@pytest.mark.parametrize(
    ("tz", "text"),
    [
        ("Asia/Shanghai", "2026-03-01T20:00:00.007+08:00"),
        ("UTC", "2026-03-01T12:00:00.007+00:00"),
        ("Asia/Kolkata", "2026-03-01T17:30:00.007+05:30"),
    ],
)
def test_times_say_their_zone(tz: str, text: str) -> None:
    at_ms = 1_772_366_400_007
    assert iso(at_ms, tz) == text
    assert readable(at_ms, tz) == text[:19].replace("T", " ") + " UTC" + text[-6:]
    assert iso(0, tz) == readable(0, tz) == ""


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../../etc/passwd", "", "Asia"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        zone(name)


def test_the_studio_has_its_zone_on_a_machine_without_zones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(export_material, "ZoneInfo", none)
    assert iso(1_772_366_400_007, "Asia/Shanghai") == "2026-03-01T20:00:00.007+08:00"
    with pytest.raises(BadInput):
        zone("UTC")
