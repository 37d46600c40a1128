"""Orders to the programs that show the overlay: CasparCG over AMCP, OBS over obs-websocket.

One address, one order, one answer, then the line is closed: a command for a person or a script, not
a link that is kept. Nothing here knows the server, votes or what the overlay draws.

    PushFailed      exit code
    ├── Declined    1   the host answered that it will not; nothing was done
    ├── Unreached   3   there was no host to ask; nothing was sent
    └── Unanswered  4   it was asked and gave no whole answer: it may have been done
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from livevote.errors import BadInput, Failure


class PushFailed(Failure):
    """A host did not do what it was asked. Messages never repeat what was sent: it holds keys."""

    exit_code: ClassVar[int] = 1


class Declined(PushFailed):
    exit_code = 1


class Unreached(PushFailed):
    exit_code = 3


class Unanswered(PushFailed):
    exit_code = 4


def address(target: str, scheme: str, shape: str) -> SplitResult:
    """A target's parts. Raises BadInput, which says the shape that is wanted; a password in an
    address would stand in the shell's history and in the list of processes, and is refused."""
    try:
        parts = urlsplit(target)
        port_ok = parts.port != 0
    except ValueError:
        raise BadInput(f"an address is {shape}", where="target") from None
    if parts.username is not None or parts.password is not None:
        raise BadInput("no name or password in an address", where="target")
    host_ok = re.fullmatch(r"[\w.:%-]+", parts.hostname or "")
    if parts.scheme != scheme or not host_ok or not port_ok or parts.query or parts.fragment:
        raise BadInput(f"an address is {shape}", where="target")
    return parts


@asynccontextmanager
async def reaching(place: str, within_s: float) -> AsyncIterator[None]:
    """Connecting: whatever goes wrong in here, nothing was asked yet."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except TimeoutError:
        raise Unreached(f"{place} did not answer within {within_s:g} s") from None
    except (OSError, UnicodeError) as error:  # a name that cannot be looked up is a UnicodeError
        raise Unreached(f"{place} cannot be reached: {_reason(error)}") from None


@asynccontextmanager
async def asking(place: str, within_s: float) -> AsyncIterator[None]:
    """Order and answer: a line that breaks in here leaves open whether it was done."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except TimeoutError:
        raise Unanswered(f"{place} gave no answer within {within_s:g} s; look at it") from None
    except (OSError, EOFError):
        raise Unanswered(f"{place} hung up before its answer was whole; look at it") from None


def _reason(error: OSError | UnicodeError) -> str:
    # Of several addresses of one name asyncio joins the reasons; one line is enough.
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).splitlines()[0]
