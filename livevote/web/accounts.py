"""Staff accounts: names, roles, passwords (argon2id), one-time links to claim them."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from livevote.core import event as ev
from livevote.core.plain import from_plain, to_plain
from livevote.errors import BadInput, Busy, NotAllowed, NotFound, StoreDown
from livevote.hub.hub import Hub
from livevote.hub.roles import ACCOUNT_ROLES, OWNER, UNIT
from livevote.wire.codec import from_msgpack, to_msgpack
from livevote.wire.codes import Close

SHELF = "accounts"
ACCOUNTS_MAX = 200
UNIT_MAX = 120
PASSWORD_MIN, PASSWORD_MAX = 10, 200
NAME = re.compile(r"[\w.@-]{1,40}")
HASHES_AT_ONCE = 2
# The log is kept for good: whoever guesses passwords must not be able to fill the disk.
REFUSALS_LOGGED_A_MINUTE = 20
# The log says "server" for what nobody asked for; "seat A-01" holds a space, no account can.
RESERVED = frozenset({"server"})


@dataclass(frozen=True)
class Account:
    """generation rises when the password is set: older cookies and links end. unit: which one the
    role of a unit answers for, by its Chinese name; "" without that role."""

    name: str
    roles: tuple[str, ...]
    digest: str = ""
    generation: int = 1
    unit: str = ""

    @property
    def claimed(self) -> bool:
        return bool(self.digest)


class Accounts:
    """All accounts, in memory and in the store. Written by the process that leads; the others
    pass on what they are asked, and read."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._accounts: dict[str, Account] = {}
        self._hasher = PasswordHasher()
        # Hashing takes 64 MB and tens of milliseconds: a few at a time, off the loop.
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._turn = asyncio.Lock()
        # Written in the process that leads. When refusals were logged, and how many were not.
        self._refused_ms: deque[int] = deque(maxlen=REFUSALS_LOGGED_A_MINUTE)
        self._unlogged = 0
        self._no_one: asyncio.Task[str] | None = None
        hub.also_follow.append(self._read)
        hub.company.calls |= {
            "put_account": self._put_asked,
            "claim_account": self._claim_asked,
            "remove_account": self.remove,
            "note_sign_in": self._note_sign_in,
        }

    async def load(self) -> None:
        await self._read()
        # Checked for names that do not exist, so that the time taken does not tell. Votes need
        # not wait for it at a start.
        self._no_one = asyncio.create_task(self._hash("nobody has this password"))

    async def _read(self) -> None:
        async with self._turn:
            records = await self._hub.store.records(SHELF)
            before, self._accounts = (
                self._accounts,
                {
                    name: from_plain(Account, from_msgpack(record))
                    for name, record in records.items()
                },
            )
            for name, account in before.items():
                if self._accounts.get(name) != account:
                    self._hang_up(name)

    def all(self) -> list[Account]:
        return sorted(self._accounts.values(), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        return self._accounts.get(name)

    async def put(
        self, name: str, roles: Sequence[str], by: str = "server", unit: str = ""
    ) -> Account:
        """Make an account, or end its password and give it these roles. Raises BadInput."""
        if not self._hub.company.leads:
            return await self._at_leader("put_account", name, list(roles), by, unit)
        if name in RESERVED:
            raise BadInput("this name is the server's own", where="name")
        if not NAME.fullmatch(name):
            raise BadInput("1 to 40 letters, digits, or . @ - _", where="name")
        wrong = [role for role in roles if role not in ACCOUNT_ROLES]
        if wrong or not roles:
            raise BadInput(f"roles are {', '.join(ACCOUNT_ROLES)}", where="roles")
        unit = " ".join(unit.split())
        if (UNIT in roles) != bool(unit) or len(unit) > UNIT_MAX:
            raise BadInput(
                "the role unit, and no other, names the unit it answers for", where="unit"
            )
        async with self._turn:
            old = self._accounts.get(name)
            if old is None and len(self._accounts) >= ACCOUNTS_MAX:
                raise BadInput(f"at most {ACCOUNTS_MAX} accounts")
            self._keep_an_owner(name, roles)
            # Not from 1: what was signed for an earlier account of this name must not fit again.
            generation = old.generation + 1 if old else secrets.randbelow(2**31)
            # Logged first: what is done must not be missing from the log.
            await self._hub.catalogue.note(ev.AccountSet(name, tuple(roles), unit), by)
            made = Account(name, tuple(roles), generation=generation, unit=unit)
            account = await self._save(made)
        await self._hub.company.hurry(SHELF)
        return account

    async def claim(self, name: str, generation: int, password: str) -> Account:
        """Set the password by a one-time link. Raises BadInput or NotAllowed."""
        if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
            raise BadInput(
                f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters", where="password"
            )
        if not self._hub.company.leads:
            return await self._at_leader("claim_account", name, generation, password)
        digest = await self._hash(password)
        async with self._turn:
            account = self._accounts.get(name)
            if account is None or account.generation != generation:
                raise NotAllowed("this link was used or replaced; ask for a new one")
            await self._hub.catalogue.note(ev.AccountClaimed(name), name)
            account = await self._save(
                replace(account, digest=digest, generation=account.generation + 1)
            )
        await self._hub.company.hurry(SHELF)
        return account

    async def sign_in(self, name: str, password: str) -> Account:
        """Raises NotAllowed, with the same words whatever was wrong. Nobody comes in who is not
        in the log: without a store, StoreDown."""
        account = self._accounts.get(name)
        assert self._no_one
        no_one = await asyncio.shield(self._no_one)
        digest = account.digest if account and account.digest else no_one
        async with self._hashing:
            right = await asyncio.to_thread(self._verify, digest, password[: PASSWORD_MAX + 1])
        known = account.name if account else ""
        if account is None or not account.digest or not right:
            with suppress(Busy, StoreDown):
                await self._hub.company.ask("note_sign_in", known, False)
            raise NotAllowed("name or password is wrong")
        await self._hub.company.ask("note_sign_in", known, True)
        return account

    async def _note_sign_in(self, name: str, right: bool) -> None:
        """At the leader. Without an address, which the log must not keep for good."""
        if right:
            await self._hub.catalogue.note(ev.SignedIn(name), name)
        elif self._may_log_refusal():
            unlogged, self._unlogged = self._unlogged, 0
            await self._hub.catalogue.note(ev.SignInRefused(name, unlogged), "server")

    def _may_log_refusal(self) -> bool:
        now_ms = self._hub.clock.now_ms()
        if len(self._refused_ms) == REFUSALS_LOGGED_A_MINUTE and (
            now_ms - self._refused_ms[0] < 60_000
        ):
            self._unlogged += 1
            return False
        self._refused_ms.append(now_ms)
        return True

    async def remove(self, name: str, by: str = "server") -> None:
        """Raises NotFound; BadInput for the last owner."""
        if not self._hub.company.leads:
            await self._hub.at_leader(SHELF, "remove_account", name, by)
            return
        async with self._turn:
            if name not in self._accounts:
                raise NotFound("there is no such account")
            self._keep_an_owner(name, ())
            await self._hub.catalogue.note(ev.AccountRemoved(name), by)
            await self._hub.store.remove(SHELF, name)
            del self._accounts[name]
            self._hang_up(name)
        await self._hub.company.hurry(SHELF)

    async def _at_leader(self, name: str, *args: Any) -> Account:
        return from_plain(Account, await self._hub.at_leader(SHELF, name, *args))

    async def _put_asked(self, name: str, roles: list[str], by: str, unit: str) -> Any:
        return to_plain(await self.put(name, roles, by, unit))

    async def _claim_asked(self, name: str, generation: int, password: str) -> Any:
        return to_plain(await self.claim(name, generation, password))

    def _keep_an_owner(self, changed: str, roles: Sequence[str]) -> None:
        others = any(OWNER in a.roles for a in self._accounts.values() if a.name != changed)
        if self._accounts and not others and OWNER not in roles:
            raise BadInput("one account must stay owner", where="roles")

    async def _save(self, account: Account) -> Account:
        await self._hub.store.put(SHELF, account.name, to_msgpack(to_plain(account)))
        self._accounts[account.name] = account
        self._hang_up(account.name)
        return account

    def _hang_up(self, name: str) -> None:
        """Close the consoles of an account that changed: a socket has the roles it came with."""
        for studio in self._hub.studios.values():
            for member in list(studio.members):
                if member.role not in ("seat", "viewer") and member.who == name:
                    member.outbox.close(Close.DISPLACED)

    # --- passwords that are no account's: of questions that were filed ---

    async def hash(self, password: str) -> str:
        return await self._hash(password)

    async def fits(self, digest: str, password: str) -> bool:
        """Whether this is the password; for a digest of "" never, and it takes as long."""
        assert self._no_one
        no_one = await asyncio.shield(self._no_one)
        async with self._hashing:
            right = await asyncio.to_thread(
                self._verify, digest or no_one, password[: PASSWORD_MAX + 1]
            )
        return bool(digest) and right

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False
