"""State is the fold of events. One small function per event; none can fail on a logged event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from livevote.core import event as ev
from livevote.core.model import LAYERS, Correction, Episode, Graphic, Run, SeatState
from livevote.core.names import Names
from livevote.core.phase import Move, Phase, after

Step = Callable[[Episode, Any, ev.Logged], Episode]


def empty(episode_id: str) -> Episode:
    """The episode before its first event."""
    return Episode(episode_id, Names(), Names(), 0)


def fold(episode: Episode, events: Iterable[ev.Logged]) -> Episode:
    for logged in events:
        episode = evolve(episode, logged)
    return episode


def evolve(episode: Episode, logged: ev.Logged) -> Episode:
    """The episode after one more event."""
    step = STEPS.get(type(logged.event))
    changed = step(episode, logged.event, logged) if step else episode
    return replace(changed, revision=logged.revision, changed_ms=logged.at_ms)


def place_graphic(programme: tuple[Graphic, ...], graphic: Graphic) -> tuple[Graphic, ...]:
    """The programme with `graphic` on air: it replaces what sits in its layer, and a
    full-screen graphic and the others exclude each other."""
    layer = LAYERS[graphic.kind]
    kept = tuple(
        other
        for other in programme
        if LAYERS[other.kind] != layer and "full" not in (layer, LAYERS[other.kind])
    )
    return (*kept, graphic)


def _made(episode: Episode, e: ev.EpisodeMade, logged: ev.Logged) -> Episode:
    return replace(
        episode,
        show=e.show,
        title=e.title,
        created_ms=logged.at_ms,
        rehearsal_of=e.rehearsal_of,
    )


def _rundown(episode: Episode, e: ev.RundownSet, logged: ev.Logged) -> Episode:
    current = episode.current if any(s.id == episode.current for s in e.segments) else ""
    if not current and e.segments:
        current = e.segments[0].id
    preview = episode.preview
    if preview and preview.segment and all(s.id != preview.segment for s in e.segments):
        preview = None
    return replace(episode, segments=e.segments, current=current, preview=preview)


def _inserted(episode: Episode, e: ev.SegmentInserted, logged: ev.Logged) -> Episode:
    place = episode.position(e.before) - 1 if e.before else len(episode.segments)
    segments = (*episode.segments[:place], e.segment, *episode.segments[place:])
    return replace(episode, segments=segments, current=episode.current or e.segment.id)


def _edited(episode: Episode, e: ev.SegmentEdited, logged: ev.Logged) -> Episode:
    segments = tuple(e.segment if s.id == e.segment.id else s for s in episode.segments)
    return replace(episode, segments=segments)


def _roster(episode: Episode, e: ev.RosterSet, logged: ev.Logged) -> Episode:
    labels = {seat.label for seat in e.seats}
    # A label that leaves and comes back keeps its generation, so that its old
    # code cannot open it again.
    states = {
        label: state if label in labels else replace(state, joined=False)
        for label, state in episode.seat_states.items()
    }
    return replace(episode, seats=e.seats, seat_states=states)


def _seat(episode: Episode, seat: str, state: SeatState) -> Episode:
    return replace(episode, seat_states={**episode.seat_states, seat: state})


def _armed(episode: Episode, e: ev.RunArmed, logged: ev.Logged) -> Episode:
    run = Run(
        id=e.run,
        code=e.code,
        segment=e.segment,
        attempt=e.attempt,
        phase=after(Phase.DRAFT, Move.ARM),
        rules=e.rules,
        rules_hash=e.rules_hash,
        eligible=dict(e.eligible),
        armed_ms=logged.at_ms,
        later_ms=e.rules.later_ms,
        rerun_reason=e.rerun_reason,
    )
    return replace(episode, runs=(*episode.runs, run), current=e.segment)


def _run(episode: Episode, run_id: str, move: Move | None = None, **changes: Any) -> Episode:
    """The episode with one run moved along the table and changed."""

    def changed(run: Run) -> Run:
        phase = after(run.phase, move) if move else run.phase
        return replace(run, phase=phase, **changes)

    return replace(episode, runs=tuple(changed(r) if r.id == run_id else r for r in episode.runs))


def _opened(episode: Episode, e: ev.RunOpened, logged: ev.Logged) -> Episode:
    return _run(episode, e.run, Move.OPEN, opened_ms=logged.at_ms, deadline_ms=e.deadline_ms)


def _closing(episode: Episode, e: ev.RunClosing, logged: ev.Logged) -> Episode:
    run = episode.run(e.run)
    stopped = {"later_ms": 0} if run and run.phase is Phase.PAUSED else {}
    return _run(episode, e.run, Move.CLOSE, closed_ms=e.closed_ms, left_ms=0, **stopped)


def _closed(episode: Episode, e: ev.RunClosed, logged: ev.Logged) -> Episode:
    return _run(episode, e.run, Move.FINISH, finished_ms=logged.at_ms, size=e.size)


def _revealed(episode: Episode, e: ev.RunRevealed, logged: ev.Logged) -> Episode:
    return _run(
        episode, e.run, Move.REVEAL, revealed_ms=logged.at_ms, result=e.result, void_asked_by=""
    )


def _voided(episode: Episode, e: ev.RunVoided, logged: ev.Logged) -> Episode:
    return _run(
        episode,
        e.run,
        Move.VOID,
        void_reason=e.reason,
        void_asked_by=e.asked_by,
        voided_by=logged.by,
    )


def _corrected(episode: Episode, e: ev.RunCorrected, logged: ev.Logged) -> Episode:
    run = episode.run(e.run)
    before = run.corrections if run else ()
    made = Correction(e.text, e.reason, e.asked_by, logged.by, logged.at_ms)
    return _run(episode, e.run, correction=None, corrections=(*before, made))


def _out(episode: Episode, e: ev.GraphicOut, logged: ev.Logged) -> Episode:
    kept = tuple(g for g in episode.programme if g.kind != e.graphic.kind)
    return replace(episode, programme=kept)


STEPS: dict[type[ev.Event], Step] = {
    ev.EpisodeMade: _made,
    ev.TitleSet: lambda s, e, at: replace(s, title=e.title),
    ev.RundownSet: _rundown,
    ev.SegmentInserted: _inserted,
    ev.SegmentEdited: _edited,
    ev.RosterSet: _roster,
    ev.RulesSet: lambda s, e, at: replace(s, rules=e.rules),
    ev.SeatJoined: lambda s, e, at: _seat(s, e.seat, SeatState(e.generation, joined=True)),
    ev.SeatReissued: lambda s, e, at: _seat(s, e.seat, SeatState(e.generation, joined=False)),
    ev.SegmentChosen: lambda s, e, at: replace(s, current=e.segment),
    ev.RunArmed: _armed,
    ev.RunOpened: _opened,
    ev.RunExtended: lambda s, e, at: _run(s, e.run, Move.EXTEND, deadline_ms=e.deadline_ms),
    ev.RunPaused: lambda s, e, at: _run(s, e.run, Move.PAUSE, left_ms=e.left_ms, deadline_ms=0),
    ev.RunResumed: lambda s, e, at: _run(
        s, e.run, Move.RESUME, left_ms=0, deadline_ms=e.deadline_ms
    ),
    ev.RunClosing: _closing,
    ev.RunClosed: _closed,
    ev.RunVerified: lambda s, e, at: _run(s, e.run, Move.VERIFY, verified_by=at.by),
    ev.RunRevealed: _revealed,
    ev.VoidAsked: lambda s, e, at: _run(s, e.run, void_reason=e.reason, void_asked_by=at.by),
    ev.VoidDropped: lambda s, e, at: _run(s, e.run, void_reason="", void_asked_by=""),
    ev.RunVoided: _voided,
    ev.CorrectionAsked: lambda s, e, at: _run(
        s, e.run, correction=Correction(e.text, e.reason, at.by)
    ),
    ev.CorrectionDropped: lambda s, e, at: _run(s, e.run, correction=None),
    ev.RunCorrected: _corrected,
    ev.GraphicCued: lambda s, e, at: replace(s, preview=e.graphic),
    ev.GraphicTaken: lambda s, e, at: replace(s, programme=place_graphic(s.programme, e.graphic)),
    ev.GraphicOut: _out,
    ev.GraphicsBlanked: lambda s, e, at: replace(s, blanked=True),
    ev.GraphicsRestored: lambda s, e, at: replace(s, blanked=False),
    ev.EpisodeForgotten: lambda s, e, at: replace(s, forgotten_ms=at.at_ms),
}
