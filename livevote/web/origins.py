"""Which web origins may act here with a browser's cookies: an allow-list, default deny."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from livevote.errors import NotAllowed


def _origin(url: str) -> str:
    """As a browser writes it: in lower case, without a path or the scheme's usual port."""
    parts = urlsplit(url.lower())
    usual = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Origins:
    """allowed: origins by name. An origin that is a bare address (or localhost) equal to the
    request's own Host is allowed too: no foreign page can have it, since a name that is made to
    point at us (DNS rebinding) is not an address."""

    allowed: frozenset[str]

    @classmethod
    def of(cls, urls: Iterable[str]) -> Origins:
        return cls(frozenset(_origin(url) for url in urls if url))

    def allows(self, connection: HTTPConnection) -> bool:
        given = connection.headers.getlist("origin")
        if len(given) != 1:
            return False
        origin = given[0].lower()
        if origin in self.allowed:
            return True
        try:
            parts = urlsplit(origin)
            host = parts.hostname or ""
        except ValueError:
            return False
        own = connection.headers.get("host", "").lower()
        secure = connection.url.scheme in ("https", "wss")
        return (
            origin == f"{'https' if secure else 'http'}://{own}"
            and not parts.username
            and (host == "localhost" or _is_address(host))
        )

    def check(self, connection: HTTPConnection) -> None:
        if not self.allows(connection):
            raise NotAllowed("this page's origin is not on the server's list (--origin)")
