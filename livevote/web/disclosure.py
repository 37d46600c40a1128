"""What a producer publishes beside the results: licence, cards and budgets of a show."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.budget import Budget, yuan
from livevote.core.disclosure import OfShow, Publication, key_of
from livevote.core.plain import from_plain, to_plain
from livevote.errors import BadInput
from livevote.export import disclosed_rows
from livevote.export.disclosed_rows import Found
from livevote.hub.hub import Hub
from livevote.web.answers import body, json
from livevote.web.auth import Auth
from livevote.web.roles import Gate
from livevote.wire.codec import from_json

UPLOAD_MAX = 2_000_000


class DisclosureApi:
    """Reading a file changes nothing; publishing it reads it again and takes all of it or none."""

    def __init__(self, hub: Hub, auth: Auth) -> None:
        self._hub = hub
        self._auth = auth

    async def stands(self, request: Request) -> Response:
        show = self._show(request)
        of_show = self._hub.disclosure.state.of(show)
        return json(
            {
                "licence": to_plain(of_show.licence),
                "cards": [
                    {"unit": to_plain(there.unit), "count": len(there.cards), "at_ms": there.at_ms}
                    for there in of_show.cards.values()
                ],
                "budgets": [
                    {**_budget(there.budget, of_show), "at_ms": there.at_ms}
                    for there in of_show.budgets.values()
                ],
            }
        )

    async def publish(self, request: Request) -> Response:
        plain = from_json(await body(request, UPLOAD_MAX) or b"{}")
        wanted = await asyncio.to_thread(from_plain, Publication, plain)
        return await self._published(request, wanted)

    async def read(self, request: Request) -> Response:
        of_show = self._hub.disclosure.state.of(self._show(request))
        found = await self._found(request)
        return json(await asyncio.to_thread(_preview, found, of_show))

    async def publish_file(self, request: Request) -> Response:
        self._show(request)
        found = await self._found(request)
        if found.errors:
            first = found.errors[0]
            raise BadInput(first.text, where=f"row {first.row}, {first.column}")
        return await self._published(request, found.publication)

    async def _found(self, request: Request) -> Found:
        data = await body(request, UPLOAD_MAX)
        return await asyncio.to_thread(disclosed_rows.read, request.path_params["table"], data)

    async def _published(self, request: Request, wanted: Publication) -> Response:
        by = self._auth.identity(request).account
        return json({"changed": await self._hub.publish(self._show(request), wanted, by)})

    def _show(self, request: Request) -> str:
        return self._hub.catalogue.state.show(request.path_params["id"]).id

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/api/shows/{id}/disclosure", self.stands),
            gate.route("POST", "/api/shows/{id}/disclosure", self.publish),
            gate.route("POST", "/api/shows/{id}/rows/{table}", self.read),
            gate.route("POST", "/api/shows/{id}/disclosure/{table}", self.publish_file),
        ]


def _preview(found: Found, of_show: OfShow) -> dict[str, Any]:
    """The file as it was read, what is wrong with it, and what publishing it would do."""
    return {
        "columns": found.columns,
        "rows": [{"row": row, "cells": cells} for row, cells in found.rows],
        "errors": [to_plain(error) for error in found.errors],
        "notes": [to_plain(note) for note in found.notes],
        "cards": [
            {
                "unit": to_plain(theirs.unit),
                "count": len(theirs.cards),
                "status": _status(there and there.cards, theirs.cards),
            }
            for theirs in found.publication.cards
            for there in [of_show.cards.get(theirs.unit.zh)]
        ],
        "budgets": [
            {
                **_budget(budget, of_show),
                "status": _status(there and there.budget.lines, budget.lines),
            }
            for budget in found.publication.budgets
            for there in [of_show.budgets.get(key_of(budget))]
        ],
    }


def _status(before: object, now: object) -> str:
    return "new" if before is None else "same" if before == now else "changed"


def _budget(budget: Budget, of_show: OfShow) -> dict[str, Any]:
    """Amounts in yuan, exact, as text."""
    before = of_show.budget(budget.unit.zh, budget.year - 1, budget.stage)
    return {
        "unit": to_plain(budget.unit),
        "year": budget.year,
        "stage": str(budget.stage),
        "count": len(budget.lines),
        "total": yuan(budget.total),
        "three": yuan(budget.split.total),
        "stated": budget.stated is not None,
        "difference": yuan(budget.total - before.total) if before else "",
    }
