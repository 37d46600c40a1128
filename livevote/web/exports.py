"""Files to take home: exports of an episode, and the sheets of seat codes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.model import Episode, SeatState
from livevote.errors import BadInput, NotFound
from livevote.export import FORMATS
from livevote.export.cards import SeatCard
from livevote.hub.hub import Hub
from livevote.hub.studio import Studio
from livevote.web.roles import Gate


def seat_link(hub: Hub, base: str, studio: Studio, seat: str) -> str:
    """What a seat's QR code holds: its code stands in the fragment, which no server logs."""
    generation, code = hub.seat_code(studio, seat)
    # Dots part the fragment, and a label may hold one.
    label = quote(seat, safe="").replace(".", "%2E")
    return f"{base}/seat#{studio.episode.id}.{label}.{generation}.{code}"


def cards(hub: Hub, base: str, studio: Studio, wanted: set[str]) -> list[SeatCard]:
    """The cards of the wanted seats; without `wanted`, of all that no tablet has joined.
    Raises BadInput for a seat that is not in the roster."""
    episode = studio.episode
    if not episode.seats:
        raise BadInput("the roster has no seats yet", where="seats")
    unknown = wanted - {seat.label for seat in episode.seats}
    if unknown:
        raise BadInput(f"there is no seat {', '.join(sorted(unknown))}", where="seats")
    names = {panel.id: panel.name for panel in episode.rules.panels}
    found = []
    for seat in episode.seats:
        joined = episode.seat_states.get(seat.label, SeatState()).joined
        if seat.label in wanted if wanted else not joined:
            link = seat_link(hub, base, studio, seat.label)
            found.append(SeatCard(seat.label, seat.block, names[seat.panel], link))
    if not found:
        raise BadInput("every seat has joined; name the seats to print", where="seats")
    return found


class Exports:
    """Files are made in a thread: a PDF takes a second, and votes go on meanwhile."""

    def __init__(self, hub: Hub, base: str, fonts: Path, tz: str) -> None:
        self._hub = hub
        self._base = base
        self._fonts = fonts
        self._tz = tz
        # Two at a time: each holds a whole log in memory.
        self._making = asyncio.Semaphore(2)

    async def export(self, request: Request) -> Response:
        studio = self._hub.studio(request.path_params["id"])
        found = FORMATS.get(request.path_params["format"])
        if found is None:
            raise NotFound(f"exports are {', '.join(FORMATS)}")
        async with self._making:
            material = await self._hub.material(studio, self._tz)
            data = await asyncio.to_thread(found.make, material, self._fonts)
        return _file(data, f"{_stem(studio.episode)}-{found.suffix}", found.media_type)

    async def seats(self, request: Request) -> Response:
        studio = self._hub.studio(request.path_params["id"])
        wanted = {label for label in request.query_params.get("seats", "").split(",") if label}
        chosen = cards(self._hub, self._base, studio, wanted)
        async with self._making:
            data = await asyncio.to_thread(_sheets, studio.episode, chosen, self._fonts)
        return _file(data, f"{_stem(studio.episode)}-seats.pdf", "application/pdf")

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/api/episodes/{id}/export/{format}", self.export),
            gate.route("GET", "/api/episodes/{id}/seats.pdf", self.seats),
        ]


def _stem(episode: Episode) -> str:
    """How a file's name begins."""
    return f"{episode.id}-rehearsal" if episode.rehearsal_of else episode.id


def _sheets(episode: Episode, chosen: list[SeatCard], fonts: Path) -> bytes:
    # Here, as with the PDF report: a start does not wait for what prints.
    from livevote.export.seats import seat_sheets

    return seat_sheets(episode, chosen, fonts)


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(data, headers=headers, media_type=media_type)
