"""The store: what livevote needs of a Redis or Valkey server, and nothing more.

Every write is idempotent or guarded by an expected state, so a caller may
repeat any call whose outcome it does not know. Connection trouble becomes
StoreDown (come back later); an answer that is not understood becomes
StoreNonsense, which stops the server: votes are never guessed.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgpack
from redis import exceptions as rex

from livevote.core.ballot import Answer, Ballot, Entry, Outcome, Turned
from livevote.core.tally import Tally
from livevote.errors import RevisionMismatch, StoreDown, StoreNonsense
from livevote.store import keys
from livevote.store.keys import RunKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from redis.asyncio import Redis

BATCH_MAX = 1024
REWRITE_S_MAX, REWRITE_LOOK_S = 60.0, 0.02
READ_CHUNK = 500
USED_KEPT_MS = 600_000
LIBRARY = "livevote_2"

# A voter's mark: sequence number, value, index; the panel follows. As in functions.lua.
_MARK = struct.Struct(">IiI")
# Asking the enumeration itself takes longer than all else that is done for an answer.
_ANSWERS = {int(answer): answer for answer in Answer}

# What a server says when it cannot write just now, by the first word of its error.
_TRANSIENT = (
    "OOM",
    "LOADING",
    "READONLY",
    "MISCONF",
    "BUSY",
    "TRYAGAIN",
    "CLUSTERDOWN",
    "NOREPLICAS",
)


@dataclass(frozen=True, slots=True)
class Window:
    """Where a run's window stands. moved: whether this call moved it."""

    moved: bool
    phase: str
    until_ms: int
    size: int
    ballots: int


class Store:
    """One connected server. All methods raise StoreDown when it does not answer."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._library = (resources.files("livevote.store") / "functions.lua").read_text()

    async def close(self) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        await self._run("PING")

    async def load_functions(self) -> None:
        """Put this release's functions there (the same again changes nothing)."""
        await self._run("FUNCTION", "LOAD", "REPLACE", self._library)

    # --- ballots ---

    async def commit(self, run: RunKey, batch: Sequence[Ballot]) -> list[Outcome]:
        """Commit up to BATCH_MAX ballots of one run; one Outcome per ballot, in order.

        When this returns, what was counted is durable (as far as the server is).
        """
        # Voters, panels, seqs, values, times: a list of each, as Lua likes it. Its cmsgpack knows
        # the old format only, without a type for bytes.
        packed = msgpack.packb(tuple(zip(*batch, strict=True)), use_bin_type=False)
        answer = await self._call(
            "lv2_commit",
            (run.window, run.ballots, run.marks, run.tally, run.log, run.turned),
            packed,
        )
        return _outcomes(answer, len(batch))

    async def mark(self, run: RunKey, voter: bytes) -> tuple[int, int, int] | None:
        """(seq, value, index) of the voter's counted ballot, or None."""
        mark = await self._run("HGET", run.marks, voter)
        if mark is None:
            return None
        try:
            seq, value, index = _MARK.unpack_from(mark)
        except struct.error:
            raise StoreNonsense(f"a mark of {len(mark)} bytes") from None
        return seq, value, index

    async def marks(self, run: RunKey) -> AsyncIterator[tuple[bytes, tuple[int, int, int, str]]]:
        """Every voter's mark, (seq, value, index, panel), in no order; one may come twice."""
        cursor = 0
        while True:
            cursor, found = await self._run("HSCAN", run.marks, cursor, "COUNT", READ_CHUNK)
            for voter, mark in found.items():
                try:
                    seq, value, index = _MARK.unpack_from(mark)
                except struct.error:
                    raise StoreNonsense(f"a mark of {len(mark)} bytes") from None
                yield voter, (seq, value, index, mark[_MARK.size :].decode("utf-8", "replace"))
            if not cursor:
                return

    async def keys(self) -> AsyncIterator[str]:
        """The name of every key there is, ours or not, in no order; one may come twice."""
        cursor = 0
        while True:
            cursor, found = await self._run("SCAN", cursor, "COUNT", READ_CHUNK)
            for key in found:
                yield key.decode("utf-8", "backslashreplace")
            if not cursor:
                return

    async def voted(self, run: RunKey, voters: Sequence[bytes]) -> list[bool]:
        """For each voter, whether a ballot is there."""
        found: list[bool] = []
        for first in range(0, len(voters), READ_CHUNK):
            scores = await self._run("ZMSCORE", run.ballots, *voters[first : first + READ_CHUNK])
            found.extend(score is not None for score in scores)
        return found

    async def tally(self, run: RunKey) -> Tally:
        """The running summary: counts per panel and value, and the size of the log."""
        flat = await self._run("HGETALL", run.tally)
        pairs = flat.items() if isinstance(flat, dict) else zip(flat[::2], flat[1::2], strict=True)
        counts: dict[str, dict[int, int]] = {}
        size = 0
        for field, count in pairs:
            if field == b"size":
                size = int(count)
                continue
            panel, _, value = field.decode().rpartition(":")
            if int(count):
                counts.setdefault(panel, {})[int(value)] = int(count)
        return Tally(counts, size)

    async def counts_of_record(self, run: RunKey, values: Iterable[int]) -> dict[int, int]:
        """value → ballots in the sorted set, all panels together; a ballot on a value that is
        not asked for shows as the key -1 << 31."""
        counts = {value: await self._run("ZCOUNT", run.ballots, value, value) for value in values}
        stray = await self._run("ZCARD", run.ballots) - sum(counts.values())
        found = {value: count for value, count in counts.items() if count}
        return found | ({-1 << 31: stray} if stray else {})

    async def log(
        self, run: RunKey, after: int = 0, chunk: int = READ_CHUNK
    ) -> AsyncIterator[list[Entry]]:
        """The ballot log in order, a stored batch at a time, from the batch that holds the ballot
        after index `after`. chunk: batches that are fetched together."""
        async for last, batch in self._stream(run.log, b"b", after, chunk):
            yield _entries(last, batch)

    async def entry(self, run: RunKey, index: int) -> Entry | None:
        """The ballot at an index of the log; None where the log does not go so far."""
        async for last, batch in self._stream(run.log, b"b", index - 1, chunk=1):
            return _entry(last, batch, index)
        return None

    async def turned(self, run: RunKey) -> AsyncIterator[list[Turned]]:
        """Ballots that the window refused, in the order of their refusal."""
        async for _, batch in self._stream(run.turned, b"b", numbered=False):
            yield [
                Turned(voter, _text(panel), value, received, Answer(code))
                for voter, panel, value, received, code in _unpack(batch)
            ]

    # --- checkpoints ---

    async def append_checkpoint(self, run: RunKey, place: int, note: bytes) -> None:
        """Put a signed note at its place in the run's list, from 1. Raises RevisionMismatch where
        that is not the next place: somebody else writes this list."""
        answer = await self._call("lv2_append", (run.checkpoints,), place - 1, note)
        ok, found = answer
        if ok != 1:
            raise RevisionMismatch(f"there are {found} checkpoints, not {place - 1}")

    async def checkpoints(self, run: RunKey, after: int = 0) -> AsyncIterator[bytes]:
        """The signed notes after a place, in order."""
        async for _, note in self._stream(run.checkpoints, b"e", after):
            yield note

    async def newest_checkpoint(self, run: RunKey) -> tuple[int, bytes] | None:
        """(place, note); None where there is none yet."""
        for stream_id, fields in await self._run(
            "XREVRANGE", run.checkpoints, "+", "-", "COUNT", 1
        ):
            return _numbered(stream_id, fields, b"e")
        return None

    # --- windows ---

    async def move_window(self, run: RunKey, allowed: Sequence[str], **fields: int | str) -> Window:
        """Set fields of the run's window if its phase is one of `allowed` ("" is a run never
        seen). Without fields it only looks."""
        flat = [part for pair in fields.items() for part in pair]
        answer = await self._call(
            "lv2_window", (run.window, run.tally, run.ballots), ",".join(allowed), *flat
        )
        try:
            moved, phase, until_ms, size, ballots = answer
            return Window(moved == 1, phase.decode(), int(until_ms), int(size), int(ballots))
        except (TypeError, ValueError, AttributeError):
            raise StoreNonsense(f"lv2_window answered {answer!r}") from None

    # --- events ---

    async def append(self, log: str, revision: int, events: Sequence[bytes]) -> int:
        """Append events decided at `revision`; the new revision. Raises RevisionMismatch."""
        answer = await self._call("lv2_append", (keys.events(log),), revision, *events)
        ok, found = answer
        if ok != 1:
            raise RevisionMismatch(f"the log is at revision {found}, not {revision}")
        return int(found)

    async def events(self, log: str, after: int = 0) -> AsyncIterator[bytes]:
        """The events after a revision, in order."""
        async for _, event in self._stream(keys.events(log), b"e", after):
            yield event

    # --- the board and the shelf ---

    async def put_on_board(self, episode: str, segment: str, scaled: int) -> None:
        await self._run("ZADD", keys.board(episode), scaled, segment)

    async def board(self, episode: str) -> list[tuple[str, int]]:
        """(segment, scaled figure), best first."""
        flat = await self._run("ZRANGE", keys.board(episode), 0, -1, "REV", "WITHSCORES")
        pairs = flat if flat and isinstance(flat[0], (list, tuple)) else list(_pairs(flat))
        return [(_text(member), int(float(score))) for member, score in pairs]

    async def put(self, shelf: str, name: str, record: bytes) -> None:
        await self._run("HSET", keys.shelf(shelf), name, record)

    async def put_new(self, shelf: str, name: str, record: bytes) -> bytes:
        """Put a record unless there is one; the one that is there afterwards."""
        await self._run("HSETNX", keys.shelf(shelf), name, record)
        found = await self.get(shelf, name)
        if found is None:
            raise StoreNonsense(f"{shelf}/{name} is gone right after it was written")
        return found

    async def get(self, shelf: str, name: str) -> bytes | None:
        record: bytes | None = await self._run("HGET", keys.shelf(shelf), name)
        return record

    async def remove(self, shelf: str, name: str) -> None:
        await self._run("HDEL", keys.shelf(shelf), name)

    async def records(self, shelf: str) -> dict[str, bytes]:
        """All of a shelf, by name."""
        flat = await self._run("HGETALL", keys.shelf(shelf))
        pairs = flat.items() if isinstance(flat, dict) else _pairs(flat)
        return {_text(name): record for name, record in pairs}

    async def names(self, shelf: str) -> list[str]:
        return sorted(_text(name) for name in await self._run("HKEYS", keys.shelf(shelf)))

    async def rewrite(self) -> bool:
        """Have the server write its log anew, so that what was overwritten is gone from its disk.
        False where it does not let us, or is not done in a minute."""
        try:
            await self._run("BGREWRITEAOF")
            async with asyncio.timeout(REWRITE_S_MAX):
                while await self._rewriting():
                    await asyncio.sleep(REWRITE_LOOK_S)
        except (StoreNonsense, TimeoutError):
            return False
        return True

    async def _rewriting(self) -> bool:
        facts = _facts(await self._run("INFO", "persistence"))
        return "1" in (facts["aof_rewrite_in_progress"], facts["aof_rewrite_scheduled"])

    async def use_once(
        self, name: str, token: bytes, until_ms: int, now_ms: int, limit: int
    ) -> bool | None:
        """Whether this token is used for the first time, whoever else asks at the same moment;
        None where `limit` others are kept. It is kept until its time is over by the caller's
        clock, and some time longer: that clock may be set back."""
        key = keys.used(name)
        await self._run("ZREMRANGEBYSCORE", key, "-inf", now_ms - USED_KEPT_MS)
        if await self._run("ZCARD", key) >= limit:
            return None
        return int(await self._run("ZADD", key, "NX", until_ms, token)) == 1

    # --- inside ---

    async def _stream(
        self,
        key: str,
        field: bytes,
        after: int = 0,
        chunk: int = READ_CHUNK,
        *,
        numbered: bool = True,
    ) -> AsyncIterator[tuple[int, bytes]]:
        """The number in each entry's id, and its field. numbered: by us. Raises StoreNonsense for
        an id that we did not give."""
        start = f"({after}-0" if after else "-"
        while True:
            entries = await self._run("XRANGE", key, start, "+", "COUNT", chunk)
            for stream_id, fields in entries:
                start = b"(" + stream_id
                if numbered and not stream_id.endswith(b"-0"):
                    raise StoreNonsense(f"an entry of {key} has the id {stream_id!r}")
                yield _numbered(stream_id, fields, field)
            if len(entries) < chunk:
                return

    async def _call(self, function: str, names: Sequence[str], *args: Any) -> Any:
        try:
            return await self._run("FCALL", function, len(names), *names, *args)
        except _FunctionMissing:
            # The server was replaced or flushed; ours come back without a lost vote.
            await self.load_functions()
            return await self._run("FCALL", function, len(names), *names, *args)

    async def _run(self, *command: Any) -> Any:
        with _errors_named():
            return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]


class _FunctionMissing(Exception):
    """The server does not have our function library."""


@contextmanager
def _errors_named() -> Iterator[None]:
    try:
        yield
    except (rex.ConnectionError, rex.TimeoutError, OSError) as error:
        raise StoreDown(f"the store does not answer: {error}", retry_after_ms=500) from error
    except rex.ResponseError as error:
        text = str(error)
        if "Function not found" in text:
            raise _FunctionMissing from None
        if isinstance(error, rex.OutOfMemoryError) or text.startswith(_TRANSIENT):
            raise StoreDown(f"the store cannot write: {text}", retry_after_ms=1000) from error
        raise StoreNonsense(f"the store refused a command: {text}") from error


def _outcomes(answer: Any, count: int) -> list[Outcome]:
    try:
        flat = _unpack(answer)
        codes, indices = flat[::2], flat[1::2]
        outcomes = [
            Outcome(_ANSWERS[code], index) for code, index in zip(codes, indices, strict=True)
        ]
    except (TypeError, ValueError, KeyError):
        outcomes = []
    if len(outcomes) != count:
        raise StoreNonsense(f"{count} ballots, but the store answered {answer!r}"[:300])
    return outcomes


def _numbered(stream_id: bytes, fields: Any, field: bytes) -> tuple[int, bytes]:
    """The number in an entry's id, and its field."""
    flat = fields if isinstance(fields, dict) else dict(_pairs(fields))
    return int(stream_id.partition(b"-")[0]), flat[field]


def _entries(last: int, batch: bytes) -> list[Entry]:
    """A stored batch whose last ballot has this index. Raises StoreNonsense."""
    with _batch_named(last):
        rows = list(zip(*_unpack(batch), strict=True))
        return [
            Entry(index, voter, _text(panel), seq, value, received)
            for index, (voter, panel, seq, value, received) in enumerate(rows, last - len(rows) + 1)
        ]


def _entry(last: int, batch: bytes, index: int) -> Entry | None:
    """One ballot of it, without making the others; None where it is not there."""
    with _batch_named(last):
        voters, panels, seqs, values, times = _unpack(batch)
        i = index - (last - len(voters) + 1)
        if not 0 <= i < len(voters):
            return None
        return Entry(index, voters[i], _text(panels[i]), seqs[i], values[i], times[i])


@contextmanager
def _batch_named(last: int) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, LookupError):  # msgpack's own errors are ValueErrors
        raise StoreNonsense(f"the log's entry {last} is no batch of ballots") from None


def _unpack(batch: bytes) -> Any:
    # Lua packs its byte strings as text; voters are bytes, so nothing is decoded here.
    return msgpack.unpackb(batch, raw=True)


def _facts(info: Any) -> dict[str, str]:
    """What INFO says, also where the client has read it for us."""
    if isinstance(info, dict):
        return {str(name): str(value) for name, value in info.items()}
    lines = _text(info).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _pairs(flat: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(flat[::2], flat[1::2], strict=True)
