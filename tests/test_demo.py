"""The demonstration runs by itself and checks itself: two episodes, and what happened between them.
Its bundles recount on their own."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from livevote.core.workdays import CHINA
from livevote.demo.clock import DemoClock
from tests.e2e.conftest import said_until

LIVEVOTE = Path(sys.executable).with_name("livevote")
SIZE = ("--port", "0", "--seats", "24", "--phones", "16")
Shown = tuple[subprocess.CompletedProcess[str], Path]


def livevote(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LIVEVOTE, *arguments], capture_output=True, text=True, timeout=180, check=False
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    data = tmp_path_factory.mktemp("demo")
    return livevote("demo", "--once", "--data", data, *SIZE), data


def of_each(data: Path, word: str) -> list[Path]:
    """The export of this kind of both episodes, the first's before the second's."""
    found = [path for path in (data / "exports").iterdir() if word in path.name]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def record(data: Path, place: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(of_each(data, "json")[place].read_text(encoding="utf-8"))
    return found


def figures(found: dict[str, Any]) -> dict[str, str]:
    """What was aired of each segment, by the unit and whether it looks back."""
    aired = {run["segment"]: run["result"]["figure"] for run in found["runs"]}
    return {
        f"{segment['unit']['zh']}{' again' if segment['lookback'] else ''}": aired[segment["id"]]
        for segment in found["segments"]
    }


async def test_the_clock_goes_on_and_never_back_and_a_leap_is_no_stall() -> None:
    clock = DemoClock(days_ago=45)
    clock.start()
    began_ms = clock.now_ms()
    clock.go_on_to(10)
    assert clock.days_ago == 10
    assert round((clock.now_ms() - began_ms) / 86_400_000) == 35
    assert clock.now_ms() - clock.arrival_ms() < 60_000
    clock.go_on_to(20)
    assert clock.days_ago == 10
    clock.go_on_to(0)
    assert clock.days_ago == 0
    clock.stop()


def test_a_whole_show_ends_with_recount_equals_tally(shown: Shown) -> None:
    done, _ = shown
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "recount = tally"
    assert done.stdout.count("all green") == 4  # two files of each episode
    for unit in ("台州市农办", "台州经济开发区"):
        assert unit in done.stdout
    assert "Traceback" not in done.stderr


def test_the_second_opens_with_the_pledges_of_the_first(shown: Shown) -> None:
    _, data = shown
    first, second = record(data, 0), record(data, 1)
    apart = second["episode"]["created_ms"] - first["episode"]["created_ms"]
    assert round(apart / 86_400_000) == 45
    assert [bool(segment["lookback"]) for segment in second["segments"]] == [True] * 3 + [
        False
    ] * 10
    kept, late, broken = [segment["lookback"] for segment in second["segments"][:3]]
    assert [back["state"] for back in (kept, late, broken)] == ["verified", "verified", "broken"]
    assert kept["days_late"] == 0
    assert kept["claimed_day"] <= kept["due"]
    for back, until in ((late, late["claimed_day"]), (broken, broken["day"])):
        last = CHINA.next_workday(date.fromisoformat(back["due"]))
        assert back["days_late"] == (date.fromisoformat(until) - last).days > 0
    assert [back["evidence"] for back in (kept, late, broken)] == [1, 1, 0]
    for segment in second["segments"][:3]:
        assert segment["pledge"].startswith("（演示）")


def test_look_backs_are_scored_again_by_the_rules_of_then(shown: Shown) -> None:
    done, data = shown
    first, second = record(data, 0), record(data, 1)
    then, now = figures(first), figures(second)
    rules_then, rules_now = first["runs"][0]["rules_hash"], second["runs"][0]["rules_hash"]
    assert rules_then == rules_now
    for segment in second["segments"][:3]:
        unit = segment["unit"]["zh"]
        assert segment["lookback"]["then"]["result"]["figure"] == then[unit]
        again = now[f"{unit} again"]
        difference = f"{Decimal(again) - Decimal(then[unit]):+}"
        [row] = [line.split() for line in done.stdout.splitlines() if line.startswith(f"  {unit} ")]
        assert row[-4:] == [str(segment["lookback"]["days_late"]), then[unit], again, difference]


def test_the_scripted_show_takes_the_cards_of_what_came_back(shown: Shown) -> None:
    _, data = shown
    second = record(data, 1)
    taken = [
        (event["event"]["graphic"]["kind"], event["event"]["graphic"]["segment"])
        for event in second["events"]
        if event["event"]["type"] == "graphic_taken"
    ]
    backs = [segment["id"] for segment in second["segments"] if segment["lookback"]]
    # Before the score of now, and after it.
    assert [segment for kind, segment in taken if kind == "lookback"] == [
        back for back in backs for _ in range(2)
    ]
    assert ("delivery", "") in taken
    assert ("question", "s02") in taken


def test_a_citizens_question_is_asked_on_the_show(shown: Shown, tmp_path: Path) -> None:
    done, data = shown
    assert "Q000001 was asked on the show" in done.stdout
    second = record(data, 1)
    found = tmp_path / "desk.json"
    assert livevote("desk", "export", "-f", "json", "-o", found, "--data", data).returncode == 0
    case = json.loads(found.read_text(encoding="utf-8"))["cases"][0]
    assert (case["id"], case["name"], case["contact"]) == ("Q000001", "", "")
    assert [post["moderation"] for post in case["posts"]] == ["shown", "shown"]
    assert case["filed_ms"] < case["accepted_ms"] < case["posts"][1]["at_ms"]
    assert not any(post["due_ms"] and post["at_ms"] > post["due_ms"] for post in case["posts"])
    [made] = case["promotions"]
    assert (made["to"], made["episode"]) == ("show", second["episode"]["id"])
    [asked] = [segment for segment in second["segments"] if segment["id"] == made["id"]]
    assert asked["question"] == "（演示）桥下的排污口什么时候封堵？"


def test_every_export_is_there_and_named_for_what_it_is(shown: Shown) -> None:
    _, data = shown
    names = sorted(path.name for path in (data / "exports").iterdir())
    assert len(names) == 12
    for word in ("csv", "xlsx", "json", "pdf", "bundle", "public"):
        assert sum(word in name for name in names) == 2, names


def test_the_bundles_recount_on_their_own_and_a_changed_one_does_not(
    shown: Shown, tmp_path: Path
) -> None:
    _, data = shown
    for bundle in of_each(data, "bundle"):
        good = livevote("recount", bundle)
        assert good.returncode == 0, good.stderr
        assert good.stdout.splitlines()[-1] == "recount = aired figures"
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename.endswith("ballots.csv"):
                lines = body.splitlines(keepends=True)
                body = b"".join(lines[:-1])  # one ballot gone
            new.writestr(info, body)
    bad = livevote("recount", changed)
    assert bad.returncode == 1
    assert len(bad.stderr.strip().splitlines()) == 1
    assert bad.stderr.startswith("livevote: ")


def test_exports_by_hand_equal_those_of_the_show(shown: Shown, tmp_path: Path) -> None:
    _, data = shown
    for form in ("csv", "xlsx", "json", "pdf", "bundle"):
        before = of_each(data, form)[-1]
        again = tmp_path / form
        done = livevote("export", "on", "--format", form, "-o", again, "--data", data)
        assert done.returncode == 0, done.stderr
        assert again.read_bytes() == before.read_bytes(), f"{form} differs"
    assert json.loads((tmp_path / "json").read_text(encoding="utf-8"))


def test_seat_sheets_from_the_command_line(shown: Shown, tmp_path: Path) -> None:
    _, data = shown
    sheet = tmp_path / "seats.pdf"
    done = livevote(
        "seats", "on", "--data", data, "-o", sheet, "--seat", "A-01",
        "--public-url", "https://vote.example.org",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sheet.read_bytes().startswith(b"%PDF")
    wrong = livevote("seats", "nowhere", "--data", data, "-o", sheet)
    assert wrong.returncode == 1
    assert "there are:" in wrong.stderr


def test_it_stays_on_the_same_folder_and_its_audience_comes_back(shown: Shown) -> None:
    _, data = shown
    process = subprocess.Popen(
        [LIVEVOTE, "demo", "--data", data, *SIZE], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            told = said_until(process, "the audience is here", 60)
        finally:
            process.terminate()
    for account in ("director", "producer", "verifier", "supervision", "unit"):
        assert f"sign in as     {account} " in told
    assert "/record/" in told
    assert "/ledger" in told


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    done = livevote("demo", "--once", "--data", tmp_path, *SIZE)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("livevote: ")
    assert "another folder with --data" in line
