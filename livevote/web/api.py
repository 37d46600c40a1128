"""The JSON API: sessions, voting without WebSocket, shows and episodes, commands."""

from __future__ import annotations

import asyncio
import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core import scale
from livevote.core.names import Names
from livevote.core.plain import command_from_plain, from_plain, logged_to_plain, to_plain
from livevote.core.rules import Rules
from livevote.errors import BadInput, BadReceipt, NotFound, Refusal
from livevote.export import case_rows, disclosed_rows, rows
from livevote.hub import view
from livevote.hub.fanout import Audience
from livevote.hub.hub import Hub
from livevote.hub.roles import check_command
from livevote.hub.session import SeatPass, voter_of, welcome, you
from livevote.hub.studio import Studio
from livevote.web import openapi
from livevote.web.accounts import Account
from livevote.web.answers import Handler, body, fields, json, nothing, refusal_plain, text
from livevote.web.auth import Auth
from livevote.web.exports import seat_link
from livevote.web.ograf import PATHS
from livevote.web.roles import EVENTS, FEED_FOLDERS, FEEDS, SOCKET, Gate
from livevote.wire.inbound import Cast, parse

UPLOAD_MAX = 2_000_000
# Checkpoints in one answer: a quarter of an hour, 300 KB.
NOTES_MAX = 1000


def _new_id() -> str:
    return secrets.token_hex(4)


class Api:
    """Handlers, and the table of routes at the end."""

    def __init__(self, hub: Hub, auth: Auth, base: str) -> None:
        self._hub = hub
        self._auth = auth
        self.base = base

    # --- sessions ---

    async def session(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        seat, on = identity.seat, self._hub.catalogue.state.on
        account = {
            "name": identity.account,
            "roles": sorted(identity.roles),
            "unit": identity.unit,
        }
        return json(
            {
                "account": account if identity.account else None,
                "seat": {"episode": seat.episode, "seat": seat.seat} if seat else None,
                "viewer": bool(identity.viewer) and identity.viewer_in in (None, on),
                "work": self._auth.work.asked,
                "on": on,
                "secure": request.url.scheme == "https",
                "durability": self._hub.finding.durability.value,
            }
        )

    async def challenge(self, request: Request) -> Response:
        await self._auth.limit("challenge", request)
        if not self._auth.work.asked:
            raise NotFound("no work is asked of viewers here")
        studio = self._hub.studio(request.query_params.get("episode", ""))
        return json(self._auth.work.challenge(studio.episode.id))

    async def viewer(self, request: Request) -> Response:
        identity, work, response = self._auth.identity(request), self._auth.work, nothing()
        given = await fields(request) if work.asked else {}
        episode = self._hub.studio(text(given, "episode")).episode.id if work.asked else ""
        if identity.viewer and identity.viewer_in in (None, episode):
            return response
        await self._auth.limit("viewer", request)
        if work.asked:
            await work.redeem(text(given, "altcha"), episode)
        self._auth.set_viewer(response, identity.viewer, episode)
        return response

    async def seat(self, request: Request) -> Response:
        await self._auth.limit("seat", request)
        given = await fields(request, episode=str, seat=str, generation=int, code=str)
        studio = self._hub.studio(given["episode"])
        wanted = SeatPass(studio.episode.id, given["seat"], given["generation"])
        if self._auth.identity(request).seat == wanted:
            # A tablet that scans its own code again simply goes on, while the seat is its own.
            studio.check_seat(wanted.seat, wanted.generation)
        else:
            await self._hub.join_seat(studio, wanted.seat, wanted.generation, given["code"])
        found = studio.episode.seat(wanted.seat)
        response = json({"seat": wanted.seat, "panel": found.panel if found else ""})
        self._auth.set_seat(response, wanted)
        return response

    async def login(self, request: Request) -> Response:
        given = await fields(request, name=str, password=str)
        await self._auth.limit("login", request)
        await self._auth.limit("login", request, f"name {given['name'][:40]}")
        account = await self._auth.accounts.sign_in(given["name"], given["password"])
        return self._signed_in(account)

    async def logout(self, request: Request) -> Response:
        response = nothing()
        self._auth.clear_staff(response)
        return response

    async def claim(self, request: Request) -> Response:
        await self._auth.limit("claim", request)
        given = await fields(request, token=str, password=str)
        name, generation = self._auth.read_claim(given["token"])
        account = await self._auth.accounts.claim(name, generation, given["password"])
        return self._signed_in(account)

    def _signed_in(self, account: Account) -> Response:
        response = json({"name": account.name, "roles": list(account.roles)})
        self._auth.set_staff(response, account)
        return response

    # --- accounts ---

    async def accounts(self, request: Request) -> Response:
        return json(
            [
                {"name": a.name, "roles": list(a.roles), "claimed": a.claimed, "unit": a.unit}
                for a in self._auth.accounts.all()
            ]
        )

    async def put_account(self, request: Request) -> Response:
        given = await fields(request, name=str, roles=list)
        by = self._auth.identity(request).account
        roles = [str(role) for role in given["roles"]]
        unit = text(given, "unit")
        account = await self._auth.accounts.put(given["name"], roles, by, unit)
        return json({"name": account.name, "link": self.claim_link(account)})

    async def remove_account(self, request: Request) -> Response:
        await self._auth.accounts.remove(
            request.path_params["name"], self._auth.identity(request).account
        )
        return nothing()

    async def account_log(self, request: Request) -> Response:
        return json([logged_to_plain(e) for e in await self._hub.catalogue.account_log()])

    def claim_link(self, account: Account) -> str:
        return f"{self.base}/login#{self._auth.claim_token(account)}"

    # --- voting without WebSocket ---

    async def poll(self, request: Request) -> Response:
        studio = self._voters_studio(request, request.query_params.get("episode", ""))
        identity = self._auth.identity(request)
        voter = voter_of(identity, studio)
        audience = Audience(studio.episode.id, "voter", studio.panel_of(voter))
        mine = await self._hub.mine(studio, voter)
        tally = await self._hub.tally(studio, "voter")
        who = you(voter.kind, voter.who, identity)
        return json(
            {
                "welcome": welcome(self._hub, studio, who).plain(),
                "state": self._hub.state(studio, audience).plain(),
                "mine": mine and mine.plain(),
                "tally": tally and tally.plain(),
            }
        )

    async def vote(self, request: Request) -> Response:
        received_ms = self._hub.clock.arrival_ms()
        given = await fields(request, run=str, seq=int, value=int)
        cast = parse({**given, "t": "cast"})
        assert isinstance(cast, Cast)
        studio = self._voters_studio(request, text(given, "episode"))
        voter = voter_of(self._auth.identity(request), studio)
        try:
            counted = await self._hub.cast_and_wait(studio, voter, cast, received_ms)
        except Refusal as refusal:
            plain = {"t": "not_counted", "run": cast.run, "seq": cast.seq}
            return json({**plain, **refusal_plain(refusal)}, refusal.http_status)
        return json(counted.plain())

    def _voters_studio(self, request: Request, episode: str) -> Studio:
        seat = self._auth.identity(request).seat
        return self._hub.studio(episode or (seat.episode if seat else ""))

    # --- the audit log ---

    async def receipt(self, request: Request) -> Response:
        await self._auth.limit("receipt", request)
        given = await fields(request, episode=str, run=str, index=int, receipt=str)
        studio = self._hub.studios.get(given["episode"])
        if studio is None:
            raise BadReceipt
        proof = await self._hub.prove(studio, given["run"], given["index"], given["receipt"])
        run, ballot = studio.run_named(given["run"]), proof.entry
        return json(
            {
                "run": run and run.id,
                "code": run and run.code,
                "ballot": {
                    "index": ballot.index,
                    "voter": ballot.voter.hex(),
                    "panel": ballot.panel,
                    "seq": ballot.seq,
                    "value": ballot.value,
                    "received_ms": ballot.received_ms,
                },
                "path": [step.hex() for step in proof.path],
                "note": proof.note,
                "key": self._hub.notary.key,
                **({"rehearsal": True} if studio.episode.rehearsal_of else {}),
            }
        )

    async def checkpoints(self, request: Request) -> Response:
        await self._auth.limit("checkpoints", request)
        studio = await self._studio(request)
        run = studio.episode.run(request.path_params["run"])
        if run is None:
            raise NotFound("there is no such run in this episode")
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise BadInput("expected a whole number", where="after")
        notes = await self._hub.notary.notes(studio.run_key(run), int(after), NOTES_MAX)
        return json({"notes": notes, "next": int(after) + len(notes)})

    async def key(self, request: Request) -> Response:
        return json({"key": self._hub.notary.key})

    # --- shows and episodes ---

    async def shows(self, request: Request) -> Response:
        catalogue = self._hub.catalogue.state
        found = [
            {
                "id": show.id,
                "name": to_plain(show.name),
                "episodes": [
                    {
                        "id": e.id,
                        "title": to_plain(e.title),
                        "created_ms": e.created_ms,
                        "rehearsal_of": e.rehearsal_of,
                    }
                    for e in catalogue.episodes
                    if e.show == show.id
                ],
            }
            for show in catalogue.shows
        ]
        return json({"shows": found, "on": catalogue.on})

    async def make_show(self, request: Request) -> Response:
        by = self._auth.identity(request).account
        given = await fields(request, name=dict)
        name = from_plain(Names, given["name"], "name")
        return json({"id": await self._hub.make_show(name, by)}, 201)

    async def make_episode(self, request: Request) -> Response:
        by = self._auth.identity(request).account
        given = await fields(request, show=str, title=dict)
        title = from_plain(Names, given["title"], "title")
        return json({"id": await self._hub.make_episode(given["show"], title, by)}, 201)

    async def switch(self, request: Request) -> Response:
        by = self._auth.identity(request).account
        given = await fields(request, episode=str)
        rehearsal = given.get("rehearsal", False)
        if type(rehearsal) is not bool:
            raise BadInput("expected bool", where="rehearsal")
        await self._hub.switch(given["episode"], by, rehearsal)
        return nothing()

    async def episode(self, request: Request) -> Response:
        studio = await self._studio(request)
        audience = Audience(studio.episode.id, "staff")
        return json(self._hub.state(studio, audience).plain())

    async def command(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        studio = await self._studio(request)
        given = await fields(request, name=str, args=dict)
        expect = given.get("expect", 0)
        if type(expect) is not int:
            raise BadInput("expected int", where="expect")
        check_command(given["name"], identity.roles)
        command = command_from_plain(given["name"], given["args"])
        revision = await self._hub.command(studio, command, identity.account, expect)
        return json({"rev": revision})

    # --- preparing ---

    async def rows(self, request: Request) -> Response:
        """Read a spreadsheet into rows and errors; changes nothing."""
        panels = (await self._studio(request)).episode.rules.panels
        data = await body(request, UPLOAD_MAX)
        kind = request.path_params["kind"]
        found = await asyncio.to_thread(rows.read, kind, data, _new_id, panels)
        return json({"rows": found.rows, "errors": [to_plain(e) for e in found.errors]})

    async def template(self, request: Request) -> Response:
        kind, suffix = request.path_params["kind"], request.path_params["suffix"]
        make = rows.template
        if kind in disclosed_rows.KINDS:
            make = disclosed_rows.template
        elif kind in case_rows.KINDS:
            make = case_rows.template
        data, media = await asyncio.to_thread(make, kind, suffix)
        name = f'attachment; filename="{kind}.{suffix}"'
        return Response(data, headers={"content-disposition": name}, media_type=media)

    async def presets(self, request: Request) -> Response:
        scales = {name: to_plain(preset) for name, preset in scale.PRESETS.items()}
        return json({"rules": to_plain(Rules()), "scales": scales})

    async def seats(self, request: Request) -> Response:
        studio = await self._studio(request)
        states = view.staff(studio.episode, "", ())["seats"]
        return json(
            [
                {**state, "seat": state["label"], "link": self.seat_link(studio, state["label"])}
                for state in states
            ]
        )

    def seat_link(self, studio: Studio, seat: str) -> str:
        return seat_link(self._hub, self.base, studio, seat)

    async def overlay_link(self, request: Request) -> Response:
        studio = await self._studio(request)
        token = self._auth.overlay_token(studio.episode.id)
        folder = FEED_FOLDERS[1].format(token=token)
        feeds = [f"{folder}/{name}" for name in (*FEEDS, EVENTS, SOCKET)]
        return json({"url": f"{self.base}/overlay#{token}", "paths": [*PATHS, *feeds]})

    # --- inside ---

    async def _studio(self, request: Request) -> Studio:
        return await self._hub.studio_by_now(request.path_params["id"])

    async def openapi(self, request: Request) -> Response:
        return json(openapi.description())

    def routes(self, gate: Gate) -> list[Route]:
        reads: list[tuple[str, Handler]] = [
            ("/api/session", self.session),
            ("/api/challenge", self.challenge),
            ("/api/poll", self.poll),
            ("/api/accounts", self.accounts),
            ("/api/accounts/log", self.account_log),
            ("/api/shows", self.shows),
            ("/api/presets", self.presets),
            ("/api/key", self.key),
            ("/api/openapi.json", self.openapi),
            ("/api/templates/{kind}.{suffix}", self.template),
            ("/api/episodes/{id}", self.episode),
            ("/api/episodes/{id}/seats", self.seats),
            ("/api/episodes/{id}/runs/{run}/checkpoints", self.checkpoints),
        ]
        writes: list[tuple[str, Handler]] = [
            ("/api/viewer", self.viewer),
            ("/api/seat", self.seat),
            ("/api/vote", self.vote),
            ("/api/receipt", self.receipt),
            ("/api/login", self.login),
            ("/api/logout", self.logout),
            ("/api/claim", self.claim),
            ("/api/accounts", self.put_account),
            ("/api/shows", self.make_show),
            ("/api/episodes", self.make_episode),
            ("/api/on", self.switch),
            ("/api/episodes/{id}/command", self.command),
            ("/api/episodes/{id}/rows/{kind}", self.rows),
            ("/api/episodes/{id}/overlay-link", self.overlay_link),
        ]
        return [
            *(gate.route("GET", path, handler) for path, handler in reads),
            *(gate.route("POST", path, handler) for path, handler in writes),
            gate.route("DELETE", "/api/accounts/{name}", self.remove_account),
        ]
