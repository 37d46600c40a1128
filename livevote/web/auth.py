"""From a request's cookies to an Identity, and the cookies themselves.

Tokens are signed with the server's key and carry a generation, so that they
can be ended before they expire. None ever stands in a query string.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection
from starlette.responses import Response

from livevote.errors import Busy, NotAllowed, NotSignedIn
from livevote.hub.roles import ACCOUNT_ROLES
from livevote.hub.session import Identity, SeatPass
from livevote.web.accounts import Account, Accounts
from livevote.web.work import Work

DAY_S = 86_400
MAX_AGE_S = {
    "staff": DAY_S,
    "seat": 7 * DAY_S,
    "viewer": 30 * DAY_S,
    "claim": 7 * DAY_S,
    "overlay": 60 * DAY_S,
    "replay": 60 * DAY_S,
    "case": DAY_S,
}
# A machine's clock may be set back during a show; whoever came before is signed in all the same.
SET_BACK_S_MAX = 6 * 3600

# Tries a minute from one address. A studio or a carrier shares one, hence the room for viewers.
TRIES = {
    "login": 10,
    "claim": 10,
    "seat": 300,
    "viewer": 3000,
    "challenge": 3000,
    "receipt": 300,
    "checkpoints": 300,
    # By key; and of keys that are not known, by address.
    "control": 600,
    "control_key": 60,
    # The question desk: filings from an address and of all together, tries of a password, and what
    # a filer does to the case.
    "ask": 6,
    "ask_all": 120,
    "case": 20,
    "mine": 60,
    "search": 60,
}


def bearer(connection: HTTPConnection) -> str:
    """The token of the Authorization header (RFC 6750), "" where there is none."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


class Auth:
    """Signs and reads. One per process."""

    def __init__(self, key: bytes, accounts: Accounts, *, secure: bool, work: Work) -> None:
        self.accounts = accounts
        self.secure = secure
        self.work = work
        self._key = key
        self._signers = {
            kind: URLSafeTimedSerializer(key, salt=f"livevote {kind}") for kind in MAX_AGE_S
        }
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def derived(self, purpose: str, text: str) -> bytes:
        """32 bytes that follow from `text` and that nobody finds without this server's key."""
        return hmac.digest(self._key, f"livevote {purpose}\0{text}".encode(), "sha256")

    # --- who is it ---

    def identity(self, connection: HTTPConnection) -> Identity:
        """What the cookies prove; a bad cookie proves nothing."""
        account = self._account(connection)
        seat = self._read("seat", connection.cookies.get("lv_seat", ""), (str, str, int))
        viewer, viewer_in = self._viewer(connection)
        return Identity(
            seat=SeatPass(*seat) if seat else None,
            viewer=viewer,
            viewer_in=viewer_in if self.work.asked else None,
            account=account.name if account else "",
            roles=frozenset(account.roles) & set(ACCOUNT_ROLES) if account else frozenset(),
            unit=account.unit if account else "",
        )

    def token_identity(self, token: str) -> Identity:
        """What an overlay's token proves, or a replay's: each opens its own channel."""
        if found := self._read("overlay", token, (str,)):
            return Identity(overlay=found[0])
        found = self._read("replay", token, (str,))
        return Identity(replay=found[0]) if found else Identity()

    def staff(self, connection: HTTPConnection, *roles: str) -> Identity:
        """The signed-in account with one of `roles`. Raises NotSignedIn or NotAllowed."""
        identity = self.identity(connection)
        if not identity.account:
            raise NotSignedIn
        if not identity.roles & set(roles):
            raise NotAllowed(f"this is for {' or '.join(roles)}")
        return identity

    def _account(self, connection: HTTPConnection) -> Account | None:
        found = self._read("staff", connection.cookies.get("lv_staff", ""), (str, int))
        account = self.accounts.find(found[0]) if found else None
        return account if account and found and account.generation == found[1] else None

    def _viewer(self, connection: HTTPConnection) -> tuple[str, str]:
        """(id, the episode for which its work was done)."""
        token = connection.cookies.get("lv_viewer", "")
        found = self._read("viewer", token, (str,)) or self._read("viewer", token, (str, str))
        return (*found, "")[:2] if found else ("", "")

    # --- cookies and tokens ---

    def set_staff(self, response: Response, account: Account) -> None:
        self._set(response, "staff", [account.name, account.generation])

    def set_seat(self, response: Response, seat: SeatPass) -> None:
        self._set(response, "seat", [seat.episode, seat.seat, seat.generation])

    def set_viewer(self, response: Response, viewer: str = "", episode: str = "") -> None:
        """viewer: the id that the browser has already. episode: for which it did its work."""
        viewer = viewer or secrets.token_urlsafe(16)
        self._set(response, "viewer", [viewer, episode] if episode else [viewer])

    def seat_cookie(self, seat: SeatPass) -> str:
        """The cookie of a seat's tablet, as a client sends it."""
        return f"lv_seat={self._sign('seat', [seat.episode, seat.seat, seat.generation])}"

    def viewer_cookie(self, episode: str) -> str:
        """The cookie of a new viewer of this episode, as a client sends it."""
        return f"lv_viewer={self._sign('viewer', [secrets.token_urlsafe(16), episode])}"

    def clear_staff(self, response: Response) -> None:
        response.delete_cookie("lv_staff", path="/")

    def set_case(self, response: Response, case: str) -> None:
        """Of the question that this browser filed, or opened with its password."""
        self._set(response, "case", [case])

    def clear_case(self, response: Response) -> None:
        response.delete_cookie("lv_case", path="/")

    def case(self, connection: HTTPConnection) -> str:
        """The number of that question, "" for none."""
        found = self._read("case", connection.cookies.get("lv_case", ""), (str,))
        return str(found[0]) if found else ""

    def claim_token(self, account: Account) -> str:
        return self._sign("claim", [account.name, account.generation])

    def read_claim(self, token: str) -> tuple[str, int]:
        """(name, generation). Raises NotAllowed."""
        found = self._read("claim", token, (str, int))
        if found is None:
            raise NotAllowed("this link is not valid or too old; ask for a new one")
        return found[0], found[1]

    def overlay_token(self, episode: str) -> str:
        return self._sign("overlay", [episode])

    def replay_token(self, episode: str) -> str:
        return self._sign("replay", [episode])

    # --- limits ---

    async def limit(self, kind: str, connection: HTTPConnection, who: str = "") -> None:
        """Count a try from this address, or of this name. Raises Busy when there were too many."""
        item = RateLimitItemPerMinute(TRIES[kind])
        address = connection.client.host if connection.client else "?"
        if not await self._limiter.hit(item, kind, who or address):
            raise Busy("too many tries; wait a minute", retry_after_ms=60_000)

    # --- inside ---

    def _sign(self, kind: str, payload: list[Any]) -> str:
        signed = self._signers[kind].dumps(payload)
        return signed if isinstance(signed, str) else signed.decode()

    def _read(self, kind: str, token: str, types: tuple[type, ...]) -> list[Any] | None:
        """The payload, if the signature, the age and the form are right."""
        if not token or len(token) > 1000:
            return None
        try:
            payload, made = self._signers[kind].loads(token, return_timestamp=True)
        except BadData:
            return None
        if not -SET_BACK_S_MAX <= time.time() - made.timestamp() <= MAX_AGE_S[kind]:
            return None
        if not isinstance(payload, list) or tuple(type(part) for part in payload) != types:
            return None
        return payload

    def _set(self, response: Response, kind: str, payload: list[Any]) -> None:
        response.set_cookie(
            f"lv_{kind}",
            self._sign(kind, payload),
            max_age=MAX_AGE_S[kind],
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
