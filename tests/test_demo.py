"""The demonstration runs by itself and checks itself; its bundle recounts on its own."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

LIVEVOTE = Path(sys.executable).with_name("livevote")


def livevote(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LIVEVOTE, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def shown(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], Path]:
    data = tmp_path_factory.mktemp("demo")
    done = livevote(
        "demo", "--once", "--port", "0", "--data", data, "--seats", "24", "--phones", "16"
    )
    return done, data


def test_a_whole_show_ends_with_recount_equals_tally(
    shown: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = shown
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "recount = tally"
    for unit in ("台州市农办", "台州经济开发区"):
        assert unit in done.stdout
    assert "Traceback" not in done.stderr


def test_every_export_is_there_and_named_for_what_it_is(
    shown: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, data = shown
    names = sorted(path.name for path in (data / "exports").iterdir())
    assert len(names) == 6
    for word in ("csv", "xlsx", "json", "pdf", "bundle", "public"):
        assert sum(word in name for name in names) == 1, names


def test_the_bundle_recounts_on_its_own_and_a_changed_one_does_not(
    shown: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    _, data = shown
    [bundle] = (data / "exports").glob("*bundle*")
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


def test_exports_by_hand_equal_those_of_the_show(
    shown: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    _, data = shown
    for form in ("csv", "xlsx", "json", "pdf", "bundle"):
        [before] = [p for p in (data / "exports").iterdir() if form in p.name]
        again = tmp_path / form
        done = livevote("export", "on", "--format", form, "-o", again, "--data", data)
        assert done.returncode == 0, done.stderr
        assert again.read_bytes() == before.read_bytes(), f"{form} differs"
    record = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert record


def test_seat_sheets_from_the_command_line(
    shown: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
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
