"""CasparCG: one AMCP command over TCP, and its reply.

A layer holds the overlay's page as an HTML template; `update`, `play`, `next` and `stop` call the
functions of that name in it. Which graphics are on air is the director's business, not ours.
Source: CasparCG's AMCP protocol, and its server's tokenizer for quoting.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from livevote.errors import BadInput
from livevote.push import Declined, Unanswered, address, asking, reaching

PORT = 5250
SHAPE = "casparcg://HOST[:PORT]/CHANNEL-LAYER, such as casparcg://localhost/1-20"
# More than a reply ever has; a line that goes on and on is no reply.
LINE_MAX = 65_536
LINES_MAX = 1000

# Each action's words; the template's own layer is always 0, CasparCG's layer says which it is.
ACTIONS = ("add", "play", "next", "stop", "remove", "update")

# What the codes mean, of CG commands.
_MEANING = {
    400: "it does not understand the command",
    401: "it has no such channel",
    402: "a parameter is missing",
    403: "a parameter is out of range",
    404: "it has no such template, or cannot open the address",
    500: "it failed",
    501: "it failed",
    502: "it cannot read the file",
    503: "it may not read the file",
}
_REPLY = re.compile(r"(\d{3})(?: .*)?")
# The tokenizer knows these three escapes and drops all others.
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    channel: int
    layer: int

    @property
    def place(self) -> str:
        return f"CasparCG at {self.host}:{self.port}"


@dataclass(frozen=True)
class Reply:
    """data: the lines after the first, of 200 and 201."""

    code: int
    data: tuple[str, ...] = ()


def target(text: str) -> Target:
    """Raises BadInput."""
    parts = address(text, "casparcg", SHAPE)
    found = re.fullmatch(r"/([1-9]\d{0,3})-(\d{1,4})", parts.path, re.ASCII)
    if not found or not parts.hostname:
        raise BadInput(f"an address is {SHAPE}", where="target")
    return Target(parts.hostname, parts.port or PORT, int(found[1]), int(found[2]))


def quoted(text: str) -> str:
    """As one AMCP parameter. Raises BadInput for what would end the command or be dropped."""
    if _CONTROL.search(text):
        raise BadInput("no control characters")
    return f'"{text.translate(_ESCAPES)}"'


def template_data(text: str) -> str:
    """A JSON object, compact. CasparCG's server puts it into `update("…")` and escapes nothing but
    quotation marks, so what needs a backslash in JSON would arrive as something else. Raises
    BadInput."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput("data is a JSON object", where="data")
    compact = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    if "\\" in compact:
        raise BadInput(
            "no quotation marks, backslashes or line breaks inside of the texts: CasparCG does not "
            "hand them on whole",
            where="data",
        )
    return compact


def command(to: Target, action: str, url: str = "", data: str = "", play: bool = True) -> bytes:
    """The bytes of one command. url: for add; data: for update, and for add if there is any; play:
    whether what is added plays at once. Raises BadInput."""
    if (action == "add") != bool(url):
        raise BadInput("add, and only add, takes the overlay's address", where="url")
    if action == "update" and not data:
        raise BadInput("update takes data", where="data")
    if data and action not in ("add", "update"):
        raise BadInput("add and update alone take data", where="data")
    words = ["CG", f"{to.channel}-{to.layer}", action.upper(), "0"]
    if url:
        words += [quoted(_page(url)), "1" if play else "0"]
    if data:
        words.append(quoted(template_data(data)))
    return (" ".join(words) + "\r\n").encode()


def _page(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or url.split() != [url]:
        raise BadInput("an overlay's address starts with http:// or https://", where="url")
    return url


async def push(to: Target, line: bytes, within_s: float) -> Reply:
    """Send one command and have its reply. within_s: for connecting, and again for the reply.
    Raises Declined, Unreached, Unanswered."""
    async with reaching(to.place, within_s):
        reader, writer = await asyncio.open_connection(to.host, to.port, limit=LINE_MAX)
    try:
        async with asking(to.place, within_s):
            writer.write(line)
            await writer.drain()
            reply = await _reply(reader, to.place)
    finally:
        # Nothing is left to say; a close would wait for a host that does not read.
        writer.transport.abort()
    if reply.code >= 400:
        raise Declined(f"{to.place} refused: {reply.code}, {_MEANING.get(reply.code, 'it failed')}")
    return reply


async def _reply(reader: asyncio.StreamReader, place: str) -> Reply:
    while True:
        first = await _line(reader, place)
        found = _REPLY.fullmatch(first)
        if not found:
            raise Unanswered(f"{place} answered something that is not AMCP")
        code = int(found[1])
        if code == 101:
            await _line(reader, place)
        # 100 and 101 tell of events; the reply is still to come.
        if code >= 200:
            return Reply(code, await _data(reader, place, code))


async def _data(reader: asyncio.StreamReader, place: str, code: int) -> tuple[str, ...]:
    """200: lines up to an empty one. 201: one line. Of an error the host repeats the command; that
    has keys in it and nobody reads it."""
    if code == 201:
        return (await _line(reader, place),)
    lines: list[str] = []
    while code == 200 and len(lines) < LINES_MAX:
        line = await _line(reader, place)
        if not line:
            break
        lines.append(line)
    return tuple(lines)


async def _line(reader: asyncio.StreamReader, place: str) -> str:
    try:
        raw = await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise Unanswered(f"{place} answered a line without an end") from None
    return raw[:-2].decode(errors="replace")
