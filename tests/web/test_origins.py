"""Origins: an allow-list and nothing else, for writes over HTTP and for the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from livevote.config import Settings
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web.origins import Origins
from tests.web.clients import House

OWN = "own"  # stands for the address that the server listens on, such as 127.0.0.1:41234


@dataclass(frozen=True)
class Asked:
    """What a browser (or what is none) sends. host "" is the server's own."""

    origins: tuple[str, ...]
    host: str = OWN
    proto: str = ""


def one(origin: str, host: str = OWN, proto: str = "") -> Asked:
    return Asked((origin,), host, proto)


ALLOWED = {
    "the server's own address": one("http://own"),
    "the same in capitals": one("HTTP://OWN"),
    "a listed name": one("https://vote.example.org"),
    "a listed name, behind a proxy": one("https://vote.example.org", "vote.example.org", "https"),
    "a listed name with a port": one("http://desk.example.org:8080"),
    "a listed name, its scheme's port spelt out": one("https://port.example.org"),
    "this machine by name": one("http://localhost:8750", "localhost:8750"),
    "a bare address, as the tablet reached it": one("http://192.0.2.7:8750", "192.0.2.7:8750"),
    "the same on the usual port": one("http://192.0.2.7", "192.0.2.7"),
    "a bare IPv6 address": one("http://[2001:db8::7]:8750", "[2001:db8::7]:8750"),
    "a bare address with TLS at the proxy": one("https://192.0.2.7", "192.0.2.7", "https"),
}

REFUSED = {
    "none": Asked(()),
    "empty": one(""),
    "null": one("null"),
    "a star": one("*"),
    "another site": one("https://evil.example"),
    "another port of the own address": one("http://127.0.0.1:1"),
    "no port of the own address": one("http://127.0.0.1"),
    "another scheme of the own address": one("https://own"),
    "another scheme of a listed name": one("http://vote.example.org"),
    "another port of a listed name": one("https://vote.example.org:8443"),
    "no port of a listed name with one": one("http://desk.example.org"),
    "a sub-domain": one("https://a.vote.example.org"),
    "the domain above": one("https://example.org"),
    "a name that ends alike": one("https://evilvote.example.org"),
    "a name that goes on": one("https://vote.example.org.evil.example"),
    "a name with a dot after it": one("https://vote.example.org."),
    "the listed name as a user": one("https://vote.example.org@evil.example"),
    "a user at the listed name": one("https://user@vote.example.org"),
    "a user at the own address": one("http://user@own"),
    "an empty user at the own address": one("http://@own"),
    "a password at the own address": one("http://:secret@own"),
    "a path": one("https://vote.example.org/"),
    "a query": one("https://vote.example.org?"),
    "a fragment": one("https://vote.example.org#"),
    "no scheme": one("vote.example.org"),
    "only slashes": one("//vote.example.org"),
    "a file": one("file://"),
    "an extension": one("chrome-extension://vote.example.org"),
    "a space": one("https://vote.example.org https://evil.example"),
    "a comma": one("https://vote.example.org,https://evil.example"),
    "two headers": Asked(("https://vote.example.org", "https://evil.example")),
    "two headers that agree": Asked(("https://vote.example.org", "https://vote.example.org")),
    "a name made to point at us (DNS rebinding)": one("http://evil.example", "evil.example"),
    "the same with the port": one("http://evil.example:8750", "evil.example:8750"),
    "a name that looks like an address": one(
        "http://192.0.2.7.evil.example", "192.0.2.7.evil.example"
    ),
    "a name that starts like this machine": one(
        "http://localhost.evil.example", "localhost.evil.example"
    ),
    "an address written as a number": one("http://2130706433", "2130706433"),
    "an address written in hex": one("http://0x7f000001", "0x7f000001"),
    "an address cut short": one("http://127.1", "127.1"),
    "another address than the host's": one("http://192.0.2.8:8750", "192.0.2.7:8750"),
    "an address, the host a name": one("http://192.0.2.7", "vote.example.org"),
    "an address that claims https without TLS": one("https://192.0.2.7", "192.0.2.7"),
    "an address over http behind TLS": one("http://192.0.2.7", "192.0.2.7", "https"),
    "IPv6 of another host": one("http://[2001:db8::8]", "[2001:db8::7]"),
    "IPv6 without its end": one("http://[::1", "[::1"),
    "a host without an end": one("http://192.0.2.7", "["),
    "letters that are no letters of ours": one("https://vote.exаmple.org"),
}


@pytest.fixture
async def house(fresh: EmbeddedServer) -> AsyncIterator[House]:
    listed = ("https://vote.example.org", "http://desk.example.org:8080")
    async with running(
        Settings(port=0, origin=(*listed, "https://port.example.org:443")), fresh
    ) as up:
        yield House(up)


async def status(house: House, asked: Asked, *lines: str) -> int:
    """Of a request that is written by hand: a client library would tidy it up."""
    own = house.up.url.removeprefix("http://")
    head = [f"Host: {own if asked.host == OWN else asked.host}"]
    for origin in asked.origins:
        given = origin.replace("//own", f"//{own}").replace("@own", f"@{own}")
        head.append(f"Origin: {given.replace('//OWN', f'//{own.upper()}')}")
    if asked.proto:
        head.append(f"X-Forwarded-Proto: {asked.proto}")
    host, port = own.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = "\r\n".join((lines[0], *head, *lines[1:], "", ""))
    writer.write(request.encode("utf-8"))
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    return int(first.split()[1])


async def post(house: House, asked: Asked) -> int:
    return await status(house, asked, "POST /api/viewer HTTP/1.1", "Content-Length: 0")


async def upgrade(house: House, asked: Asked) -> int:
    return await status(
        house,
        asked,
        "GET /socket HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol: livevote.json",
    )


async def test_listed_origins_and_the_own_address_may_write(house: House) -> None:
    found = {name: await post(house, asked) for name, asked in ALLOWED.items()}
    assert found == dict.fromkeys(ALLOWED, 204)


async def test_every_other_origin_may_not_write(house: House) -> None:
    found = {name: await post(house, asked) for name, asked in REFUSED.items()}
    # 400: what was sent is not HTTP, and no handler saw it.
    assert {name: code for name, code in found.items() if code not in (400, 403)} == {}
    plain = {name: code for name, code in found.items() if REFUSED[name].host == OWN}
    assert plain == dict.fromkeys(plain, 403)


async def test_listed_origins_and_the_own_address_get_a_socket(house: House) -> None:
    found = {name: await upgrade(house, asked) for name, asked in ALLOWED.items()}
    assert found == dict.fromkeys(ALLOWED, 101)


async def test_every_other_origin_gets_no_socket(house: House) -> None:
    found = {name: await upgrade(house, asked) for name, asked in REFUSED.items()}
    assert {name: code for name, code in found.items() if code not in (400, 403)} == {}


async def test_reading_needs_no_origin_for_it_changes_nothing(house: House) -> None:
    for asked in (Asked(()), one("https://evil.example")):
        assert await status(house, asked, "GET /api/session HTTP/1.1") == 200


def test_the_list_is_of_origins_not_of_addresses() -> None:
    origins = Origins.of(["https://Vote.Example.org/path?q#f", "", "http://a.example:80"])
    assert origins.allowed == {"https://vote.example.org", "http://a.example"}
