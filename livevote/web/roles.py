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

from livevote.hub.roles import (
    ANYONE,
    DESK_ACTS,
    DESK_STAFF,
    DIRECTOR,
    FOLLOW_UP,
    OWNER,
    PANELS,
    PRODUCER,
    PROMOTES,
    STAFF,
    SUPERVISION,
    VOTERS,
)
from livevote.web.answers import Handler
from livevote.web.auth import Auth
from livevote.web.origins import Origins

LOOPBACK = ("127.0.0.1", "::1")

_ANYONE = frozenset({ANYONE})
_VOTERS = frozenset({VOTERS})
_PANELS = frozenset({PANELS})
_OWNER = frozenset({OWNER})
_PRODUCER = frozenset({PRODUCER})
_BOTH = frozenset({PRODUCER, DIRECTOR})
_STAFF = frozenset(STAFF)
# Who writes in the ledger, and who reads all of it; the rest of the world reads a part.
_LEDGER = frozenset({PRODUCER, DIRECTOR, *FOLLOW_UP})
_LEDGER_READERS = frozenset({*STAFF, *FOLLOW_UP, OWNER})


@dataclass(frozen=True, eq=False)
class Row:
    """One request. who: roles, or ANYONE, or VOTERS (the handler asks for the episode's own), or
    PANELS (for a control key).
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


# What stands under /data, and its media type.
FEEDS = {
    "current.json": "application/json",
    "current.rows.json": "application/json",
    "current.xml": "application/xml",
    "current.csv": "text/csv",
    "current.txt": "text/plain",
    "segments.json": "application/json",
    "segments.xml": "application/xml",
    "segments.csv": "text/csv",
    "segments.txt": "text/plain",
}
# What is told as it happens: server-sent events, and a WebSocket (which is no row here).
EVENTS, SOCKET = "events", "socket"
# Of the episode that is on; of the episode of an overlay's key, with its running figures.
FEED_FOLDERS = ("/data", "/data/{token}")
_FEED_QUERY = {"csv": ("bom",), "txt": ("field",)}

# A press: what its body may hold, or its query.
_PRESS = {
    "id": "string?",
    "held": "boolean?",
    "kind": "string?",
    "segment": "string?",
    "by_ms": "integer?",
}

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
    Row("POST", "/api/accounts", _OWNER, {"name": _TEXT, "roles": "array", "unit": f"{_TEXT}?"}),
    Row("DELETE", "/api/accounts/{name}", _OWNER, answer=204, media=""),
    Row("GET", "/api/shows", _STAFF | _OWNER),
    Row("POST", "/api/shows", _PRODUCER, {"name": "object"}, 201),
    Row("POST", "/api/episodes", _PRODUCER, {"show": _TEXT, "title": "object"}, 201),
    Row("POST", "/api/on", _BOTH, {"episode": _TEXT, "rehearsal": "boolean?"}, 204, ""),
    Row("GET", _EPISODE, _STAFF),
    Row(
        "POST",
        f"{_EPISODE}/command",
        _STAFF,
        {"name": _TEXT, "args": "object", "expect": "integer?"},
    ),
    Row("POST", f"{_EPISODE}/rows/{{kind}}", _PRODUCER, upload=True),
    Row("POST", f"{_EPISODE}/overlay-link", _BOTH),
    Row("POST", f"{_EPISODE}/rehearsal", _PRODUCER, answer=201),
    Row("GET", f"{_EPISODE}/audience", _STAFF),
    Row(
        "POST",
        f"{_EPISODE}/audience",
        _BOTH,
        {
            "turnout": "integer?",
            "dropouts": "integer?",
            "opinion": "array?",
            "viewers": "integer?",
        },
        201,
    ),
    Row("DELETE", f"{_EPISODE}/audience", _BOTH, answer=204, media=""),
    Row("GET", f"{_EPISODE}/replay", _STAFF),
    Row(
        "POST",
        f"{_EPISODE}/replay",
        _BOTH,
        {
            "run": _TEXT,
            "kind": _TEXT,
            "speed": "integer",
            "playing": "boolean",
            "position_ms": "integer?",
        },
    ),
    Row("DELETE", f"{_EPISODE}/replay", _BOTH, answer=204, media=""),
    Row("POST", f"{_EPISODE}/replay-link", _BOTH),
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
    Row("GET", "/api/ledger", _ANYONE, query=("episode", "unit")),
    Row("GET", "/api/ledger/day", _ANYONE, query=("day",)),
    Row("POST", "/api/ledger/command", _LEDGER, {"name": _TEXT, "args": "object"}),
    Row("POST", "/api/ledger/evidence", _LEDGER, answer=201, upload=True),
    Row("GET", "/api/ledger/evidence/{sha256}", _LEDGER_READERS, media="*/*"),
    Row("POST", "/api/ledger/rows", frozenset({SUPERVISION}), upload=True),
    Row("GET", "/api/ledger/export/{format}", _LEDGER_READERS, media="*/*"),
    Row("GET", "/ledger.ics", _ANYONE, media="text/calendar", query=("unit",)),
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
        for path in (
            "/",
            "/seat",
            "/login",
            "/director",
            "/producer",
            "/overlay",
            "/receipt",
            "/ledger",
        )
    ),
    Row("GET", "/episodes", _ANYONE, media="text/html"),
    Row("GET", "/episodes/{id}", _ANYONE, media="text/html"),
    *(
        Row(method, path, _ANYONE, media="text/html")
        for method, path in (
            ("GET", "/questions"),
            ("GET", "/questions/new"),
            ("POST", "/questions/new"),
            ("GET", "/questions/follow"),
            ("POST", "/questions/follow"),
            ("GET", "/questions/mine"),
            ("POST", "/questions/mine"),
            ("GET", "/questions/{case}"),
            ("GET", "/desk"),
        )
    ),
    Row("GET", "/api/questions/challenge", _ANYONE),
    Row("GET", "/api/questions/{case}/photos/{name}", _ANYONE, media="image/jpeg"),
    Row("GET", "/api/desk", DESK_STAFF, query=("show", "q")),
    Row("GET", "/api/desk/cases/{case}", DESK_STAFF),
    Row("POST", "/api/desk/command", DESK_ACTS, {"name": _TEXT, "args": "object"}),
    Row(
        "POST",
        "/api/desk/promote",
        PROMOTES,
        {
            "case": _TEXT,
            "to": _TEXT,
            "episode": f"{_TEXT}?",
            "segment": f"{_TEXT}?",
            "text": f"{_TEXT}?",
            "due": f"{_TEXT}?",
            "target": f"{_TEXT}?",
        },
    ),
    Row("POST", "/api/desk/rows", _PRODUCER, upload=True),
    Row("POST", "/api/desk/import", _PRODUCER, answer=201, upload=True),
    Row("GET", "/api/desk/export/{format}", _PRODUCER, media="*/*"),
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
    *(
        Row(
            "GET",
            f"{folder}/{name}",
            _ANYONE,
            media=media,
            query=_FEED_QUERY.get(name.rpartition(".")[2], ()),
        )
        for folder in FEED_FOLDERS
        for name, media in {**FEEDS, EVENTS: "text/event-stream"}.items()
    ),
    Row("GET", "/control/button.png", _ANYONE, media="image/png", query=("kind", "size", "lang")),
    Row("POST", "/control/{action}", _PANELS, _PRESS),
    Row("POST", "/control/{token}/{action}", _PANELS, _PRESS),
    Row("GET", "/control/{token}/{action}", _PANELS, query=tuple(_PRESS)),
    Row("GET", "/api/control-keys", _PRODUCER),
    Row(
        "POST",
        "/api/control-keys",
        _PRODUCER,
        {"name": _TEXT, "actions": "array", "episode": _TEXT},
        201,
    ),
    Row("DELETE", "/api/control-keys/{key}", _PRODUCER, answer=204, media=""),
    Row("GET", "/theme/{path:path}", _ANYONE, media="*/*"),
    Row("GET", "/ograf/{path:path}", _ANYONE, media="*/*"),
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
        if row.writes and row.who != _PANELS:
            # A page of another site must not act with our cookies.
            self._origins.check(request)
        if row.local and request.client is not None and request.client.host in LOOPBACK:
            return
        if not row.who & {ANYONE, VOTERS, PANELS}:
            self._auth.staff(request, *sorted(row.who))
