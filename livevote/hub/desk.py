"""The question desk of this server: one event log, commands one at a time.

The process that leads writes; the others pass commands on and read. In the
store the words of people lie sealed under two keys of each case (`hub/seal.py`);
in memory they are plain. Photos are files, and not known here but by name.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import structlog

from livevote.core import desk as core
from livevote.core import event as ev
from livevote.core.case import Desk, Erasure
from livevote.core.command import Asked
from livevote.core.desk import DeskCommand, FileCase, FileCases
from livevote.core.plain import from_plain, logged_from_plain, logged_to_plain, snake, to_plain
from livevote.errors import (
    BadInput,
    Busy,
    LivevoteError,
    RevisionMismatch,
    StoreDown,
    StoreNonsense,
)
from livevote.export.desk import DeskMaterial
from livevote.hub.company import Company
from livevote.hub.seal import CaseKeys, new_keys, seal, unseal
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack

log = structlog.get_logger()

LOG = "desk"
KEYS = "desk_keys"
CHORES, TO_REWRITE = "desk", "to_rewrite"
# Nobody tells a server that leads what `livevote desk import` wrote beside it; and the leader's
# hurry to the others may be lost.
LOOK_S = 2.0
# Events that are folded in one go, and written in one: some 5 ms of which no vote is answered.
CHUNK = 100
# Somebody else wrote first: look again and decide again, so often at most.
TRIES = 3

COMMANDS: dict[str, type[DeskCommand]] = {
    snake(cls.__name__): cls for cls in DeskCommand.__subclasses__()
}


def command_from_plain(name: str, args: Any) -> DeskCommand:
    """A command by its wire name. Raises BadInput for an unknown name or a wrong argument."""
    cls = COMMANDS.get(name) if isinstance(name, str) else None
    if cls is None:
        raise BadInput(f"the desk knows no command {name!r}", where="name")
    if not isinstance(args, dict):
        raise BadInput("the arguments are a map", where="args")
    return from_plain(cls, args, "args")


class QuestionDesk:
    """Owns the desk's state; `now` is replaced, never changed. calm: whether the store may be given
    work that a vote would feel. on_erased: told the photos that are nobody's any more; on_read:
    told, in a thread, all that are somebody's, after a start."""

    def __init__(
        self,
        store: Store,
        company: Company,
        now_ms: Callable[[], int],
        zone: tzinfo,
        calm: Callable[[], bool] = lambda: True,
    ) -> None:
        self.zone = zone
        self.on_erased: Callable[[frozenset[str]], None] = lambda photos: None
        self.on_read: Callable[[set[str]], None] = lambda photos: None
        self._store = store
        self._company = company
        self._now_ms = now_ms
        self._calm = calm
        self._state: Desk | None = None
        # Of the cases in the state: what their keys are called, and the keys themselves.
        self._seals: dict[str, str] = {}
        self._keys: dict[str, CaseKeys] = {}
        self._turn = asyncio.Lock()
        self._stopped = asyncio.Event()
        company.calls |= {
            "desk_command": self._command_asked,
            "desk_file": self._file_asked,
            "desk_file_all": self._file_all_asked,
        }

    @property
    def now(self) -> Desk:
        """Raises Busy while it is still being read: votes do not wait for that."""
        if self._state is None:
            raise Busy("the question desk is still being read", retry_after_ms=2_000)
        return self._state

    # --- reading ---

    async def load(self) -> None:
        """Fold what was written since."""
        async with self._turn:
            await self._read()

    async def _read(self) -> None:
        if self._state is None:
            for seal_name, record in (await self._store.records(KEYS)).items():
                self._keys[seal_name] = _keys_of(record)
        state = self._state or Desk()
        chunk: list[bytes] = []
        async for data in self._store.events(LOG, state.revision):
            chunk.append(data)
            if len(chunk) == CHUNK:
                state, chunk = await self._folded(state, chunk), []
                await asyncio.sleep(0)
        state = await self._folded(state, chunk)
        if self._state is None:
            await self._finish_erasures(state)
        self._state = state

    async def _folded(self, state: Desk, packed: Iterable[bytes]) -> Desk:
        found = [await self._opened(data) for data in packed]
        return self._after(state, found) if found else state

    def _after(self, state: Desk, events: Sequence[ev.Logged]) -> Desk:
        """The fold; and what was erased is forgotten here too."""
        folded = core.fold(state, events)
        erased = [e.event for e in events if isinstance(e.event, ev.CaseErased)]
        for event in erased:
            self._forget_keys(event.case, event.part)
        # Of cases that were filed before these events, or with them.
        before = [state.cases[e.case].photos for e in erased if e.case in state.cases]
        filed = {e.event.case: e.event.photos for e in events if isinstance(e.event, ev.CaseFiled)}
        before += [filed[e.case] for e in erased if e.case in filed]
        if photos := {name for names in before for name in names}:
            named = {name for case in folded.cases.values() for name in case.photos}
            self.on_erased(frozenset(photos - named))
        return folded

    async def _opened(self, data: bytes) -> ev.Logged:
        plain = from_msgpack(data)
        name = self._seal_of(plain["event"])
        if name and name not in self._keys:
            self._keys[name] = _keys_of(await self._store.get(KEYS, name))
        plain["event"] = unseal(plain["event"], self._keys.get(name, {}))
        return logged_from_plain(plain)

    def _seal_of(self, event: dict[str, Any]) -> str:
        """What the keys of an event's case are called. An event of a case comes after its first."""
        case = event.get("case", "")
        if "seal" in event:
            self._seals[case] = event["seal"]
        return self._seals.get(case, "")

    async def history(self) -> list[ev.Logged]:
        """All events, in the clear. Raises StoreDown."""
        return [await self._opened(data) async for data in self._store.events(LOG)]

    async def digest(self, case: str) -> str:
        """The hash of the case's query password. Raises NotFound or StoreDown."""
        core.find(self.now, case)
        return _digest_of(await self._store.get(KEYS, self._seals[case]))

    async def material(self, now_ms: int, tz: str) -> DeskMaterial:
        """Everything that an export of the desk is made from. tz: in which times are written."""
        desk, events = self.now, await self.history()
        records = await self._store.records(KEYS)
        digests = {case: _digest_of(records.get(self._seals[case])) for case in desk.cases}
        # What was filed while the log was read belongs to the next export.
        before = tuple(e for e in events if e.revision <= desk.revision)
        return DeskMaterial(desk, before, digests, now_ms, tz)

    # --- writing ---

    async def command(self, command: DeskCommand, by: str, unit: str = "") -> int:
        """Carry out a command; the log's new revision. unit: whoever gives it acts for this one
        alone. Raises its Refusal."""
        if not self._company.leads:
            name = snake(type(command).__name__)
            return int(await self._at_leader("desk_command", name, to_plain(command), by, unit))
        async with self._turn:
            events = await self._decided(command, by, unit=unit)
        for event in events:
            if isinstance(event, ev.CaseErased):
                await self._erase(event.case, event.part)
        await self._company.hurry(LOG)
        return self.now.revision

    async def file(self, filing: FileCase, digest: str) -> str:
        """File a case; its number, also where it was filed before with the same form. digest: the
        hash of its query password. Raises its Refusal."""
        if not self._company.leads:
            return str(await self._at_leader("desk_file", to_plain(filing), digest))
        async with self._turn:
            events = await self._decided(filing, "filer", digest)
        await self._company.hurry(LOG)
        before = core.filed_with(self.now, filing.form)
        return before.id if before else _numbers(events)[0]

    async def file_all(self, filings: Sequence[FileCase], by: str) -> list[str]:
        """File what staff collected elsewhere, all or nothing; the new numbers. Without passwords:
        nobody was there to be given one. Raises its Refusal."""
        if not self._company.leads:
            return list(await self._at_leader("desk_file_all", to_plain(filings), by))
        async with self._turn:
            events = await self._decided(FileCases(tuple(filings)), by)
        await self._company.hurry(LOG)
        return _numbers(events)

    async def _command_asked(self, name: str, args: dict[str, Any], by: str, unit: str) -> int:
        return await self.command(command_from_plain(name, args), by, unit)

    async def _file_asked(self, args: dict[str, Any], digest: str) -> str:
        return await self.file(from_plain(FileCase, args), digest)

    async def _file_all_asked(self, filings: list[Any], by: str) -> list[str]:
        return await self.file_all([from_plain(FileCase, filing) for filing in filings], by)

    async def _at_leader(self, name: str, *args: Any) -> Any:
        result = await self._company.ask(name, *args)
        with suppress(StoreDown):  # it is done all the same
            await self.load()
        return result

    async def _decided(
        self, command: DeskCommand, by: str, digest: str = "", unit: str = ""
    ) -> Sequence[ev.Event]:
        """Decide and log. In the desk's turn, so that a case forwarded a moment ago is seen to be
        another unit's."""
        for left in reversed(range(TRIES)):
            if unit:
                core.check_unit(self.now, command, unit)
            asked = Asked(by, self._now_ms())
            decided = core.decide(self.now, command, asked, self.zone)
            events = [await self._with_keys(event, digest) for event in decided]
            try:
                await self._log([(asked.now_ms, by, event) for event in events])
            except RevisionMismatch:
                if not left:
                    raise
            else:
                return events
        raise AssertionError

    async def _log(self, events: Sequence[tuple[int, str, ev.Event]]) -> None:
        """events: (when, by whom, what). After StoreDown or RevisionMismatch the state is what the
        log says."""
        if not events:
            return
        before = self.now
        logged = [
            ev.Logged(revision, at_ms, by, event)
            for revision, (at_ms, by, event) in enumerate(events, before.revision + 1)
        ]
        packed = [self._sealed(one) for one in logged]
        try:
            await self._store.append(LOG, before.revision, packed)
        except (StoreDown, RevisionMismatch):
            # A write whose answer was lost may be there after all. Sealed, no two are alike.
            found = [data async for data in self._store.events(LOG, before.revision)]
            self._state = await self._folded(before, found)
            if packed[0] not in found:
                raise
        else:
            self._state = self._after(before, logged)

    def _sealed(self, logged: ev.Logged) -> bytes:
        plain = logged_to_plain(logged)
        plain["event"] = seal(plain["event"], self._keys.get(self._seal_of(plain["event"]), {}))
        return to_msgpack(plain)

    async def _with_keys(self, event: ev.Event, digest: str, erased: str = "") -> ev.Event:
        """A filing gets its keys before it is logged: what is sealed can always be opened. Under a
        name of their own: two who file at once may both try the same number."""
        if not isinstance(event, ev.CaseFiled):
            return event
        name = secrets.token_hex(8)
        gone = dict.fromkeys(_covered(Erasure(erased)), b"") if erased else {}
        self._keys[name] = {**new_keys(), **gone}
        await self._put_keys(name, digest)
        return replace(event, seal=name)

    async def _put_keys(self, name: str, digest: str) -> None:
        record = to_msgpack({"keys": self._keys[name], "digest": digest})
        await self._store.put(KEYS, name, record)

    # --- erasing ---

    async def _erase(self, case: str, part: Erasure) -> None:
        """Logged already: whatever stops us here, the next start goes on."""
        name = self._seals[case]
        digest = _digest_of(await self._store.get(KEYS, name))
        self._forget_keys(case, part)
        # Overwritten, not removed: the password still opens what is left of the case.
        await self._put_keys(name, digest)
        await self._store.put(CHORES, TO_REWRITE, b"1")

    def _forget_keys(self, case: str, part: Erasure) -> None:
        keys = self._keys.get(self._seals[case], {})
        self._keys[self._seals[case]] = {**keys, **dict.fromkeys(_covered(part), b"")}

    async def _finish_erasures(self, state: Desk) -> None:
        """What a crash left between an erasure's event and the end of the key."""
        if not self._company.leads:
            return
        for case in state.cases.values():
            if case.erased:
                part = Erasure(case.erased)
                record = _keys_of(await self._store.get(KEYS, self._seals[case.id]))
                if any(record.get(kind) for kind in _covered(part)):
                    await self._erase(case.id, part)

    # --- its own work ---

    async def work(self) -> None:
        """Read the desk, then what others write, and tidy up after erasures. Until `stop`, or until
        the log is not understood: then the desk is closed, and votes go on."""
        try:
            await self._look()
            if self._company.leads and self._state is not None:
                await asyncio.to_thread(self.on_read, self._photos())
            while not self._stopped.is_set():
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), LOOK_S)
        except (StoreNonsense, BadInput, KeyError) as error:
            self._state = None
            log.error("the question desk is closed", error=str(error))  # noqa: TRY400 - a line

    async def _look(self) -> None:
        with suppress(StoreDown):
            await self.load()
            await self.tidy()

    async def tidy(self) -> None:
        """Have the store rewrite its files where a key was destroyed and no vote is on."""
        if self._company.leads and self._calm():
            await self._rewrite()

    def stop(self) -> None:
        self._stopped.set()

    def _photos(self) -> set[str]:
        return {name for case in self.now.cases.values() for name in case.photos}

    async def _rewrite(self) -> None:
        if await self._store.get(CHORES, TO_REWRITE):
            # Removed first: an erasure that comes meanwhile wants another one.
            await self._store.remove(CHORES, TO_REWRITE)
            if not await self._store.rewrite():
                log.warning("the store's files may still hold keys that were destroyed")

    # --- taking in what another desk gave out ---

    async def take_in(self, events: Sequence[ev.Logged], digests: dict[str, str]) -> int:
        """Add the cases of an export that are not here, with their times; how many. Of a desk that
        was never set, its settings too. Raises BadInput, and then nothing was added."""
        async with self._turn:
            chosen = self._to_take_in(events)
            folded = _fits(self.now, chosen)
            new = folded.cases.keys() - self.now.cases.keys()

            def access(event: ev.Event) -> tuple[str, str]:
                case = str(getattr(event, "case", ""))
                return digests.get(case, ""), folded.cases[case].erased if case else ""

            for whole_cases in _in_chunks(chosen):
                await self._log(
                    [
                        (e.at_ms, e.by, await self._with_keys(e.event, *access(e.event)))
                        for e in whole_cases
                    ]
                )
        await self._company.hurry(LOG)
        return len(new)

    def _to_take_in(self, events: Sequence[ev.Logged]) -> list[ev.Logged]:
        """Case by case, so that what is written together is whole cases."""
        mine, unset = self.now.cases, not self.now.revision
        settings = [e for e in events if isinstance(e.event, ev.DeskSet)]
        by_case: dict[str, list[ev.Logged]] = {}
        for logged in events:
            case = str(getattr(logged.event, "case", ""))
            if case:
                by_case.setdefault(case, []).append(logged)
            filed = isinstance(logged.event, ev.CaseFiled)
            if filed and case in mine and mine[case].filed_ms != logged.at_ms:
                raise BadInput(f"{case} is another case here: two desks do not mix")
        new = [one for case, found in by_case.items() if case not in mine for one in found]
        return [*(settings if unset else []), *new]


def _fits(desk: Desk, events: Sequence[ev.Logged]) -> Desk:
    """The desk with these events. Raises BadInput where they do not follow from each other."""
    numbered = [
        replace(logged, revision=revision)
        for revision, logged in enumerate(events, desk.revision + 1)
    ]
    for logged in numbered:
        core.check_names(logged.event)
    try:
        folded = core.fold(desk, numbered)
    except (LivevoteError, KeyError, IndexError):
        raise BadInput("the events of this export do not follow from each other") from None
    if len(folded.cases) > core.CASES_MAX:
        raise BadInput(f"a desk holds at most {core.CASES_MAX} cases")
    return folded


def _in_chunks(events: Sequence[ev.Logged]) -> Iterator[list[ev.Logged]]:
    """Some CHUNK events at a time, never a part of a case: what a cut leaves is whole cases."""
    chunk: list[ev.Logged] = []
    for logged in events:
        if len(chunk) >= CHUNK and isinstance(logged.event, ev.CaseFiled):
            yield chunk
            chunk = []
        chunk.append(logged)
    if chunk:
        yield chunk


def _numbers(events: Iterable[ev.Event]) -> list[str]:
    return [event.case for event in events if isinstance(event, ev.CaseFiled)]


def _keys_of(record: bytes | None) -> CaseKeys:
    keys: CaseKeys = from_msgpack(record)["keys"] if record else {}
    return keys


def _digest_of(record: bytes | None) -> str:
    return str(from_msgpack(record)["digest"]) if record else ""


def _covered(part: Erasure) -> tuple[str, ...]:
    """Whose words go with every word of the case goes too."""
    return tuple(Erasure) if part is Erasure.ALL else (Erasure.CONTACT,)
