"""Questions for the demonstration: a citizen files them by the public door, as the form's page
sends them; the desk takes one up, answers it, and makes a question of the show of it."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from secrets import token_hex
from urllib.parse import urlencode

from livevote.core.case import Kind, Rating, Unit
from livevote.core.desk import AcceptCase, AnswerCase, SetDesk, ShowPost
from livevote.core.model import Episode, Segment
from livevote.core.names import Names
from livevote.demo.clock import DemoClock
from livevote.demo.episode import BY, DemoFailed, rows
from livevote.hub.hub import Hub
from livevote.hub.studio import Studio

# The first is followed to the answer and to the show; the others wait to be taken up.
ASKED = (
    (
        Kind.COMPLAINT,
        "台州市环保局",
        "（演示）河边的排污口还在排水",
        "（演示）桥下的排污口早晚都在排水，有气味。什么时候封堵？",
    ),
    (
        Kind.ENQUIRY,
        "台州市农办",
        "（演示）村里的污水管接到哪里",
        "（演示）村里挖了沟，还没有埋管。什么时候接上？",
    ),
    (
        Kind.SUGGESTION,
        "台州市住建局",
        "（演示）建议公开水质",
        "（演示）建议每周在村口公布水质。",
    ),
)
ANSWER = "（演示）已现场查看，二十日前完成封堵，并公布前后照片。"
POST = "（演示）河道科科长"
ON_AIR = "（演示）桥下的排污口什么时候封堵？"
# Days before now: filed, taken up, answered, rated.
FILED, ACCEPTED, ANSWERED, RATED = 4, 3, 2, 1
HTTP_S_MAX = 30


@dataclass(frozen=True)
class Slip:
    """What a citizen keeps of a question: with both it is followed."""

    number: str
    password: str


class Citizen:
    """A browser without an account. Calls block; they raise DemoFailed where the server says no."""

    def __init__(self, url: str) -> None:
        self._url = url
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def file(self, kind: Kind, unit: str, title: str, text: str) -> Slip:
        """unit: its id."""
        token = _found(r'name="token" value="(\w+)"', self._ask("/questions/new"))
        form = {"token": token, "kind": kind, "unit": unit, "title": title, "text": text}
        body, content_type = _multipart({**form, "may_publish": "1"})
        page = self._ask("/questions/new", body, content_type)
        return Slip(_found(r'id="number">(\w+)<', page), _found(r'id="password">([\w-]+)<', page))

    def follow(self, slip: Slip) -> str:
        """The filer's own page."""
        return self._post("/questions/follow", number=slip.number, password=slip.password)

    def rate(self, rating: Rating) -> str:
        """Vote on the answer of the question that is followed."""
        return self._post("/questions/mine", do="rate", rating=rating)

    def _post(self, path: str, **form: str) -> str:
        return self._ask(path, urlencode(form).encode(), "application/x-www-form-urlencoded")

    def _ask(self, path: str, body: bytes | None = None, content_type: str = "") -> str:
        headers = {"origin": self._url, "content-type": content_type} if body else {}
        request = urllib.request.Request(self._url + path, body, headers)  # noqa: S310 - our own
        try:
            with self._opener.open(request, timeout=HTTP_S_MAX) as answer:
                page: bytes = answer.read()
        except (urllib.error.URLError, OSError) as error:
            raise DemoFailed(f"{path}: {error}") from None
        return page.decode()


def _multipart(form: Mapping[str, str]) -> tuple[bytes, str]:
    """(the body, its content type) as a browser sends a form with files, none chosen."""
    boundary = token_hex(16)
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    ]
    body = "".join([*parts, f"--{boundary}--\r\n"])
    return body.encode(), f"multipart/form-data; boundary={boundary}"


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if not found:
        raise DemoFailed(f"the questions' page has no {pattern}")
    return found[1]


async def _units(hub: Hub) -> dict[str, str]:
    """Chinese name → id of those who can be asked; the episode's, where the desk was not set."""
    await hub.desk.load()
    if not hub.desk.now.units:
        names = [Names(**row["unit"]) for row in rows(before=False)]
        units = tuple(Unit(f"u{place:02d}", name) for place, name in enumerate(names, 1))
        await hub.desk.command(SetDesk(units), BY)
    return {unit.name.zh: unit.id for unit in hub.desk.now.units}


async def ask(hub: Hub, url: str, clock: DemoClock) -> Slip:
    """One question from its filing to the filer's vote on the answer, two more that wait. Raises
    DemoFailed."""
    units = await _units(hub)
    kind, unit, *words = ASKED[0]
    citizen = Citizen(url)
    clock.go_on_to(FILED)
    slip = await asyncio.to_thread(citizen.file, kind, units[unit], *words)
    clock.go_on_to(ACCEPTED)
    await hub.desk.command(AcceptCase(slip.number, units[unit], kind), BY)
    clock.go_on_to(ANSWERED)
    await hub.desk.command(AnswerCase(slip.number, ANSWER, POST), BY)
    for post in (0, 1):
        await hub.desk.command(ShowPost(slip.number, post), BY)
    clock.go_on_to(RATED)
    if ANSWER not in await asyncio.to_thread(citizen.follow, slip):
        raise DemoFailed(f"who filed {slip.number} finds no answer")
    # Who has only a date asks again on the show.
    await asyncio.to_thread(citizen.rate, Rating.UNSATISFIED)
    clock.go_on_to(0)
    for kind, unit, *words in ASKED[1:]:
        await asyncio.to_thread(Citizen(url).file, kind, units[unit], *words)
    return slip


def asked_of(episode: Episode) -> Segment:
    """The segment of the episode that takes the citizen's question."""
    unit = ASKED[0][1]
    return next(s for s in episode.segments if s.unit.zh == unit and not s.lookback)


async def promote(hub: Hub, studio: Studio, slip: Slip) -> None:
    """Make the question the show's. Raises its Refusal."""
    segment = asked_of(studio.episode).id
    await hub.promises.question(studio, slip.number, ON_AIR, segment, BY)


async def check(url: str, studio: Studio, slip: Slip) -> None:
    """Raises DemoFailed where the filer does not see that the question was on the show, with its
    result."""
    page = await asyncio.to_thread(Citizen(url).follow, slip)
    shown = f"/episodes/{studio.episode.id}/{asked_of(studio.episode).id}?lang=zh"
    if shown not in page:
        raise DemoFailed(f"who filed {slip.number} does not see it on the show")
