"""A feed of the open record: Atom, RFC 4287."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"
# An id is made of our own ids and not of an address, so that it stays when the server moves.
_NAMES = uuid5(NAMESPACE_URL, "livevote:record")
# Code points that XML 1.0 cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Entry:
    """about: what the entry is, in our ids; the same thing keeps the same one."""

    about: str
    title: str
    summary: str
    link: str
    published_ms: int
    updated_ms: int


@dataclass(frozen=True)
class Feed:
    """address: where this feed is. home: the page that it is of. rights: "" for none stated."""

    about: str
    title: str
    author: str
    lang: str
    address: str
    home: str
    rights: str
    entries: Sequence[Entry]


def permanent(about: str) -> str:
    return f"urn:uuid:{uuid5(_NAMES, about)}"


def atom(feed: Feed) -> bytes:
    """Newest first. The same feed gives the same bytes."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": feed.lang})
    entries = sorted(feed.entries, key=lambda entry: (-entry.updated_ms, entry.about))
    _text(root, "id", permanent(feed.about))
    _text(root, "title", feed.title)
    _text(root, "updated", _when(max((entry.updated_ms for entry in entries), default=0)))
    _text(ET.SubElement(root, f"{{{ATOM}}}author"), "name", feed.author)
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.home, "text/html")
    if feed.rights:
        _text(root, "rights", feed.rights)
    for entry in entries:
        element = ET.SubElement(root, f"{{{ATOM}}}entry")
        _text(element, "id", permanent(entry.about))
        _text(element, "title", entry.title)
        _text(element, "updated", _when(entry.updated_ms))
        _text(element, "published", _when(entry.published_ms))
        _link(element, "alternate", entry.link, "text/html")
        _text(element, "summary", entry.summary)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, "unicode")}\n'.encode()


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = _NOT_XML.sub("\ufffd", text)


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href, "type": kind})


def _when(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
