"""The question desk: `decide` from a desk and a command to events, and `fold` back.

Texts are plain here. That they lie sealed in the store, each under a key of its
case's own, is the hub's business; `SEALED` says which fields, and the fold of an
erasure leaves what the fold of a log whose keys are gone leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from livevote.core import event as ev
from livevote.core.case import (
    WAITING,
    Author,
    Case,
    Desk,
    Erasure,
    Forward,
    Kind,
    Limits,
    Moderation,
    Post,
    Promotion,
    Rating,
    Step,
    Target,
    Unit,
    after,
)
from livevote.core.catalogue import named
from livevote.core.command import Asked
from livevote.core.workdays import add_workdays
from livevote.errors import BadInput, Busy, NotAllowed, NotFound, WrongPhase

# A case takes some 2 to 4 KB of memory in every process; a desk that is full says so.
CASES_MAX = 20_000
# More than anybody could answer: who floods the desk must not bury what came before.
OPEN_MAX = 5_000
UNITS_MAX = 500
FORWARDS_MAX = 10
TITLE_MAX = 80
TEXT_MAX = 4_000
SHORT_MAX = 120
REASON_MAX = 500
PHOTOS_MAX = 3
DAYS_MAX = 60
FULL_MS = 3_600_000
# Also of a case that is another unit's: its number says nothing.
NO_CASE = "there is no such case"

_PHOTO = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"Q[0-9]{6,9}")
_UNIT = re.compile(r"[a-z0-9-]{1,32}")

# Personal, by event and field: what of the case's two keys opens it. `EraseCase` destroys them.
SEALED: dict[type[ev.Event], dict[str, Erasure]] = {
    ev.CaseFiled: {
        "name": Erasure.CONTACT,
        "contact": Erasure.CONTACT,
        "title": Erasure.ALL,
        "text": Erasure.ALL,
    },
    ev.CaseAnswered: {"text": Erasure.ALL},
    ev.CaseAskedAgain: {"text": Erasure.ALL},
    ev.CaseRefused: {"reason": Erasure.ALL},
    ev.CaseForwarded: {"reason": Erasure.ALL},
    ev.CaseReturned: {"reason": Erasure.ALL},
    ev.CaseReclassified: {"reason": Erasure.ALL},
    ev.PostShown: {"title": Erasure.ALL, "text": Erasure.ALL},
}


# --- what can be asked ---


@dataclass(frozen=True)
class DeskCommand:
    """The root of all commands to the desk; the class name in snake case is the wire `name`."""


@dataclass(frozen=True)
class SetDesk(DeskCommand):
    """Set who can be asked, in how many working days they owe an answer, and whether anybody may
    file now. Cases that are under way keep their dates."""

    units: tuple[Unit, ...]
    limits: Limits = Limits()
    taking: bool = True


@dataclass(frozen=True)
class FileCase(DeskCommand):
    """Ask a unit something. photos: names of files that are stored already. form: a hash of what
    was sent; the same sent again, since its answer was lost, files nothing. "": it is not known."""

    kind: Kind
    unit: str
    title: str
    text: str
    name: str = ""
    contact: str = ""
    photos: tuple[str, ...] = ()
    may_publish: bool = True
    lang: str = "zh"
    form: str = ""


@dataclass(frozen=True)
class FileCases(DeskCommand):
    """File what was collected elsewhere: all of it, or nothing where one is wrong. What was filed
    before, by its `form`, stays as it is."""

    cases: tuple[FileCase, ...]


@dataclass(frozen=True)
class AcceptCase(DeskCommand):
    """Take a case up: the unit's clock starts. hard: it is complex."""

    case: str
    unit: str
    kind: Kind
    hard: bool = False


@dataclass(frozen=True)
class RefuseCase(DeskCommand):
    """Not take a case up; the filer reads the reason."""

    case: str
    reason: str


@dataclass(frozen=True)
class ForwardCase(DeskCommand):
    """Hand a case to another unit; the clock starts again, and what it said before stays."""

    case: str
    unit: str
    reason: str


@dataclass(frozen=True)
class ReturnCase(DeskCommand):
    """The unit's: hand a case back to the desk, which finds whose it is; its clock starts again."""

    case: str
    reason: str


@dataclass(frozen=True)
class ReclassifyCase(DeskCommand):
    """Correct a case's kind, or call it complex; the date follows, from when the clock started."""

    case: str
    kind: Kind
    hard: bool
    reason: str


@dataclass(frozen=True)
class HandleCase(DeskCommand):
    """Name the post in the unit that handles the case: an office, never a person."""

    case: str
    post: str


@dataclass(frozen=True)
class AnswerCase(DeskCommand):
    """Answer the question, or the second one. post: the office that answers, "" for the one that
    was named."""

    case: str
    text: str
    post: str = ""


@dataclass(frozen=True)
class AskAgain(DeskCommand):
    """The filer's: ask once more, after the first answer."""

    case: str
    text: str


@dataclass(frozen=True)
class RateCase(DeskCommand):
    """The filer's vote on what was answered, once; it closes the case."""

    case: str
    rating: Rating


@dataclass(frozen=True)
class WithdrawCase(DeskCommand):
    """The filer's: take the case back before it is answered."""

    case: str


@dataclass(frozen=True)
class EraseCase(DeskCommand):
    """Destroy the key of how the filer can be reached; or of every word and photo too, which ends
    the case."""

    case: str
    part: Erasure


@dataclass(frozen=True)
class ShowPost(DeskCommand):
    """Let the public read a post. text, title: as they are to read it, "" for as they are; photos:
    those they may see."""

    case: str
    post: int
    text: str = ""
    title: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class HidePost(DeskCommand):
    """Keep a post from the public. Without its question a case has no public thread."""

    case: str
    post: int


@dataclass(frozen=True)
class PromoteCase(DeskCommand):
    """Make a show's question of a case, or a pledge. id: of the segment or the pledge that was
    made; episode: the segment's."""

    case: str
    to: Target
    id: str
    episode: str = ""


Events = tuple[ev.Event, ...]


def decide(desk: Desk, command: DeskCommand, asked: Asked, zone: tzinfo) -> Events:
    """The events that follow from a command, or a Refusal. Pure. zone: where days are days."""
    return DECISIONS[type(command)](desk, command, _Now(asked.now_ms, zone))


@dataclass(frozen=True)
class _Now:
    ms: int
    zone: tzinfo

    def due(self, days: int) -> int:
        """The end of the day that is so many working days after today."""
        return due_ms(self.ms, days, self.zone)


def due_ms(start_ms: int, days: int, zone: tzinfo) -> int:
    """When a limit of working days is over: midnight after the last of them. The day on which it
    starts is not counted."""
    last = add_workdays(datetime.fromtimestamp(start_ms / 1000, zone).date(), days)
    midnight = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
    return int(midnight.timestamp()) * 1000


# --- checks ---


def _line(text: str, where: str, limit: int, *, needed: bool = True) -> str:
    return _bounded(" ".join(_printable(text).split()), where, limit, needed)


def _paragraphs(text: str, where: str, limit: int = TEXT_MAX, *, needed: bool = True) -> str:
    """Text with its line breaks; at most one empty line in a row."""
    lines = [" ".join(_printable(line).split()) for line in text.splitlines()]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _bounded(joined, where, limit, needed)


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable() or c.isspace())


def _bounded(text: str, where: str, limit: int, needed: bool) -> str:
    if needed and not text:
        raise BadInput("this is needed", where=where)
    if len(text) > limit:
        raise BadInput(f"at most {limit} characters, this has {len(text)}", where=where)
    return text


def find(desk: Desk, case_id: str) -> Case:
    """Raises NotFound."""
    case = desk.cases.get(case_id)
    if case is None:
        raise NotFound(NO_CASE, where="case")
    return case


def _at(desk: Desk, case_id: str, step: Step) -> Case:
    """The case, if its stage allows `step`."""
    case = find(desk, case_id)
    after(case.stage, step)
    return case


def _unit(desk: Desk, unit_id: str) -> str:
    if desk.unit(unit_id) is None:
        raise BadInput("there is no such unit", where="unit")
    return unit_id


def _post(case: Case, place: int) -> Post:
    if not 0 <= place < len(case.posts):
        raise NotFound("the case has no such post", where="post")
    if case.erased == Erasure.ALL:
        raise WrongPhase("the case is erased: there is nothing to show")
    return case.posts[place]


def check_unit(desk: Desk, command: DeskCommand, unit: str) -> None:
    """Raises a Refusal unless the command is about a case that is `unit`'s now, and leaves to the
    desk whose a case is and how long it may take. For whoever acts as that unit only."""
    case = desk.cases.get(getattr(command, "case", ""))
    if case is None or case.unit != unit:
        raise NotFound(NO_CASE, where="case")
    if isinstance(command, AcceptCase):
        if case.accepted_ms:
            raise NotAllowed("the case was handed back: now the desk takes it up")
        if (command.unit, command.kind, command.hard) != (unit, case.kind, False):
            raise NotAllowed("a unit takes a case up as it was filed; the desk corrects it")


# --- decisions ---


def _set_desk(desk: Desk, c: SetDesk, now: _Now) -> Events:
    if len(c.units) > UNITS_MAX:
        raise BadInput(f"at most {UNITS_MAX} units", where="units")
    units = []
    for place, unit in enumerate(c.units):
        if not _UNIT.fullmatch(unit.id):
            raise BadInput("1 to 32 small letters, digits or -", where=f"units.{place}.id")
        units.append(Unit(unit.id, named(unit.name, f"units.{place}.name")))
    ids = {unit.id for unit in units}
    if len(ids) < len(units):
        raise BadInput("two units have the same id", where="units")
    gone = {case.unit for case in desk.cases.values()} - ids
    if gone:
        raise BadInput(f"{', '.join(sorted(gone))} has cases and must stay", where="units")
    for name, days in vars(c.limits).items():
        if not 1 <= days <= DAYS_MAX:
            raise BadInput(f"1 to {DAYS_MAX} working days", where=f"limits.{name}")
    if c.taking and not units:
        raise BadInput("a desk without units can take no question", where="units")
    return (ev.DeskSet(tuple(units), c.limits, c.taking),)


def _file(desk: Desk, c: FileCase, now: _Now) -> Events:
    if filed_with(desk, c.form):
        return ()
    if not desk.taking:
        raise WrongPhase("the desk takes no questions now")
    _must_have_room(desk, 1)
    return (_case_filed(desk, c, now, next_number(desk)),)


def _file_all(desk: Desk, c: FileCases, now: _Now) -> Events:
    # Its own staff file here: whether the public may file now does not matter.
    before = {case.form for case in desk.cases.values()} - {""}
    new = [one for one in c.cases if one.form not in before]
    _must_have_room(desk, len(new))
    first = _highest(desk) + 1
    return tuple(
        _case_filed(desk, one, now, f"Q{number:06d}") for number, one in enumerate(new, first)
    )


def _must_have_room(desk: Desk, new: int) -> None:
    if len(desk.cases) + new > CASES_MAX or desk.open_cases + new > OPEN_MAX:
        raise Busy("the desk is full; please come back later", retry_after_ms=FULL_MS)


def _case_filed(desk: Desk, c: FileCase, now: _Now, number: str) -> ev.CaseFiled:
    if len(c.photos) > PHOTOS_MAX:
        raise BadInput(f"at most {PHOTOS_MAX} photos", where="photos")
    if not all(_PHOTO.fullmatch(name) for name in c.photos):
        raise BadInput("a photo is named by its SHA-256", where="photos")
    return ev.CaseFiled(
        case=number,
        kind=c.kind,
        unit=_unit(desk, c.unit),
        title=_line(c.title, "title", TITLE_MAX),
        text=_paragraphs(c.text, "text"),
        name=_line(c.name, "name", SHORT_MAX, needed=False),
        contact=_line(c.contact, "contact", SHORT_MAX, needed=False),
        photos=tuple(dict.fromkeys(c.photos)),
        may_publish=c.may_publish,
        lang="en" if c.lang == "en" else "zh",
        due_ms=now.due(desk.limits.accept),
        form=c.form,
    )


def filed_with(desk: Desk, form: str) -> Case | None:
    """The case that was filed with this form."""
    return next((case for case in desk.cases.values() if form and case.form == form), None)


def next_number(desk: Desk) -> str:
    """What the next case is called: Q and a number, one more than the highest."""
    return f"Q{_highest(desk) + 1:06d}"


def _highest(desk: Desk) -> int:
    return max((int(name[1:]) for name in desk.cases), default=0)


def check_names(event: ev.Event) -> None:
    """Raises BadInput for an event from outside that names what no desk would: photos are files."""
    case = getattr(event, "case", "")
    if not isinstance(event, (ev.DeskSet, *SEALED, *CHANGES)):
        raise BadInput("this is no event of a desk", where="events")
    if not isinstance(event, ev.DeskSet) and not _NUMBER.fullmatch(case):
        raise BadInput(f"a case is called Q and six digits, not {case[:20]!r}", where="events")
    if not all(_PHOTO.fullmatch(name) for name in getattr(event, "photos", ())):
        raise BadInput("a photo is named by its SHA-256", where="events")


def _accept(desk: Desk, c: AcceptCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.ACCEPT)
    due = now.due(desk.limits.answer(c.kind, c.hard))
    return (ev.CaseAccepted(case.id, _unit(desk, c.unit), c.kind, c.hard, due),)


def _refuse(desk: Desk, c: RefuseCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.REFUSE)
    return (ev.CaseRefused(case.id, _paragraphs(c.reason, "reason", REASON_MAX)),)


def _forward(desk: Desk, c: ForwardCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.FORWARD)
    if c.unit == case.unit:
        raise BadInput("the case is with this unit already", where="unit")
    _may_go_on(case)
    due = now.due(desk.limits.answer(case.kind, case.hard))
    reason = _paragraphs(c.reason, "reason", REASON_MAX)
    return (ev.CaseForwarded(case.id, _unit(desk, c.unit), due, reason),)


def _may_go_on(case: Case) -> None:
    if len(case.forwards) >= FORWARDS_MAX:
        raise WrongPhase(f"the case was forwarded {FORWARDS_MAX} times: somebody must answer")


def _return(desk: Desk, c: ReturnCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.RETURN)
    _may_go_on(case)
    reason = _paragraphs(c.reason, "reason", REASON_MAX)
    return (ev.CaseReturned(case.id, now.due(desk.limits.accept), reason),)


def _reclassify(desk: Desk, c: ReclassifyCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.RECLASSIFY)
    due = due_ms(case.clock_ms, desk.limits.answer(c.kind, c.hard), now.zone)
    reason = _paragraphs(c.reason, "reason", REASON_MAX)
    return (ev.CaseReclassified(case.id, c.kind, c.hard, due, reason),)


def _handle(desk: Desk, c: HandleCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.HANDLE)
    return (ev.CaseHandled(case.id, _line(c.post, "post", SHORT_MAX)),)


def _answer(desk: Desk, c: AnswerCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.ANSWER)
    post = _line(c.post or case.handler, "post", SHORT_MAX)
    return (ev.CaseAnswered(case.id, _paragraphs(c.text, "text"), post),)


def _ask_again(desk: Desk, c: AskAgain, now: _Now) -> Events:
    case = _at(desk, c.case, Step.ASK_AGAIN)
    due = now.due(desk.limits.answer(case.kind, case.hard))
    return (ev.CaseAskedAgain(case.id, _paragraphs(c.text, "text"), due),)


def _rate(desk: Desk, c: RateCase, now: _Now) -> Events:
    return (ev.CaseRated(_at(desk, c.case, Step.RATE).id, c.rating),)


def _withdraw(desk: Desk, c: WithdrawCase, now: _Now) -> Events:
    return (ev.CaseWithdrawn(_at(desk, c.case, Step.WITHDRAW).id),)


def _erase(desk: Desk, c: EraseCase, now: _Now) -> Events:
    case = _at(desk, c.case, Step.ERASE)
    done = case.erased in (Erasure.ALL, c.part)
    return () if done else (ev.CaseErased(case.id, c.part),)


def _show_post(desk: Desk, c: ShowPost, now: _Now) -> Events:
    case = find(desk, c.case)
    post = _post(case, c.post)
    if not case.may_publish:
        raise NotAllowed("the filer wants this case kept from the public")
    if set(c.photos) - set(post.photos):
        raise BadInput("the post has no such photo", where="photos")
    title = _line(c.title, "title", TITLE_MAX, needed=False) or case.title
    return (
        ev.PostShown(
            case.id,
            c.post,
            title if c.post == 0 else "",
            _paragraphs(c.text, "text", needed=False) or post.text,
            c.photos,
        ),
    )


def _hide_post(desk: Desk, c: HidePost, now: _Now) -> Events:
    case = find(desk, c.case)
    post = _post(case, c.post)
    return () if post.moderation is Moderation.HIDDEN else (ev.PostHidden(case.id, c.post),)


def _promote(desk: Desk, c: PromoteCase, now: _Now) -> Events:
    case = find(desk, c.case)
    check_promotion(case, c.to, c.episode)
    return (ev.CasePromoted(case.id, c.to, c.id, c.episode),)


def check_promotion(case: Case, to: Target, episode: str = "") -> None:
    """Raises a Refusal where this case cannot become that: asked before anything is made."""
    if case.erased == Erasure.ALL or not case.accepted_ms:
        raise WrongPhase("only a case that was accepted, and is not erased, goes further")
    if to is Target.SHOW and not case.may_publish:
        raise NotAllowed("the filer wants this case kept from the public")
    if any((p.to, p.episode) == (to, episode) for p in case.promotions):
        raise WrongPhase("that was made of this case before")


DECISIONS: dict[type[DeskCommand], Callable[[Desk, Any, _Now], Events]] = {
    SetDesk: _set_desk,
    FileCase: _file,
    FileCases: _file_all,
    AcceptCase: _accept,
    RefuseCase: _refuse,
    ForwardCase: _forward,
    ReturnCase: _return,
    ReclassifyCase: _reclassify,
    HandleCase: _handle,
    AnswerCase: _answer,
    AskAgain: _ask_again,
    RateCase: _rate,
    WithdrawCase: _withdraw,
    EraseCase: _erase,
    ShowPost: _show_post,
    HidePost: _hide_post,
    PromoteCase: _promote,
}


# --- the fold ---


def fold(desk: Desk, events: Iterable[ev.Logged]) -> Desk:
    cases: dict[str, Case] = dict(desk.cases)
    revision = desk.revision
    for logged in events:
        event, revision = logged.event, logged.revision
        if isinstance(event, ev.DeskSet):
            desk = replace(desk, units=event.units, limits=event.limits, taking=event.taking)
        elif isinstance(event, ev.CaseFiled):
            cases[event.case] = _filed(event, logged.at_ms)
        elif type(event) in CHANGES:
            case = CHANGES[type(event)](cases[event.case], event, logged)  # type: ignore[attr-defined]
            cases[case.id] = replace(case, changed_ms=logged.at_ms)
    return replace(desk, revision=revision, cases=MappingProxyType(cases))


def _filed(e: ev.CaseFiled, at_ms: int) -> Case:
    return Case(
        id=e.case,
        kind=e.kind,
        unit=e.unit,
        title=e.title,
        filed_ms=at_ms,
        due_ms=e.due_ms,
        posts=(Post(Author.FILER, at_ms, e.text, photos=e.photos),),
        lang=e.lang,
        name=e.name,
        contact=e.contact,
        may_publish=e.may_publish,
        form=e.form,
        changed_ms=at_ms,
    )


def _moved(case: Case, step: Step, **changes: Any) -> Case:
    """The case moved along the table; where nothing is owed any more, without a date."""
    stage = after(case.stage, step)
    moved = replace(case, stage=stage, **changes)
    return moved if stage in WAITING else replace(moved, due_ms=0)


def _accepted(case: Case, e: ev.CaseAccepted, logged: ev.Logged) -> Case:
    return _moved(
        case,
        Step.ACCEPT,
        unit=e.unit,
        kind=e.kind,
        hard=e.hard,
        due_ms=e.due_ms,
        accepted_ms=logged.at_ms,
        clock_ms=logged.at_ms,
    )


def _forwarded(case: Case, e: ev.CaseForwarded, logged: ev.Logged) -> Case:
    made = Forward(logged.at_ms, case.unit, e.unit, e.reason, case.due_ms)
    return _moved(
        case,
        Step.FORWARD,
        unit=e.unit,
        due_ms=e.due_ms,
        clock_ms=logged.at_ms,
        handler="",
        forwards=(*case.forwards, made),
    )


def _returned(case: Case, e: ev.CaseReturned, logged: ev.Logged) -> Case:
    made = Forward(logged.at_ms, case.unit, "", e.reason, case.due_ms)
    forwards = (*case.forwards, made)
    return _moved(case, Step.RETURN, due_ms=e.due_ms, handler="", forwards=forwards)


def _reclassified(case: Case, e: ev.CaseReclassified, logged: ev.Logged) -> Case:
    return _moved(case, Step.RECLASSIFY, kind=e.kind, hard=e.hard, due_ms=e.due_ms)


def _answered(case: Case, e: ev.CaseAnswered, logged: ev.Logged) -> Case:
    post = Post(Author.UNIT, logged.at_ms, e.text, unit=case.unit, by=e.post, due_ms=case.due_ms)
    return _moved(case, Step.ANSWER, posts=(*case.posts, post), handler=e.post)


def _asked_again(case: Case, e: ev.CaseAskedAgain, logged: ev.Logged) -> Case:
    posts = (*case.posts, Post(Author.FILER, logged.at_ms, e.text))
    return _moved(case, Step.ASK_AGAIN, posts=posts, due_ms=e.due_ms, clock_ms=logged.at_ms)


def _shown(case: Case, e: ev.PostShown, logged: ev.Logged) -> Case:
    changes = {"shown_title": e.title} if e.post == 0 else {}
    post = replace(
        case.posts[e.post],
        moderation=Moderation.SHOWN,
        shown_text=e.text,
        shown_photos=e.photos,
    )
    return replace(_with_post(case, e.post, post), **changes)  # type: ignore[arg-type]


def _hidden(case: Case, e: ev.PostHidden, logged: ev.Logged) -> Case:
    post = replace(case.posts[e.post], moderation=Moderation.HIDDEN, shown_text="", shown_photos=())
    return _with_post(case, e.post, post)


def _with_post(case: Case, place: int, post: Post) -> Case:
    return replace(case, posts=(*case.posts[:place], post, *case.posts[place + 1 :]))


def _promoted(case: Case, e: ev.CasePromoted, logged: ev.Logged) -> Case:
    made = Promotion(logged.at_ms, e.to, e.id, e.episode)
    return replace(case, promotions=(*case.promotions, made))


def _erased(case: Case, e: ev.CaseErased, logged: ev.Logged) -> Case:
    reached = replace(case, name="", contact="", erased=case.erased or e.part)
    if e.part is Erasure.CONTACT:
        return reached
    posts = tuple(
        replace(
            post,
            text="",
            photos=(),
            moderation=Moderation.HIDDEN,
            shown_text="",
            shown_photos=(),
        )
        for post in case.posts
    )
    forwards = tuple(replace(forward, reason="") for forward in case.forwards)
    return _moved(
        reached,
        Step.ERASE,
        title="",
        shown_title="",
        refused_for="",
        posts=posts,
        forwards=forwards,
        erased=Erasure.ALL,
    )


CHANGES: Mapping[type[ev.Event], Callable[[Case, Any, ev.Logged], Case]] = {
    ev.CaseAccepted: _accepted,
    ev.CaseRefused: lambda c, e, at: _moved(c, Step.REFUSE, refused_for=e.reason),
    ev.CaseForwarded: _forwarded,
    ev.CaseReturned: _returned,
    ev.CaseReclassified: _reclassified,
    ev.CaseHandled: lambda c, e, at: _moved(c, Step.HANDLE, handler=e.post),
    ev.CaseAnswered: _answered,
    ev.CaseAskedAgain: _asked_again,
    ev.CaseRated: lambda c, e, at: _moved(c, Step.RATE, rating=e.rating),
    ev.CaseWithdrawn: lambda c, e, at: _moved(c, Step.WITHDRAW),
    ev.CaseErased: _erased,
    ev.PostShown: _shown,
    ev.PostHidden: _hidden,
    ev.CasePromoted: _promoted,
}
