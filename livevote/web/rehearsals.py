"""Rehearsals: made from an episode, and the synthetic audience that attends them.

The audience is a program of its own that comes in by the front door with
cookies made here. It is let into rehearsals and nowhere else, one at a time
for the whole server, and leaves when a real vote begins.
"""

from __future__ import annotations

import asyncio
import json as encoding
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.model import Episode, SeatState
from livevote.core.plain import from_plain, to_plain
from livevote.errors import BadInput, WrongPhase
from livevote.hub.hub import Hub
from livevote.hub.session import SeatPass
from livevote.hub.studio import Studio
from livevote.web.answers import fields, json, nothing
from livevote.web.auth import Auth
from livevote.web.roles import Gate

log = structlog.get_logger()

PROGRAM = "livevote.audience"
DEVICES_MAX = 3_000
LIFE_S = 3600
# How soon a real vote has the machine to itself.
LOOK_S = 0.2
LEAVE_S_MAX = 3.0


@dataclass(frozen=True)
class Crowd:
    """What an audience is like. turnout: percent who vote in a run. dropouts: percent who lose
    their line as they vote, and come back. opinion: weights of the scale's best, middle and worst
    third. viewers: phones beside the seats."""

    turnout: int = 90
    dropouts: int = 5
    opinion: tuple[int, int, int] = (40, 40, 20)
    viewers: int = 100


@dataclass(frozen=True)
class Attendance:
    """The audience that is there. until_ms: when it leaves by itself."""

    episode: str
    crowd: Crowd
    seats: int
    until_ms: int


def checked(crowd: Crowd) -> Crowd:
    """Raises BadInput."""
    for name in ("turnout", "dropouts"):
        if not 0 <= getattr(crowd, name) <= 100:
            raise BadInput("a percentage is 0 to 100", where=name)
    if min(crowd.opinion) < 0 or not 0 < sum(crowd.opinion) <= 1_000_000:
        raise BadInput("three weights, not all 0", where="opinion")
    if not 0 <= crowd.viewers <= DEVICES_MAX:
        raise BadInput(f"0 to {DEVICES_MAX} viewers", where="viewers")
    return crowd


class Rehearsals:
    """One per process; the audience belongs to the one that leads. door: where this server is
    reached from its own machine. origin: what browsers call it."""

    def __init__(self, hub: Hub, auth: Auth, door: str, origin: str) -> None:
        self._hub = hub
        self._auth = auth
        self._door = door
        self._origin = origin
        self._turn = asyncio.Lock()
        self._here: Attendance | None = None
        self._watching: asyncio.Task[None] | None = None
        hub.company.calls |= {
            "audience": self._audience,
            "audience_come": self.come,
            "audience_go": self._go,
        }

    # --- the audience, where this process leads ---

    async def _audience(self) -> dict[str, Any] | None:
        return to_plain(self._here) if self._here else None

    async def come(self, episode_id: str, plain: dict[str, Any], by: str) -> dict[str, Any]:
        """Let an audience in: a Crowd as a plain map. The Attendance. Raises BadInput, NotFound or
        WrongPhase."""
        crowd = checked(from_plain(Crowd, plain))
        studio = self._hub.studio(episode_id)
        async with self._turn:
            self._check(studio.episode)
            cookies = await self._seated(studio, crowd.viewers)
            seats = len(cookies)
            cookies += [self._auth.viewer_cookie(episode_id) for _ in range(crowd.viewers)]
            child = await self._start(studio.episode, crowd, cookies)
            until_ms = self._hub.clock.now_ms() + LIFE_S * 1000
            self._here = Attendance(episode_id, crowd, seats, until_ms)
            self._watching = asyncio.create_task(self._watch(child), name="audience")
        log.info("audience came", episode=episode_id, by=by, seats=seats, viewers=crowd.viewers)
        plain_here: dict[str, Any] = to_plain(self._here)
        return plain_here

    def _check(self, episode: Episode) -> None:
        """Raises WrongPhase."""
        if not episode.rehearsal_of:
            raise WrongPhase("a synthetic audience is for rehearsals only")
        if self._here:
            raise WrongPhase("an audience is there already; let it go first")
        if real := self._real_vote():
            raise WrongPhase(f"{real} is under way; rehearse when it is over")

    def _real_vote(self) -> str:
        """The run of a real episode that is under way, in words; "" for none."""
        for studio in list(self._hub.studios.values()):
            episode = studio.episode
            if episode.run_under_way and not episode.rehearsal_of:
                return f"run {episode.run_under_way.code} of {episode.title.zh}"
        return ""

    async def _seated(self, studio: Studio, viewers: int) -> list[str]:
        """The cookies of all seats that no tablet holds just now. A seat that is free is taken by
        its own code, as a tablet would. Raises BadInput where viewers find no place beside them."""
        taken = self._hub.seats_online(studio)
        free = [seat.label for seat in studio.episode.seats if seat.label not in taken]
        if len(free) + viewers > DEVICES_MAX:
            raise BadInput(f"seats and viewers together are at most {DEVICES_MAX}", where="viewers")
        cookies = []
        for label in free:
            generation, code = self._hub.seat_code(studio, label)
            if not studio.episode.seat_states.get(label, SeatState()).joined:
                await self._hub.join_seat(studio, label, generation, code)
            cookies.append(self._auth.seat_cookie(SeatPass(studio.episode.id, label, generation)))
        return cookies

    async def _start(
        self, episode: Episode, crowd: Crowd, cookies: list[str]
    ) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            # A terminal's Ctrl-C is for the server; the audience leaves when its input ends.
            start_new_session=True,
        )
        orders = {
            **{name: value for name, value in asdict(crowd).items() if name != "viewers"},
            "url": self._door,
            "origin": self._origin,
            "episode": episode.id,
            "cookies": cookies,
            "seed": secrets.randbelow(1 << 30),
            "life_s": LIFE_S,
        }
        assert child.stdin
        with suppress(ConnectionError):
            child.stdin.write(encoding.dumps(orders).encode() + b"\n")
            await child.stdin.drain()
        return child

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Until it has gone, by itself or because a real vote begins."""
        try:
            while child.returncode is None:
                if self._real_vote():
                    log.warning("audience sent away: a real vote begins")
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), LOOK_S)
        finally:
            self._here = None
            await _end(child)

    async def _go(self, episode_id: str, by: str) -> None:
        """Of this episode; "" is any."""
        here = self._here
        if here and self._watching and episode_id in ("", here.episode):
            log.info("audience let go", by=by)
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def stop(self) -> None:
        """The server ends."""
        async with self._turn:
            await self._go("", "server")

    # --- requests ---

    async def make(self, request: Request) -> Response:
        by = self._auth.identity(request).account
        return json({"id": await self._hub.rehearse(request.path_params["id"], by)}, 201)

    async def show(self, request: Request) -> Response:
        """The audience of this episode, or null."""
        here = await self._hub.company.ask("audience")
        mine = here if here and here["episode"] == request.path_params["id"] else None
        return json({"audience": mine, "elsewhere": bool(here) and mine is None})

    async def start(self, request: Request) -> Response:
        by, episode_id = self._auth.identity(request).account, request.path_params["id"]
        given = await fields(request)
        return json(await self._hub.company.ask("audience_come", episode_id, given, by), 201)

    async def end(self, request: Request) -> Response:
        by, episode_id = self._auth.identity(request).account, request.path_params["id"]
        await self._hub.company.ask("audience_go", episode_id, by)
        return nothing()

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("POST", "/api/episodes/{id}/rehearsal", self.make),
            gate.route("GET", "/api/episodes/{id}/audience", self.show),
            gate.route("POST", "/api/episodes/{id}/audience", self.start),
            gate.route("DELETE", "/api/episodes/{id}/audience", self.end),
        ]


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.terminate()
    try:
        await asyncio.wait_for(child.wait(), LEAVE_S_MAX)
    except TimeoutError:
        child.kill()
        await child.wait()
