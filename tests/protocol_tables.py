"""The tables of PROTOCOL.md, made from the code they describe.

`python -m tests.protocol_tables` writes them into PROTOCOL.md, between their marks; test_docs
fails while the file holds anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from livevote import errors
from livevote.core.plain import COMMANDS
from livevote.hub.desk import COMMANDS as DESK_COMMANDS
from livevote.hub.roles import COMMAND_ROLES, DESK_ROLES
from livevote.web.openapi import who
from livevote.web.roles import TABLE as REQUESTS
from livevote.wire.codes import CLOSES
from livevote.wire.inbound import KINDS
from livevote.wire.outbound import MESSAGES

PROTOCOL = Path(__file__).parents[1] / "PROTOCOL.md"
END = "<!-- end -->"

# How a type is called in the document. A type that is not here stops the making of the tables.
TYPES = {
    "int": "int",
    "str": "str",
    "str | None": "str or null",
    "bool": "bool",
    "float": "float",
    "dict[str, Any]": "map",
    "dict[str, Any] | None": "map or null",
    "dict[str, int]": "map of int",
    "list[str]": "[str]",
    "list[dict[str, Any]]": "[map]",
    "Names": "names",
    "Rules": "rules",
    "Segment": "segment",
    "tuple[Segment, ...]": "[segment]",
    "tuple[Seat, ...]": "[seat]",
    "tuple[Unit, ...]": "[unit]",
    "tuple[str, ...]": "[str]",
    "Limits": "limits",
    "Kind": "str",
    "Erasure": "str",
}

# Arguments that the server fills in and overrules: not for clients, so not in the document.
SERVER_FACTS: dict[str, set[str]] = {
    "arm": {"run", "ballots_found"},
    "close": {"closed_ms"},
    "verify": {"matches", "size"},
    "reveal": {"result"},
    "look_back_on": {"segment"},
}


def inbound() -> str:
    rows = ((f"`{t}`", _fields(fields(cls)), _doc(cls)) for t, cls in KINDS.items())
    return _table(("`t`", "fields", "meaning"), rows)


def outbound() -> str:
    rows = ((f"`{cls.t}`", _fields(fields(cls)), _doc(cls)) for cls in MESSAGES)
    return _table(("`t`", "fields", "meaning"), rows)


def commands() -> str:
    """Those that somebody may send; the server's own are nobody's business outside."""
    rows = []
    for name, cls in COMMANDS.items():
        if name in COMMAND_ROLES:
            args = [f for f in fields(cls) if f.name not in SERVER_FACTS.get(name, set())]
            roles = ", ".join(sorted(COMMAND_ROLES[name]))
            rows.append((f"`{name}`", _fields(args), _first_sentence(_doc(cls)), roles))
    return _table(("`name`", "`args`", "meaning", "who"), rows)


def desk() -> str:
    """The question desk's, but for those of its filers."""
    rows = (
        (f"`{name}`", _fields(fields(cls)), _doc(cls), ", ".join(sorted(DESK_ROLES[name])))
        for name, cls in DESK_COMMANDS.items()
        if name in DESK_ROLES
    )
    return _table(("`name`", "`args`", "meaning", "who"), rows)


def closes() -> str:
    rows = (
        (
            str(int(close)),
            f"`{close.name}`",
            _yes(rule.come_back),
            str(rule.after_ms) if rule.come_back else "",
            rule.meaning,
        )
        for close, rule in CLOSES.items()
    )
    return _table(("code", "name", "come back?", "after ms", "meaning"), rows)


def refusals() -> str:
    rows = (
        (f"`{cls.code}`", str(cls.http_status), _yes(cls.again), _doc(cls))
        for cls in errors.refusals()
    )
    return _table(("`code`", "HTTP", "`retry`", "meaning"), rows)


def requests() -> str:
    """Static files are nobody's secret and no part of the protocol."""
    rows = ((f"`{row.method} {row.path}`", who(row)) for row in REQUESTS if ":" not in row.path)
    return _table(("request", "who"), rows)


TABLES = {
    "requests": requests,
    "inbound": inbound,
    "outbound": outbound,
    "commands": commands,
    "desk": desk,
    "closes": closes,
    "refusals": refusals,
}


def filled(document: str) -> str:
    """The document with every table as the code has it. Raises KeyError for a missing mark."""
    for name, make in TABLES.items():
        mark = f"<!-- {name} -->\n"
        before, found, rest = document.partition(mark)
        _, end, after = rest.partition(END)
        if not found or not end:
            raise KeyError(f"the document needs the mark {mark.strip()} and an {END}")
        document = before + mark + make() + END + after
    return document


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Markdown, one line per row, with a line break at the end."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join("|" + "|".join(_cell(text) for text in line) + "|\n" for line in lines)


def _cell(text: str) -> str:
    if text == "---":
        return text
    return f" {text.replace('|', chr(92) + '|')} " if text else " "


def _fields(described: Iterable[Field[Any]]) -> str:
    return ", ".join(f"`{f.name}` {TYPES[str(f.type)]}{_default(f)}" for f in described)


def _default(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return " = {}"
    if field.default is MISSING:
        return ""
    if is_dataclass(field.default):
        return " = {}"
    if isinstance(field.default, tuple):
        return " = []"
    return f' = "{field.default}"' if isinstance(field.default, str) else f" = {field.default}"


def _doc(cls: type[Any]) -> str:
    """What the class says of itself, on one line. A dataclass without words says its signature:
    that is no meaning."""
    text = " ".join((cls.__doc__ or "").split())
    if not text or text.startswith(f"{cls.__name__}("):
        raise ValueError(f"{cls.__name__} needs a docstring: PROTOCOL.md prints it")
    return text


def _first_sentence(text: str) -> str:
    """Up to the first full stop before a space or the end."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def _yes(yes: bool) -> str:
    return "yes" if yes else "no"


if __name__ == "__main__":
    PROTOCOL.write_text(filled(PROTOCOL.read_text()))
