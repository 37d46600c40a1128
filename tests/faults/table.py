"""The whole bar as a table: a row for each promise, by the tests that hold it, in full size.

`scripts/faults`: row, load, faults, figure, verdict, in less than 30 minutes. --short: seconds a
row. Numbers after it: these rows only. A row that no test holds is printed as missing. It ends with
1 where a row does not hold. Rows 11 and 12 need a cluster on several machines and are left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as Xml
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 1800
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """load: of the full size. tests: file::name below tests/, all of which must hold."""

    load: str
    faults: str
    tests: tuple[str, ...] = ()


KILLS, STORE = "faults/test_kills.py::test_", "faults/test_store_faults.py::test_"
FRAMES, CROWDS = "hostile/test_frames.py::test_", "hostile/test_crowds.py::test_"
RETURN, ORIGINS = "hostile/test_return.py::test_", "web/test_origins.py::test_"
SECURITY, APP, VERIFY = (
    "web/security/test_",
    "web/test_app.py::test_",
    "export/test_verify.py::test_",
)
EMBEDDED, NOTARY = "store/test_embedded.py::test_", "hub/test_notary.py::test_"
FORGET = "hub/test_forget.py::test_"

ROWS = {
    1: Row(
        "1,000 devices, 2,000 votes/s asked",
        "server and store killed, 20 times each",
        (f"{KILLS}nothing_acknowledged_is_lost_when_server_and_store_are_killed",),
    ),
    2: Row(
        "two servers, one folder",
        "server killed",
        (
            f"{EMBEDDED}the_child_dies_with_a_parent_that_is_killed",
            f"{EMBEDDED}a_second_server_on_the_folder_refuses_and_names_the_first",
        ),
    ),
    3: Row("1,000 votes", "traced: no answer before its fdatasync"),
    4: Row(
        "a store of each kind",
        "everysec, no log, eviction",
        (
            "store/test_durability.py::test_a_server_that_loses_votes_is_refused_unless_the_operator_insists",
        ),
    ),
    5: Row(
        "500 devices",
        "the disk is full, then freed",
        (f"{STORE}a_full_disk_loses_nothing_and_voting_resumes_when_it_is_freed",),
    ),
    6: Row(
        "1,000 devices",
        "the store's memory is full",
        (f"{KILLS}a_store_out_of_memory_refuses_whole_and_recovers",),
    ),
    7: Row("200 logs", "cut, zeroed at the end, bits flipped"),
    8: Row("devices that vote", "the log is rewritten, with kills"),
    9: Row(
        "20,000 ballots",
        "10 % of answers cut after the commit",
        (f"{STORE}a_ballot_whose_answer_is_cut_after_the_commit_counts_once",),
    ),
    10: Row(
        "1,000 devices",
        "50 ms, 30 % dropped, 5 s silent",
        ("faults/test_far_store.py::test_a_store_that_is_slow_lossy_and_silent_loses_nothing",),
    ),
    13: Row(
        "1,000 devices",
        "functions flushed 20 times",
        (f"{KILLS}functions_that_are_flushed_come_back_without_a_vote_error",),
    ),
    14: Row(
        "500 devices",
        "clock of server and store +2 h, -2 h",
        ("faults/test_clock.py::test_a_clock_that_is_set_two_hours_off_moves_no_vote",),
    ),
    15: Row(
        "1,000 devices",
        "100 closings under fire",
        (f"{KILLS}each_of_those_who_fire_across_the_close_is_told_counted_or_late",),
    ),
    16: Row(
        "two directors, 1,000 times",
        "the same moment, two processes",
        ("faults/test_directors.py::test_of_two_directors_who_act_at_once_one_wins",),
    ),
    17: Row(
        "500 devices",
        "server stalled 1 s at the close",
        (f"{KILLS}ballots_that_reached_a_stalled_server_before_the_close_count",),
    ),
    18: Row(
        "Autobahn cases",
        "wrong frames of every kind",
        ("hostile/test_conformance.py::test_the_transport_speaks_websocket_as_the_standard_says",),
    ),
    19: Row(
        "10,000 connections",
        "100,000 malformed frames",
        (f"{FRAMES}malformed_frames_end_their_connection_with_the_right_code_and_nothing_else",),
    ),
    20: Row(
        "one socket",
        "3 MB of tiny frames, empty pieces, pings",
        (
            f"{FRAMES}a_flood_of_tiny_frames_is_cut_off_and_nobody_else_waits",
            f"{FRAMES}a_flood_before_the_hello_is_cut_off_too",
            f"{FRAMES}floods_that_come_again_and_again_hold_nobody_up",
        ),
    ),
    21: Row(
        "one socket",
        "pings, never reading",
        (f"{FRAMES}pings_of_one_who_never_reads_are_not_remembered",),
    ),
    22: Row(
        "500 good clients",
        "20 overlays stalled",
        (f"{CROWDS}overlays_that_stall_are_freed_and_hold_nobody_up",),
    ),
    23: Row(
        "one socket",
        "a compressed bomb, 10 MB",
        (
            f"{FRAMES}compression_is_not_negotiated_and_a_compressed_bomb_is_refused",
            f"{FRAMES}ten_megabytes_are_too_big",
        ),
    ),
    24: Row(
        "2,000 half open, 5,000 of one address",
        "they say nothing",
        (
            f"{CROWDS}a_crowd_that_comes_to_no_point_is_sent_off_and_tablets_walk_past_it",
            f"{CROWDS}bodies_that_never_come_take_no_more_places_than_heads_that_do_not",
        ),
    ),
    25: Row(
        "clients inside and outside",
        "no descriptor is left",
        (f"{CROWDS}without_descriptors_those_inside_are_served_and_the_door_opens_again",),
    ),
    26: Row(
        "5,000 clients",
        "all dropped at once",
        (
            f"{RETURN}all_dropped_at_once_come_back_and_no_vote_is_lost",
            f"{RETURN}all_who_arrive_in_the_same_moment_are_let_in",
        ),
    ),
    27: Row("200 tablets", "20 random cuts each"),
    28: Row(
        "10,000 tokens",
        "forged, expired, of another kind",
        (
            f"{SECURITY}tokens.py::test_ten_thousand_bad_tokens_are_worth_nothing",
            f"{SECURITY}tokens.py::test_a_seat_of_another_show_is_no_seat_of_this_one",
        ),
    ),
    29: Row(
        "30 origins",
        "all but the listed",
        (
            f"{ORIGINS}listed_origins_and_the_own_address_may_write",
            f"{ORIGINS}every_other_origin_may_not_write",
            f"{ORIGINS}listed_origins_and_the_own_address_get_a_socket",
            f"{ORIGINS}every_other_origin_gets_no_socket",
        ),
    ),
    30: Row(
        "1,000 requests",
        "claimed addresses",
        (f"{SECURITY}addresses.py::test_a_thousand_claimed_addresses_change_nothing",),
    ),
    31: Row(
        "two tablets",
        "a seat issued anew, a race",
        (
            f"{SECURITY}seats.py::"
            "test_a_seat_issued_anew_in_the_middle_of_a_vote_closes_the_old_tablet",
            f"{SECURITY}seats.py::test_two_tablets_that_race_for_a_seat_have_one_ballot",
        ),
    ),
    32: Row(
        "every role",
        "every route, message and command",
        (
            f"{APP}every_route_is_for_whom_the_table_says_and_for_nobody_else",
            f"{APP}every_message_is_for_whom_it_is_written_here",
            f"{APP}every_command_over_http_is_for_its_roles_and_nobody_else",
            f"{APP}every_command_over_the_socket_is_for_its_roles_and_nobody_else",
        ),
    ),
    33: Row(
        "1,000 proofs of work",
        "used again, expired, of another show, forged",
        (
            f"{SECURITY}work.py::test_none_of_a_thousand_false_solutions_is_taken",
            f"{SECURITY}work.py::test_of_many_who_send_one_solution_at_once_one_is_taken",
        ),
    ),
    34: Row(
        "generated input",
        "parsers and HTTP",
        (
            f"{SECURITY}parsers.py::test_messages",
            f"{SECURITY}parsers.py::test_encodings",
            f"{SECURITY}parsers.py::test_encodings_that_are_nearly_right",
            f"{SECURITY}parsers.py::test_rules",
            f"{SECURITY}parsers.py::test_commands",
            f"{SECURITY}parsers.py::test_spreadsheets",
            f"{SECURITY}openapi.py::test_answers_match_the_description",
        ),
    ),
    35: Row(
        "1,000 changes by each attacker",
        "changed, deleted, swapped, cut",
        (f"{VERIFY}no_change_is_green",),
    ),
    36: Row(
        "hundreds of receipts (the bar: 10,000)",
        "a forked list",
        (
            f"{NOTARY}receipts_of_hundreds_are_proven_within_two_seconds",
            f"{NOTARY}two_forked_checkpoints_are_seen",
        ),
    ),
    37: Row(
        "an episode",
        "its key is destroyed",
        (
            f"{FORGET}the_key_is_gone_from_memory_store_and_disk",
            f"{FORGET}exports_name_nobody_and_verify_as_before",
        ),
    ),
    38: Row(
        "200 tablets, 2,000 phones, 4 min",
        "all of it, from a seed",
        (
            "faults/test_soak.py::"
            "test_minutes_of_random_faults_leave_every_ballot_where_it_was_acknowledged",
        ),
    ),
}


@dataclass(frozen=True)
class Case:
    """How one test ended. figures: what it told."""

    held: bool
    took_s: float
    figures: tuple[str, ...]


def main() -> int:
    size = "short" if "--short" in sys.argv else "full"
    wanted = [int(word) for word in sys.argv[1:] if word.isdigit()]
    numbers = [n for n in wanted or ROWS if n in ROWS]
    tests = [test for n in numbers for test in ROWS[n].tests]
    cases = run(tests, size) if tests else {}
    smaller = " (the load of the full size: this was a fraction)" if size == "short" else ""
    print(f"\n{'row':>3}  {'':7}  {'s':>6}  load; faults: figure{smaller}")
    verdicts = [told(number, ROWS[number], cases) for number in numbers]
    return 0 if all(verdicts) else 1


def run(tests: list[str], size: str) -> dict[str, list[Case]]:
    """Run them, with pytest's own progress; how each ended, by file::name."""
    long = {"LIVEVOTE_MUTATIONS": "1000"} if size == "full" else {}
    env = {**os.environ, "LIVEVOTE_FAULTS": size, "LIVEVOTE_HOSTILE": size, **long}
    found: dict[str, list[Case]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-v", "--tb=short", f"--junitxml={report}"]
        words += ["-o", "junit_logging=system-out", "-o", "console_output_style=count"]
        try:
            subprocess.run(
                [*words, *(f"tests/{test}" for test in tests if defined(test))],
                env=env,
                cwd=ROOT,
                timeout=LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            print(f"it took more than {LIMIT_S} s")
        if report.exists():
            for case in Xml.parse(report).getroot().iter("testcase"):
                found[name_of(case)].append(read(case))
    return found


def defined(test: str) -> bool:
    """One name that is not there would keep pytest from running any."""
    path, _, name = test.partition("::")
    file = ROOT / "tests" / path
    return file.exists() and f"def {name}(" in file.read_text()


def name_of(case: Xml.Element) -> str:
    path = case.get("classname", "").removeprefix("tests.").replace(".", "/")
    return f"{path}.py::{case.get('name', '').partition('[')[0]}"


def read(case: Xml.Element) -> Case:
    """A test that was skipped holds nothing."""
    bad = any(case.find(word) is not None for word in ("failure", "error", "skipped"))
    lines = (case.findtext("system-out") or "").splitlines()
    figures = tuple(
        line.partition("): ")[2] for line in lines if " (full): " in line or " (short): " in line
    )
    return Case(not bad, float(case.get("time", 0)), figures)


def told(number: int, row: Row, cases: dict[str, list[Case]]) -> bool:
    """Print a row; whether it holds."""
    if not row.tests or not all(cases.get(test) for test in row.tests):
        print(f"{number:>3}  missing  {'':6}  {row.load}; {row.faults}")
        return False
    all_of_it = [case for test in row.tests for case in cases[test]]
    held = all(case.held for case in all_of_it)
    figures = [figure for case in all_of_it for figure in case.figures]
    text = " | ".join(figures) or f"{sum(case.held for case in all_of_it)} checks"
    took_s = sum(case.took_s for case in all_of_it)
    verdict = "ok" if held else "NOT"
    print(f"{number:>3}  {verdict:7}  {took_s:6.1f}  {row.load}; {row.faults}: {text}")
    return held


if __name__ == "__main__":
    sys.exit(main())
