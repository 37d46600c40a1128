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
from livevote.web.disclosure import DisclosureApi
from livevote.web.exports import Exports
from livevote.web.ops import Ops
from livevote.web.origins import Origins
from livevote.web.pages import Pages, fonts, theme_folder
from livevote.web.roles import Gate
from livevote.web.site import Site
from livevote.web.socket import Sockets

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
    hub: Hub, auth: Auth, origins: Origins, api: Api, zone: ZoneInfo, theme: str = "plain"
) -> Starlette:
    gate = Gate(auth, origins)
    pages = Pages(hub, zone, theme_folder(theme))
    exports = Exports(hub, api.base, fonts(), zone.key)
    return Starlette(
        routes=[
            WebSocketRoute("/socket", Sockets(hub, auth, origins).talk),
            *api.routes(gate),
            *exports.routes(gate),
            *DisclosureApi(hub, auth).routes(gate),
            *Site(hub, pages, api.base, zone.key).routes(gate),
            *Ops(hub).routes(gate),
            *pages.routes(gate),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={Refusal: on_refusal, HTTPException: pages.on_http_error},
    )
