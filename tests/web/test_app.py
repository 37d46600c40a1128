"""The application whole: every route, for everybody; every command, from everybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute, compile_path

from livevote.core.model import Seat
from livevote.core.plain import COMMANDS
from livevote.export import disclosed_rows, rows
from livevote.hub import roles
from livevote.hub.roles import (
    ACCOUNT_ROLES,
    COMMAND_ROLES,
    DIRECTOR,
    FOLLOW_UP,
    OVERLAY,
    OWNER,
    PRODUCER,
    STAFF,
    SUPERVISION,
    UNIT,
    VERIFIER,
)
from livevote.hub.studio import Studio
from livevote.web.app import HEADERS, make_app
from livevote.web.origins import Origins
from livevote.web.photos import Photos
from livevote.web.roles import FEEDS, TABLE, Gate
from livevote.wire.inbound import KINDS
from tests.web.clients import House

PROTOCOL = Path(__file__).parents[2] / "PROTOCOL.md"

# Everybody who may come to the door; each has the cookies of that role and no others.
STRANGERS = ("none", "viewer", "seat", "overlay token")
PEOPLE = (*STRANGERS, OVERLAY, DIRECTOR, PRODUCER, VERIFIER, OWNER, *FOLLOW_UP)
ANYONE = frozenset(PEOPLE)
VOTERS = frozenset({"viewer", "seat"})
# Of a control key, which nobody at this door has.
HOLDERS = frozenset({"holder"})
# Staff reads and changes nothing where the table says so; owner alone is nobody's boss on air.
CREW = frozenset(STAFF)
LEDGER_READERS = (*STAFF, *FOLLOW_UP, OWNER)


@dataclass(frozen=True)
class Row:
    """A request, and for whom it is. {seat}, {name}: another for each who asks. status: for
    those it is for."""

    method: str
    path: str
    who: frozenset[str]
    body: Any = None
    status: int = 200


def row(method: str, path: str, *who: str, body: Any = None, status: int = 200) -> Row:
    return Row(method, path, frozenset(who), body, status)


NAME = {"zh": "问政"}
SET_DESK = {"name": "set_desk", "args": {"units": [{"id": "water", "name": NAME}]}}
PROMOTE = {"case": "Q000001", "to": "show"}
EPISODE = "/api/episodes/{id}"
SHOW = "/api/shows/{show}"
ROWS = (
    row("GET", "/api/session", *ANYONE),
    # Without the setting there is no work to do.
    row("GET", "/api/challenge", *ANYONE, status=404),
    row("POST", "/api/viewer", *ANYONE, status=204),
    row("POST", "/api/seat", *ANYONE, body="seat"),
    row("GET", "/api/poll", *VOTERS),
    row("POST", "/api/vote", *VOTERS, body={"run": "{run}", "seq": 1, "value": 1}),
    # A wrong receipt: the same.
    row("POST", "/api/receipt", *ANYONE, body="receipt", status=403),
    row("GET", f"{EPISODE}/runs/{{run}}/checkpoints", *ANYONE),
    row("GET", "/api/key", *ANYONE),
    # A wrong password: everybody may try, and is told the same.
    row("POST", "/api/login", *ANYONE, body="login", status=403),
    row("POST", "/api/logout", *ANYONE, status=204),
    row("POST", "/api/claim", *ANYONE, body="claim"),
    row("GET", "/api/accounts", OWNER),
    row("GET", "/api/accounts/log", OWNER),
    row("POST", "/api/accounts", OWNER, body={"name": "new", "roles": [VERIFIER]}),
    row("DELETE", "/api/accounts/{name}", OWNER, status=204),
    row("GET", "/api/shows", *CREW, OWNER),
    row("POST", "/api/shows", PRODUCER, body={"name": NAME}, status=201),
    row("POST", "/api/episodes", PRODUCER, body={"show": "{show}", "title": NAME}, status=201),
    row("POST", "/api/on", PRODUCER, DIRECTOR, body={"episode": "{id}"}, status=204),
    row("GET", EPISODE, *CREW),
    # The commands have a table of their own below; this one is for its two.
    row("POST", f"{EPISODE}/command", PRODUCER, DIRECTOR, body="command"),
    row("POST", f"{EPISODE}/rows/rundown", PRODUCER, body="rundown"),
    row("POST", f"{EPISODE}/rows/roster", PRODUCER, body="roster"),
    row("GET", "/api/templates/rundown.csv", *ANYONE),
    row("GET", "/api/templates/roster.xlsx", *ANYONE),
    row("GET", "/api/presets", *CREW),
    row("POST", f"{EPISODE}/rehearsal", PRODUCER, status=201),
    row("GET", f"{EPISODE}/audience", *CREW),
    # A real episode: nobody may.
    row("POST", f"{EPISODE}/audience", PRODUCER, DIRECTOR, status=409),
    row("DELETE", f"{EPISODE}/audience", PRODUCER, DIRECTOR, status=204),
    row("GET", f"{EPISODE}/replay", *CREW),
    # Of a run that is not over: nobody may.
    row(
        "POST",
        f"{EPISODE}/replay",
        PRODUCER,
        DIRECTOR,
        body={"run": "{run}", "kind": "bar", "speed": 1, "playing": True},
        status=409,
    ),
    row("DELETE", f"{EPISODE}/replay", PRODUCER, DIRECTOR, status=204),
    row("POST", f"{EPISODE}/replay-link", PRODUCER, DIRECTOR),
    row("GET", "/api/ledger", *ANYONE),
    # A note on a pledge that is not there; other commands and moves have tables of their own.
    row("POST", "/api/ledger/command", PRODUCER, *FOLLOW_UP, body="ledger", status=404),
    row(
        "POST", "/api/ledger/evidence", PRODUCER, DIRECTOR, *FOLLOW_UP, body=b"%PDF-1.7", status=201
    ),
    row("GET", "/api/ledger/evidence/{name}", *LEDGER_READERS, status=404),
    row("POST", "/api/ledger/rows", SUPERVISION, body="pledges"),
    row("GET", "/api/ledger/day", *ANYONE, status=400),
    row("GET", "/api/ledger/export/json", *(who for who in LEDGER_READERS if who != UNIT)),
    row("GET", "/ledger.ics", *ANYONE),
    row("GET", f"{EPISODE}/seats.pdf", PRODUCER),
    row("GET", f"{EPISODE}/seats", PRODUCER),
    row("POST", f"{EPISODE}/overlay-link", PRODUCER, DIRECTOR),
    row("GET", f"{EPISODE}/export/json", *CREW),
    row("GET", f"{EPISODE}/export/bundle", *CREW),
    row("GET", "/api/openapi.json", *ANYONE),
    row("GET", "/qr/vote.svg", *ANYONE),
    row("GET", "/health/live", *ANYONE),
    row("GET", "/health/ready", *ANYONE),
    row("GET", "/metrics", *CREW, OWNER),
    row("GET", "/", *ANYONE),
    row("GET", "/seat", *ANYONE),
    row("GET", "/login", *ANYONE),
    row("GET", "/director", *ANYONE),
    row("GET", "/producer", *ANYONE),
    row("GET", "/overlay", *ANYONE),
    row("GET", "/receipt", *ANYONE),
    row("GET", "/ledger", *ANYONE),
    row("GET", "/episodes", *ANYONE),
    row("GET", "/episodes/{id}", *ANYONE),
    row("GET", "/questions", *ANYONE),
    row("GET", "/questions/new", *ANYONE),
    row("POST", "/questions/new", *ANYONE, status=422),  # no form
    row("GET", "/questions/follow", *ANYONE),
    row("POST", "/questions/follow", *ANYONE, status=403),  # a wrong password
    row("GET", "/questions/mine", *ANYONE, status=303),  # of nobody
    row("POST", "/questions/mine", *ANYONE, status=303),
    row("GET", "/questions/Q000001", *ANYONE, status=404),
    row("GET", "/desk", *ANYONE),
    row("GET", "/api/questions/challenge", *ANYONE, status=404),
    row("GET", "/api/questions/Q000001/photos/x", *ANYONE, status=404),
    row("GET", "/api/desk", PRODUCER, DIRECTOR, UNIT),
    row("GET", "/api/desk/cases/Q000001", PRODUCER, DIRECTOR, UNIT, status=404),
    row("POST", "/api/desk/command", PRODUCER, body=SET_DESK),
    row("POST", "/api/desk/promote", PRODUCER, DIRECTOR, body=PROMOTE, status=404),
    row("POST", "/api/desk/rows", PRODUCER, body=b"\xe6\x8f\x90", status=400),
    row("POST", "/api/desk/import", PRODUCER, body=b"\xe6\x8f\x90", status=400),
    row("GET", "/api/desk/export/csv", PRODUCER),
    row("GET", f"{SHOW}/disclosure", *CREW),
    row("POST", f"{SHOW}/disclosure", PRODUCER, body={"licence": {"name": "CC0", "url": ""}}),
    row("POST", f"{SHOW}/rows/cards", PRODUCER, body="cards"),
    row("POST", f"{SHOW}/disclosure/cards", PRODUCER, body="cards"),
    row("GET", "/episodes/{id}/bulletin.txt", *ANYONE),
    row("GET", "/episodes/{id}/water", *ANYONE),
    row("GET", "/embed/{id}/water", *ANYONE),
    row("GET", "/share/{id}/water/wide.png", *ANYONE),
    row("GET", "/record/{show}", *ANYONE),
    row("GET", "/record/{show}/feed.atom", *ANYONE),
    row("GET", "/record/{show}/cards", *ANYONE),
    row("GET", "/record/{show}/budgets", *ANYONE),
    # A unit that has none.
    row("GET", "/record/{show}/budgets/x", *ANYONE, status=404),
    row("GET", "/record/{show}/pledges", *ANYONE),
    row("GET", "/record/{show}/questions", *ANYONE),
    row("GET", "/record/{show}/data", *ANYONE),
    row("GET", "/record/{show}/data/results.csv", *ANYONE),
    row("GET", "/static/shared/tokens.css", *ANYONE),
    # Whose key is in the path does not matter; what it opens is test_feeds' business.
    *(
        row("GET", f"{folder}/{name}", *ANYONE)
        for folder in ("/data", "/data/{token}")
        for name in (*FEEDS, "events")
    ),
    row("GET", "/control/button.png", *ANYONE),
    # What a key opens is test_control's business.
    row("POST", "/control/blank", *HOLDERS),
    row("POST", "/control/no-key/blank", *HOLDERS),
    row("GET", "/control/no-key/blank", *HOLDERS),
    row("GET", "/api/control-keys", PRODUCER),
    row(
        "POST",
        "/api/control-keys",
        PRODUCER,
        body={"name": "deck", "actions": ["take"], "episode": ""},
        status=201,
    ),
    # There is none of this name.
    row("DELETE", "/api/control-keys/{name}", PRODUCER, status=404),
    row("GET", "/theme/theme.css", *ANYONE),
    row("GET", "/ograf/livevote.ograf.json", *ANYONE),
)


class Door:
    """An episode with an open run, and everybody with a browser of their own."""

    def __init__(self, house: House, studio: Studio, run: str) -> None:
        self.house = house
        self.studio = studio
        self.run = run
        self.browsers: dict[str, httpx.AsyncClient] = {}

    async def cookies(self, who: str) -> dict[str, str]:
        if who == "none":
            return {}
        if who == "viewer":
            return self.house.viewer()
        if who == "seat":
            return await self.house.seat(self.studio, "S-0")
        if who == "overlay token":
            token = self.token
            return {"lv_overlay": token, "lv_staff": token, "lv_seat": token, "lv_viewer": token}
        return await self.house.staff(who)

    @property
    def token(self) -> str:
        return self.house.up.auth.overlay_token(self.studio.episode.id)

    async def ask(self, who: str, asked: Row) -> int:
        """The status of a row's request. Cookies that it sets are not kept."""
        place = PEOPLE.index(who)
        body = await self._body(asked.body, place)
        victim = f"victim-{place}"
        if asked.method == "DELETE":
            await self.house.up.auth.accounts.put(victim, (VERIFIER,))
        path = self._fill(asked.path).replace("{name}", victim)
        # Not from this machine, as far as the server can tell: metrics are open to that.
        headers = {"x-forwarded-for": f"192.0.2.{place}"}
        if who == "overlay token":
            headers["authorization"] = f"Bearer {self.token}"
        browser = self.browsers[who]
        kept = dict(browser.cookies)
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        if path.endswith("/events"):
            async with browser.stream("GET", path, headers=headers) as endless:
                return endless.status_code
        answer = await browser.request(asked.method, path, headers=headers, **given)
        browser.cookies.clear()
        browser.cookies.update(kept)
        assert answer.status_code < 500, answer.text
        return answer.status_code

    async def _body(self, body: Any, place: int) -> Any:
        if body == "seat":
            seat = f"S-{place + 1}"
            generation, code = self.house.hub.seat_code(self.studio, seat)
            episode = self.studio.episode.id
            return {"episode": episode, "seat": seat, "generation": generation, "code": code}
        if body == "receipt":
            episode = self.studio.episode.id
            return {"episode": episode, "run": self.run, "index": 1, "receipt": "0" * 12}
        if body == "claim":
            account = await self.house.up.auth.accounts.put(f"claimed-{place}", (VERIFIER,))
            token = self.house.up.auth.claim_token(account)
            return {"token": token, "password": "a long password"}
        if body == "command":
            args = {"segment": "water", "pledge": f"承诺 {place}"}
            return {"name": "set_pledge", "args": args}
        if body == "login":
            return {"name": f"x-{place}", "password": "x"}  # of one name few tries are taken
        if body == "ledger":
            return {"name": "move_pledge", "args": {"pledge": "none", "move": "note"}}
        if body in ("rundown", "roster", "pledges"):
            return rows.template(body, "csv")[0]
        if body == "cards":
            return disclosed_rows.template(body, "csv")[0]
        if isinstance(body, dict):
            return {k: self._fill(v) if isinstance(v, str) else v for k, v in body.items()}
        return body

    def _fill(self, text: str) -> str:
        show = self.house.hub.catalogue.state.shows[0].id
        episode = self.studio.episode.id
        filled = text.replace("{id}", episode).replace("{run}", self.run).replace("{show}", show)
        return filled.replace("{token}", self.token)


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    studio = await house.episode(seats=tuple(Seat(f"S-{i}") for i in range(len(PEOPLE) + 2)))
    door = Door(house, studio, await house.opened(studio))
    async with AsyncExitStack() as stack:
        for who in PEOPLE:
            cookies = await door.cookies(who)
            door.browsers[who] = await stack.enter_async_context(house.browser(cookies))
        yield door


def refused(who: str) -> int:
    """The status for one whom a request is not for: sign in first, or another role."""
    return 403 if who in ACCOUNT_ROLES else 401


async def test_every_route_is_for_whom_the_table_says_and_for_nobody_else(door: Door) -> None:
    expected: dict[str, dict[str, int]] = {}
    found: dict[str, dict[str, int]] = {}
    for asked in ROWS:
        key = f"{asked.method} {asked.path}"
        expected[key] = {who: asked.status if who in asked.who else refused(who) for who in PEOPLE}
        if asked.who == VOTERS:
            # Voters are told to join first, whatever else they are.
            expected[key] = {who: asked.status if who in VOTERS else 401 for who in PEOPLE}
        if asked.who == HOLDERS:
            # No cookie opens anything; a wrong key is told so.
            wrong_key = "no-key" in asked.path
            expected[key] = {
                who: 403 if wrong_key or who == "overlay token" else 401 for who in PEOPLE
            }
        found[key] = {who: await door.ask(who, asked) for who in PEOPLE}
    wrong = {key: (found[key], expected[key]) for key in found if found[key] != expected[key]}
    assert wrong == {}


async def test_what_changes_something_needs_an_origin_whoever_asks(house: House) -> None:
    studio = await house.episode()
    writes = [asked for asked in ROWS if asked.method != "GET" and asked.who != HOLDERS]
    assert len(writes) > 10
    async with house.browser(await house.everyone(), origin="https://evil.example") as browser:
        revision = studio.episode.revision
        for asked in writes:
            path = asked.path.replace("{id}", studio.episode.id).replace("{name}", "owner")
            answer = await browser.request(asked.method, path, json={})
            assert answer.status_code == 403, path
            assert "origin" in answer.json()["message"], path
        assert studio.episode.revision == revision


def documented() -> set[tuple[str, str]]:
    """(method, path) of every request and page in PROTOCOL.md."""
    text = PROTOCOL.read_text().partition("## HTTP")[2]
    table = {(m, p) for m, p in re.findall(r"`(GET|POST|DELETE) (/[^`?]*)[^`]*`", text)}
    pages = text.partition("Pages:")[2]
    return table | {("GET", page) for page in re.findall(r"`(/[^`#]*)[^`]*`", pages)}


def pattern(path: str) -> str:
    """A route's path with all its holes alike: /api/episodes/{}/export/{}."""
    return re.sub(r"\{[^}]*\}", "{}", path)


async def test_the_routes_are_those_of_the_protocol_and_of_the_table_here(
    house: House, tmp_path: Path
) -> None:
    up = house.up
    zone, none = ZoneInfo("UTC"), Origins(frozenset())
    app = make_app(
        *(up.hub, up.auth, none, up.api, zone, up.controls),
        rehearsals=up.rehearsals,
        photos=Photos(tmp_path),
        filers_work=up.auth.work,
    )
    routes: list[tuple[str, Any]] = []
    for route in app.routes:
        if isinstance(route, WebSocketRoute):
            assert route.path in ("/socket", "/data/socket", "/data/{token}/socket")
            continue
        assert isinstance(route, Route)
        assert route.methods
        routes += [(method, route) for method in route.methods - {"HEAD"}]

    def served(method: str, path: str) -> set[str]:
        filled = pattern(path).replace("{}", "x")
        return {r.path for m, r in routes if m == method and r.path_regex.match(filled)}

    for method, path in documented():
        assert served(method, path), f"{method} {path} is in PROTOCOL.md and nowhere else"
    told = {path for method, path in documented() for path in served(method, path)}
    tried = {path for asked in ROWS for path in served(asked.method, asked.path)}
    everything = {route.path for _, route in routes}
    assert everything - tried == set(), "add these to the table of roles"
    assert everything - told == {"/static/{path:path}", "/theme/{path:path}"}, (
        "add these to PROTOCOL.md"
    )


def test_the_servers_table_is_the_one_written_out_here() -> None:
    """ROWS above is written by hand: a change of the server's table shows as one."""
    tried = {}
    for mine in ROWS:
        fits = (r for r in TABLE if r.method == mine.method)
        served = next(r for r in fits if compile_path(r.path)[0].match(mine.path))
        tried[served] = mine
    assert {(r.method, r.path) for r in TABLE} == {(r.method, r.path) for r in tried}
    for served, mine in tried.items():
        if mine.path == f"{EPISODE}/command":
            assert served.who == CREW  # and then by the table of commands
        elif mine.path == "/api/ledger/command":
            assert served.who == mine.who | {DIRECTOR}  # who makes pledges
        elif mine.path == "/api/desk/command":
            assert served.who == mine.who | {UNIT}  # whom the handler refuses what is the desk's
        elif mine.path == "/api/ledger/export/json":
            assert served.who == mine.who | {UNIT}  # whom the handler refuses
        else:
            words = {
                frozenset({roles.ANYONE}): ANYONE,
                frozenset({roles.VOTERS}): VOTERS,
                frozenset({roles.PANELS}): HOLDERS,
            }
            assert words.get(served.who, served.who) == mine.who, mine


def test_a_request_without_a_row_cannot_be_served(house: House) -> None:
    gate = Gate(house.up.auth, Origins(frozenset()))
    with pytest.raises(KeyError):
        gate.route("GET", "/api/secrets", house.up.api.session)


# --- messages ---


def test_every_message_is_for_whom_it_is_written_here() -> None:
    everybody = {"seat", "viewer", "staff", "overlay", "preview", "replay"}
    assert {
        "cast": {"seat", "viewer"},
        "command": {"staff"},
        "drawn": {"overlay", "preview", "replay"},
        "ping": everybody,
    } == roles.MESSAGE_ROLES
    assert set(roles.MESSAGE_ROLES) == set(KINDS) - {"hello"}


# --- commands ---

NAMES = (*COMMANDS, "no_such_command", "", "Blank", "__init__")


def test_the_servers_own_commands_are_for_nobody_outside() -> None:
    assert {"join_seat", "finish", "report"} & COMMAND_ROLES.keys() == set()
    assert set().union(*COMMAND_ROLES.values()) == CREW
    assert COMMAND_ROLES["verify"] == {VERIFIER}
    changes = {name for name, roles in COMMAND_ROLES.items() if VERIFIER in roles}
    assert changes == {"verify", "confirm_void", "confirm_correction"}, (
        "a verifier reads everything, changes nothing"
    )


def expected_of(who: str) -> dict[str, bool]:
    """Command → whether this one may give it."""
    return {name: who in COMMAND_ROLES.get(name, ()) for name in NAMES}


async def test_every_command_over_http_is_for_its_roles_and_nobody_else(door: Door) -> None:
    path = f"/api/episodes/{door.studio.episode.id}/command"
    for who in PEOPLE:
        found = {}
        for name in NAMES:
            answer = await door.browsers[who].post(path, json={"name": name, "args": {}})
            code = answer.json().get("code", "done")
            found[name] = code not in ("not_allowed", "not_signed_in")
            assert answer.status_code < 500
        assert found == expected_of(who), who


@pytest.mark.parametrize("channel", ["voter", "overlay", "staff"])
async def test_every_command_over_the_socket_is_for_its_roles_and_nobody_else(
    house: House, channel: str
) -> None:
    studio = await house.episode(seats=(Seat("S-0"),))
    door = Door(house, studio, await house.opened(studio))
    for who in PEOPLE:
        cookies = await door.cookies(who)
        token = door.token if who == "overlay token" else ""
        found = {}
        for first in range(0, len(NAMES), 10):  # less than the burst of a phone
            async with house.line(channel, cookies, token=token) as line:
                if "welcome" not in await first_word(line):
                    break
                for name in NAMES[first : first + 10]:
                    answer = await line.order(name)
                    found[name] = answer.get("code", "done") != "not_allowed"
        if channel == "staff":
            assert found == (expected_of(who) if who in CREW else {}), who
        else:
            assert not any(found.values()), (who, channel)


async def first_word(line: Any) -> str:
    """What the server says to a hello: "welcome", or nothing before it closes."""
    try:
        await line.hear("welcome")
    except Exception as end:
        return type(end).__name__
    return "welcome"


# --- headers ---


async def test_every_answer_is_safe_to_show(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.everyone()) as browser:
        for path in (
            "/",
            "/director",
            "/overlay",
            "/episodes",
            f"/episodes/{studio.episode.id}",
            "/nowhere",
            "/api/session",
            "/api/nowhere",
            f"/api/episodes/{studio.episode.id}/export/json",
            "/static/shared/tokens.css",
            "/qr/vote.svg",
            "/health/live",
            "/metrics",
        ):
            answer = await browser.get(path)
            assert HEADERS.items() <= dict(answer.headers).items(), path
            assert "server" not in answer.headers, "nobody needs to know what serves them"


async def test_no_page_may_run_what_is_not_ours() -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy, "scripts: only the default, from here"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe-eval" not in HEADERS["content-security-policy"]
    assert HEADERS["referrer-policy"] == "no-referrer"


async def test_answers_of_the_api_are_not_kept_by_anybody(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.everyone() | house.viewer()) as browser:
        for path in (
            "/api/session",
            "/api/poll",
            "/api/shows",
            "/api/accounts",
            "/api/presets",
            f"/api/episodes/{studio.episode.id}",
            f"/api/episodes/{studio.episode.id}/seats",
            f"/api/episodes/{studio.episode.id}/export/csv",
            "/api/nowhere",
        ):
            answer = await browser.get(path)
            assert answer.headers["cache-control"] == "no-store", path


async def test_what_is_not_there_is_told_to_people_and_to_programs(house: House) -> None:
    async with house.browser() as browser:
        page = await browser.get("/nowhere", headers={"accept-language": "en"})
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "There is no such page" in page.text
        for method, path, status in (
            ("GET", "/api/nowhere", 404),
            ("POST", "/api/session", 405),
            ("GET", "/api/login", 405),
            ("PUT", "/api/accounts", 405),
        ):
            answer = await browser.request(method, path)
            assert answer.status_code == status
            plain = answer.json()
            assert plain.pop("message")
            assert plain == {
                "code": "not_found",
                "where": "",
                "retry": False,
                "retry_after_ms": 0,
            }


async def test_strange_requests_get_an_answer_and_no_traceback(house: House) -> None:
    host, port = house.up.url.removeprefix("http://").split(":")
    for line in (
        b"GET /episodes/%00 HTTP/1.1",
        b"GET /episodes/%ff%fe HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1",
        b"GET /static/../livevote/server.py HTTP/1.1",
        b"GET /static/%2e%2e/livevote/server.py HTTP/1.1",
        b"GET /static//etc/passwd HTTP/1.1",
        b"GET /api/episodes/..%2f..%2f HTTP/1.1",
        b"GET /episodes?lang=%ff HTTP/1.1",
        b"GET /?" + b"x" * 20_000 + b" HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"HEAD / HTTP/1.1",
        b"BREW /pot HTTP/1.1",
        b"no HTTP at all",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(line + b"\r\nHost: x\r\nCookie: lv_staff=\xff; ;=;\r\n\r\n")
        first = await asyncio.wait_for(reader.readline(), 10)
        assert first.startswith(b"HTTP/1.1 "), line
        assert int(first.split()[1]) < 500, line
        writer.close()
        await writer.wait_closed()
