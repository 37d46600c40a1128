"""The pledge ledger over HTTP: reading for everybody, writing by role, evidence, files, the feed.

Everybody may read what was promised, by when and what became of it. Who did what by name, and the
evidence itself, are for those who follow the pledges up; of a file everybody sees its hash.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from livevote.core import ledger as core
from livevote.core import pledge as rules
from livevote.core.plain import from_plain, ledger_command_from_plain, to_plain
from livevote.core.pledge import Pledge, State
from livevote.core.workdays import FIRST_YEAR, LAST_YEAR
from livevote.errors import BadInput, NotAllowed, NotFound
from livevote.export import pledges as files
from livevote.export import rows
from livevote.hub.evidence import BYTES_MAX, TYPES
from livevote.hub.hub import Hub
from livevote.hub.roles import FOLLOW_UP, OWNER, STAFF, UNIT, ledger_role, move_role, moves_for
from livevote.hub.session import Identity
from livevote.web.answers import body, fields, json
from livevote.web.auth import Auth
from livevote.web.roles import Gate
from livevote.wire.codec import from_json

ROWS_MAX = 20_000_000
# Each is held in memory until it is on disk.
UPLOADS_AT_ONCE = 4
# Who sees every pledge whole; a unit sees its own.
_READS_ALL = frozenset({*STAFF, *FOLLOW_UP, OWNER} - {UNIT})


class LedgerApi:
    """tz: the zone in which files write times."""

    def __init__(self, hub: Hub, auth: Auth, tz: str) -> None:
        self._hub = hub
        self._auth = auth
        self._tz = tz
        self._uploading = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._making = asyncio.Semaphore(2)

    # --- reading ---

    async def read(self, request: Request) -> Response:
        """All pledges that are asked for, as this reader may see them."""
        identity = self._auth.identity(request)
        desk, asked = self._hub.ledger, request.query_params
        ledger = desk.state
        chosen = [
            pledge
            for pledge in ledger.pledges.values()
            if asked.get("episode", "") in ("", pledge.origin.episode)
            and asked.get("unit", "") in ("", pledge.unit.zh, pledge.unit.en)
        ]
        mine = {pledge.id for pledge in chosen if sees_whole(identity, pledge)}
        found = {
            "revision": ledger.revision,
            "today": desk.today.isoformat(),
            "zone": self._tz,
            "pledges": [
                self._whole(pledge, identity) if pledge.id in mine else self._public(pledge)
                for pledge in chosen
                if pledge.id in mine or pledge.state is not State.WITHDRAWN
            ],
            "deliveries": to_plain(rules.deliveries(chosen, desk.today, ledger.calendar)),
            "years": {
                "first": FIRST_YEAR,
                "last": LAST_YEAR,
                "added": [to_plain(year) for year in ledger.years],
            },
        }
        if mine or identity.roles & _READS_ALL:
            own = [pledge for pledge in chosen if pledge.id in mine]
            due = rules.reminders(own, desk.today, ledger.calendar)
            found["reminders"] = to_plain(due)
            found["missing"] = self._missing() if identity.roles & _READS_ALL else []
        return json(found)

    def _by_rule(self, pledge: Pledge) -> dict[str, Any]:
        desk = self._hub.ledger
        at = (pledge, desk.today, desk.state.calendar)
        last = rules.last_day(pledge, desk.state.calendar)
        return {
            "stands": rules.standing(*at).value,
            "last_day": last.isoformat(),
            "days_late": rules.days_late(*at),
            "workdays_late": rules.workdays_late(*at),
            "calendar_known": desk.state.calendar.known(last),
        }

    def _whole(self, pledge: Pledge, identity: Identity) -> dict[str, Any]:
        desk = self._hub.ledger
        possible = rules.moves(pledge, desk.today, desk.state.calendar)
        moves = moves_for(possible, pledge, identity.roles, identity.unit)
        return {
            **to_plain(pledge),
            **self._by_rule(pledge),
            "moves": [move.value for move in moves],
        }

    def _public(self, pledge: Pledge) -> dict[str, Any]:
        """Without the names of accounts and files."""
        plain = to_plain(pledge)
        for step in plain["steps"]:
            del step["by"]
            for file in step["files"]:
                del file["name"]
        return {**plain, **self._by_rule(pledge), "moves": []}

    async def day(self, request: Request) -> Response:
        """How far a day is, as a due date: for whoever types one."""
        day = rules.day_of(request.query_params.get("day", ""), "day")
        calendar, today = self._hub.ledger.state.calendar, self._hub.ledger.today
        last = calendar.next_workday(day)
        return json(
            {
                "today": today.isoformat(),
                "workdays": calendar.workdays_between(today, last),
                "last_day": last.isoformat(),
                "calendar_known": calendar.known(last),
            }
        )

    def _missing(self) -> list[dict[str, Any]]:
        """Segments of which a run was revealed, or a pledge typed, and none is in the ledger: every
        question gets a pledge."""
        taken = self._hub.ledger.state.taken
        found = []
        for listing in self._hub.catalogue.state.episodes:
            if listing.rehearsal_of:
                continue
            episode = self._hub.studios[listing.id].episode
            scored = {run.segment for run in episode.runs if run.result is not None}
            found += [
                {
                    "episode": episode.id,
                    "title": to_plain(episode.title),
                    **to_plain(segment),
                }
                for segment in episode.segments
                if (episode.id, segment.id) not in taken
                and segment.lookback is None
                and (segment.pledge or segment.id in scored)
            ]
        return found

    # --- writing ---

    async def command(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        given = await fields(request, name=str, args=dict)
        command = ledger_command_from_plain(given["name"], given["args"])
        role = ledger_role(command, identity.roles)
        if isinstance(command, core.Make):
            command = core.Make(replace(command.pledge, id=""))  # the server's to give
        if isinstance(command, core.MovePledge):
            pledge = self._hub.ledger.state.pledge(command.pledge)
            role = move_role(command.move, pledge, identity.roles, identity.unit)
        revision = await self._hub.promises.to_ledger(command, identity.account, role)
        return json({"rev": revision})

    async def upload(self, request: Request) -> Response:
        """Keep a file; a move names it by what this answers."""
        async with self._uploading:
            data = await body(request, BYTES_MAX)
            file = await asyncio.to_thread(self._hub.ledger.evidence.keep, data)
        return json(to_plain(file), 201)

    async def evidence(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        sha256 = request.path_params["sha256"]
        of = [
            (pledge, file)
            for pledge in self._hub.ledger.state.pledges.values()
            for file in pledge.evidence
            if file.sha256 == sha256
        ]
        if not of:
            raise NotFound("no pledge has such a file", where="sha256")
        seen = next((file for pledge, file in of if sees_whole(identity, pledge)), None)
        if seen is None:
            raise NotAllowed("this file belongs to another unit's pledge")
        path = self._hub.ledger.evidence.path(sha256)
        # Never opened in our own pages: it came from outside.
        headers = {"cache-control": "no-store", "content-security-policy": "sandbox"}
        name = seen.name or f"{sha256[:12]}.{TYPES.get(seen.type, 'bin')}"
        return FileResponse(path, headers=headers, media_type=seen.type, filename=name)

    async def rows(self, request: Request) -> Response:
        """Read a spreadsheet, or our own JSON, into pledges and errors; changes nothing."""
        data = await body(request, ROWS_MAX)
        if data.lstrip()[:1] == b"{":
            return json({"rows": [to_plain(p) for p in _of_export(data)], "errors": []})
        found = await asyncio.to_thread(rows.read, "pledges", data, lambda: secrets.token_hex(6))
        return json({"rows": found.rows, "errors": [to_plain(e) for e in found.errors]})

    # --- files ---

    async def export(self, request: Request) -> Response:
        self._must_read_all(request)
        name = request.path_params["format"]
        found = files.FORMATS.get(name)
        if found is None and name != "zip":
            raise NotFound(f"exports are {', '.join((*files.FORMATS, 'zip'))}")
        async with self._making:
            account = await self._hub.ledger.account(self._tz)
            if found is None:
                return await self._archive(account)
            data = await asyncio.to_thread(found.make, account)
        headers = {
            "content-disposition": f'attachment; filename="{found.suffix}"',
            "cache-control": "no-store",
        }
        return Response(data, headers=headers, media_type=found.media_type)

    def _must_read_all(self, request: Request) -> None:
        if not self._auth.identity(request).roles & _READS_ALL:
            raise NotAllowed("the whole ledger is not for one unit")

    async def _archive(self, account: files.Account) -> Response:
        path_of = self._hub.ledger.evidence.path
        with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as made:
            path = Path(made.name)
        await asyncio.to_thread(files.archive, account, path_of, path)
        gone = BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(
            path,
            headers={"cache-control": "no-store"},
            media_type="application/zip",
            filename="pledges.zip",
            background=gone,
        )

    async def feed(self, request: Request) -> Response:
        desk = self._hub.ledger
        account = files.Account(desk.state, (), desk.today, self._hub.clock.now_ms(), self._tz)
        unit = request.query_params.get("unit", "")
        data = await asyncio.to_thread(files.feed, account, unit)
        headers = {"cache-control": "max-age=300"}
        return Response(data, headers=headers, media_type="text/calendar; charset=utf-8")

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/api/ledger", self.read),
            gate.route("GET", "/api/ledger/day", self.day),
            gate.route("POST", "/api/ledger/command", self.command),
            gate.route("POST", "/api/ledger/evidence", self.upload),
            gate.route("GET", "/api/ledger/evidence/{sha256}", self.evidence),
            gate.route("POST", "/api/ledger/rows", self.rows),
            gate.route("GET", "/api/ledger/export/{format}", self.export),
            gate.route("GET", "/ledger.ics", self.feed),
        ]


def sees_whole(identity: Identity, pledge: Pledge) -> bool:
    own = UNIT in identity.roles and identity.unit == pledge.unit.zh
    return own or bool(identity.roles & _READS_ALL)


def _of_export(data: bytes) -> list[Pledge]:
    """The pledges of our own JSON. Raises BadInput."""
    plain = from_json(data)
    if not isinstance(plain, dict) or plain.get("schema") != files.SCHEMA:
        raise BadInput("this JSON is no export of a ledger", where="file")
    if plain.get("version") != files.VERSION or not isinstance(plain.get("pledges"), list):
        raise BadInput("this export is of a version that is not known here", where="file")
    return [from_plain(Pledge, pledge, f"pledges.{i}") for i, pledge in enumerate(plain["pledges"])]
