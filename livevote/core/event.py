"""What happened, as facts. An episode is the fold of its events; so is the catalogue.

Events are stored forever: a field may be added with a default, none removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livevote.core.budget import Budget
from livevote.core.card import Card
from livevote.core.case import Erasure, Kind, Limits, Rating, Target, Unit
from livevote.core.model import Graphic, Seat, Segment
from livevote.core.names import Names
from livevote.core.pledge import File, Move, Pledge, State
from livevote.core.result import Result
from livevote.core.rules import Rules


@dataclass(frozen=True)
class Event:
    """The root of all events; the class name in snake case is the stored `type`."""


@dataclass(frozen=True)
class Logged:
    """An event in its log: revision counts from 1 without gaps, at_ms is the server's clock,
    by is an account, a seat ("seat C-14") or "server"."""

    revision: int
    at_ms: int
    by: str
    event: Event


# --- the episode: before the show ---


@dataclass(frozen=True)
class EpisodeMade(Event):
    """The first event. rehearsal_of: the episode that is rehearsed, "" for a real one; nothing else
    ever sets it."""

    episode: str
    show: Names
    title: Names
    rehearsal_of: str = ""


@dataclass(frozen=True)
class TitleSet(Event):
    title: Names


@dataclass(frozen=True)
class RundownSet(Event):
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class SegmentInserted(Event):
    """before: the segment it goes before; "" puts it last."""

    segment: Segment
    before: str = ""


@dataclass(frozen=True)
class SegmentEdited(Event):
    segment: Segment


@dataclass(frozen=True)
class RosterSet(Event):
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class RulesSet(Event):
    rules: Rules


@dataclass(frozen=True)
class SeatJoined(Event):
    seat: str
    generation: int


@dataclass(frozen=True)
class SeatReissued(Event):
    """The seat's old tablet is displaced; the new generation is not joined yet."""

    seat: str
    generation: int


# --- the runs ---


@dataclass(frozen=True)
class SegmentChosen(Event):
    segment: str


@dataclass(frozen=True)
class RunArmed(Event):
    """The store showed 0 ballots. From here the rules are frozen."""

    run: str
    code: str
    segment: str
    attempt: int
    rules: Rules
    rules_hash: str
    eligible: Mapping[str, int]
    rerun_reason: str = ""


@dataclass(frozen=True)
class RunOpened(Event):
    run: str
    deadline_ms: int = 0


@dataclass(frozen=True)
class RunExtended(Event):
    run: str
    deadline_ms: int


@dataclass(frozen=True)
class RunPaused(Event):
    run: str
    left_ms: int = 0


@dataclass(frozen=True)
class RunResumed(Event):
    run: str
    deadline_ms: int = 0


@dataclass(frozen=True)
class RunClosing(Event):
    """closed_ms is T: ballots received at or before it count."""

    run: str
    closed_ms: int


@dataclass(frozen=True)
class RunClosed(Event):
    """The grace is over. size: entries in the ballot log, final."""

    run: str
    size: int


@dataclass(frozen=True)
class RunVerified(Event):
    """A recount of `size` log entries gave the tally."""

    run: str
    size: int


@dataclass(frozen=True)
class RunRevealed(Event):
    run: str
    result: Result


@dataclass(frozen=True)
class VoidAsked(Event):
    run: str
    reason: str


@dataclass(frozen=True)
class VoidDropped(Event):
    run: str


@dataclass(frozen=True)
class RunVoided(Event):
    run: str
    reason: str
    asked_by: str


@dataclass(frozen=True)
class CorrectionAsked(Event):
    run: str
    text: str
    reason: str


@dataclass(frozen=True)
class CorrectionDropped(Event):
    run: str


@dataclass(frozen=True)
class RunCorrected(Event):
    """A second person confirmed. The sealed result stays; the text stands beside it."""

    run: str
    text: str
    reason: str
    asked_by: str


# --- the graphics ---


@dataclass(frozen=True)
class GraphicCued(Event):
    graphic: Graphic | None


@dataclass(frozen=True)
class GraphicTaken(Event):
    """On air from here. run and figure: what it showed first, for the on-air log."""

    graphic: Graphic
    run: str = ""
    figure: str = ""


@dataclass(frozen=True)
class GraphicOut(Event):
    graphic: Graphic


@dataclass(frozen=True)
class GraphicsBlanked(Event):
    pass


@dataclass(frozen=True)
class GraphicsRestored(Event):
    pass


@dataclass(frozen=True)
class Incident(Event):
    """Something a producer must be able to read afterwards: kind is one word, text a sentence."""

    kind: str
    text: str
    run: str = ""


@dataclass(frozen=True)
class EpisodeForgotten(Event):
    """The key of the pseudonyms is destroyed: nobody can join or vote any more, and no ballot can
    be brought back to a seat or a phone."""


# --- the catalogue: all shows and episodes of this server ---


@dataclass(frozen=True)
class ShowMade(Event):
    show: str
    name: Names


@dataclass(frozen=True)
class EpisodeListed(Event):
    episode: str
    show: str
    title: Names
    rehearsal_of: str = ""


@dataclass(frozen=True)
class EpisodeRetitled(Event):
    episode: str
    title: Names


@dataclass(frozen=True)
class EpisodeSwitched(Event):
    """The episode that voters land in; "" is none."""

    episode: str


# --- accounts: in the catalogue's log, since they are of the server and not of an episode ---


@dataclass(frozen=True)
class AccountSet(Event):
    """Made, or its password ended and these roles given: a link to claim it was handed out. unit:
    the one that it answers for."""

    account: str
    roles: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class AccountClaimed(Event):
    account: str


@dataclass(frozen=True)
class AccountRemoved(Event):
    account: str


@dataclass(frozen=True)
class SignedIn(Event):
    account: str


@dataclass(frozen=True)
class SignInRefused(Event):
    """account: "" where there is none of the name that was given: people type passwords into the
    wrong field. unlogged: refusals since the last one logged, of which there is no event."""

    account: str
    unlogged: int = 0


@dataclass(frozen=True)
class ControlKeyMade(Event):
    """A key with which a control panel may press for the director. episode: "" is whichever is
    on."""

    key: str
    name: str
    actions: tuple[str, ...]
    episode: str = ""


@dataclass(frozen=True)
class ControlKeyRevoked(Event):
    key: str
    name: str


# --- the ledger: all pledges of this server, in a log of their own ---


@dataclass(frozen=True)
class PledgeMade(Event):
    """pledge: as it was entered, without steps."""

    pledge: Pledge


@dataclass(frozen=True)
class PledgeCorrected(Event):
    """A mistake of typing, before the unit accepted it. pledge: as it is now; what it was is in the
    events before."""

    pledge: Pledge
    reason: str


@dataclass(frozen=True)
class PledgeMoved(Event):
    """state: where it led. role: in which whoever moved it acted. day: the server's local date.
    due: the new date of a reschedule."""

    pledge: str
    move: Move
    state: State
    role: str
    day: str
    note: str = ""
    files: tuple[File, ...] = ()
    due: str = ""


@dataclass(frozen=True)
class PledgeImported(Event):
    """Brought in from a file, with all its steps as they stand there."""

    pledge: Pledge


@dataclass(frozen=True)
class YearPublished(Event):
    """The holidays of a year and the weekend days that are worked, as the State Council said."""

    year: int
    free: tuple[str, ...]
    worked: tuple[str, ...]


# --- the question desk: a log of its own. What is personal lies sealed in it (core.desk.SEALED) ---


@dataclass(frozen=True)
class DeskSet(Event):
    units: tuple[Unit, ...]
    limits: Limits
    taking: bool


@dataclass(frozen=True)
class CaseFiled(Event):
    """due_ms: until when the desk owes an acceptance or a refusal. seal: what the keys of the
    case's words are called in the store. form: see core.desk.FileCase."""

    case: str
    kind: Kind
    unit: str
    title: str
    text: str
    due_ms: int
    name: str = ""
    contact: str = ""
    photos: tuple[str, ...] = ()
    may_publish: bool = True
    lang: str = "zh"
    seal: str = ""
    form: str = ""


@dataclass(frozen=True)
class CaseAccepted(Event):
    case: str
    unit: str
    kind: Kind
    hard: bool
    due_ms: int


@dataclass(frozen=True)
class CaseRefused(Event):
    case: str
    reason: str


@dataclass(frozen=True)
class CaseForwarded(Event):
    case: str
    unit: str
    due_ms: int
    reason: str


@dataclass(frozen=True)
class CaseReturned(Event):
    """due_ms: until when the desk owes an acceptance or a refusal."""

    case: str
    due_ms: int
    reason: str


@dataclass(frozen=True)
class CaseReclassified(Event):
    case: str
    kind: Kind
    hard: bool
    due_ms: int
    reason: str


@dataclass(frozen=True)
class CaseHandled(Event):
    """post: the office that handles it."""

    case: str
    post: str


@dataclass(frozen=True)
class CaseAnswered(Event):
    case: str
    text: str
    post: str


@dataclass(frozen=True)
class CaseAskedAgain(Event):
    case: str
    text: str
    due_ms: int


@dataclass(frozen=True)
class CaseRated(Event):
    case: str
    rating: Rating


@dataclass(frozen=True)
class CaseWithdrawn(Event):
    case: str


@dataclass(frozen=True)
class CaseErased(Event):
    """A key is destroyed: of what the filer can be reached by, or of all the case's words too."""

    case: str
    part: Erasure


@dataclass(frozen=True)
class PostShown(Event):
    """What the public may read of a post from here; title only of the question, post 0."""

    case: str
    post: int
    title: str
    text: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class PostHidden(Event):
    case: str
    post: int


@dataclass(frozen=True)
class CasePromoted(Event):
    """id: of the segment in `episode`, or of the pledge (episode "")."""

    case: str
    to: Target
    id: str
    episode: str = ""


# --- the open record: what a show publishes beside its results, in a log of its own ---


@dataclass(frozen=True)
class LicenceSet(Event):
    """name "": none is stated."""

    show: str
    name: str
    url: str


@dataclass(frozen=True)
class CardsPublished(Event):
    """All cards of a unit, in place of those it had; none takes the unit out."""

    show: str
    unit: Names
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class BudgetPublished(Event):
    """One unit's year and stage, in place of what stood there; without lines it is taken out."""

    show: str
    budget: Budget
