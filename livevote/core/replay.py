"""What an episode and a run's count were at any moment of a run that is over.

The episode is the fold of its events until then, the count its log up to the
last ballot that had arrived: the same rules as live, told again. Nothing here
has a clock; time comes in.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from livevote.core.ballot import Entry
from livevote.core.event import Logged
from livevote.core.fold import empty, evolve
from livevote.core.model import Episode, GraphicKind, Run
from livevote.core.phase import Phase
from livevote.core.tally import Tally
from livevote.errors import BadInput, WrongPhase

SPEED_MAX = 20
BALLOTS_MAX = 2_000_000
# The final figure stands for so long.
TAIL_MS = 5_000
# No call to vote: nobody is invited to what is over.
KINDS = frozenset(GraphicKind) - {GraphicKind.CALL}


@dataclass(frozen=True)
class Playhead:
    """What is replayed, and where it stands. position_ms: from the run's opening, as it was at
    at_ms of the server's clock; from there it goes `speed` times as fast, while playing. take: made
    anew where a picture may go back, and never the same twice; serial: counts changes in a take."""

    run: str
    kind: GraphicKind
    position_ms: int
    at_ms: int
    speed: int
    playing: bool
    take: int
    serial: int = 0

    def position(self, now_ms: int, length_ms: int) -> int:
        moved_ms = (now_ms - self.at_ms) * self.speed if self.playing else 0
        return min(max(self.position_ms + moved_ms, 0), length_ms)


def length_ms(run: Run) -> int:
    """From the run's opening until its figure has stood for a while."""
    return run.revealed_ms - run.opened_ms + TAIL_MS


def check(run: Run) -> None:
    """Raises WrongPhase or BadInput for a run that cannot be replayed."""
    if run.phase is not Phase.REVEALED:
        raise WrongPhase("only a run that is revealed can be replayed")
    if run.size > BALLOTS_MAX:
        raise BadInput(f"a run of more than {BALLOTS_MAX} ballots is too long to replay")


def moved(
    before: Playhead | None,
    run: Run,
    kind: GraphicKind,
    speed: int,
    playing: bool,
    position_ms: int | None,
    now_ms: int,
) -> Playhead:
    """The playhead after somebody's wish. position_ms None: on from where it stands, for another
    run from its opening. Raises WrongPhase or BadInput."""
    check(run)
    if kind not in KINDS:
        raise BadInput("a replay shows no call to vote", where="kind")
    if not 1 <= speed <= SPEED_MAX:
        raise BadInput(f"the speed is 1 to {SPEED_MAX}", where="speed")
    length = length_ms(run)
    if position_ms is not None and not 0 <= position_ms <= length:
        raise BadInput(f"from 0 to {length} ms", where="position_ms")
    if before and before.run == run.id and position_ms is None:
        position_ms = before.position(now_ms, length)
        take, serial = before.take, before.serial + 1
    else:
        position_ms = position_ms or 0
        take, serial = max(now_ms, before.take + 1 if before else 0), 0
    return Playhead(run.id, kind, position_ms, now_ms, speed, playing, take, serial)


class Recording:
    """Of one run. The count is kept as steps that can be taken forwards and back, so that a jump
    costs no more than what lies between; a step is 18 bytes. Moments are milliseconds since 1970,
    as they were."""

    def __init__(self, episode_id: str, run: Run, history: Iterable[Logged]) -> None:
        """history: the whole log of the episode's events."""
        self.run = run
        self._moments, self._episodes = _story(empty(episode_id), run, history)
        # Of each entry of the log: when it had arrived, its panel, the value that it took the
        # place of (NONE for a voter's first) and its own.
        self._arrived = array("q")
        self._panels = array("H")
        self._was = array("i")
        self._values = array("i")
        self._names: list[str] = []
        self._standing: dict[bytes, int] = {}
        # Where the count stands now.
        self._counts: dict[str, dict[int, int]] = {}
        self._size = 0

    def add(self, batch: Iterable[Entry]) -> None:
        """The next entries of the run's ballot log, in order."""
        for entry in batch:
            if entry.panel not in self._names:
                self._names.append(entry.panel)
            # The log is in the order of writing: a ballot is shown no sooner than those before it.
            before = self._arrived[-1] if self._arrived else 0
            self._arrived.append(max(before, entry.received_ms))
            self._panels.append(self._names.index(entry.panel))
            self._was.append(self._standing.get(entry.voter, NONE))
            self._values.append(entry.value)
            self._standing[entry.voter] = entry.value

    def added(self) -> None:
        """All are there: who voted is not needed any more."""
        self._standing = {}

    def episode(self, at_ms: int) -> Episode:
        """The episode as it was."""
        return self._episodes[max(bisect_right(self._moments, at_ms) - 1, 0)]

    def tally(self, at_ms: int) -> Tally:
        """The count as it was."""
        self._go_to(bisect_right(self._arrived, at_ms))
        counts = {panel: dict(row) for panel, row in self._counts.items() if row}
        return Tally(counts, self._size)

    def _go_to(self, size: int) -> None:
        for place in range(self._size, size):
            self._put(place, self._values[place], 1)
            self._put(place, self._was[place], -1)
        for place in range(self._size - 1, size - 1, -1):
            self._put(place, self._values[place], -1)
            self._put(place, self._was[place], 1)
        self._size = size

    def _put(self, place: int, value: int, more: int) -> None:
        if value == NONE:
            return
        row = self._counts.setdefault(self._names[self._panels[place]], {})
        row[value] = row.get(value, 0) + more
        if not row[value]:
            del row[value]


# Below every value that a scale can have.
NONE = -(1 << 31)


def _story(
    episode: Episode, run: Run, history: Iterable[Logged]
) -> tuple[Sequence[int], Sequence[Episode]]:
    """The moments at which the episode changed during the run, and how it was from each on."""
    moments: list[int] = []
    episodes: list[Episode] = []
    for logged in history:
        if logged.at_ms > run.revealed_ms:
            break
        episode = evolve(episode, logged)
        if moments and logged.at_ms <= moments[-1]:
            episodes[-1] = episode
        elif logged.at_ms <= run.opened_ms:
            # Of what was before only the last is needed.
            moments, episodes = [logged.at_ms], [episode]
        else:
            moments.append(logged.at_ms)
            episodes.append(episode)
    return moments, episodes
