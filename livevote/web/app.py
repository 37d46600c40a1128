"""The web application: routes, headers, errors, in one place."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livevote.errors import Refusal
from livevote.hub.hub import Hub
from livevote.web.answers import on_refusal
from livevote.web.api import Api
from livevote.web.auth import Auth
from livevote.web.control import Controls
from livevote.web.delivered import Delivered
from livevote.web.desk import QuestionPages
from livevote.web.disclosure import DisclosureApi
from livevote.web.exports import Exports
from livevote.web.feeds import Feeds
from livevote.web.ledger import LedgerApi
from livevote.web.ograf import Ograf
from livevote.web.ops import Ops
from livevote.web.origins import Origins
from livevote.web.pages import Pages, fonts, static_folder, theme_folder
from livevote.web.photos import Photos
from livevote.web.rehearsals import Rehearsals
from livevote.web.replays import Replays
from livevote.web.roles import FEED_FOLDERS, SOCKET, Gate
from livevote.web.site import Site
from livevote.web.socket import Sockets
from livevote.web.work import Work

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class SafeHeaders:
    """Puts HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


def make_app(
    hub: Hub,
    auth: Auth,
    origins: Origins,
    api: Api,
    zone: ZoneInfo,
    controls: Controls,
    theme: str = "plain",
    *,
    rehearsals: Rehearsals,
    photos: Photos,
    filers_work: Work,
) -> Starlette:
    gate = Gate(auth, origins)
    look = theme_folder(theme)
    pages = Pages(hub, zone, look)
    ograf = Ograf(pages.assets, pages.theme, static_folder(), look, api.base)
    delivered = Delivered(hub)
    exports = Exports(hub, api.base, fonts(), zone.key)
    sockets = Sockets(hub, auth, origins)
    return Starlette(
        routes=[
            WebSocketRoute("/socket", sockets.talk),
            *(WebSocketRoute(f"{folder}/{SOCKET}", sockets.listen) for folder in FEED_FOLDERS),
            *api.routes(gate),
            *rehearsals.routes(gate),
            *Replays(hub, auth, api.base).routes(gate),
            *exports.routes(gate),
            *LedgerApi(hub, auth, zone.key).routes(gate),
            *DisclosureApi(hub, auth).routes(gate),
            *Site(hub, pages, api.base, zone.key, delivered, delivered.threads).routes(gate),
            *Ops(hub).routes(gate),
            *Feeds(hub, auth).routes(gate),
            *controls.routes(gate),
            *QuestionPages(hub, auth, pages, photos, filers_work).routes(gate),
            *pages.routes(gate),
            *ograf.routes(gate),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={Refusal: on_refusal, HTTPException: pages.on_http_error},
    )
