from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO

from livevote.core.ballot import Answer, Entry
from livevote.core.plain import from_plain, logged_from_plain
from livevote.core.rules import Rules
from tests.export.reading import made, unzipped
from tests.export.sample import material

DATA = made("bundle", material())
FILES = unzipped(DATA)


def test_it_holds_every_run_in_a_folder_of_its_own() -> None:
    per_run = ("rules.json", "ballots.csv", "turned.csv", "checkpoints.jsonl")
    expected = {f"runs/R{n:02d}/{name}" for n in range(1, 11) for name in per_run}
    assert set(FILES) == expected | {
        "runs/R11/rules.json",  # held: its ballots stay in the server
        *("manifest.json", "episode.json", "events.jsonl", "figures.json"),
        *("README.txt", "verify.py", "key.txt", "SHA256SUMS", "SHA256SUMS.note"),
    }


def test_the_hash_of_the_rules_is_the_hash_of_their_file() -> None:
    for run in material().episode.runs:
        data = FILES[f"runs/{run.code}/rules.json"]
        assert hashlib.sha256(data).hexdigest() == run.rules_hash
        assert from_plain(Rules, json.loads(data)) == run.rules


def test_ballots_come_back_entry_by_entry() -> None:
    header, *lines = FILES["runs/R01/ballots.csv"].decode().splitlines()
    assert header == "index,voter,panel,seq,value,received_ms"
    entries = []
    for line in lines:
        index, voter, panel, seq, value, received_ms = line.split(",")
        entry = Entry(
            int(index), bytes.fromhex(voter), panel, int(seq), int(value), int(received_ms)
        )
        entries.append(entry)
    assert tuple(entries) == material().ballots["run1"]


def test_refused_ballots_are_there_with_the_answer_they_got() -> None:
    lines = FILES["runs/R07/turned.csv"].decode().splitlines()
    turned = material().turned["run7"]
    assert len(lines) == 1 + len(turned) == 4
    assert lines[1].endswith(f"{turned[0].received_ms},{Answer.LATE.name.lower()}")


def test_events_come_back_in_order() -> None:
    lines = FILES["events.jsonl"].splitlines()
    assert tuple(logged_from_plain(json.loads(line)) for line in lines) == material().events


def test_sums_are_in_the_form_of_sha256sum() -> None:
    for line in FILES["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(FILES[name]).hexdigest() == digest
    # Not of itself, nor of the seal over it.
    assert len(FILES["SHA256SUMS"].splitlines()) == len(FILES) - 2


def test_no_seat_is_named_beside_a_ballot() -> None:
    labels = {seat.label.encode() for seat in material().episode.seats}
    for name, content in FILES.items():
        if name.startswith("runs/"):
            assert not any(label in content for label in labels), name


def test_files_are_sorted_and_have_no_time_of_their_own() -> None:
    with zipfile.ZipFile(BytesIO(DATA)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(FILES)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_says_what_is_inside_and_how_safe_it_was() -> None:
    manifest = json.loads(FILES["manifest.json"])
    assert (manifest["format"], manifest["version"]) == ("livevote-bundle", 2)
    assert (manifest["revision"], manifest["durability"]) == (102, "durable")
    held = [run for run in manifest["runs"] if not run["ballots"]]
    assert [(run["code"], run["held"]) for run in held] == [("R11", True)]
