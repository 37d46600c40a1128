"""What happened, as facts. An episode is the fold of its events; so is the catalogue.

Events are stored forever: a field may be added with a default, none removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livevote.core.budget import Budget
from livevote.core.card import Card
from livevote.core.model import Graphic, Seat, Segment
from livevote.core.names import Names
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
    episode: str
    show: Names
    title: Names


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
    """Made, or its password ended and these roles given: a link to claim it was handed out."""

    account: str
    roles: tuple[str, ...]


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
