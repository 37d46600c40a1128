"""The question desk over HTTP: pages for citizens that need no script, JSON for the staff's page.

Who filed a case is who knows its number and password; a signed cookie remembers
it for a day. What is asked for here is decided in core.desk.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from livevote.core import desk as core
from livevote.core.case import Case, Desk, Erasure, Kind, Promise, Rating, Target
from livevote.core.command import Asked
from livevote.core.desk import AskAgain, DeskCommand, EraseCase, FileCase, RateCase, WithdrawCase
from livevote.core.plain import from_plain, to_plain
from livevote.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    Refusal,
    RevisionMismatch,
    StoreDown,
)
from livevote.export import case_rows
from livevote.export.desk import FORMATS as DESK_FORMATS
from livevote.hub.desk import command_from_plain
from livevote.hub.hub import Hub
from livevote.hub.roles import DESK_ACTS, DESK_ROLES, UNIT, DeskReader, check_command
from livevote.web import desk_words, thread
from livevote.web.answers import body, fields, json, text
from livevote.web.auth import Auth
from livevote.web.desk_view import case_for_staff, row_for_staff
from livevote.web.pages import Pages, lang_of
from livevote.web.photos import BYTES_MAX, Photos
from livevote.web.record import result_of
from livevote.web.roles import Gate
from livevote.web.work import Work

FORM_MAX = 64_000
# Three photos and the words around them.
FILING_MAX = core.PHOTOS_MAX * BYTES_MAX + 200_000
# A spreadsheet of questions.
ROWS_MAX = 2_000_000
# So long the same form, sent again by a reload or since its answer was lost, tells the password.
FORM_KEPT_MS = 86_400_000
PAGE = 20
# What is wrong with a field that is chosen; of those that are written, more can be.
WRONG = {"kind": "wrong.kind", "unit": "wrong.unit", "photos": "wrong.photos"}
STAFF_PAGE = 200
# No letters that are read as others; 50 bits, and tries are limited.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PASSWORD_LENGTH = 10
WORK_FOR = "desk"

# A form's own page must be told where it came from: with the usual "no-referrer" a browser sends
# the origin of a plain form as null. Nothing of it is to be kept anywhere.
HEADERS = {"referrer-policy": "same-origin", "cache-control": "no-store"}


@dataclass(frozen=True)
class Index:
    """What is public of a desk, newest first, with its words: everybody asks for it, and it changes
    seldom."""

    desk: Desk | None = None
    cases: tuple[tuple[Case, str], ...] = ()

    @classmethod
    def of(cls, desk: Desk) -> Index:
        public = [case for case in desk.cases.values() if case.public]
        return cls(desk, tuple((case, thread.public_words(case)) for case in reversed(public)))

    def find(self, words: list[str], unit: str) -> list[Case]:
        """Those of the unit ("": of any) that hold all of these, in lower case."""
        return [
            case
            for case, text in self.cases
            if unit in ("", case.unit) and all(word in text for word in words)
        ]


@dataclass
class Typed:
    """What somebody wrote in the form, to be shown again beside what is wrong with it. token: of
    this form alone; it stays, so that whoever sends it once more files nothing twice."""

    token: str = ""
    kind: str = ""
    unit: str = ""
    title: str = ""
    text: str = ""
    name: str = ""
    contact: str = ""
    may_publish: bool = True
    had_photos: bool = False
    wrong: dict[str, str] = field(default_factory=dict)
    went: str = ""


class QuestionPages:
    """Handlers, and the table of routes at the end. work: what a filer's browser computes first."""

    def __init__(self, hub: Hub, auth: Auth, pages: Pages, photos: Photos, work: Work) -> None:
        self._hub = hub
        self._auth = auth
        self._pages = pages
        self._photos = photos
        self._work = work
        self._making = asyncio.Semaphore(1)
        self._index = Index()

    # --- everybody: what is public ---

    async def listing(self, request: Request) -> Response:
        desk, lang = self._hub.desk.now, lang_of(request)
        asked = request.query_params
        words, unit = asked.get("q", "")[:100].lower().split(), asked.get("unit", "")
        if words:
            await self._auth.limit("search", request)
        if self._index.desk is not desk:
            self._index = Index.of(desk)
        found = self._index.find(words, unit)
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, _number(asked.get("page", ""), 1)), pages)
        shown = found[(page - 1) * PAGE : page * PAGE]
        now_ms = self._hub.clock.now_ms()
        kept = {"q": asked.get("q", "")[:100], "unit": unit, "lang": lang}
        return self._page(
            request,
            "questions.html",
            cases=[thread.listed(desk, case, lang, now_ms) for case in shown],
            count=len(found),
            page=page,
            pages=pages,
            query=lambda number: urlencode({**kept, "page": number}),
            units=_units(desk, lang),
            q=kept["q"],
            unit=unit,
            taking=desk.taking,
        )

    async def public(self, request: Request) -> Response:
        desk, lang = self._hub.desk.now, lang_of(request)
        case = desk.cases.get(request.path_params["case"])
        if case is None or not case.public:
            raise HTTPException(404)
        shown = thread.public(desk, case, lang, self._hub.clock.now_ms())
        return self._page(request, "question.html", case=shown, **self._shows(case, lang))

    def _shows(self, case: Case, lang: str) -> dict[str, Any]:
        """Where the case is a show's question."""
        found = []
        for made in case.promotions:
            studio = self._hub.studios.get(made.episode)
            # A segment that was taken out again is no question of the show.
            if made.to is Target.SHOW and studio and studio.episode.segment(made.id):
                episode = studio.episode
                title = f"{episode.show.get(lang)} · {episode.title.get(lang)}"
                result = result_of(episode, made.id, lang)
                asked = {"episode": made.episode, "segment": made.id, "title": title}
                found.append({**asked, "result": result})
        return {"shows": found}

    async def photo(self, request: Request) -> Response:
        case = self._hub.desk.now.cases.get(request.path_params["case"])
        name = request.path_params["name"]
        if case is None or name not in self._photos_for(request, case):
            raise NotFound("there is no such photo")
        data = await asyncio.to_thread(self._photos.read, name)
        if data is None:
            raise NotFound("there is no such photo")
        # Public today may be hidden tomorrow, and erased the day after.
        headers = {"cache-control": "no-store", "content-disposition": "inline"}
        return Response(data, headers=headers, media_type="image/jpeg")

    def _photos_for(self, request: Request, case: Case) -> set[str]:
        if self._reader(request).roles_for(case) or self._auth.case(request) == case.id:
            return set(case.photos)
        return {name for post in case.posts for name in post.shown_photos if case.public}

    # --- filing ---

    async def form(self, request: Request) -> Response:
        return self._form(request, Typed(unit=request.query_params.get("unit", "")))

    def _form(self, request: Request, typed: Typed, status: int = 200) -> Response:
        desk, lang = self._hub.desk.now, lang_of(request)
        return self._page(
            request,
            "ask.html",
            status,
            typed=typed,
            token=typed.token or secrets.token_hex(16),
            units=_units(desk, lang),
            kinds=[(kind.value, desk.limits.answer(kind, False)) for kind in Kind],
            taking=desk.taking,
            work=self._work.asked,
            max={"title": core.TITLE_MAX, "text": core.TEXT_MAX, "photos": core.PHOTOS_MAX},
        )

    async def challenge(self, request: Request) -> Response:
        await self._auth.limit("challenge", request)
        if not self._work.asked:
            raise NotFound("no work is asked of filers here")
        return json(self._work.challenge(WORK_FOR))

    async def file(self, request: Request) -> Response:
        typed, form = Typed(), FormData()
        try:
            await self._auth.limit("ask", request)
            await self._auth.limit("ask_all", request, "everybody")
            form = await _multipart(request)
            typed = _typed(form)
            return await self._file(request, typed, form)
        except Refusal as refusal:
            return self._form(request, _told(typed, refusal, lang_of(request)), _status(refusal))
        finally:
            await form.close()

    async def _file(self, request: Request, typed: Typed, form: FormData) -> Response:
        """The case of a form, filed now or, where the answer was lost on its way, before."""
        filing = self._checked(typed, lang_of(request))
        # It follows from the form, so that who sends it again gets the same; nobody else has it.
        password = _password(self._auth.derived("case password", filing.form))
        before = core.filed_with(self._hub.desk.now, filing.form)
        if before is None:
            if self._work.asked:
                await self._work.redeem(str(form.get("altcha", "")), WORK_FOR)
            number = await self._filed(filing, form, await self._auth.accounts.hash(password))
            case = core.find(self._hub.desk.now, number)
        elif self._hub.clock.now_ms() - before.filed_ms > FORM_KEPT_MS:
            return self._page(request, "filed.html", case=None)
        else:
            case = before
        response = self._page(
            request,
            "filed.html",
            case=case,
            password=f"{password[:5]}-{password[5:]}",
            again=before is not None,
        )
        self._auth.set_case(response, case.id)
        return response

    def _checked(self, typed: Typed, lang: str) -> FileCase:
        """What would be filed, but for its photos. Raises BadInput before anything is done."""
        if not typed.token:
            raise BadInput("this is no form", where="body")
        needed = ("kind", "unit", "title", "text")
        if missing := [name for name in needed if not getattr(typed, name).strip()]:
            words = desk_words.words(lang)
            typed.wrong |= {name: words[WRONG.get(name, "wrong.needed")] for name in missing}
            raise BadInput("this is needed", where=missing[0])
        if typed.kind not in set(Kind):
            raise BadInput("choose one", where="kind")
        filing = FileCase(
            Kind(typed.kind),
            typed.unit,
            typed.title,
            typed.text,
            typed.name,
            typed.contact,
            may_publish=typed.may_publish,
            lang=lang,
        )
        # The same form with other words is another question.
        sent = f"{typed.token}\0{_words(filing)}"
        filing = replace(filing, form=self._auth.derived("form", sent).hex())
        desk = self._hub.desk
        core.decide(desk.now, filing, Asked("filer", self._hub.clock.now_ms()), desk.zone)
        return filing

    async def _filed(self, filing: FileCase, form: FormData, digest: str) -> str:
        names = await self._kept(form)
        try:
            number = await self._hub.desk.file(_with_photos(filing, names), digest)
        except (StoreDown, RevisionMismatch):
            raise  # nobody knows whether it is filed: the next start sees whose the photos are
        except Refusal:
            self._photos.drop(names)
            raise
        # Where the same form arrived at the same moment, the case has the other one's photos.
        mine = set(core.find(self._hub.desk.now, number).photos)
        self._photos.confirm(mine.intersection(names))
        self._photos.drop(set(names) - mine)
        return number

    async def _kept(self, form: FormData) -> tuple[str, ...]:
        """The photos of the form, kept; none of them where one is refused."""
        found = [part for part in form.getlist("photos") if isinstance(part, UploadFile)]
        given = [part for part in found if part.size]
        if len(given) > core.PHOTOS_MAX:
            raise BadInput(f"at most {core.PHOTOS_MAX} photos", where="photos")
        names: list[str] = []
        try:
            for part in given:
                names.append(await self._photos.keep(await part.read()))  # noqa: PERF401
        except BadInput:
            self._photos.drop(names)
            raise
        return tuple(names)

    # --- following ---

    async def door(self, request: Request) -> Response:
        return self._page(request, "follow.html", number="", wrong="")

    async def follow(self, request: Request) -> Response:
        given: dict[str, str] = {}
        try:
            await self._auth.limit("case", request)
            given = await _form(request)
            number = _normal_number(given.get("number", ""))
            await self._auth.limit("case", request, f"case {number}")
            await self._check_password(number, given.get("password", ""))
        except Refusal as refusal:
            told = "follow_wrong" if isinstance(refusal, NotAllowed) else _went(refusal)
            shown = given.get("number", "")[:40]
            return self._page(request, "follow.html", _status(refusal), number=shown, wrong=told)
        response = self._to_mine(request)
        self._auth.set_case(response, number)
        return response

    async def _check_password(self, number: str, password: str) -> None:
        """Raises NotAllowed, after the same time whatever was wrong."""
        known = number in self._hub.desk.now.cases
        digest = await self._hub.desk.digest(number) if known else ""
        typed = "".join(c for c in password.upper() if c.isalnum())
        if not await self._auth.accounts.fits(digest, typed):
            raise NotAllowed("number or password is wrong")

    async def mine(self, request: Request) -> Response:
        return self._mine(request)

    def _mine(self, request: Request, went: str = "", status: int = 200) -> Response:
        desk, lang = self._hub.desk.now, lang_of(request)
        case = desk.cases.get(self._auth.case(request))
        if case is None:
            return RedirectResponse(f"/questions/follow?lang={lang}", 303, HEADERS)
        shown = thread.own(desk, case, lang, self._hub.clock.now_ms())
        shows = self._shows(case, lang)
        return self._page(request, "mine.html", status, case=shown, went=went, **shows)

    async def act(self, request: Request) -> Response:
        """What the filer does to the case: one form each, told apart by `do`."""
        case = self._auth.case(request)
        if not case:
            return self._to_mine(request)
        try:
            await self._auth.limit("mine", request)
            given = await _form(request)
            if given.get("do") == "leave":
                response = RedirectResponse(f"/questions?lang={lang_of(request)}", 303, HEADERS)
                self._auth.clear_case(response)
                return response
            await self._hub.desk.command(_filers_command(case, given), "filer")
        except Refusal as refusal:
            return self._mine(request, _went(refusal), _status(refusal))
        return self._to_mine(request)

    def _to_mine(self, request: Request) -> Response:
        return RedirectResponse(f"/questions/mine?lang={lang_of(request)}", 303, HEADERS)

    # --- staff ---

    def _reader(self, request: Request) -> DeskReader:
        identity = self._auth.identity(request)
        return DeskReader.of(self._hub.desk.now, identity.roles, identity.unit)

    def _seen(self, request: Request, number: str) -> tuple[Case, frozenset[str]]:
        """A case, and the roles in which the account sees it. Raises NotFound, whether it is kept
        from this account or not there."""
        case = core.find(self._hub.desk.now, number)
        roles = self._reader(request).roles_for(case)
        if not roles:
            raise NotFound(core.NO_CASE, where="case")
        return case, roles

    async def cases(self, request: Request) -> Response:
        """A queue of the desk, oldest due first, and how long each is."""
        desk, now_ms = self._hub.desk.now, self._hub.clock.now_ms()
        show = request.query_params.get("show", "triage")
        if show not in QUEUES:
            raise BadInput(f"queues are {', '.join(QUEUES)}", where="show")
        words = request.query_params.get("q", "")[:100].lower().split()
        reader = self._reader(request)
        every = [case for case in desk.cases.values() if reader.roles_for(case)]
        found = [case for case in every if QUEUES[show](case, now_ms) and _holds(case, words)]
        if show in ("all", "done"):
            found.reverse()
        else:
            found.sort(key=lambda case: case.due_ms or case.changed_ms)
        counts = {
            name: sum(is_in(case, now_ms) for case in every) for name, is_in in QUEUES.items()
        }
        return json(
            {
                "revision": desk.revision,
                "now": now_ms,
                "zone": str(self._hub.desk.zone),
                "counts": counts,
                "full": {"cases": core.CASES_MAX, "open": core.OPEN_MAX},
                "setting": {
                    "units": to_plain(desk.units),
                    "limits": to_plain(desk.limits),
                    "taking": desk.taking,
                },
                "cases": [row_for_staff(case, now_ms) for case in found[:STAFF_PAGE]],
                "found": len(found),
            }
        )

    async def case(self, request: Request) -> Response:
        case, roles = self._seen(request, request.path_params["case"])
        studios = [self._hub.studios.get(made.episode) for made in case.promotions]
        titles = {s.episode.id: to_plain(s.episode.title) for s in studios if s}
        told = case_for_staff(case, self._hub.clock.now_ms(), roles)
        if not roles & DESK_ACTS:
            told |= {"name": None, "contact": None}  # for those who work on it
        return json({**told, "episodes": titles})

    async def command(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        given = await fields(request, name=str, args=dict)
        check_command(given["name"], identity.roles, DESK_ROLES)
        command = command_from_plain(given["name"], given["args"])
        unit = ""
        if number := getattr(command, "case", ""):
            case, roles = self._seen(request, number)
            check_command(given["name"], roles, DESK_ROLES)
            unit = case.unit if roles & DESK_ROLES[given["name"]] == {UNIT} else ""
        return json({"revision": await self._hub.desk.command(command, identity.account, unit)})

    async def promote(self, request: Request) -> Response:
        identity = self._auth.identity(request)
        given = await fields(request, case=str, to=str)
        if from_plain(Target, given["to"], "to") is Target.PLEDGE:
            promise = Promise(text(given, "text"), text(given, "due"), text(given, "target"))
            pledge = await self._hub.promises.pledge(given["case"], promise, identity.account)
            return json({"id": pledge, "episode": ""})
        studio = self._hub.studio(text(given, "episode"))
        segment = await self._hub.promises.question(
            studio, given["case"], text(given, "text"), text(given, "segment"), identity.account
        )
        return json({"id": segment, "episode": studio.episode.id})

    async def rows(self, request: Request) -> Response:
        """Read a spreadsheet of questions; changes nothing. before: how many of them are here."""
        found = await self._rows(request)
        before = {case.form for case in self._hub.desk.now.cases.values()}
        return json(
            {
                "rows": [{"row": row, **_shown_row(filing)} for row, filing in found.rows],
                "errors": to_plain(found.errors),
                "before": sum(filing.form in before for _, filing in found.rows),
            }
        )

    async def bring(self, request: Request) -> Response:
        """File the questions of a spreadsheet: none where one is wrong, and each once."""
        found = await self._rows(request)
        if found.errors:
            first = found.errors[0]
            raise BadInput(first.text, where=f"row {first.row}, {first.column}")
        filings = [filing for _, filing in found.rows]
        filed = await self._hub.desk.file_all(filings, self._auth.identity(request).account)
        return json({"filed": filed, "before": len(filings) - len(filed)}, 201)

    async def _rows(self, request: Request) -> case_rows.Questions:
        """The same slip in another file is the same question."""
        data = await body(request, ROWS_MAX)
        found = await asyncio.to_thread(case_rows.read, data, self._hub.desk.now.units)
        rows = [
            (row, replace(filing, form=self._auth.derived("slip", _words(filing)).hex()))
            for row, filing in found.rows
        ]
        return replace(found, rows=tuple(rows))

    async def export(self, request: Request) -> Response:
        found = DESK_FORMATS.get(request.path_params["format"])
        if found is None:
            raise NotFound(f"exports are {', '.join(DESK_FORMATS)}")
        async with self._making:
            desk = self._hub.desk
            material = await desk.material(self._hub.clock.now_ms(), str(desk.zone))
            data = await asyncio.to_thread(found.make, material)
        headers = {
            "content-disposition": f'attachment; filename="questions-{found.suffix}"',
            "cache-control": "no-store",
        }
        return Response(data, headers=headers, media_type=found.media_type)

    # --- inside ---

    def _page(self, request: Request, name: str, status: int = 200, **context: Any) -> Response:
        shared = {"t": desk_words.words(lang_of(request)), **context}
        response = self._pages.page(request, name, shared, status)
        response.headers.update(HEADERS)
        return response

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/questions", self.listing),
            gate.route("GET", "/questions/new", self.form),
            gate.route("POST", "/questions/new", self.file),
            gate.route("GET", "/questions/follow", self.door),
            gate.route("POST", "/questions/follow", self.follow),
            gate.route("GET", "/questions/mine", self.mine),
            gate.route("POST", "/questions/mine", self.act),
            gate.route("GET", "/questions/{case}", self.public),
            gate.route("GET", "/api/questions/challenge", self.challenge),
            gate.route("GET", "/api/questions/{case}/photos/{name}", self.photo),
            gate.route("GET", "/api/desk", self.cases),
            gate.route("GET", "/api/desk/cases/{case}", self.case),
            gate.route("POST", "/api/desk/command", self.command),
            gate.route("POST", "/api/desk/promote", self.promote),
            gate.route("POST", "/api/desk/rows", self.rows),
            gate.route("POST", "/api/desk/import", self.bring),
            gate.route("GET", "/api/desk/export/{format}", self.export),
        ]


# --- queues ---

QUEUES: dict[str, Callable[[Case, int], bool]] = {
    "triage": lambda case, now_ms: case.stage == "filed",
    "unit": lambda case, now_ms: case.stage in ("with_unit", "asked_again"),
    "moderation": lambda case, now_ms: bool(case.to_moderate),
    "overdue": lambda case, now_ms: case.overdue(now_ms),
    "done": lambda case, now_ms: not case.due_ms,
    "all": lambda case, now_ms: True,
}


def _holds(case: Case, words: list[str]) -> bool:
    texts = "\n".join((case.id, case.title, case.unit, *(post.text for post in case.posts)))
    return all(word in texts.lower() for word in words)


# --- forms ---


def _filers_command(case: str, given: dict[str, str]) -> DeskCommand:
    do = given.get("do", "")
    if do == "rate" and given.get("rating") in set(Rating):
        return RateCase(case, Rating(given["rating"]))
    if do == "again":
        return AskAgain(case, given.get("text", ""))
    if do in ("withdraw", "erase") and not given.get("sure"):
        raise BadInput("tick that you are sure", where="sure")
    if do == "withdraw":
        return WithdrawCase(case)
    if do == "erase" and given.get("part") in set(Erasure):
        return EraseCase(case, Erasure(given["part"]))
    raise BadInput("choose first", where="do")


def _typed(form: FormData) -> Typed:
    def given(name: str) -> str:
        found = form.get(name, "")
        return found if isinstance(found, str) else ""

    names = ("kind", "unit", "title", "text", "name", "contact")
    photos = any(isinstance(part, UploadFile) and part.size for part in form.getlist("photos"))
    token = given("token") if re.fullmatch("[0-9a-f]{32}", given("token")) else ""
    typed = Typed(token, may_publish=bool(given("may_publish")), had_photos=photos)
    for name in names:
        setattr(typed, name, given(name))
    return typed


def _shown_row(filing: FileCase) -> dict[str, Any]:
    names = ("kind", "unit", "title", "text", "name", "contact", "may_publish")
    return {name: getattr(filing, name) for name in names}


def _password(secret: bytes) -> str:
    number = int.from_bytes(secret, "big")
    places = (number // len(ALPHABET) ** place for place in range(PASSWORD_LENGTH))
    return "".join(ALPHABET[place % len(ALPHABET)] for place in places)


def _words(filing: FileCase) -> str:
    return "\0".join(str(value) for value in _shown_row(filing).values())


def _with_photos(filing: FileCase, names: tuple[str, ...]) -> FileCase:
    return FileCase(**{**vars(filing), "photos": names})


def _told(typed: Typed, refusal: Refusal, lang: str) -> Typed:
    """The form again, with what is wrong beside its place."""
    t = desk_words.words(lang)
    limits = {"title": core.TITLE_MAX, "text": core.TEXT_MAX}
    place = refusal.where if isinstance(refusal, BadInput) else ""
    if place in WRONG:
        typed.wrong[place] = t[WRONG[place]]
    elif place in ("title", "text", "name", "contact"):
        empty = not getattr(typed, place).strip()
        limit = limits.get(place, core.SHORT_MAX)
        typed.wrong[place] = t["wrong.needed"] if empty else t["wrong.long"].format(max=limit)
    else:
        typed.went = _went(refusal)
    return typed


def _went(refusal: Refusal) -> str:
    """The word for what went wrong."""
    by_place = {"sure": "sure_needed", "do": "choose_first"}
    if refusal.where in by_place:
        return by_place[refusal.where]
    known = ("busy", "store_down", "bad_work", "work_needed", "wrong_phase")
    return f"went.{refusal.code}" if refusal.code in known else "went.other"


def _status(refusal: Refusal) -> int:
    return 422 if isinstance(refusal, BadInput) else refusal.http_status


async def _form(request: Request) -> dict[str, str]:
    """A small form's fields. Raises BadInput."""
    data = await body(request, FORM_MAX)
    try:
        return dict(parse_qsl(data.decode(), max_num_fields=20))
    except ValueError:
        raise BadInput("this is no form", where="body") from None


async def _multipart(request: Request) -> FormData:
    """The form with photos, read no further than FILING_MAX bytes. Raises BadInput."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadInput("this is no form", where="body")
    parser = MultiPartParser(
        request.headers,
        _bounded(request),
        max_files=core.PHOTOS_MAX + 1,
        max_fields=20,
        max_part_size=FORM_MAX,
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        # Of what we ended ourselves below the parser has closed its files.
        where = "photos" if isinstance(error, TooLarge) else "body"
        raise BadInput("this is no form that the desk reads", where=where) from None


class TooLarge(MultiPartException):
    pass


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    left = FILING_MAX
    try:
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                raise TooLarge("the photos are too large")
            yield chunk
    except ClientDisconnect:
        raise MultiPartException("the body was cut off") from None


def _normal_number(typed: str) -> str:
    """q12 → Q000012."""
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())[:9]
    return f"Q{int(digits or 0):06d}"


def _number(typed: str, default: int) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else default


def _units(desk: Desk, lang: str) -> list[tuple[str, str]]:
    return [(unit.id, unit.name.get(lang)) for unit in desk.units]
