"""The whole bar as a table: runs tests/faults and tests/hostile in full size and prints each test's
row, figure and verdict. `scripts/faults`; ends with 1 where a row does not hold."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as Xml
from pathlib import Path

LIMIT_S = 1800
# Rows of the bar by test; what is not named here stands without a number.
ROWS = {
    "test_nothing_acknowledged_is_lost_when_server_and_store_are_killed": "1",
    "test_a_full_disk_loses_nothing_and_voting_resumes_when_it_is_freed": "5",
    "test_a_store_out_of_memory_refuses_whole_and_recovers": "6",
    "test_a_ballot_whose_answer_is_cut_after_the_commit_counts_once": "9",
    "test_functions_that_are_flushed_come_back_without_a_vote_error": "13",
    "test_each_of_those_who_fire_across_the_close_is_told_counted_or_late": "15",
    "test_ballots_that_reached_a_stalled_server_before_the_close_count": "17",
}


def main() -> int:
    size = "short" if "--short" in sys.argv else "full"
    env = {**os.environ, "LIVEVOTE_FAULTS": size, "LIVEVOTE_HOSTILE": size}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tests = ("tests/faults", "tests/hostile")
        words = [sys.executable, "-m", "pytest", *tests, f"--junitxml={report}"]
        ended = subprocess.run([*words, "-o", "junit_logging=system-out"], env=env, timeout=LIMIT_S)
        for case in Xml.parse(report).getroot().iter("testcase"):
            print(row(case))
    return ended.returncode


def row(case: Xml.Element) -> str:
    """Row, whether it holds, seconds, and the figure that the test told."""
    name = case.get("name", "").partition("[")[0]
    bad = case.find("failure") is not None or case.find("error") is not None
    verdict = "NOT" if bad else "-  " if case.find("skipped") is not None else "ok "
    said = (case.findtext("system-out") or "").splitlines()
    figure = next((line for line in said if "): " in line), name.removeprefix("test_"))
    return f"{ROWS.get(name, ''):>3} {verdict} {float(case.get('time', 0)):6.1f} s  {figure}"


if __name__ == "__main__":
    sys.exit(main())
