"""The open record of a show as a site: pages, downloads, feed, cards and pictures to carry away.

Everything is for anyone, sets no cookie and works without a script. An address that is in the table
stays: others cite it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.core.catalogue import Show
from livevote.core.disclosure import OfShow
from livevote.core.model import Episode
from livevote.core.phase import Phase
from livevote.export import open_data
from livevote.export.bulletin import bulletin
from livevote.export.delivery import Delivery, DeliveryOf, ThreadsOf, none_asked, none_kept
from livevote.export.face import SIZES, Face
from livevote.export.feed import Feed, atom
from livevote.export.open_data import Source
from livevote.hub.hub import Hub
from livevote.web import site_view
from livevote.web.made import Made
from livevote.web.pages import Pages, fonts, lang_of
from livevote.web.record import record
from livevote.web.roles import Gate
from livevote.web.site_words import WORDS

# A card is shown in pages of others: no script, nothing of other hosts, no form, any frame.
EMBED_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
# What programs of others read: from any page, and asked for again only when it has changed.
OPEN = {"access-control-allow-origin": "*", "cache-control": "no-cache"}
PICTURES_KEPT, SHOWS_KEPT = 64, 8
QUERY_MAX = 100


@dataclass(frozen=True)
class _Shown:
    """One show as anyone may see it."""

    show: Show
    episodes: tuple[Episode, ...]
    of_show: OfShow
    delivery: Delivery
    key: tuple[object, ...]


class Site:
    """Handlers, and the table of routes at the end. base: the server's own address. tz: the zone in
    which times are written."""

    def __init__(
        self,
        hub: Hub,
        pages: Pages,
        base: str,
        tz: str,
        delivery_of: DeliveryOf = none_kept,
        threads_of: ThreadsOf = none_asked,
    ) -> None:
        self._hub = hub
        self._pages = pages
        self._base = base
        self._tz = tz
        self._delivery_of = delivery_of
        self._threads_of = threads_of
        self._files: Made[dict[str, bytes]] = Made(SHOWS_KEPT)
        self._feeds: Made[bytes] = Made(2 * SHOWS_KEPT)
        self._pictures: Made[bytes] = Made(PICTURES_KEPT)

    # --- the show ---

    def _shown(self, request: Request) -> _Shown:
        """Raises HTTPException for a show that is not there."""
        catalogue, disclosure = self._hub.catalogue.state, self._hub.disclosure.state
        wanted = request.path_params["show"]
        show = next((show for show in catalogue.shows if show.id == wanted), None)
        if show is None:
            raise HTTPException(404)
        episodes = tuple(
            self._hub.studios[e.id].episode
            for e in catalogue.episodes
            if e.show == show.id and e.id in self._hub.studios and not e.rehearsal_of
        )
        delivery = self._delivery_of(show.id)
        key = (show, disclosure.revision, delivery, *map(_public_part, episodes))
        return _Shown(show, episodes, disclosure.of(show.id), delivery, key)

    def _page(self, request: Request, name: str, part: str, context: dict[str, Any]) -> Response:
        """A page of the show, with its frame."""
        shown, lang = self._shown(request), lang_of(request)
        frame = {
            "t": WORDS[lang],
            "part": part,
            "show": {"id": shown.show.id, "name": shown.show.name.get(lang)},
            "licence": shown.of_show.licence,
        }
        return self._pages.page(request, name, {**frame, **context})

    async def home(self, request: Request) -> Response:
        shown, on = self._shown(request), self._hub.catalogue.state.on
        context = site_view.home(shown.episodes, on, lang_of(request))
        return self._page(request, "show.html", "home", context)

    async def cards(self, request: Request) -> Response:
        shown, asked = self._shown(request), request.query_params
        page = asked.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
        words, unit = asked.get("q", "")[:QUERY_MAX], asked.get("unit", "")[:QUERY_MAX]
        context = site_view.cards(shown.of_show, words, unit, number, lang_of(request))
        return self._page(request, "cards.html", "cards", context)

    async def budgets(self, request: Request) -> Response:
        shown, words = self._shown(request), request.query_params.get("q", "")[:QUERY_MAX]
        context = site_view.budgets(shown.of_show, words, lang_of(request))
        return self._page(request, "budgets.html", "budgets", context)

    async def budget(self, request: Request) -> Response:
        shown, unit = self._shown(request), request.path_params["unit"]
        context = site_view.budgets_of(shown.of_show, unit, lang_of(request))
        if context is None:
            raise HTTPException(404)
        return self._page(request, "budget.html", "budgets", context)

    async def pledges(self, request: Request) -> Response:
        shown, words = self._shown(request), request.query_params.get("q", "")[:QUERY_MAX]
        context = site_view.pledges(shown.delivery.pledges, words, lang_of(request))
        return self._page(request, "pledges.html", "pledges", context)

    async def questions(self, request: Request) -> Response:
        shown = self._shown(request)
        context = site_view.questions(shown.delivery.desk, lang_of(request))
        return self._page(request, "by_unit.html", "questions", context)

    async def data(self, request: Request) -> Response:
        context = {"datasets": site_view.dictionary(lang_of(request))}
        return self._page(request, "data.html", "data", context)

    async def file(self, request: Request) -> Response:
        shown, name = self._shown(request), request.path_params["file"]
        source = Source(
            shown.show.id,
            shown.show.name,
            shown.episodes,
            shown.of_show,
            self._tz,
            f"{self._base}/record/{shown.show.id}",
            shown.delivery,
        )
        files = await self._files.get(shown.key, lambda: open_data.files(source))
        if name not in files:
            raise HTTPException(404)
        return _tagged(request, files[name], open_data.media_type(name), OPEN)

    async def feed(self, request: Request) -> Response:
        shown, lang = self._shown(request), lang_of(request)

        def make() -> bytes:
            home = f"{self._base}/record/{shown.show.id}"
            name = shown.show.name.get(lang)
            return atom(
                Feed(
                    about=shown.show.id,
                    title=f"{name} · {WORDS[lang]['open_record']}",
                    author=name,
                    lang="en" if lang == "en" else "zh-CN",
                    address=f"{home}/feed.atom?lang={lang}",
                    home=f"{home}?lang={lang}",
                    rights=shown.of_show.licence.name,
                    entries=site_view.entries(
                        shown.show.id,
                        shown.episodes,
                        shown.of_show,
                        shown.delivery.pledges,
                        self._base,
                        lang,
                    ),
                )
            )

        data = await self._feeds.get((shown.key, lang), make)
        return _tagged(request, data, "application/atom+xml; charset=utf-8", OPEN)

    # --- an episode ---

    def _episode(self, request: Request) -> Episode:
        found = self._hub.studios.get(request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        return found.episode

    def _aired(self, request: Request) -> Episode:
        """The same for what is carried elsewhere, where nobody would read that it is a
        rehearsal."""
        episode = self._episode(request)
        if episode.rehearsal_of:
            raise HTTPException(404)
        return episode

    async def episode(self, request: Request) -> Response:
        episode, lang = self._episode(request), lang_of(request)
        context = record(episode, lang)
        title = f"{context['episode']['title']} · {context['episode']['show']}"
        said = "；" if lang == "zh" else "; "
        facts = said.join(f"{row['unit']} {row['figure']}" for row in context["board"])
        return self._record(request, episode, context, {"title": title, "description": facts})

    async def segment(self, request: Request) -> Response:
        """The same record, of one segment: what others point to."""
        episode, lang = self._episode(request), lang_of(request)
        wanted = request.path_params["segment"]
        address = self._address(episode, wanted)
        carried = site_view.carried(episode, wanted, address, lang)
        if carried is None:
            raise HTTPException(404)
        whole = record(episode, lang)
        (shown,) = [segment for segment in whole["segments"] if segment["id"] == wanted]
        hashes = {run["rules_hash"] for run in shown["runs"]}
        context = {
            **whole,
            "segments": [shown],
            "board": [],
            "segments_left": 0,
            "rules": [rules for rules in whole["rules"] if rules["hash"] in hashes],
            "only": True,
        }
        picture = f"{self._base}/share/{episode.id}/{wanted}/{{}}.png?lang={lang}"
        head = {
            "title": carried.title,
            "description": carried.description,
            "wide": picture.format("wide"),
            "square": picture.format("square"),
        }
        return self._record(request, episode, context, head)

    def _record(
        self, request: Request, episode: Episode, context: dict[str, Any], head: dict[str, str]
    ) -> Response:
        catalogue = self._hub.catalogue.state
        show = next((e.show for e in catalogue.episodes if e.id == episode.id), "")
        frame = {
            "t": WORDS[lang_of(request)],
            "head": {**head, "address": f"{self._base}{request.url.path}"},
            "base": self._base,
            "show_id": show,
            "threads": self._threads_of(episode.id),
        }
        return self._pages.page(request, "episode.html", {**context, **frame})

    async def bulletin(self, request: Request) -> Response:
        episode = self._aired(request)
        address = f"{self._base}/episodes/{episode.id}"
        text = bulletin(episode, lang_of(request), self._tz, address)
        return _tagged(request, text.encode(), "text/plain; charset=utf-8", OPEN)

    # --- to be carried elsewhere ---

    def _address(self, episode: Episode, segment: str) -> str:
        return f"{self._base}/episodes/{episode.id}/{segment}"

    def _carried(self, request: Request) -> site_view.Carried:
        episode, segment = self._aired(request), request.path_params["segment"]
        address = self._address(episode, segment)
        found = site_view.carried(episode, segment, address, lang_of(request))
        if found is None:
            raise HTTPException(404)
        return found

    async def embed(self, request: Request) -> Response:
        carried, lang = self._carried(request), lang_of(request)
        context = {
            "t": WORDS[lang],
            "face": carried.face,
            "title": carried.title,
            "address": f"{carried.face.foot[-1]}?lang={lang}",
        }
        response = self._pages.page(request, "embed.html", context)
        response.headers["content-security-policy"] = EMBED_POLICY
        response.headers["cache-control"] = "max-age=60"
        return response

    async def picture(self, request: Request) -> Response:
        size = request.path_params["size"]
        if size not in SIZES:
            raise HTTPException(404)
        carried = self._carried(request)
        face = _without_scheme(carried.face)
        data = await self._pictures.get((*carried.key, size), lambda: _drawn(face, size))
        return _tagged(request, data, "image/png", {**OPEN, "cache-control": "max-age=300"})

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/episodes/{id}", self.episode),
            gate.route("GET", "/episodes/{id}/bulletin.txt", self.bulletin),
            gate.route("GET", "/episodes/{id}/{segment}", self.segment),
            gate.route("GET", "/embed/{id}/{segment}", self.embed),
            gate.route("GET", "/share/{id}/{segment}/{size}.png", self.picture),
            gate.route("GET", "/record/{show}", self.home),
            gate.route("GET", "/record/{show}/feed.atom", self.feed),
            gate.route("GET", "/record/{show}/cards", self.cards),
            gate.route("GET", "/record/{show}/budgets", self.budgets),
            gate.route("GET", "/record/{show}/budgets/{unit}", self.budget),
            gate.route("GET", "/record/{show}/pledges", self.pledges),
            gate.route("GET", "/record/{show}/questions", self.questions),
            gate.route("GET", "/record/{show}/data", self.data),
            gate.route("GET", "/record/{show}/data/{file}", self.file),
        ]


def _public_part(episode: Episode) -> tuple[object, ...]:
    """What of an episode can change what is public of it in files: while these are the same, so
    are the files, however many votes come in."""
    revealed = tuple(
        (run.id, run.corrections) for run in episode.runs if run.phase is Phase.REVEALED
    )
    return (episode.id, episode.show, episode.title, episode.segments, revealed)


def _drawn(face: Face, size: str) -> bytes:
    # Here, as with the PDF report: a start does not wait for what draws.
    from livevote.export.share import png

    return png(face, size, fonts())


def _without_scheme(face: Face) -> Face:
    """As people write an address."""
    return replace(face, foot=tuple(line.partition("://")[2] or line for line in face.foot))


def _tagged(request: Request, data: bytes, media: str, headers: dict[str, str]) -> Response:
    """With a tag by its content: who has it already is told so."""
    tagged = {**headers, "etag": f'"{sha256(data).hexdigest()[:20]}"'}
    if tagged["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=tagged)
    return Response(data, headers=tagged, media_type=media)
