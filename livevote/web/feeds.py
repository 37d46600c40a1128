"""Feeds under /data: what programs pull, and what they are told as it happens.

Everybody may read what the public may know. With the key of an overlay's link, in the header or in
the path, a feed also has the running figures that the overlay draws; a held run has them nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from livevote.errors import BadInput, NotAllowed, NotFound, Refusal
from livevote.hub.fanout import Outbox
from livevote.hub.feed import KEYED, PUBLIC, Page, full
from livevote.hub.flat import SEGMENT_FIELDS
from livevote.hub.hub import Hub
from livevote.hub.studio import Member, Studio
from livevote.web import forms
from livevote.web.answers import Handler, on_refusal
from livevote.web.auth import Auth, bearer
from livevote.web.roles import EVENTS, FEED_FOLDERS, FEEDS, Gate
from livevote.wire.codec import EVENTS as EVENT_CODEC

# Read by programs of any origin: there is nothing in it that a cookie would open.
OPEN = {"access-control-allow-origin": "*", "access-control-expose-headers": "etag"}
# A program that does not take what it is told for so long is gone.
STALL_S = 5.0
RETRY_MS = 1_000

_MAKE: dict[str, Callable[[Page], bytes]] = {
    "current.json": lambda page: forms.json_object(page.current),
    "current.rows.json": lambda page: forms.json_rows(page.rows),
    "current.xml": lambda page: forms.xml([page.current], "current"),
    "current.csv": lambda page: forms.csv_table(page.current, [page.current]),
    "current.txt": lambda page: forms.lines([page.current]),
    "segments.json": lambda page: forms.json_rows(page.segments),
    "segments.xml": lambda page: forms.xml(page.segments, "segment"),
    "segments.csv": lambda page: forms.csv_table(SEGMENT_FIELDS, page.segments),
    "segments.txt": lambda page: forms.lines(page.segments),
}


def asked(hub: Hub, auth: Auth, request: HTTPConnection) -> tuple[Studio | None, str]:
    """(of which episode, for which part of the channel). None where no episode is on. Raises
    NotAllowed for a key that opens nothing, NotFound for an episode that is gone."""
    token = str(request.path_params.get("token", "")) or bearer(request)
    if token:
        episode = auth.token_identity(token).overlay
        if not episode:
            raise NotAllowed("this key opens no feed; copy the overlay's address anew")
        return hub.studio(episode), KEYED
    return hub.studios.get(hub.catalogue.state.on), PUBLIC


class Feeds:
    """One per process."""

    def __init__(self, hub: Hub, auth: Auth) -> None:
        self._hub = hub
        self._auth = auth

    async def pull(self, name: str, request: Request) -> Response:
        """One feed in one form."""
        page = await self._hub.feed.pulled(*asked(self._hub, self._auth, request))
        if name.endswith(".txt") and (field := request.query_params.get("field")):
            return _answer(request, page, _field(page, name, field), "text/plain")
        data = page.forms.get(name) or page.forms.setdefault(name, _MAKE[name](page))
        if name.endswith(".csv") and request.query_params.get("bom") == "1":
            data = forms.BOM + data
        return _answer(request, page, data, FEEDS[name])

    async def events(self, request: Request) -> Response:
        """Server-sent events: the newest fields whenever they change."""
        studio, part = asked(self._hub, self._auth, request)
        if studio is None:
            raise NotFound("no episode is on")
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        outbox = await self._hub.feed.subscription(studio, part, EVENT_CODEC)
        member = Member(outbox, "machine" if part == KEYED else "listener", "")
        if not self._hub.enter(studio, member):
            raise full()
        return EventStream(outbox, partial(self._hub.leave, studio, member))

    def routes(self, gate: Gate) -> list[Route]:
        handlers: dict[str, Handler] = {name: partial(self.pull, name) for name in FEEDS}
        handlers[EVENTS] = self.events
        return [
            gate.route("GET", f"{folder}/{name}", _open(handler))
            for folder in FEED_FOLDERS
            for name, handler in handlers.items()
        ]


def _open(handler: Handler) -> Handler:
    """The same for programs of any origin, refusals too."""

    async def opened(request: Request) -> Response:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = await on_refusal(request, refusal)
        response.headers.update(OPEN)
        return response

    return opened


def _answer(request: Request, page: Page, data: bytes, media: str) -> Response:
    # Weak: the same figures at another moment have the same mark. One address has more for a key
    # in the header than without.
    headers = {
        "etag": f'W/"{page.mark}"',
        "cache-control": "no-cache",
        "vary": "Authorization",
    }
    if f'"{page.mark}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=media)


def _field(page: Page, name: str, field: str) -> bytes:
    """One field alone; of the board a line for each row. Raises BadInput."""
    rows = [page.current] if name.startswith("current") else page.segments
    if any(field not in row for row in rows):
        raise BadInput("there is no such field; the feed without ?field= names them", where="field")
    return "\n".join(forms.one_line(row[field]) for row in rows).encode()


class EventStream(Response):
    """Writes what an outbox shows until either side ends it. While the other side does not read,
    only the newest is kept."""

    def __init__(self, outbox: Outbox, leave: Callable[[], None]) -> None:
        super().__init__(
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            media_type="text/event-stream",
        )
        del self.headers["content-length"]
        self._outbox = outbox
        self._leave = leave
        self._newest = b"".join(outbox.take())
        self._news = asyncio.Event()
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._outbox.write = self._note
        self._outbox.on_close = self._news.set
        self._news.set()
        watching = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._write(send, b"retry: %d\n\n" % RETRY_MS)
            while not (self._gone or self._outbox.close_code):
                await self._news.wait()
                self._news.clear()
                frame, self._newest = self._newest, b""
                if frame:
                    await self._write(send, frame)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            pass  # the connection is cut where its answer is not complete
        finally:
            watching.cancel()
            self._leave()

    async def _write(self, send: Send, frame: bytes) -> None:
        async with asyncio.timeout(STALL_S):
            await send({"type": "http.response.body", "body": frame, "more_body": True})

    def _note(self, frame: bytes) -> None:
        self._newest = frame
        self._news.set()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._news.set()
