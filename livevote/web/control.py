"""Control panels: presses that change something, the keys to them, and pictures for their keys.

A press carries a control key, in the header or in the path; cookies open nothing here, so it does
not matter which page or program sends it.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.plain import from_plain
from livevote.errors import BadInput, NotAllowed, NotSignedIn
from livevote.hub.control import Control, Press, check
from livevote.hub.feed import PUBLIC
from livevote.hub.hub import Hub
from livevote.web import button
from livevote.web.answers import fields, json, nothing
from livevote.web.auth import Auth, bearer
from livevote.web.control_keys import ControlKey, ControlKeys
from livevote.web.roles import Gate

# Nobody pressed: a browser, or what looks at links for people, fetches ahead.
AHEAD = ("purpose", "sec-purpose", "x-moz", "x-purpose")


class Controls:
    """One per process. by_get: whether a GET may press."""

    def __init__(self, hub: Hub, auth: Auth, keys: ControlKeys, *, by_get: bool) -> None:
        self._hub = hub
        self._auth = auth
        self._keys = keys
        self._by_get = by_get
        self._control = Control(hub)
        self._pictures = button.Pictures()

    # --- pressing ---

    async def press(self, request: Request) -> Response:
        key = await self._key(request)
        given = await fields(request)
        id, press = _press(request, given)
        return await self._carry_out(key, press, id)

    async def press_by_get(self, request: Request) -> Response:
        if not self._by_get:
            raise NotAllowed("pressing by GET is off (--control-get); use POST")
        if request.method != "GET" or any(name in request.headers for name in AHEAD):
            raise NotAllowed("this is no press")
        key = await self._key(request)
        id, press = _press(request, {})
        return await self._carry_out(key, press, id)

    async def _key(self, request: Request) -> ControlKey:
        """Raises NotSignedIn, NotAllowed, or Busy for too many."""
        token = str(request.path_params.get("token", "")) or bearer(request)
        if not token:
            raise NotSignedIn("a control key is needed: Authorization: Bearer, or in the path")
        try:
            key = self._keys.find(token)
        except NotAllowed:
            await self._auth.limit("control_key", request)
            raise
        await self._auth.limit("control", request, key.id)
        return key

    async def _carry_out(self, key: ControlKey, press: Press, id: str) -> Response:
        if press.action not in key.actions:
            check(press)
            raise NotAllowed(f"this control key is not for {press.action}")
        studio = self._hub.studio(key.episode)
        revision = await self._control.press(studio, press, key.id, f"key {key.name}", id)
        return json({"rev": revision})

    # --- pictures ---

    async def picture(self, request: Request) -> Response:
        """A key's picture with its state, of what the public may know."""
        query = request.query_params
        look = button.look(
            query.get("kind", "phase"), query.get("size", "72"), query.get("lang", "zh")
        )
        studio = self._hub.studios.get(self._hub.catalogue.state.on)
        page = await self._hub.feed.pulled(studio, PUBLIC)
        face = button.face(look.kind, page.current, look.lang)
        data = await asyncio.to_thread(self._pictures.png, face, look.size)
        headers = {
            "etag": f'"{sha256(data).hexdigest()[:20]}"',
            "cache-control": "no-cache",
            "access-control-allow-origin": "*",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="image/png")

    # --- the keys ---

    async def keys(self, request: Request) -> Response:
        return json([_told(key) for key in self._keys.all()])

    async def make_key(self, request: Request) -> Response:
        given = await fields(request, name=str, actions=list, episode=str)
        actions = [str(action) for action in given["actions"]]
        by = self._auth.identity(request).account
        key, token = await self._keys.make(given["name"], actions, given["episode"], by)
        return json({**_told(key), "token": token}, 201)

    async def revoke_key(self, request: Request) -> Response:
        await self._keys.revoke(request.path_params["key"], self._auth.identity(request).account)
        return nothing()

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/control/button.png", self.picture),
            gate.route("POST", "/control/{action}", self.press),
            gate.route("POST", "/control/{token}/{action}", self.press),
            gate.route("GET", "/control/{token}/{action}", self.press_by_get),
            gate.route("GET", "/api/control-keys", self.keys),
            gate.route("POST", "/api/control-keys", self.make_key),
            gate.route("DELETE", "/api/control-keys/{key}", self.revoke_key),
        ]


def _told(key: ControlKey) -> dict[str, Any]:
    """Without what opens anything."""
    return {
        "id": key.id,
        "name": key.name,
        "actions": list(key.actions),
        "episode": key.episode,
        "by": key.by,
        "made_ms": key.made_ms,
    }


def _press(request: Request, given: dict[str, Any]) -> tuple[str, Press]:
    """(idempotency id, the press), from the body, else the query. Raises BadInput."""
    query = request.query_params
    plain: dict[str, Any] = {
        name: query[name] for name in ("id", "kind", "segment") if name in query
    }
    if "held" in query:
        plain["held"] = query["held"] in ("1", "true")
    if "by_ms" in query:
        if not (query["by_ms"].isascii() and query["by_ms"].isdigit() and len(query["by_ms"]) < 10):
            raise BadInput("expected a whole number", where="by_ms")
        plain["by_ms"] = int(query["by_ms"])
    plain |= given
    id = request.headers.get("idempotency-key", "").strip('"') or plain.get("id", "")
    plain.pop("id", None)
    if not isinstance(id, str):
        raise BadInput("expected str", where="id")
    return id, from_plain(Press, {**plain, "action": request.path_params["action"]})
