"""`livevote doctor`: names what is wrong with a folder, changes nothing, and repairs a copy."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from livevote import doctor as ward
from livevote.store import files, sums
from livevote.store.embedded import EmbeddedServer
from tests.e2e.conftest import LIVEVOTE
from tests.store.folder import last_file, make

BALLOTS = 80


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("sound") / "data"
    make(data, BALLOTS)
    return data


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    """A copy to damage; the doctor leaves it as it is."""
    copy = tmp_path / "data"
    shutil.copytree(sound, copy, ignore=shutil.ignore_patterns("*.sock"))
    return copy


def doctor(data: Path, *, repair_to: Path | None = None) -> tuple[int, str]:
    """Exit code, and what it says."""
    report = ward.repair(data, repair_to) if repair_to else ward.examine(data)
    return report.code, "\n".join(f"{mark} {text}" for mark, text in report.lines)


def command(*words: str | Path) -> tuple[int, str]:
    """The same from the command line."""
    ended = subprocess.run([LIVEVOTE, *words], capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stdout + ended.stderr


def break_a_command(data: Path) -> None:
    """One byte, halfway."""
    log = last_file(data)
    content = bytearray(log.read_bytes())
    content[content.index(b"\r\n*", len(content) // 2) + 2] = ord("!")
    log.write_bytes(content)


def contents(data: Path) -> dict[str, tuple[str, float]]:
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in sorted(data.rglob("*"))
        if path.is_file()
    }


def test_a_folder_of_a_killed_server_is_healthy_and_stays_as_it_is(data: Path) -> None:
    before = contents(data)
    code, text = doctor(data)
    assert code == 0, text
    assert f"{BALLOTS} ballots, chain and counts agree" in text
    assert contents(data) == before


def test_a_torn_tail_is_named_and_cut_in_a_copy_that_says_what_is_lost(
    data: Path, tmp_path: Path
) -> None:
    log = last_file(data)
    with log.open("r+b") as file:
        # Inside the last transaction that holds a ballot.
        file.truncate(log.read_bytes().rindex(b":log\r\n") + 40)
    before = contents(data)
    code, text = doctor(data)
    assert code == 1, text
    assert "torn at its end" in text
    copy = tmp_path / "copy"
    code, text = doctor(data, repair_to=copy)
    assert code == 0, text
    found = re.search(r"kept (\d+) ballots, (\d+) of them signed; lost at least (\d+)", text)
    assert found, text
    kept, signed, lost = map(int, found.groups())
    assert kept + lost == BALLOTS
    assert lost >= 1
    assert signed <= kept
    assert contents(data) == before
    code, text = doctor(copy)
    assert code == 0, text


def test_damage_in_the_middle_is_told_from_a_torn_tail(data: Path) -> None:
    break_a_command(data)
    code, text = doctor(data)
    assert code == 1, text
    assert "damaged in the middle" in text


def test_a_ballot_that_was_changed_on_the_disk_is_found_by_the_chain(data: Path) -> None:
    log = last_file(data)
    content = bytearray(log.read_bytes())
    batch = re.search(rb":log\r\n\$\d+\r\n\d+-0\r\n\$1\r\nb\r\n\$(\d+)\r\n", content)
    assert batch
    # The last byte of a batch: when its last ballot came.
    content[batch.end() + int(batch[1]) - 1] ^= 1
    log.write_bytes(content)
    # Whoever does that on purpose takes away what was noted of the bytes, too.
    (data / "store" / sums.NAME).unlink(missing_ok=True)
    code, text = doctor(data)
    assert code == 1, text
    assert "was signed over another log" in text


def test_a_file_that_is_missing_and_a_broken_manifest_are_named(data: Path) -> None:
    last_file(data).unlink()
    code, text = doctor(data)
    assert (code, "missing on the disk" in text) == (1, True), text
    (data / "store" / files.MANIFEST).write_text("this is no manifest\n")
    code, text = doctor(data)
    assert (code, "names no file" in text) == (1, True), text


def test_what_cannot_be_checked_is_one_line_and_exit_code_2(data: Path, tmp_path: Path) -> None:
    code, text = doctor(tmp_path / "nothing")
    assert (code, "there is no livevote data" in text) == (2, True), text
    code, text = doctor(data, repair_to=tmp_path)
    assert (code, "is there already" in text) == (2, True), text
    code, text = doctor(data, repair_to=data / "inside")
    assert (code, "must not change" in text) == (2, True), text
    server = EmbeddedServer(data / "store")
    server.start()
    code, text = command("doctor", data)
    server.stop()
    assert (code, "a server runs here" in text) == (2, True), text
    assert text.count("\n") == 1


def test_a_start_on_a_damaged_log_names_the_doctor(data: Path) -> None:
    break_a_command(data)
    code, text = command("serve", "--data", data, "--port", "0")
    assert code == 1
    assert f"`livevote doctor {data}`" in text
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "whole", "torn"),
    [
        (b"", 0, False),
        (b"*1\r\n$4\r\nPING\r\n", 14, False),
        (b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI", 14, True),
        (b"*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nPING\r\n", 0, True),
        (b"*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n" + b"\0" * 9, 29, True),
        (b"*1\r\n$9\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n", 19, False),
        (b"#TS:1\r\n*1\r\n$4\r\nPING\r\n", 21, False),
    ],
)
def test_a_file_is_whole_up_to_its_last_transaction(
    tmp_path: Path, content: bytes, whole: int, torn: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    found = files.scan(path)
    assert (found.size, found.whole, found.torn) == (len(content), whole, torn)
