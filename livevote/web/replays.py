"""Replays over HTTP: what can be shown again, what plays, and how it goes on."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.model import GraphicKind, Run
from livevote.core.phase import Phase
from livevote.core.replay import Playhead, length_ms
from livevote.errors import BadInput
from livevote.hub.hub import Hub
from livevote.hub.studio import Studio
from livevote.web.answers import fields, json, nothing
from livevote.web.auth import Auth
from livevote.web.roles import Gate


class Replays:
    """One per process. base: the server's address."""

    def __init__(self, hub: Hub, auth: Auth, base: str) -> None:
        self._hub = hub
        self._auth = auth
        self._base = base

    async def show(self, request: Request) -> Response:
        studio = self._studio(request)
        return json(self._plain(studio, await self._hub.replays.head(studio)))

    async def move(self, request: Request) -> Response:
        studio = self._studio(request)
        given = await fields(request, run=str, kind=str, speed=int, playing=bool)
        position_ms = given.get("position_ms")
        if position_ms is not None and type(position_ms) is not int:
            raise BadInput("expected int", where="position_ms")
        try:
            kind = GraphicKind(given["kind"])
        except ValueError:
            raise BadInput("there is no such graphic", where="kind") from None
        head = await self._hub.replays.move(
            studio, given["run"], kind, given["speed"], given["playing"], position_ms
        )
        return json(self._plain(studio, head))

    async def end(self, request: Request) -> Response:
        await self._hub.replays.end(self._studio(request))
        return nothing()

    async def link(self, request: Request) -> Response:
        token = self._auth.replay_token(self._studio(request).episode.id)
        return json({"url": f"{self._base}/overlay#{token}"})

    def _studio(self, request: Request) -> Studio:
        return self._hub.studio(request.path_params["id"])

    def _plain(self, studio: Studio, head: Playhead | None) -> dict[str, Any]:
        runs = [run for run in studio.episode.runs if run.phase is Phase.REVEALED]
        found = {run.id: _run(run) for run in runs}
        now_ms = self._hub.clock.now_ms()
        playing = None
        if head and head.run in found:
            length = int(found[head.run]["length_ms"])
            playing = {
                "run": head.run,
                "kind": head.kind.value,
                "position_ms": head.position(now_ms, length),
                "speed": head.speed,
                "playing": head.playing,
            }
        return {"now": now_ms, "replay": playing, "runs": list(found.values())}

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/api/episodes/{id}/replay", self.show),
            gate.route("POST", "/api/episodes/{id}/replay", self.move),
            gate.route("DELETE", "/api/episodes/{id}/replay", self.end),
            gate.route("POST", "/api/episodes/{id}/replay-link", self.link),
        ]


def _run(run: Run) -> dict[str, Any]:
    """A run that can be shown again; its moments from its opening on."""
    return {
        "run": run.id,
        "code": run.code,
        "segment": run.segment,
        "length_ms": length_ms(run),
        "closed_ms": run.closed_ms - run.opened_ms,
        "revealed_ms": run.revealed_ms - run.opened_ms,
    }
