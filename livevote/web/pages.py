"""The pages: static files for those that live in the browser, templates for the public record."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from livevote.core.model import Episode
from livevote.core.phase import Phase
from livevote.errors import NotFound
from livevote.hub.hub import Hub
from livevote.web import words
from livevote.web.answers import json, refusal_plain
from livevote.web.assets import Assets
from livevote.web.roles import Gate

PAGES = {
    "/": "vote",
    "/seat": "vote",
    "/login": "login",
    "/director": "director",
    "/producer": "producer",
    "/overlay": "overlay",
    "/receipt": "receipt",
    "/ledger": "ledger",
    "/desk": "desk",
}


def static_folder() -> Path:
    """static/ as installed in the wheel, else beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "static"
    return installed if installed.is_dir() else package.parent / "static"


def fonts() -> Path:
    """The on-air face, which the PDF uses too."""
    return static_folder() / "vendor" / "noto-sans-sc-5.3.1"


def theme_folder(theme: str) -> Path:
    """Of a look that comes with livevote, by its name; else the folder itself."""
    own = static_folder() / "themes"
    return own / theme if theme in (path.name for path in own.iterdir()) else Path(theme)


class Pages:
    """One per process. zone: in which times are written on the public record. theme: the folder of
    the look on air."""

    def __init__(self, hub: Hub, zone: ZoneInfo, theme: Path) -> None:
        self._hub = hub
        self._zone = zone
        self.assets = Assets(static_folder())
        self.theme = Assets(theme)
        self._templates = Environment(
            loader=PackageLoader("livevote.web"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["when"] = self._when
        self._templates.filters["day"] = self._day
        self._vote_qr = _qr_svg(hub.vote_url)

    # --- the public record ---

    async def episodes(self, request: Request) -> Response:
        catalogue = self._hub.catalogue.state
        lang = _lang(request)
        shows = [
            {
                "id": show.id,
                "name": show.name.get(lang),
                "episodes": [
                    self._listing(self._hub.studios[e.id].episode, lang)
                    for e in catalogue.episodes
                    if e.show == show.id and e.id in self._hub.studios and not e.rehearsal_of
                ],
            }
            for show in catalogue.shows
        ]
        return self._page(request, "episodes.html", {"shows": shows})

    def _listing(self, episode: Episode, lang: str) -> dict[str, Any]:
        revealed = {run.segment for run in episode.runs if run.phase is Phase.REVEALED}
        return {
            "id": episode.id,
            "title": episode.title.get(lang),
            "on": episode.id == self._hub.catalogue.state.on,
            "segments": len(episode.segments),
            "revealed": len(revealed),
        }

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """Pages for people, JSON for programs."""
        assert isinstance(error, HTTPException)
        if request.url.path.startswith("/api/"):
            return json(refusal_plain(NotFound(error.detail)), error.status_code)
        context = {"status": error.status_code, "message": error.detail}
        return self._page(request, "error.html", context, error.status_code)

    def _page(
        self, request: Request, name: str, context: dict[str, Any], status: int = 200
    ) -> Response:
        lang = _lang(request)
        shared = {"lang": lang, "t": words.words(lang), "path": request.url.path}
        text = self._templates.get_template(name).render(**{**shared, **context})
        headers = {"cache-control": "no-cache"}
        return Response(text, status, headers, "text/html")

    # For pages of other modules.
    page = _page

    def _when(self, at_ms: int) -> str:
        at = datetime.fromtimestamp(at_ms / 1000, self._zone)
        return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname()}"

    def _day(self, at_ms: int) -> str:
        """The date of a moment; of the midnight at which a day ends, that day's."""
        return f"{datetime.fromtimestamp((at_ms - 1) / 1000, self._zone):%Y-%m-%d}"

    # For the question desk's pages.
    page = _page

    # --- the rest ---

    async def vote_qr(self, request: Request) -> Response:
        headers = {"cache-control": "max-age=300"}
        return Response(self._vote_qr, headers=headers, media_type="image/svg+xml")

    def routes(self, gate: Gate) -> list[BaseRoute]:
        return [
            *(self._static_page(gate, path, folder) for path, folder in PAGES.items()),
            gate.route("GET", "/episodes", self.episodes),
            gate.route("GET", "/qr/vote.svg", self.vote_qr),
            gate.route("GET", "/static/{path:path}", self.assets.serve),
            gate.route("GET", "/theme/{path:path}", self.theme.serve),
        ]

    def _static_page(self, gate: Gate, path: str, folder: str) -> Route:
        async def page(request: Request) -> Response:
            return self.assets.answer(request, f"{folder}/index.html")

        return gate.route("GET", path, page)


def _lang(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    if asked in ("zh", "en"):
        return asked
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


# For pages of other modules.
lang_of = _lang


def _qr_svg(text: str) -> bytes:
    out = io.BytesIO()
    # Q: a quarter may be hidden by a studio light or a bad camera.
    segno.make(text, error="q").save(
        out, kind="svg", scale=8, border=2, dark="#0E1726", light="#fff"
    )
    return out.getvalue()
