"""Which HTTP requests there are and for whom: one table, and the gate that holds it.

A route that is not in the table cannot be made: nobody may use it. The commands inside
`/command` and the messages of the socket have theirs in `hub/roles.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.hub.roles import ANYONE, DIRECTOR, OWNER, PRODUCER, STAFF, VOTERS
from livevote.web.answers import Handler
from livevote.web.auth import Auth
from livevote.web.origins import Origins

LOOPBACK = ("127.0.0.1", "::1")

_ANYONE = frozenset({ANYONE})
_VOTERS = frozenset({VOTERS})
_OWNER = frozenset({OWNER})
_PRODUCER = frozenset({PRODUCER})
_BOTH = frozenset({PRODUCER, DIRECTOR})
_STAFF = frozenset(STAFF)


@dataclass(frozen=True, eq=False)
class Row:
    """One request. who: roles, or ANYONE, or VOTERS (the handler asks for the episode's own).
    takes: fields of the JSON body and their kind, "?" after what may be left out. answer: the
    status of success. media: what the answer is, "" for none. local: also without a role, from
    this machine. upload: the body is a file."""

    method: str
    path: str
    who: frozenset[str]
    takes: Mapping[str, str] = field(default_factory=dict)
    answer: int = 200
    media: str = "application/json"
    query: tuple[str, ...] = ()
    local: bool = False
    upload: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET"


_EPISODE = "/api/episodes/{id}"
_SHOW = "/api/shows/{id}"
_TEXT = "string"

TABLE = (
    Row("GET", "/api/session", _ANYONE),
    Row("GET", "/api/challenge", _ANYONE, query=("episode",)),
    Row(
        "POST",
        "/api/viewer",
        _ANYONE,
        {"episode": f"{_TEXT}?", "altcha": f"{_TEXT}?"},
        204,
        "",
    ),
    Row(
        "POST",
        "/api/seat",
        _ANYONE,
        {"episode": _TEXT, "seat": _TEXT, "generation": "integer", "code": _TEXT},
    ),
    Row("GET", "/api/poll", _VOTERS, query=("episode",)),
    Row(
        "POST",
        "/api/vote",
        _VOTERS,
        {"episode": f"{_TEXT}?", "run": _TEXT, "seq": "integer", "value": "integer"},
    ),
    Row(
        "POST",
        "/api/receipt",
        _ANYONE,
        {"episode": _TEXT, "run": _TEXT, "index": "integer", "receipt": _TEXT},
    ),
    Row("POST", "/api/login", _ANYONE, {"name": _TEXT, "password": _TEXT}),
    Row("POST", "/api/logout", _ANYONE, answer=204, media=""),
    Row("POST", "/api/claim", _ANYONE, {"token": _TEXT, "password": _TEXT}),
    Row("GET", "/api/accounts", _OWNER),
    Row("GET", "/api/accounts/log", _OWNER),
    Row("POST", "/api/accounts", _OWNER, {"name": _TEXT, "roles": "array"}),
    Row("DELETE", "/api/accounts/{name}", _OWNER, answer=204, media=""),
    Row("GET", "/api/shows", _STAFF | _OWNER),
    Row("POST", "/api/shows", _PRODUCER, {"name": "object"}, 201),
    Row("POST", "/api/episodes", _PRODUCER, {"show": _TEXT, "title": "object"}, 201),
    Row("POST", "/api/on", _BOTH, {"episode": _TEXT}, 204, ""),
    Row("GET", _EPISODE, _STAFF),
    Row(
        "POST",
        f"{_EPISODE}/command",
        _STAFF,
        {"name": _TEXT, "args": "object", "expect": "integer?"},
    ),
    Row("POST", f"{_EPISODE}/rows/{{kind}}", _PRODUCER, upload=True),
    Row("POST", f"{_EPISODE}/overlay-link", _BOTH),
    Row("GET", f"{_EPISODE}/seats", _PRODUCER),
    Row("GET", f"{_EPISODE}/seats.pdf", _PRODUCER, media="application/pdf", query=("seats",)),
    Row("GET", f"{_EPISODE}/export/{{format}}", _STAFF, media="*/*"),
    Row("GET", f"{_SHOW}/disclosure", _STAFF),
    Row(
        "POST",
        f"{_SHOW}/disclosure",
        _PRODUCER,
        {"licence": "object?", "cards": "array?", "budgets": "array?"},
    ),
    Row("POST", f"{_SHOW}/rows/{{table}}", _PRODUCER, upload=True),
    Row("POST", f"{_SHOW}/disclosure/{{table}}", _PRODUCER, upload=True),
    Row("GET", "/api/templates/{kind}.{suffix}", _ANYONE, media="*/*"),
    Row("GET", "/api/presets", _STAFF),
    Row("GET", "/api/key", _ANYONE),
    Row("GET", f"{_EPISODE}/runs/{{run}}/checkpoints", _ANYONE, query=("after",)),
    Row("GET", "/api/openapi.json", _ANYONE),
    Row("GET", "/qr/vote.svg", _ANYONE, media="image/svg+xml"),
    Row("GET", "/health/live", _ANYONE),
    Row("GET", "/health/ready", _ANYONE),
    Row("GET", "/metrics", _STAFF | _OWNER, media="text/plain", local=True),
    *(
        Row("GET", path, _ANYONE, media="text/html")
        for path in ("/", "/seat", "/login", "/director", "/producer", "/overlay", "/receipt")
    ),
    Row("GET", "/episodes", _ANYONE, media="text/html"),
    Row("GET", "/episodes/{id}", _ANYONE, media="text/html"),
    Row("GET", "/episodes/{id}/bulletin.txt", _ANYONE, media="text/plain", query=("lang",)),
    Row("GET", "/episodes/{id}/{segment}", _ANYONE, media="text/html"),
    Row("GET", "/embed/{id}/{segment}", _ANYONE, media="text/html", query=("lang",)),
    Row("GET", "/share/{id}/{segment}/{size}.png", _ANYONE, media="image/png", query=("lang",)),
    Row("GET", "/record/{show}", _ANYONE, media="text/html"),
    Row("GET", "/record/{show}/feed.atom", _ANYONE, media="application/atom+xml", query=("lang",)),
    Row("GET", "/record/{show}/cards", _ANYONE, media="text/html", query=("q", "unit", "page")),
    Row("GET", "/record/{show}/budgets", _ANYONE, media="text/html", query=("q",)),
    Row("GET", "/record/{show}/budgets/{unit}", _ANYONE, media="text/html"),
    Row("GET", "/record/{show}/pledges", _ANYONE, media="text/html", query=("q",)),
    Row("GET", "/record/{show}/questions", _ANYONE, media="text/html"),
    Row("GET", "/record/{show}/data", _ANYONE, media="text/html"),
    Row("GET", "/record/{show}/data/{file}", _ANYONE, media="*/*"),
    Row("GET", "/static/{path:path}", _ANYONE, media="*/*"),
    Row("GET", "/theme/{path:path}", _ANYONE, media="*/*"),
)

_ROWS = {(row.method, row.path): row for row in TABLE}


class Gate:
    """Makes routes, each with the row that says who may pass."""

    def __init__(self, auth: Auth, origins: Origins) -> None:
        self._auth = auth
        self._origins = origins

    def route(self, method: str, path: str, handler: Handler) -> Route:
        """Raises KeyError for a request that the table does not have."""
        row = _ROWS[method, path]

        async def guarded(request: Request) -> Response:
            self.check(row, request)
            return await handler(request)

        return Route(path, guarded, methods=[method])

    def check(self, row: Row, request: Request) -> None:
        """Raises NotAllowed or NotSignedIn."""
        if row.writes:
            # A page of another site must not act with our cookies.
            self._origins.check(request)
        if row.local and request.client is not None and request.client.host in LOOPBACK:
            return
        if not row.who & {ANYONE, VOTERS}:
            self._auth.staff(request, *sorted(row.who))
