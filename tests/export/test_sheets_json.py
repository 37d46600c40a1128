from __future__ import annotations

import json

from livevote.core.fold import empty, fold
from livevote.core.plain import from_plain, logged_from_plain
from livevote.core.result import Result
from livevote.core.rules import Rules
from tests.export.reading import made
from tests.export.sample import material

RECORD = json.loads(made("json", material()))
RUNS = {run["code"]: run for run in RECORD["runs"]}


def test_the_events_told_again_are_the_episode() -> None:
    events = [logged_from_plain(plain) for plain in RECORD["events"]]
    assert fold(empty("e1"), events) == material().episode


def test_results_come_back_as_they_were_sealed() -> None:
    for run in material().episode.runs:
        plain = RUNS[run.code]
        assert plain["final"] == (run.result is not None)
        if run.result:
            assert from_plain(Result, plain["result"]) == run.result


def test_rules_stand_under_their_hash() -> None:
    for digest, plain in RECORD["rules"].items():
        assert from_plain(Rules, plain).hash() == digest
    assert {run["rules_hash"] for run in RECORD["runs"]} == set(RECORD["rules"])


def test_a_held_run_says_so_and_has_no_result() -> None:
    held = RUNS["R11"]
    assert (held["held"], held["result"], held["n"], held["N"]) == (True, None, 137, 200)


def test_late_ballots_and_turnout_are_counted() -> None:
    assert (RUNS["R07"]["late"], RUNS["R07"]["paused"]) == (3, 0)
    assert len(RUNS["R02"]["voted"]) == 200


def test_keys_are_sorted_and_chinese_is_readable() -> None:
    text = made("json", material()).decode()
    assert "台州市水利局" in text
    assert list(RECORD) == sorted(RECORD)
    assert RECORD["version"] == 1
