"""What is wrong with a data folder, in plain words; and a shortened copy of it that starts.

The folder itself is only read. Whatever needs a running store gets a copy, for a store writes to
its files as soon as it starts. What a figure ought to be is not known here: chain, signatures and
counts are compared by those who make them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from livevote import __version__
from livevote.core.ballot import recount, standing
from livevote.errors import BadInput, LivevoteError, LogDiffers, StartRefused
from livevote.hub import catalogue, desk, disclosure, ledger
from livevote.hub.hub import Hub
from livevote.hub.notary import Ledger
from livevote.hub.studio import Studio
from livevote.store import files
from livevote.store.connect import connect
from livevote.store.embedded import EmbeddedServer
from livevote.store.keys import RunKey
from livevote.store.store import Store
from livevote.store.sums import Sums

STORE = "store"
# What a copy does without: it is of a process, or half of a rewrite that never ended, or was noted
# of what will be cut.
NOT_COPIED = shutil.ignore_patterns("lock", "*.sock", "temp-*", "sums*")
_KEY = re.compile(r"lv:\{([\w-]+)(?:\.([\w-]+))?\}:(\w+)")
RUN_PARTS = ("window", "ballots", "marks", "tally", "log", "turned", "checkpoints")
LOGS = (catalogue.LOG, desk.LOG, disclosure.LOG, ledger.LOG)
# A rewrite needs as much again as the log, and then there is the show.
SPACE_TIMES = 2


class Mark(StrEnum):
    """How a line of the report begins."""

    OK = "ok "
    NOTE = "-- "
    DAMAGE = "NOT"
    UNKNOWN = "?? "


@dataclass(frozen=True)
class Kept:
    """What the store holds of a run. ballots: in its log. signed: of them, under a checkpoint that
    agrees."""

    episode: str
    run: str
    code: str
    ballots: int
    signed: int


@dataclass
class Report:
    """Lines for people, in the order in which things were looked at."""

    lines: list[tuple[Mark, str]] = field(default_factory=list)
    runs: list[Kept] = field(default_factory=list)

    def say(self, mark: Mark, text: str) -> None:
        self.lines.append((mark, " ".join(text.split())))

    @property
    def code(self) -> int:
        """0: healthy. 1: damage. 2: it could not be checked."""
        marks = {mark for mark, _ in self.lines}
        return 2 if Mark.UNKNOWN in marks else int(Mark.DAMAGE in marks)


def examine(data: Path) -> Report:
    """Look at everything, and change nothing. Starts a store on a copy: from the main thread."""
    report = Report()
    with _told(report), _held(data / STORE), tempfile.TemporaryDirectory(prefix="lv") as folder:
        _read_files(data / STORE, report)
        if not report.code:
            copy = Path(folder) / STORE
            _copy(data / STORE, copy)
            _ask_a_store(copy, report)
    return report


def repair(data: Path, copy: Path) -> Report:
    """Copy `data` to `copy`, which must not be there, cut the last file of the copy's log back to
    its last whole transaction, and check what is left. The code is that of the copy."""
    report = Report()
    with _told(report), _held(data / STORE):
        if copy.exists():
            raise BadInput(f"{copy} is there already; name a folder that is not")
        if copy.resolve().is_relative_to(data.resolve()):
            raise BadInput(f"{copy} lies in {data}, which must not change")
        _copy(data, copy)
        copy.chmod(0o700)
        lost = _cut_last(copy / STORE, report)
        if not report.code:
            _ask_a_store(copy / STORE, report)
        if not report.code:
            _tell_lost(lost, report)
            report.say(Mark.OK, f"the copy is sound: livevote serve --data {copy}")
    return report


@contextmanager
def _told(report: Report) -> Iterator[None]:
    """What keeps the block from looking goes into the report."""
    try:
        yield
    except BadInput as error:
        report.say(Mark.UNKNOWN, str(error))
    except shutil.Error as error:
        report.say(Mark.UNKNOWN, f"not everything could be copied: {error.args[0][0][2]}")
    except OSError as error:
        report.say(Mark.UNKNOWN, f"cannot read or copy: {error}")


@contextmanager
def _held(store: Path) -> Iterator[None]:
    """Raises BadInput where there is no store, or a server has it."""
    if not store.is_dir():
        raise BadInput(f"there is no livevote data in {store.parent}: no folder {store.name} in it")
    lock = store / "lock"
    if not lock.exists():
        yield
        return
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = file.read(32).decode(errors="replace").strip() or "unknown"
            raise BadInput(
                f"a server runs here (process {owner}), and its files change meanwhile: stop it "
                "first, or check a copy"
            ) from None
        yield


# --- the files ---


def _read_files(store: Path, report: Report) -> None:
    report.say(Mark.NOTE, f"livevote {__version__}; no server runs on {store}")
    _look_around(store, report)
    try:
        found = files.manifest(store)
    except BadInput as error:
        report.say(Mark.DAMAGE, f"{error}; only a backup helps")
        return
    report.say(Mark.OK, f"the manifest names {len(found)} files, and all are there")
    for file in found:
        if file.kind == files.BASE:
            size, by = file.path.stat().st_size, files.written_by(file.path) or "?"
            report.say(Mark.NOTE, f"{file.path.name}: {size} bytes, written by Valkey {by}")
        else:
            _say_scan(file, files.scan(file.path), file is found[-1], report)
    _say_sums(store, report)


def _look_around(store: Path, report: Report) -> None:
    """Who may read it, and whether there is space."""
    status = store.stat()
    if status.st_uid != os.geteuid():
        report.say(Mark.NOTE, f"{store} belongs to user {status.st_uid}, you are {os.geteuid()}")
    if status.st_mode & 0o077:
        report.say(Mark.NOTE, f"others may enter {store}; livevote shuts it when it starts")
    size = sum(path.stat().st_size for path in (store / files.FOLDER).glob("*"))
    free = shutil.disk_usage(store).free
    tight = free < SPACE_TIMES * size
    report.say(
        Mark.NOTE,
        f"the log takes {size >> 10} KiB, {free >> 20} MiB are free"
        + (": too little to rewrite it" if tight else ""),
    )


def _say_scan(file: files.File, scan: files.Scan, last: bool, report: Report) -> None:
    name, rest = file.path.name, scan.size - scan.whole
    if not scan.why:
        report.say(Mark.OK, f"{name}: {scan.size} bytes, whole to the end")
    elif scan.torn and last:
        report.say(
            Mark.DAMAGE,
            f"{name} is torn at its end: {scan.why}; the last {rest} bytes, from byte "
            f"{scan.whole}, are no whole transaction, as after a power cut (if they are half of a "
            "write, a start cuts them off by itself)",
        )
    else:
        report.say(
            Mark.DAMAGE,
            f"{name} is damaged in the middle: {scan.why}; {rest} bytes follow from byte "
            f"{scan.whole}, and a start may drop them without a word: prefer a backup",
        )


def _say_sums(store: Path, report: Report) -> None:
    sums = Sums(store)
    try:
        sums.check()
    except BadInput as error:
        report.say(Mark.DAMAGE, str(error))
    else:
        report.say(Mark.OK, f"{sums.size} bytes of it are as they were noted")


def _copy(data: Path, copy: Path) -> None:
    shutil.copytree(data, copy, ignore=NOT_COPIED)


def _cut_last(store: Path, report: Report) -> bytes:
    """Shorten the copy's last file; what was cut off it."""
    try:
        found = files.manifest(store)
    except BadInput as error:
        report.say(Mark.DAMAGE, f"{error}; only a backup helps")
        return b""
    increments = [file.path for file in found if file.kind == files.INCREMENT]
    for path in increments[:-1]:
        if (scan := files.scan(path)).why:
            report.say(
                Mark.DAMAGE,
                f"{path.name} is damaged ({scan.why}) and is not the last: cutting it would "
                "leave a hole; only a backup helps",
            )
    if report.code or not increments:
        return b""
    last = increments[-1]
    scan = files.scan(last)
    if not scan.why:
        report.say(Mark.OK, f"{last.name} is whole; nothing was cut")
        return b""
    rest = files.cut(last, scan.whole)
    report.say(Mark.NOTE, f"{last.name}: {len(rest)} bytes were cut off at {scan.whole}")
    return rest


# --- what a store makes of them ---


def _ask_a_store(store: Path, report: Report) -> None:
    """Start one on a copy, and compare all that it holds twice."""
    server = EmbeddedServer(store)
    try:
        server.start()
    except StartRefused:
        report.say(Mark.DAMAGE, f"a store does not start on it: {server.last_words()}")
        return
    try:
        asyncio.run(_compare(server.url, report))
    except LivevoteError as error:
        report.say(Mark.DAMAGE, f"the store holds what nobody can read: {error}")
    except (ValueError, LookupError, TypeError) as error:
        what = f"{type(error).__name__}: {error}"
        report.say(Mark.DAMAGE, f"the journal cannot be read again ({what})")
    finally:
        server.stop()


async def _compare(url: str, report: Report) -> None:
    store, finding = await connect(url)
    try:
        hub = Hub(store, finding, "")
        await hub.load()
        report.say(Mark.OK, f"a store starts on it; {len(hub.studios)} episodes can be read")
        for studio in hub.studios.values():
            for run in studio.episode.runs:
                if run.opened_ms:
                    await _compare_run(hub, studio, studio.run_key(run), run.code, report)
        async for name in hub.store.keys():
            if not _is_known(name, hub):
                report.say(
                    Mark.DAMAGE, f"the store has {name!r}, which is of no episode and no run"
                )
    finally:
        await store.close()


def _is_known(name: str, hub: Hub) -> bool:
    """Whether a key is one of the catalogue's (store/keys.py), of something that is there. The
    window of a run that was never logged may be left by a server that was killed as it armed."""
    match = _KEY.fullmatch(name)
    if not match:
        return False
    owner, run, part = match.groups()
    if owner in ("shelf", "used"):
        return not run
    studio = hub.studios.get(owner)
    if not run:
        return (part == "events" and owner in LOGS) or (
            part in ("events", "board") and bool(studio)
        )
    if not studio or part not in RUN_PARTS:
        return False
    return part == "window" or studio.episode.run(run) is not None


async def _compare_run(hub: Hub, studio: Studio, key: RunKey, code: str, report: Report) -> None:
    name = f"episode {key.episode}, run {code}"
    ledger = Ledger(hub.store, key, hub.notary.signer)
    try:
        await ledger.read()
        wrong, size = await _difference(hub.store, key)
    except LogDiffers:
        wrong, size = ledger.differs, 0
    except LivevoteError as error:
        wrong, size = str(error), 0
    if wrong:
        report.say(Mark.DAMAGE, f"{name}: {wrong}")
        return
    report.runs.append(Kept(key.episode, key.run, code, size, ledger.covered))
    report.say(
        Mark.OK,
        f"{name}: {size} ballots, chain and counts agree; {ledger.covered} of them are under "
        "signed checkpoints",
    )


async def _difference(store: Store, key: RunKey) -> tuple[str, int]:
    """Where log, running summary, count of record and the voters' marks differ, in words; and the
    length of the log. What is signed was compared already: this is for what is not yet."""
    log = [entry async for batch in store.log(key) for entry in batch]
    counted, tally = recount(log), await store.tally(key)
    if not counted.same_counts(tally) or tally.size != len(log):
        return f"the log counts {len(log)} ballots otherwise than the running summary", len(log)
    by_value: dict[int, int] = {}
    stand = standing(log)
    for entry in stand.values():
        by_value[entry.value] = by_value.get(entry.value, 0) + 1
    if await store.counts_of_record(key, by_value) != by_value:
        return "the log counts otherwise than the count of record", len(log)
    marks = {voter: mark async for voter, mark in store.marks(key)}
    for entry in stand.values():
        if marks.pop(entry.voter, None) != (entry.seq, entry.value, entry.index, entry.panel):
            return f"ballot {entry.index} is not the one that its voter's mark names", len(log)
    if marks:
        return f"{len(marks)} marks are of voters who have no ballot in the log", len(log)
    return "", len(log)


def _tell_lost(lost: bytes, report: Report) -> None:
    """What the part that was cut off still says of the runs."""
    kept = {(run.episode, run.run): run for run in report.runs}
    named = files.mentioned(lost)
    for (episode, run), said in named.items():
        have = kept.get((episode, run)) or Kept(episode, run, run, 0, 0)
        gone = max(0, max(said.ballots, said.signed) - have.ballots)
        signed = max(0, said.signed - have.ballots)
        text = (
            f"episode {episode}, run {have.code}: kept {have.ballots} ballots, {have.signed} of "
            f"them signed; lost at least {gone} after the last signed checkpoint kept"
        )
        report.say(Mark.NOTE, text + (f", {signed} of them signed already" if signed else ""))
    if lost and not named:
        report.say(Mark.NOTE, "what was cut off names no ballots")
