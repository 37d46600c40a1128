"""Recount a bundle: from the ballot logs alone to figures, and compare with what was aired.

Two kinds of bad news are kept apart. A file that cannot be read as a bundle is
BadInput, with the place. A bundle that can be read and does not agree with
itself gives a report that names the first thing that does not match.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from livevote.core.ballot import Entry
from livevote.core.ballot import recount as recount_log
from livevote.core.event import Logged
from livevote.core.fold import empty, fold
from livevote.core.model import Episode, Run
from livevote.core.names import Names
from livevote.core.plain import from_plain, logged_from_plain
from livevote.core.result import BoardRow, PanelResult, Result, Standing, compute, rank
from livevote.core.rules import PanelRole, Rules, canonical
from livevote.errors import BadInput, Refusal
from livevote.export.bundle import (
    BALLOT_COLUMNS,
    EPISODE,
    EVENTS,
    FIGURES,
    FORMAT,
    MANIFEST,
    SEAL,
    SUMS,
    VERSION,
    run_folder,
)
from livevote.export.material import may_show

# Three million ballots fit; a ZIP that unpacks to more is not ours.
BYTES_MAX = 256_000_000
FILES_MAX = 2_000

_NUMBER = "(0|[1-9][0-9]{0,15})"
_BALLOT = re.compile(
    f"{_NUMBER},([0-9a-f]{{32}}),([A-Za-z_][A-Za-z0-9_]{{0,23}}),{_NUMBER},(-?{_NUMBER}),{_NUMBER}"
)


class Mismatch(Exception):
    """Two things in the bundle disagree. The text is one line: where, and what."""


@dataclass(frozen=True)
class RunRow:
    """One run with a ballot log. figure: recounted; aired: "" where nothing was revealed.
    problem: "" where all of it agrees."""

    code: str
    unit: Names
    ballots: int
    voters: int
    figure: str
    aired: str
    problem: str

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class RecountReport:
    """mismatch: the first thing that does not agree, "" where everything does.

    held: codes of runs whose ballots are not in the bundle because they are held until
    revealed. board: from the recounted results.
    """

    episode: str
    show: Names
    title: Names
    revision: int
    runs: tuple[RunRow, ...]
    held: tuple[str, ...]
    board: tuple[BoardRow, ...]
    mismatch: str

    @property
    def ok(self) -> bool:
        return not self.mismatch


def recount(source: Path | str | bytes) -> RecountReport:
    """The report on a bundle. Raises BadInput where it is not a bundle that can be read."""
    files = _unzip(source)
    manifest = _json(files, MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadInput("this is not a livevote bundle", where=MANIFEST)
    if manifest.get("version") != VERSION:
        raise BadInput(
            f"bundle version {manifest.get('version')}; this release reads {VERSION}",
            where=MANIFEST,
        )
    changed = _sums_differ(files)
    if changed:
        # What was changed after it was written is not worth a recount.
        return RecountReport("", Names(), Names(), 0, (), (), (), changed)
    return _Recount(files).report()


class _Recount:
    """One bundle whose files are as they were written."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self._episode = from_plain(Episode, _json(files, EPISODE), EPISODE)
        self._results: dict[str, Result] = {}

    def report(self) -> RecountReport:
        episode = self._episode
        problems = [self._problem(self._check_story)]
        rows = [row for run in episode.runs if (row := self._row(run))]
        problems += [row.problem for row in rows]
        board = self._board()
        problems.append(self._problem(lambda: self._check_figures(board)))
        return RecountReport(
            episode=episode.id,
            show=episode.show,
            title=episode.title,
            revision=episode.revision,
            runs=tuple(rows),
            held=tuple(run.code for run in episode.runs if not may_show(run)),
            board=board,
            mismatch=next((problem for problem in problems if problem), ""),
        )

    @staticmethod
    def _problem(check: Callable[[], None]) -> str:
        """What a check finds, "" where it finds nothing."""
        try:
            check()
        except Mismatch as found:
            return str(found)
        return ""

    def _check_story(self) -> None:
        """The events, told again, lead to the episode."""
        events = list(_events(self._files))
        for place, logged in enumerate(events, 1):
            if logged.revision != place:
                raise Mismatch(f"{EVENTS}: event {place} has revision {logged.revision}")
        try:
            told = fold(empty(self._episode.id), events)
        except Refusal as refusal:
            raise Mismatch(f"{EVENTS}: this cannot have happened: {refusal}") from None
        for field in fields(Episode):
            if getattr(told, field.name) != getattr(self._episode, field.name):
                raise Mismatch(f"{EPISODE}: {field.name} is not what {EVENTS} leads to")

    # --- a run ---

    def _row(self, run: Run) -> RunRow | None:
        """None for a run without a ballot log, which is right only while it is held."""
        name = f"{run_folder(run)}ballots.csv"
        aired = run.result.figure if run.result else ""
        unit = self._unit(run)
        if name not in self._files:
            if not may_show(run):
                return None
            return RunRow(run.code, unit, 0, 0, "", aired, f"{name}: missing")
        log = list(_ballots(self._files[name], name))
        voters = len({entry.voter for entry in log})
        figure, problem = "", ""
        try:
            self._check_rules(run)
            result = self._recounted(run, log, name)
            figure = result.figure
            if run.result:
                _same(f"{run.code}: {FIGURES}", run.result, result)
        except Mismatch as found:
            problem = str(found)
        return RunRow(run.code, unit, len(log), voters, figure, aired, problem)

    def _unit(self, run: Run) -> Names:
        segment = self._episode.segment(run.segment)
        return segment.unit if segment else Names(run.segment)

    def _check_rules(self, run: Run) -> None:
        name = f"{run_folder(run)}rules.json"
        data = _file(self._files, name)
        digest = sha256(data).hexdigest()
        if digest != run.rules_hash:
            raise Mismatch(f"{name}: SHA-256 is {digest}, the rules hash is {run.rules_hash}")
        rules = from_plain(Rules, _json(self._files, name), name)
        if rules != run.rules or canonical(rules) != data:
            raise Mismatch(f"{name}: these are not the rules of the run in {EPISODE}")
        try:
            rules.check()
        except BadInput as refusal:
            raise Mismatch(f"{name}: {refusal.where}: {refusal}") from None

    def _recounted(self, run: Run, log: list[Entry], name: str) -> Result:
        _check_entries(run, log, name)
        try:
            tally = recount_log(log)
        except BadInput as refusal:
            raise Mismatch(f"{name}: {refusal}") from None
        if run.finished_ms and len(log) != run.size:
            raise Mismatch(f"{name}: {len(log)} ballots, closed with {run.size}")
        result = compute(run.rules, run.eligible, tally)
        self._results[run.id] = result
        return result

    # --- the figures ---

    def _board(self) -> tuple[BoardRow, ...]:
        """The board again, from recounted results."""
        standings = []
        for position, segment in enumerate(self._episode.segments, 1):
            revealed = [r for r in self._episode.runs if r.segment == segment.id and r.result]
            result = self._results.get(revealed[-1].id) if revealed else None
            if result:
                standings.append(Standing(segment.id, revealed[-1].id, position, result))
        return rank(standings, self._episode.rules.tie_breaks)

    def _check_figures(self, board: tuple[BoardRow, ...]) -> None:
        """figures.json says what was revealed, and its board is the recounted one."""
        figures = _json(self._files, FIGURES)
        if not isinstance(figures, dict) or set(figures) != {"runs", "board"}:
            raise BadInput("runs and board are expected", where=FIGURES)
        runs = from_plain(dict[str, Result | None], figures["runs"], f"{FIGURES}.runs")
        if set(runs) != {run.code for run in self._episode.runs}:
            raise Mismatch(f"{FIGURES}: the runs are not those of {EPISODE}")
        for run in self._episode.runs:
            written = runs[run.code]
            if (written is None) != (run.result is None):
                raise Mismatch(f"{FIGURES}: {run.code}: revealed in one file and not in the other")
            if written and run.result:
                _same(f"{FIGURES}: {run.code}", written, run.result)
        written_board = from_plain(tuple[BoardRow, ...], figures["board"], f"{FIGURES}.board")
        if written_board != board:
            raise Mismatch(f"{FIGURES}: the board is not the recounted one")


def _check_entries(run: Run, log: list[Entry], name: str) -> None:
    """Each ballot is one that this run could have taken."""
    panels = {panel.id for panel in run.rules.panels if panel.role is not PanelRole.OFF}
    values = run.rules.scale.values
    for entry in log:
        if entry.panel not in panels:
            raise Mismatch(f"{name}: ballot {entry.index}: no panel {entry.panel!r} votes")
        if entry.value not in values:
            raise Mismatch(f"{name}: ballot {entry.index}: {entry.value} is not on the scale")
        late = entry.received_ms - run.last_ms(entry.panel)
        if run.closed_ms and late > 0:
            raise Mismatch(f"{name}: ballot {entry.index} came {late} ms after close")
    if not run.rules.change_allowed:
        for voter, ballots in Counter(entry.voter for entry in log).items():
            if ballots > 1:
                raise Mismatch(f"{name}: voter {voter.hex()} changed a final ballot")


def _same(where: str, aired: Result, again: Result) -> None:
    """Raises Mismatch for the first field in which they differ, to the last digit."""
    for field in fields(Result):
        said, counted = getattr(aired, field.name), getattr(again, field.name)
        if said != counted and field.name == "panels":
            _same_panels(where, said, counted)
        if said != counted:
            raise Mismatch(f"{where}: {field.name} is {said}, recounted {counted}")


def _same_panels(
    where: str, aired: tuple[PanelResult, ...], again: tuple[PanelResult, ...]
) -> None:
    if [row.panel for row in aired] != [row.panel for row in again]:
        raise Mismatch(f"{where}: the panels are not those of the rules")
    for said, counted in zip(aired, again, strict=True):
        for field in fields(PanelResult):
            one, other = getattr(said, field.name), getattr(counted, field.name)
            if one != other:
                place = f"{where}: panel {said.panel}: {field.name}"
                raise Mismatch(f"{place} is {one}, recounted {other}")


# --- reading ---


def _unzip(source: Path | str | bytes) -> dict[str, bytes]:
    """All files, within bounds: a ZIP says itself how large it is, and may lie."""
    try:
        if not isinstance(source, bytes) and Path(source).stat().st_size > BYTES_MAX:
            raise BadInput(f"more than {BYTES_MAX} bytes", where=str(source))
        opened = io.BytesIO(source) if isinstance(source, bytes) else Path(source)
        with zipfile.ZipFile(opened) as archive:
            return _read_all(archive)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", where=str(source)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise BadInput(f"this is not a ZIP that can be read: {error}", where="bundle") from None


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > FILES_MAX:
        raise BadInput(f"more than {FILES_MAX} files", where="bundle")
    found: dict[str, bytes] = {}
    room = BYTES_MAX
    for info in infos:
        if info.filename in found:
            raise BadInput("this file is there twice", where=info.filename)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadInput("compressed in a way that is not read here", where=info.filename)
        with archive.open(info) as member:
            found[info.filename] = member.read(room + 1)
        room -= len(found[info.filename])
        if room < 0:
            raise BadInput(f"unpacks to more than {BYTES_MAX} bytes", where=info.filename)
    return found


def _file(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BadInput("missing", where=name)
    return files[name]


def _json(files: dict[str, bytes], name: str) -> Any:
    return _parsed(_file(files, name), name)


def _parsed(data: bytes, where: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is not JSON: {error}", where=where) from None


def _sums_differ(files: dict[str, bytes]) -> str:
    """The first file that is not what SHA256SUMS says, "" where all are."""
    listed: dict[str, str] = {}
    for number, line in enumerate(_text(files, SUMS).splitlines(), 1):
        digest, separator, name = line.partition("  ")
        if not separator or not re.fullmatch("[0-9a-f]{64}", digest) or name in listed:
            raise BadInput(
                "a SHA-256, two spaces and a name are expected", where=f"{SUMS}:{number}"
            )
        listed[name] = digest
    for name in sorted(files.keys() - {SUMS, SEAL} | listed.keys()):
        if name not in listed:
            return f"{name}: not listed in {SUMS}"
        if name not in files:
            return f"{name}: listed in {SUMS} and not there"
        if sha256(files[name]).hexdigest() != listed[name]:
            return f"{name}: changed after it was written (its SHA-256 is not the one in {SUMS})"
    return ""


def _text(files: dict[str, bytes], name: str) -> str:
    try:
        return _file(files, name).decode()
    except UnicodeDecodeError:
        raise BadInput("this is not UTF-8 text", where=name) from None


def _events(files: dict[str, bytes]) -> Iterator[Logged]:
    for number, line in enumerate(_file(files, EVENTS).splitlines(), 1):
        where = f"{EVENTS}:{number}"
        plain = _parsed(line, where)
        try:
            yield logged_from_plain(plain)
        except BadInput as refusal:
            place = ".".join(filter(None, (where, refusal.where)))
            raise BadInput(str(refusal), where=place) from None
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"this is not an event: {error}", where=where) from None


def _ballots(data: bytes, name: str) -> Iterator[Entry]:
    lines = data.decode("ascii", "replace").split("\n")
    if lines[0] != BALLOT_COLUMNS:
        raise BadInput(f"the columns are {BALLOT_COLUMNS}", where=f"{name}:1")
    if lines.pop() != "":
        raise BadInput("the last line is cut off", where=f"{name}:{len(lines) + 1}")
    for number, line in enumerate(lines[1:], 2):
        found = _BALLOT.fullmatch(line)
        if not found:
            raise BadInput("this is not a ballot", where=f"{name}:{number}")
        index, voter, panel, seq, value, _, received_ms = found.groups()
        yield Entry(int(index), bytes.fromhex(voter), panel, int(seq), int(value), int(received_ms))
