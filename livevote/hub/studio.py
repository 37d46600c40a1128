"""One episode's live side: who is here, who has voted, what the count is.

The director owns the episode; the studio owns what is not worth keeping:
connections, the newest tally, the seats that have voted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from livevote.core.ballot import Answer, Ballot, Outcome
from livevote.core.model import Episode, Run
from livevote.core.receipt import pseudonym
from livevote.core.rules import PanelRole
from livevote.core.tally import Tally
from livevote.errors import BadValue, NotAllowed, NotEligible, NotOpen
from livevote.hub.director import Director
from livevote.hub.fanout import Outbox
from livevote.store.keys import RunKey
from livevote.wire.inbound import Cast, Drawn

# A feed that was pulled is kept up to date for so long.
READ_KEPT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Voter:
    """Who votes: kind "seat" and its label, or kind "viewer" and the cookie's id."""

    kind: str
    who: str


@dataclass(eq=False, slots=True)
class Member:
    """One connection. role: seat, viewer, overlay, preview (an overlay in a console), staff,
    listener (a public feed) or machine (a feed with an overlay's key). who: seat, viewer id or
    account. entered_ns: by the machine's monotonic clock, which all processes share; entered_ms:
    by the server's."""

    outbox: Outbox
    role: str
    who: str
    voter: bytes = b""
    drawn: Drawn | None = None
    drawn_ms: int = 0
    # When it last said that it had drawn frames; -1 is never.
    framed_ms: int = -1
    entered_ms: int = 0
    entered_ns: int = field(default_factory=time.monotonic_ns)


@dataclass(frozen=True)
class Booth:
    """What every ballot of a run must meet, looked up once for each state of the episode.

    seats: label → panel, of those whose panel takes ballots. viewers: theirs, "" for none.
    """

    key: RunKey
    opened_ms: int
    values: frozenset[int]
    seats: dict[str, str]
    viewers: str


def booth(episode: Episode, run: Run) -> Booth:
    takes = {panel.id for panel in run.rules.panels if panel.role is not PanelRole.OFF}
    return Booth(
        RunKey(episode.id, run.id),
        run.opened_ms,
        run.rules.scale.values,
        {seat.label: seat.panel for seat in episode.seats if seat.panel in takes},
        run.rules.viewers_panel,
    )


@dataclass(eq=False)
class Studio:
    director: Director
    key: bytes
    members: dict[Member, None] = field(default_factory=dict)
    tally: Tally = Tally()
    tally_run: str = ""
    # The beat must send a frame although no ballot came: the phase changed.
    dirty: bool = True
    # Screens that have not seen the newest tally: of the beat's SCREENS.
    unsent: set[str] = field(default_factory=set)
    # The seats that have voted, and in which run.
    voted: set[str] = field(default_factory=set)
    voted_run: str = ""
    # Codes of runs whose log differs from what was signed of it.
    differing: set[str] = field(default_factory=set)
    # When a feed was last pulled, and when the tally was last read from the store; -1 is never.
    read_ms: int = -1
    pulled_ms: int = -1
    _seat_of: dict[bytes, str] = field(default_factory=dict)
    _roster: Any = None
    # Of the episode as it was when the first of them was asked for.
    _booths: dict[str, Booth] = field(default_factory=dict)
    _booths_of: Episode | None = None

    @property
    def episode(self) -> Episode:
        return self.director.episode

    def run_key(self, run: Run) -> RunKey:
        return RunKey(self.episode.id, run.id)

    def run_named(self, name: str) -> Run | None:
        """By its id or its code."""
        return next((run for run in self.episode.runs if name in (run.id, run.code)), None)

    # --- voters ---

    def pseudonym(self, voter: Voter) -> bytes:
        """The id under which the store knows this voter in this episode. Raises NotAllowed where
        the key is destroyed."""
        self.check_key()
        return pseudonym(self.key, voter.kind, voter.who)

    def check_key(self) -> None:
        """Raises NotAllowed where the key is destroyed."""
        if not self.key:
            raise NotAllowed(
                "this episode is over and its key was destroyed: nobody can join it or vote in it"
            )

    def forget(self) -> None:
        """Know no longer who is behind a pseudonym."""
        self.key, self._roster, self._seat_of = b"", None, {}
        pseudonym.cache_clear()

    def seat_of(self) -> dict[bytes, str]:
        """pseudonym → seat label, for the roster as it is; nothing where the key is
        destroyed."""
        if not self.key:
            return {}
        if self._roster is not self.episode.seats:
            self._roster = self.episode.seats
            self._seat_of = {
                self.pseudonym(Voter("seat", seat.label)): seat.label for seat in self._roster
            }
        return self._seat_of

    def panel_of(self, voter: Voter) -> str:
        """The panel in which this voter sits by the rules of the run that is shown."""
        if voter.kind == "viewer":
            run = self.episode.run_told
            return (run.rules if run else self.episode.rules).viewers_panel
        seat = self.episode.seat(voter.who)
        return seat.panel if seat else ""

    def check_seat(self, seat: str, generation: int) -> None:
        """Raises NotAllowed where a seat's cookie is of an older generation."""
        state = self.episode.seat_states.get(seat)
        if self.episode.seat(seat) is None or state is None or state.generation != generation:
            raise NotAllowed(f"seat {seat} was issued anew; scan the new code")

    def ballot(self, voter: Voter, cast: Cast, received_ms: int) -> tuple[RunKey, Ballot]:
        """The ballot to submit. Raises NotOpen, NotEligible or BadValue."""
        booth = self._booth(cast.run)
        panel = booth.viewers if voter.kind == "viewer" else booth.seats.get(voter.who)
        if not panel:
            raise NotEligible
        if cast.value not in booth.values:
            raise BadValue(where="value")
        # A stall stamps ballots with its start; what is read of a run that is open came after open.
        received_ms = max(received_ms, booth.opened_ms)
        return booth.key, Ballot(self.pseudonym(voter), panel, cast.seq, cast.value, received_ms)

    def _booth(self, run_id: str) -> Booth:
        episode = self.episode
        if self._booths_of is not episode:
            self._booths_of, self._booths = episode, {}
        if run_id not in self._booths:
            run = episode.run(run_id)
            if run is None:
                raise NotOpen("there is no such run in this episode")
            self._booths[run_id] = booth(episode, run)
        return self._booths[run_id]

    # --- counts ---

    def watch(self, run_id: str) -> None:
        """Note the seats that vote in this run from here on."""
        if run_id != self.voted_run:
            self.voted_run, self.voted = run_id, set()

    def note_committed(
        self, run_id: str, ballots: Sequence[Ballot], outcomes: Sequence[Outcome]
    ) -> None:
        """Mark the seats whose ballots became durable."""
        if run_id != self.voted_run:
            return
        seats = self.seat_of()
        for ballot, outcome in zip(ballots, outcomes, strict=True):
            if outcome.answer in (Answer.COUNTED, Answer.AGAIN) and ballot.voter in seats:
                self.voted.add(seats[ballot.voter])

    def note_tally(self, run_id: str, tally: Tally) -> bool:
        """Keep a newer tally; whether screens need a frame."""
        newer = run_id != self.tally_run or tally.size > self.tally.size
        if newer:
            self.tally_run, self.tally = run_id, tally
        news = newer or self.dirty
        self.dirty = False
        return news

    # --- members ---

    def watched(self, now_ms: int) -> bool:
        """Whether anybody looks: a connection, or a machine that pulled a feed a moment ago."""
        return bool(self.members) or self._pulled(now_ms)

    def fed(self, now_ms: int) -> bool:
        """Whether a feed is listened to or was pulled a moment ago."""
        roles = {member.role for member in self.members}
        return self._pulled(now_ms) or bool(roles & {"listener", "machine"})

    def _pulled(self, now_ms: int) -> bool:
        return 0 <= self.read_ms > now_ms - READ_KEPT_MS

    def of_role(self, role: str) -> Iterable[Member]:
        return (member for member in list(self.members) if member.role == role)

    def seats_online(self) -> set[str]:
        return {member.who for member in self.of_role("seat")}
