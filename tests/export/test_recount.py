"""The recount: right on what the server wrote, and never fooled by what was changed after."""

from __future__ import annotations

import json
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core.ballot import standing
from livevote.errors import BadInput
from livevote.export import recount as module
from livevote.export.bundle import SUMS, sums, zipped
from livevote.export.recount import RecountReport, recount
from tests.export.reading import made, unzipped
from tests.export.sample import POINTS, before, material, whole

DATA = made("bundle", material())
FILES = unzipped(DATA)
BALLOTS = "runs/R01/ballots.csv"

Change = Callable[[bytes], bytes]


def with_files(**changes: bytes | None) -> bytes:
    """The bundle with some files changed, added or (None) taken out, and right sums again."""
    files = {**FILES, **changes}
    kept = {name: data for name, data in files.items() if data is not None and name != SUMS}
    return zipped({**kept, SUMS: sums(kept)})


def changed(name: str, change: Change) -> bytes:
    after = change(FILES[name])
    assert after != FILES[name]
    return with_files(**{name: after})


def lines(change: Callable[[list[bytes]], object]) -> Change:
    """A change of the list of lines, made in place."""

    def apply(data: bytes) -> bytes:
        kept = data.splitlines(keepends=True)
        change(kept)
        return b"".join(kept)

    return apply


def in_json(change: Callable[[Any], object]) -> Change:
    def apply(data: bytes) -> bytes:
        plain = json.loads(data)
        change(plain)
        return json.dumps(plain, ensure_ascii=False).encode()

    return apply


def cell(line: int, place: int, value: object) -> Change:
    def apply(kept: list[bytes]) -> None:
        cells = kept[line].split(b",")
        end = b"\n" if place == len(cells) - 1 else b""
        cells[place] = str(value).encode() + end
        kept[line] = b",".join(cells)

    return lines(apply)


def swap(kept: list[bytes]) -> None:
    kept[5], kept[6] = kept[6], kept[5]


# --- what the server wrote ---


def test_the_recount_gives_the_aired_figures() -> None:
    report = recount(DATA)
    assert report.ok, report.mismatch
    assert report.board == material().episode.board()
    assert [row.code for row in report.runs] == [f"R{n:02d}" for n in range(1, 11)]
    assert report.held == ("R11",)
    for row in report.runs:
        run = next(r for r in material().episode.runs if r.code == row.code)
        assert row.ok
        assert row.aired == (run.result.figure if run.result else "")
        if run.result:
            assert row.figure == row.aired
            assert row.voters == run.result.n + run.result.online
        assert row.ballots == len(material().ballots[run.id])
    assert (report.episode, report.revision) == ("e1", 102)


def test_a_path_is_as_good_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "recount.zip"
    path.write_bytes(DATA)
    assert recount(path) == recount(str(path)) == recount(DATA)


def test_an_evening_without_runs_is_a_bundle_too() -> None:
    report = recount(made("bundle", before().material()))
    assert (report.ok, report.runs, report.board) == (True, (), ())


def test_a_bundle_made_during_a_run_agrees_with_itself() -> None:
    evening = before()
    evening.vote(evening.open("s1", "run1"), 30, 5)
    report = recount(made("bundle", evening.material()))
    assert report.ok, report.mismatch
    assert (report.runs[0].ballots, report.runs[0].aired) == (40, "")


# --- changed, with sums to match ---

CHANGES: dict[str, tuple[str, Change, str]] = {
    "a value": (BALLOTS, cell(-1, 4, 3), r"R01: figures\.json: .* recounted"),
    "a value off the scale": (BALLOTS, cell(3, 4, 101), r"ballot 3: 101 is not on the scale"),
    "a panel": (BALLOTS, cell(3, 2, "experts"), r"ballot 3: no panel 'experts' votes"),
    "another panel": (BALLOTS, cell(-1, 2, "x"), r"ballot \d+: no panel 'x' votes"),
    "a late ballot": (BALLOTS, cell(3, 5, 1_772_366_999_999), r"ballot 3 came \d+ ms after close"),
    "a line out": (BALLOTS, lines(lambda kept: kept.pop(5)), r"the log jumps: entry 5 has index 6"),
    "the last line out": (BALLOTS, lines(lambda kept: kept.pop()), "614 ballots, closed with 615"),
    "no line left": (BALLOTS, lines(lambda kept: kept.__delitem__(slice(1, None))), "0 ballots"),
    "a line twice": (BALLOTS, lines(lambda kept: kept.insert(5, kept[5])), "the log jumps"),
    "two lines swapped": (BALLOTS, lines(swap), "the log jumps"),
    "a ballot stuffed": (
        BALLOTS,
        lines(lambda kept: kept.append(b"616," + b"f" * 32 + b",online,1,100,1772366500000\n")),
        "616 ballots, closed with 615",
    ),
    "a sequence number": (BALLOTS, cell(-1, 3, 1), "repeats a sequence number"),
    "the rules": (
        "runs/R01/rules.json",
        lambda data: data.replace(b'"decimals":1', b'"decimals":2'),
        r"runs/R01/rules\.json: SHA-256 is",
    ),
    "the rules in another form": (
        "runs/R01/rules.json",
        lambda data: data + b"\n",
        r"runs/R01/rules\.json: SHA-256 is",
    ),
    "a figure": (
        "figures.json",
        in_json(lambda plain: plain["runs"]["R01"].update(figure="99.9")),
        r"figures\.json: R01: figure is 99\.9",
    ),
    "a count in figures": (
        "figures.json",
        in_json(lambda plain: plain["runs"]["R02"]["panels"][0].update(n=1)),
        r"figures\.json: R02: panel studio: n is 1, recounted 200",
    ),
    "a figure taken back": (
        "figures.json",
        in_json(lambda plain: plain["runs"].update(R01=None)),
        r"R01: revealed in one file",
    ),
    "a run left out of figures": (
        "figures.json",
        in_json(lambda plain: plain["runs"].pop("R11")),
        r"figures\.json: the runs are not those",
    ),
    "the board": (
        "figures.json",
        in_json(lambda plain: plain["board"].reverse()),
        r"the board is not the recounted one",
    ),
    "the episode": (
        "episode.json",
        in_json(lambda plain: plain["segments"][0].update(pledge="another")),
        r"episode\.json: segments is not what events\.jsonl leads to",
    ),
    "a result in the episode": (
        "episode.json",
        in_json(lambda plain: plain["runs"][0]["result"].update(figure="99.9")),
        r"episode\.json: runs is not what",
    ),
    "an event out": (
        "events.jsonl",
        lines(lambda kept: kept.pop(7)),
        r"events\.jsonl: event 8 has revision 9",
    ),
    "the last event out": (
        "events.jsonl",
        lines(lambda kept: kept.pop()),
        r"is not what events\.jsonl leads to",
    ),
    "an event that cannot be": (
        "events.jsonl",
        lambda data: data.replace(b'"run_opened"', b'"run_resumed"', 1),
        r"events\.jsonl: this cannot have happened: cannot resume a run that is armed",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_named(what: str) -> None:
    name, change, said = CHANGES[what]
    report = recount(changed(name, change))
    assert not report.ok
    assert re.search(said, report.mismatch), report.mismatch


def test_ballots_that_are_not_there_are_missed() -> None:
    report = recount(with_files(**{BALLOTS: None}))
    assert report.mismatch == f"{BALLOTS}: missing"


def test_a_run_that_does_not_agree_leaves_the_others_in_the_report() -> None:
    report = recount(changed(BALLOTS, cell(3, 4, 101)))
    bad, *good = report.runs
    assert not bad.ok
    assert bad.problem == report.mismatch
    assert all(row.ok for row in good)


@settings(max_examples=12)  # each recounts a whole evening
@given(choice=st.randoms(use_true_random=False), value=st.integers(0, 100))
def test_no_standing_ballot_can_be_another_value(choice: random.Random, value: int) -> None:
    run = choice.choice([r for r in material().episode.runs if r.result and r.id != "run2"])
    entry = choice.choice(list(standing(material().ballots[run.id]).values()))
    name = f"runs/{run.code}/ballots.csv"
    if value == entry.value:
        assert recount(DATA).ok
    else:
        report = recount(changed(name, cell(entry.index, 4, value)))
        assert report.mismatch.startswith(f"{run.code}: figures.json: ")


def test_a_final_choice_cannot_be_changed() -> None:
    evening = before(replace(POINTS, change_allowed=False)).scored("s1", "run1")
    report = recount(made("bundle", evening.material()))
    assert "changed a final ballot" in report.mismatch  # the sample changes every seventh


# --- changed, with the old sums ---


# The seal over the sums needs a key to be read: that is verify.py's.
@pytest.mark.parametrize("name", sorted(set(FILES) - {SUMS, f"{SUMS}.note"}))
def test_one_byte_of_any_file_is_noticed(name: str) -> None:
    data = FILES[name]
    flipped = data[:20] + bytes([data[20] ^ 1]) + data[21:]
    if name == "manifest.json":
        flipped = data.replace(b'"durable"', b'"Durable"')
    report = recount(zipped({**FILES, name: flipped}))
    assert report.mismatch.startswith(f"{name}: changed after it was written")


def test_a_file_more_or_less_is_noticed() -> None:
    more = recount(zipped({**FILES, "runs/R12/ballots.csv": b""}))
    assert more.mismatch == "runs/R12/ballots.csv: not listed in SHA256SUMS"
    less = {name: data for name, data in FILES.items() if name != BALLOTS}
    assert recount(zipped(less)).mismatch == f"{BALLOTS}: listed in SHA256SUMS and not there"


# --- not a bundle ---


def duplicate() -> bytes:
    out = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr("manifest.json", FILES["manifest.json"])
    return out.getvalue()


def packed(method: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("manifest.json", FILES["manifest.json"])
    return out.getvalue()


def encrypted() -> bytes:
    """A ZIP that says its first file needs a password."""
    data = bytearray(zipped({"manifest.json": b"{}"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


MALFORMED: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "bundle", "not a ZIP"),
    "not a ZIP": (b"PK\x03\x04" + b"x" * 100, "bundle", "not a ZIP"),
    "cut off": (DATA[:-30], "bundle", "not a ZIP"),
    "an empty ZIP": (zipped({}), "manifest.json", "missing"),
    "a password": (encrypted(), "bundle", "not a ZIP that can be read"),
    "another packing": (packed(zipfile.ZIP_BZIP2), "manifest.json", "not read here"),
    "a file twice": (duplicate(), "manifest.json", "twice"),
    "another format": (
        with_files(**{"manifest.json": b'{"format":"x"}'}),
        "manifest.json",
        "not a",
    ),
    "a list": (with_files(**{"manifest.json": b"[]"}), "manifest.json", "not a livevote bundle"),
    "the next version": (
        changed("manifest.json", in_json(lambda plain: plain.update(version=3))),
        "manifest.json",
        "bundle version 3",
    ),
    "no sums": (zipped({n: d for n, d in FILES.items() if n != SUMS}), SUMS, "missing"),
    "sums in another form": (zipped({**FILES, SUMS: b"abc\n"}), f"{SUMS}:1", "expected"),
    "sums that are no text": (zipped({**FILES, SUMS: b"\xff\xfe"}), SUMS, "UTF-8"),
    "no episode": (with_files(**{"episode.json": None}), "episode.json", "missing"),
    "an episode cut off": (with_files(**{"episode.json": b"{"}), "episode.json", "not JSON"),
    "an episode too deep": (
        with_files(**{"episode.json": b"[" * 200_000}),
        "episode.json",
        "not JSON",
    ),
    "a number too long": (
        with_files(**{"episode.json": b"1" * 10_000}),
        "episode.json",
        "not JSON",
    ),
    "an episode without runs": (
        changed("episode.json", in_json(lambda plain: plain.update(runs=7))),
        "episode.json.runs",
        "expected a list",
    ),
    "a weight that is text": (
        changed(
            "episode.json",
            in_json(lambda plain: plain["runs"][0]["rules"]["panels"][0].update(weight="7")),
        ),
        "episode.json.runs.0.rules.panels.0.weight",
        "whole number",
    ),
    "an event of no kind": (
        changed("events.jsonl", lambda data: data.replace(b'"run_armed"', b'"run_harmed"', 1)),
        "events.jsonl:6.type",
        "no event",
    ),
    "an event without a time": (
        changed("events.jsonl", lambda data: data.replace(b'"at_ms"', b'"at"', 1)),
        "events.jsonl:1",
        "not an event",
    ),
    "an event that is a number": (
        changed("events.jsonl", lambda data: b"7\n" + data),
        "events.jsonl:1",
        "not an event",
    ),
    "other columns": (
        changed(BALLOTS, lambda data: data.replace(b"index", b"number", 1)),
        f"{BALLOTS}:1",
        "columns",
    ),
    "an empty log": (with_files(**{BALLOTS: b""}), f"{BALLOTS}:1", "columns"),
    "a log cut off": (changed(BALLOTS, lambda data: data[:-1]), f"{BALLOTS}:616", "cut off"),
    "a ballot of words": (changed(BALLOTS, cell(3, 4, "many")), f"{BALLOTS}:4", "not a ballot"),
    "a ballot with a half": (changed(BALLOTS, cell(3, 4, "7.5")), f"{BALLOTS}:4", "not a ballot"),
    "a number in another form": (changed(BALLOTS, cell(3, 4, "07")), f"{BALLOTS}:4", "not a"),
    "a voter in capitals": (changed(BALLOTS, cell(3, 1, "F" * 32)), f"{BALLOTS}:4", "not a"),
    "a cell more": (changed(BALLOTS, cell(3, 4, "7,7")), f"{BALLOTS}:4", "not a ballot"),
    "figures that are a list": (with_files(**{"figures.json": b"[]"}), "figures.json", "expected"),
    "a result without n": (
        changed("figures.json", in_json(lambda plain: plain["runs"]["R01"].pop("n"))),
        "figures.json.runs",
        "",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_cannot_be_read_is_refused_with_its_place(what: str) -> None:
    data, where, said = MALFORMED[what]
    with pytest.raises(BadInput) as refused:
        recount(data)
    assert refused.value.where.startswith(where)
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        recount(tmp_path / "nowhere.zip")
    with pytest.raises(BadInput, match="cannot be read"):
        recount(tmp_path)


def test_a_bomb_is_defused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "BYTES_MAX", 1_000_000)
    bomb = zipped({"manifest.json": bytes(2_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(BadInput, match="unpacks to more than 1000000 bytes"):
        recount(bomb)
    monkeypatch.setattr(module, "FILES_MAX", 3)
    with pytest.raises(BadInput, match="more than 3 files"):
        recount(zipped({f"{n}": b"" for n in range(4)}))
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(1_000_001))
    with pytest.raises(BadInput, match="more than 1000000 bytes"):
        recount(large)


def test_a_size_that_lies_is_found_out() -> None:
    """A ZIP that says its file is small and holds a large one."""
    data = bytearray(zipped({"manifest.json": bytes(50_000)}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(BadInput):
        recount(bytes(data))


@settings(max_examples=30)
@given(choice=st.randoms(use_true_random=False))
def test_no_damage_gives_a_traceback_or_another_truth(choice: random.Random) -> None:
    data = bytearray(DATA)
    for _ in range(choice.randint(1, 4)):
        data[choice.randrange(len(data))] = choice.randrange(256)
    if choice.random() < 0.2:
        del data[choice.randrange(len(data)) :]
    found = outcome(bytes(data))
    if found and found.ok:
        # Only what is not content was hit: dates, attributes, names of no use.
        assert unzipped(bytes(data)) == FILES


@settings(max_examples=12)  # each recounts a whole evening
@given(choice=st.randoms(use_true_random=False), name=st.sampled_from(sorted(FILES)))
def test_no_damage_to_a_file_gives_a_traceback(choice: random.Random, name: str) -> None:
    data = bytearray(FILES[name])
    for _ in range(choice.randint(1, 3)):
        data[choice.randrange(len(data))] = choice.randrange(256)
    if name == SUMS:
        outcome(zipped({**FILES, SUMS: bytes(data)}))
    else:
        outcome(with_files(**{name: bytes(data)}))


def outcome(data: bytes) -> RecountReport | None:
    try:
        return recount(data)
    except BadInput as refused:
        said = refused
    assert str(said)
    assert said.where
    return None


def test_a_held_run_can_be_recounted_after_its_reveal() -> None:
    evening = whole().reveal("run11").ask(cmd.Out())
    report = recount(made("bundle", evening.material()))
    assert report.ok, report.mismatch
    assert report.held == ()
    assert report.runs[-1].code == "R11"
