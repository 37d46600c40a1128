"""OBS: show, hide or reload the browser source that holds the overlay, over obs-websocket v5.

The source is made by hand, in OBS. Source: obs-websocket's protocol document, RPC version 1.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from livevote.errors import BadInput
from livevote.push import Declined, Unanswered, Unreached, address, asking, reaching

PORT = 4455
SHAPE = "obs://HOST[:PORT]/SCENE/SOURCE, such as obs://localhost/Main/livevote"
RPC_VERSION = 1
SUCCESS = 100
ANSWER_MAX = 1_000_000

ACTIONS = ("show", "hide", "refresh")

# Operation codes.
HELLO, IDENTIFY, IDENTIFIED, REQUEST, RESPONSE = 0, 1, 2, 6, 7

# Why OBS hangs up; its own words are not needed.
_CLOSED = {
    4006: "its RPC version is another",
    4009: "the password is wrong or missing",
    4010: "its RPC version is another",
    4011: "somebody ended the session there",
}


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    scene: str
    source: str

    @property
    def place(self) -> str:
        return f"OBS at {self.host}:{self.port}"


def target(text: str) -> Target:
    """Names are percent-encoded where they hold a slash, `?` or `#`. Raises BadInput."""
    parts = address(text, "obs", SHAPE)
    names = [unquote(name) for name in parts.path.split("/")[1:]]
    if len(names) != 2 or not all(names) or not parts.hostname:
        raise BadInput(f"an address is {SHAPE}", where="target")
    return Target(parts.hostname, parts.port or PORT, names[0], names[1])


def proof(password: str, salt: str, challenge: str) -> str:
    """The authentication string: base64(SHA256(base64(SHA256(password + salt)) + challenge))."""
    secret = b64encode(sha256((password + salt).encode()).digest())
    return b64encode(sha256(secret + challenge.encode()).digest()).decode()


async def push(to: Target, action: str, password: str, within_s: float) -> None:
    """Do one action. within_s: for connecting, and again for all that follows. Raises Declined,
    Unreached, Unanswered."""
    try:
        async with reaching(to.place, within_s):
            line = await connect(
                f"ws://{_bracketed(to.host)}:{to.port}",
                subprotocols=[Subprotocol("obswebsocket.json")],
                open_timeout=None,  # ours holds
                close_timeout=within_s,
                max_size=ANSWER_MAX,
                proxy=None,
                compression=None,
            )
    except InvalidHandshake:
        raise Unreached(f"{to.place} is no obs-websocket") from None
    session = _Session(line, to.place)
    try:
        async with asking(to.place, within_s):
            await session.identify(password)
            await _act(session, to, action)
    except ConnectionClosed as closed:
        raise _hung_up(to.place, closed) from None
    finally:
        await line.close()


async def _act(session: _Session, to: Target, action: str) -> None:
    if action == "refresh":
        await session.ask(
            "PressInputPropertiesButton", inputName=to.source, propertyName="refreshnocache"
        )
        return
    found = await session.ask("GetSceneItemId", sceneName=to.scene, sourceName=to.source)
    item = found.get("sceneItemId")
    if not isinstance(item, int):
        raise session.nonsense()
    await session.ask(
        "SetSceneItemEnabled",
        sceneName=to.scene,
        sceneItemId=item,
        sceneItemEnabled=action == "show",
    )


class _Session:
    """One conversation: hello, then request after request."""

    def __init__(self, line: ClientConnection, place: str) -> None:
        self._line = line
        self._place = place
        self._asked = 0

    async def identify(self, password: str) -> None:
        hello = await self._hear(HELLO)
        # No events: nothing comes that was not asked for.
        mine: dict[str, Any] = {"rpcVersion": RPC_VERSION, "eventSubscriptions": 0}
        wanted = hello.get("authentication")
        if wanted is not None:
            if not password:
                raise Declined(f"{self._place} wants a password")
            mine["authentication"] = self._proof(password, wanted)
        await self._say(IDENTIFY, mine)
        await self._hear(IDENTIFIED)

    async def ask(self, name: str, **data: Any) -> dict[str, Any]:
        """Raises Declined with what OBS says."""
        self._asked += 1
        wanted = str(self._asked)
        await self._say(REQUEST, {"requestType": name, "requestId": wanted, "requestData": data})
        answer = await self._hear(RESPONSE)
        status = answer.get("requestStatus")
        if answer.get("requestId") != wanted or not isinstance(status, dict):
            raise self.nonsense()
        if status.get("result") is not True or status.get("code") != SUCCESS:
            said = " ".join(str(status.get("comment", "")).split())[:200]
            raise Declined(f"{self._place} refused {name}: {status.get('code')} {said}".rstrip())
        found = answer.get("responseData")
        return found if isinstance(found, dict) else {}

    def nonsense(self) -> Unanswered:
        return Unanswered(f"{self._place} answered something that is not obs-websocket 5")

    def _proof(self, password: str, wanted: Any) -> str:
        try:
            return proof(password, wanted["salt"], wanted["challenge"])
        except (TypeError, KeyError):
            raise self.nonsense() from None

    async def _say(self, op: int, data: dict[str, Any]) -> None:
        await self._line.send(json.dumps({"op": op, "d": data}, ensure_ascii=False))

    async def _hear(self, op: int) -> dict[str, Any]:
        try:
            message = json.loads(await self._line.recv())
            data = message["d"] if message["op"] == op else None
        except (ValueError, TypeError, KeyError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise self.nonsense()
        return data


def _hung_up(place: str, closed: ConnectionClosed) -> Declined | Unanswered:
    code = closed.rcvd.code if closed.rcvd else 0
    if code in _CLOSED:
        return Declined(f"{place} refused: {_CLOSED[code]}")
    return Unanswered(f"{place} hung up before its answer was whole; look at it")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
