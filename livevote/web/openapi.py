"""The description of the HTTP API (OpenAPI 3.1), made from the table of requests.

It says what the table says and no more: the shapes of messages are PROTOCOL.md's.
"""

from __future__ import annotations

import re
from typing import Any

from livevote import __version__
from livevote.errors import refusals
from livevote.hub.control import ACTIONS
from livevote.hub.roles import ANYONE, PANELS, VOTERS
from livevote.web.roles import TABLE, Row

CHOICES = {
    "kind": ["rundown", "roster", "pledges"],
    "table": ["cards", "budgets"],
    "suffix": ["csv", "xlsx"],
    "action": list(ACTIONS),
    "format": ["csv", "xlsx", "json", "pdf", "bundle"],
}
# Addresses that programs use; pages are for people.
OPEN = ("/api/", "/health/", "/metrics", "/qr/", "/data/", "/control/", "/ledger.ics")
FILES = (".txt", ".atom", ".png", "/data/{file}")


def description() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for row in TABLE:
        if row.path.startswith(OPEN) or row.path.endswith(FILES):
            paths.setdefault(row.path, {})[row.method.lower()] = _operation(row)
    return {
        "openapi": "3.1.0",
        "info": {"title": "livevote", "version": __version__},
        "paths": paths,
        "components": {"schemas": {"Refusal": _refusal()}},
    }


def _operation(row: Row) -> dict[str, Any]:
    content: dict[str, Any] = {"content": {row.media: {}}} if row.media else {}
    refused = {
        "description": "Refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    operation: dict[str, Any] = {
        "summary": f"For {', '.join(sorted(row.who))}.",
        "parameters": [*_in_path(row), *(_parameter(name, "query") for name in row.query)],
        "responses": {str(row.answer): {"description": "Done", **content}, "default": refused},
    }
    if row.who == {VOTERS}:
        operation["security"] = [{}]
    if row.takes or row.upload:
        required = row.upload or any(not kind.endswith("?") for kind in row.takes.values())
        operation["requestBody"] = {"required": required, "content": _body(row)}
    return operation


def _in_path(row: Row) -> list[dict[str, Any]]:
    return [_parameter(name, "path") for name in re.findall(r"\{(\w+)\}", row.path)]


def _parameter(name: str, place: str) -> dict[str, Any]:
    schema = {"type": "string", **({"enum": CHOICES[name]} if name in CHOICES else {})}
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _body(row: Row) -> dict[str, Any]:
    if row.upload:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    properties = {name: {"type": kind.rstrip("?")} for name, kind in row.takes.items()}
    required = [name for name, kind in row.takes.items() if not kind.endswith("?")]
    schema = {"type": "object", "properties": properties, "required": required}
    return {"application/json": {"schema": schema}}


def _refusal() -> dict[str, Any]:
    fields = {
        # not_found is also what a path or a method that does not exist is called.
        "code": {"type": "string", "enum": sorted({cls.code for cls in refusals()})},
        "message": {"type": "string"},
        "where": {"type": "string"},
        "retry": {"type": "boolean"},
        "retry_after_ms": {"type": "integer"},
    }
    return {"type": "object", "properties": fields, "required": list(fields)}


def who(row: Row) -> str:
    """As PROTOCOL.md prints it."""
    words = {ANYONE: "anyone", VOTERS: "voters of the episode", PANELS: "holders of a control key"}
    told = ", ".join(sorted(words.get(role, role) for role in row.who))
    return f"{told}, or anyone on this machine" if row.local else told
