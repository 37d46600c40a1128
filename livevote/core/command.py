"""What people ask for, and `decide`: from an episode and a command to the events that follow.

Commands carry everything that core may not make itself: ids, time, and what
the store was seen to hold. A refused command changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from livevote.core import event as ev
from livevote.core.model import (
    OF_NO_SEGMENT,
    Correction,
    Episode,
    Graphic,
    GraphicKind,
    Run,
    Seat,
    SeatState,
    Segment,
)
from livevote.core.names import Names
from livevote.core.phase import Move, Phase, after
from livevote.core.pledge import day_of
from livevote.core.result import Result
from livevote.core.rules import Admission, Rules, Verification
from livevote.errors import BadInput, NotAllowed, NotFound, WrongPhase

SEGMENTS_MAX = 200
SEATS_MAX = 5000
TEXT_MAX = 2000
NAME_MAX = 120
EXTEND_MS_MAX = 600_000
CORRECTIONS_MAX = 20


@dataclass(frozen=True)
class Command:
    """The root of all commands; the class name in snake case is the wire `name`."""


@dataclass(frozen=True)
class SetTitle(Command):
    """Rename the episode."""

    title: Names


@dataclass(frozen=True)
class SetRundown(Command):
    """Replace the whole rundown; segments that were voted on or are on air must stay in it."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class InsertSegment(Command):
    """Add a segment to the rundown, before another one; `before` "" puts it last."""

    segment: Segment
    before: str = ""


@dataclass(frozen=True)
class EditSegment(Command):
    """Replace one segment, whole, by the one with its id; also during its run."""

    segment: Segment


@dataclass(frozen=True)
class SetPledge(Command):
    """Set the pledge as it is spoken, its `due` date (2026-12-31) and its `target`: these fields
    only, so that it never overwrites other edits; what is null or left out stays."""

    segment: str
    pledge: str | None = None
    due: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class LookBackOn(Command):
    """Look back on a pledge of the ledger: a new segment with its dates, its state and the score
    of then, or the segment that is there already, brought up to date. segment: the server's."""

    pledge: str
    before: str = ""
    segment: Segment | None = None


@dataclass(frozen=True)
class SetRoster(Command):
    """Replace all seats; not while a run is under way."""

    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class SetRules(Command):
    """Set the rules of runs armed from now on; frozen runs keep theirs."""

    rules: Rules


@dataclass(frozen=True)
class JoinSeat(Command):
    """Give a seat to the tablet that holds the code of this generation."""

    seat: str
    generation: int


@dataclass(frozen=True)
class ReissueSeat(Command):
    """Make a new code for a seat; the tablet that holds it now is displaced."""

    seat: str


@dataclass(frozen=True)
class ChooseSegment(Command):
    """Make a segment the current one; not another one's while a run is under way."""

    segment: str


@dataclass(frozen=True)
class Arm(Command):
    """Make a new run of a segment and freeze its rules; `reason` is needed for a re-run, where
    the segment has a run that is not void. run, ballots_found: the server's facts."""

    segment: str
    reason: str = ""
    run: str = ""
    ballots_found: int = 0


@dataclass(frozen=True)
class Open(Command):
    """Let ballots in; `duration_ms` -1 takes the rules' duration, 0 is no deadline."""

    run: str
    duration_ms: int = -1


@dataclass(frozen=True)
class Extend(Command):
    """Give an open run with a deadline more time, 1 s to 10 min."""

    run: str
    by_ms: int = 15_000


@dataclass(frozen=True)
class Pause(Command):
    """Let no ballot in for now; what is left of the deadline is kept."""

    run: str


@dataclass(frozen=True)
class Resume(Command):
    """Let ballots in again, with what was left of the deadline."""

    run: str


@dataclass(frozen=True)
class Close(Command):
    """Close now: ballots that arrived by now still count during the grace. closed_ms: this
    moment, T, as the store's window has it."""

    run: str
    closed_ms: int = 0


@dataclass(frozen=True)
class Finish(Command):
    """The server's own, when the grace is over and nothing waits any more."""

    run: str
    size: int


@dataclass(frozen=True)
class Verify(Command):
    """Have the server recount the log and confirm that it gives the tally. matches, size: what
    the server found, not the asker."""

    run: str
    matches: bool = False
    size: int = 0


@dataclass(frozen=True)
class Reveal(Command):
    """Seal the result and let it be shown. result: the server computes it."""

    run: str
    result: Result | None = None


@dataclass(frozen=True)
class AskVoid(Command):
    """Declare a run void, with a reason; once it was opened, a second person must confirm."""

    run: str
    reason: str


@dataclass(frozen=True)
class DropVoid(Command):
    """Take back a request to void, so that the run can be revealed."""

    run: str


@dataclass(frozen=True)
class ConfirmVoid(Command):
    """Void the run, as the second person."""

    run: str


@dataclass(frozen=True)
class AskCorrection(Command):
    """Ask for a public correction of a revealed run; the sealed result stays as it is, and a
    second person must confirm."""

    run: str
    text: str
    reason: str


@dataclass(frozen=True)
class DropCorrection(Command):
    """Take back a request to correct."""

    run: str


@dataclass(frozen=True)
class ConfirmCorrection(Command):
    """Publish the correction that was asked for, as the second person."""

    run: str


@dataclass(frozen=True)
class Cue(Command):
    """Put a graphic in preview; `kind` "" clears it, `segment` "" is the current one."""

    kind: str = ""
    segment: str = ""


@dataclass(frozen=True)
class Take(Command):
    """Put the previewed graphic (or, with `kind`, that one) on air."""

    kind: str = ""
    segment: str = ""


@dataclass(frozen=True)
class Out(Command):
    """Take one graphic off air; `kind` "" takes all."""

    kind: str = ""


@dataclass(frozen=True)
class Blank(Command):
    """Clear every overlay at once; what is on air is kept for `restore`."""


@dataclass(frozen=True)
class Restore(Command):
    """Show again what was on air."""


@dataclass(frozen=True)
class Report(Command):
    """The server's own: an incident worth keeping."""

    kind: str
    text: str
    run: str = ""


@dataclass(frozen=True)
class Forget(Command):
    """The command line's own: destroy the key of the pseudonyms, when the show is over."""


Events = tuple[ev.Event, ...]


@dataclass(frozen=True)
class Asked:
    """Who asks, and when by the server's clock."""

    by: str
    now_ms: int


def decide(episode: Episode, command: Command, asked: Asked) -> Events:
    """The events that follow from a command, or a Refusal. Pure."""
    return DECISIONS[type(command)](episode, command, asked)


# --- before the show ---


def _text(text: str, where: str, limit: int = TEXT_MAX) -> str:
    cleaned = " ".join(text.split())
    if len(cleaned) > limit:
        raise BadInput(f"at most {limit} characters, this has {len(cleaned)}", where=where)
    return cleaned


def _names(names: Names, where: str, *, required: bool = True) -> Names:
    cleaned = Names(
        _text(names.zh, f"{where}.zh", NAME_MAX), _text(names.en, f"{where}.en", NAME_MAX)
    )
    if required and not (cleaned.zh or cleaned.en):
        raise BadInput("a name is needed", where=where)
    return cleaned if cleaned.zh else Names(cleaned.en, cleaned.en)


def _segment(episode: Episode, segment: Segment, where: str) -> Segment:
    if not segment.id or len(segment.id) > 32:
        raise BadInput("a segment needs an id of at most 32 characters", where=f"{where}.id")
    return Segment(
        id=segment.id,
        unit=_names(segment.unit, f"{where}.unit"),
        post=_names(segment.post, f"{where}.post", required=False),
        film=_text(segment.film, f"{where}.film"),
        question=_text(segment.question, f"{where}.question"),
        pledge=_text(segment.pledge, f"{where}.pledge"),
        due=_due(segment.due, f"{where}.due"),
        target=_text(segment.target, f"{where}.target"),
        # What it looks back on is the ledger's word, not that of whoever edits the rundown.
        lookback=before.lookback if (before := episode.segment(segment.id)) else None,
    )


def _due(text: str, where: str) -> str:
    return day_of(text, where).isoformat() if text else ""


def _set_title(episode: Episode, c: SetTitle, asked: Asked) -> Events:
    return (ev.TitleSet(_names(c.title, "title")),)


def _set_rundown(episode: Episode, c: SetRundown, asked: Asked) -> Events:
    if len(c.segments) > SEGMENTS_MAX:
        raise BadInput(f"at most {SEGMENTS_MAX} segments", where="segments")
    segments = tuple(_segment(episode, s, f"segments.{i}") for i, s in enumerate(c.segments))
    ids = [segment.id for segment in segments]
    if len(set(ids)) != len(ids):
        raise BadInput("two segments have the same id", where="segments")
    on_air = {graphic.segment for graphic in episode.programme if graphic.segment}
    voted_on = {run.segment for run in episode.runs}
    for segment in episode.segments:
        if segment.id not in ids and segment.id in voted_on | on_air:
            why = "has a ballot run" if segment.id in voted_on else "is on air"
            raise BadInput(
                f"{segment.unit.zh} {why} and must stay in the rundown", where="segments"
            )
    return (ev.RundownSet(segments),)


def _insert_segment(episode: Episode, c: InsertSegment, asked: Asked) -> Events:
    if len(episode.segments) >= SEGMENTS_MAX:
        raise BadInput(f"at most {SEGMENTS_MAX} segments", where="segment")
    if episode.segment(c.segment.id):
        raise BadInput("a segment with this id exists", where="segment.id")
    if c.before and not episode.segment(c.before):
        raise NotFound("the segment to insert before is not in the rundown", where="before")
    return (ev.SegmentInserted(_segment(episode, c.segment, "segment"), c.before),)


def _edit_segment(episode: Episode, c: EditSegment, asked: Asked) -> Events:
    _find_segment(episode, c.segment.id)
    return (ev.SegmentEdited(_segment(episode, c.segment, "segment")),)


def _set_pledge(episode: Episode, c: SetPledge, asked: Asked) -> Events:
    segment = _find_segment(episode, c.segment)
    if c.pledge is not None:
        segment = replace(segment, pledge=_text(c.pledge, "pledge"))
    if c.due is not None:
        segment = replace(segment, due=_due(c.due, "due"))
    if c.target is not None:
        segment = replace(segment, target=_text(c.target, "target"))
    return (ev.SegmentEdited(segment),)


def _look_back_on(episode: Episode, c: LookBackOn, asked: Asked) -> Events:
    segment = c.segment
    assert segment
    assert segment.lookback
    there = next(
        (s for s in episode.segments if s.lookback and s.lookback.pledge == c.pledge), None
    )
    if there is None:
        if len(episode.segments) >= SEGMENTS_MAX:
            raise BadInput(f"at most {SEGMENTS_MAX} segments", where="segment")
        if c.before and not episode.segment(c.before):
            raise NotFound("the segment to insert before is not in the rundown", where="before")
        return (ev.SegmentInserted(segment, c.before),)
    if any(run.segment == there.id for run in episode.runs):
        raise WrongPhase("it was scored already: what it looks back on stays as it was then")
    return (ev.SegmentEdited(replace(there, lookback=segment.lookback)),)


def _set_roster(episode: Episode, c: SetRoster, asked: Asked) -> Events:
    if len(c.seats) > SEATS_MAX:
        raise BadInput(f"at most {SEATS_MAX} seats", where="seats")
    run = episode.run_under_way
    if run:
        raise WrongPhase(f"the roster is frozen while run {run.code} is {run.phase}")
    seen: set[str] = set()
    panels = {p.id for p in episode.rules.panels if p.admission is Admission.SEATS}
    for i, seat in enumerate(c.seats):
        if not seat.label or len(seat.label) > 16:
            raise BadInput("a seat needs a label of 1 to 16 characters", where=f"seats.{i}.label")
        if seat.label in seen:
            raise BadInput(f"seat {seat.label} is there twice", where=f"seats.{i}.label")
        if seat.panel not in panels:
            raise BadInput(
                f"no panel with seats is called {seat.panel!r}", where=f"seats.{i}.panel"
            )
        seen.add(seat.label)
    return (ev.RosterSet(c.seats),)


def _set_rules(episode: Episode, c: SetRules, asked: Asked) -> Events:
    c.rules.check()
    seated = {p.id for p in c.rules.panels if p.admission is Admission.SEATS}
    for seat in episode.seats:
        if seat.panel not in seated:
            raise BadInput(
                f"seat {seat.label} sits in panel {seat.panel!r}, which these rules do not have",
                where="panels",
            )
    return (ev.RulesSet(c.rules),)


def _join_seat(episode: Episode, c: JoinSeat, asked: Asked) -> Events:
    _not_forgotten(episode)
    if not episode.seat(c.seat):
        raise NotFound(f"there is no seat {c.seat}")
    state = episode.seat_states.get(c.seat, SeatState())
    if c.generation != state.generation:
        raise NotAllowed(f"this code for seat {c.seat} was replaced by a newer one")
    if state.joined:
        raise NotAllowed(f"seat {c.seat} already has a tablet; ask for a new code")
    return (ev.SeatJoined(c.seat, c.generation),)


def _reissue_seat(episode: Episode, c: ReissueSeat, asked: Asked) -> Events:
    _not_forgotten(episode)
    if not episode.seat(c.seat):
        raise NotFound(f"there is no seat {c.seat}", where="seat")
    state = episode.seat_states.get(c.seat, SeatState())
    return (ev.SeatReissued(c.seat, state.generation + 1),)


# --- the runs ---


def _find_segment(episode: Episode, segment_id: str) -> Segment:
    segment = episode.segment(segment_id)
    if segment is None:
        raise NotFound("that segment is not in the rundown", where="segment")
    return segment


def _find_run(episode: Episode, run_id: str, move: Move) -> Run:
    """The run, if its phase allows `move`."""
    run = episode.run(run_id)
    if run is None:
        raise NotFound("there is no such run", where="run")
    after(run.phase, move)
    return run


def _choose_segment(episode: Episode, c: ChooseSegment, asked: Asked) -> Events:
    _find_segment(episode, c.segment)
    run = episode.run_under_way
    if run and run.segment != c.segment:
        raise WrongPhase(f"run {run.code} is {run.phase}; finish or void it first")
    return () if episode.current == c.segment else (ev.SegmentChosen(c.segment),)


def _arm(episode: Episode, c: Arm, asked: Asked) -> Events:
    _not_forgotten(episode)
    _find_segment(episode, c.segment)
    busy = episode.run_under_way
    if busy:
        raise WrongPhase(f"run {busy.code} is {busy.phase}; one run at a time")
    standing = episode.run_of(c.segment)
    reason = _text(c.reason, "reason", 300)
    if standing and not reason:
        raise BadInput(f"a re-run after {standing.code} needs a reason", where="reason")
    if c.ballots_found:
        raise WrongPhase(f"zero-check failed: the store holds {c.ballots_found} ballots")
    rules = episode.rules_for(c.segment)
    rules.check()
    attempt = 1 + sum(1 for run in episode.runs if run.segment == c.segment)
    return (
        ev.RunArmed(
            run=c.run,
            code=f"R{len(episode.runs) + 1:02d}",
            segment=c.segment,
            attempt=attempt,
            rules=rules,
            rules_hash=rules.hash(),
            eligible=episode.eligible(rules),
            rerun_reason=reason,
        ),
    )


def _open(episode: Episode, c: Open, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.OPEN)
    duration = run.rules.duration_ms if c.duration_ms < 0 else c.duration_ms
    if duration and not 5_000 <= duration <= 3_600_000:
        raise BadInput("a run lasts 5 s to 1 h, or 0 for no deadline", where="duration_ms")
    return (ev.RunOpened(run.id, asked.now_ms + duration if duration else 0),)


def _extend(episode: Episode, c: Extend, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.EXTEND)
    if not 1_000 <= c.by_ms <= EXTEND_MS_MAX:
        raise BadInput("extend by 1 s to 10 min", where="by_ms")
    if not run.deadline_ms:
        raise WrongPhase(f"run {run.code} has no deadline to extend")
    return (ev.RunExtended(run.id, run.deadline_ms + c.by_ms),)


def _pause(episode: Episode, c: Pause, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.PAUSE)
    left = max(run.deadline_ms - asked.now_ms, 1) if run.deadline_ms else 0
    return (ev.RunPaused(run.id, left),)


def _resume(episode: Episode, c: Resume, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.RESUME)
    return (ev.RunResumed(run.id, asked.now_ms + run.left_ms if run.left_ms else 0),)


def _close(episode: Episode, c: Close, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.CLOSE)
    return (ev.RunClosing(run.id, c.closed_ms or asked.now_ms),)


def _finish(episode: Episode, c: Finish, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.FINISH)
    return (ev.RunClosed(run.id, c.size),)


def _verify(episode: Episode, c: Verify, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.VERIFY)
    if not c.matches:
        text = f"run {run.code}: the recount of {c.size} log entries differs from the tally"
        return (ev.Incident("recount_differs", text, run.id),)
    if run.rules.verification is Verification.PERSON and asked.by == "server":
        raise NotAllowed("these rules ask for a person to verify")
    return (ev.RunVerified(run.id, c.size),)


def _reveal(episode: Episode, c: Reveal, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.REVEAL)
    if run.void_asked_by:
        raise WrongPhase(f"{run.void_asked_by} asked to void this run; confirm or drop that first")
    if c.result is None:
        raise BadInput("the server adds the result", where="result")
    return (ev.RunRevealed(run.id, c.result),)


def _ask_void(episode: Episode, c: AskVoid, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.VOID)
    reason = _text(c.reason, "reason", 300)
    if not reason:
        raise BadInput("say why the run is void", where="reason")
    if run.phase is Phase.ARMED:
        return (ev.RunVoided(run.id, reason, asked.by),)
    return (ev.VoidAsked(run.id, reason),)


def _drop_void(episode: Episode, c: DropVoid, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.VOID)
    return (ev.VoidDropped(run.id),) if run.void_asked_by else ()


def _confirm_void(episode: Episode, c: ConfirmVoid, asked: Asked) -> Events:
    run = _find_run(episode, c.run, Move.VOID)
    if not run.void_asked_by:
        raise WrongPhase("nobody asked to void this run")
    if run.void_asked_by == asked.by:
        raise NotAllowed("a second person must confirm")
    return (ev.RunVoided(run.id, run.void_reason, run.void_asked_by),)


def _revealed_run(episode: Episode, run_id: str) -> Run:
    run = episode.run(run_id)
    if run is None:
        raise NotFound("there is no such run", where="run")
    if run.phase is not Phase.REVEALED:
        raise WrongPhase(f"run {run.code} is {run.phase}; only what was revealed is corrected")
    return run


def _ask_correction(episode: Episode, c: AskCorrection, asked: Asked) -> Events:
    run = _revealed_run(episode, c.run)
    if run.correction:
        # Not overwritten: whoever confirms must confirm what they have read.
        raise WrongPhase(f"{run.correction.asked_by} asked already; confirm or drop that first")
    if len(run.corrections) >= CORRECTIONS_MAX:
        raise BadInput(f"at most {CORRECTIONS_MAX} corrections of a run")
    text, reason = _text(c.text, "text", 300), _text(c.reason, "reason", 300)
    for where, given in (("text", text), ("reason", reason)):
        if not given:
            raise BadInput("a correction says what is right, and why", where=where)
    return (ev.CorrectionAsked(run.id, text, reason),)


def _drop_correction(episode: Episode, c: DropCorrection, asked: Asked) -> Events:
    run = _revealed_run(episode, c.run)
    return (ev.CorrectionDropped(run.id),) if run.correction else ()


def _confirm_correction(episode: Episode, c: ConfirmCorrection, asked: Asked) -> Events:
    run = _revealed_run(episode, c.run)
    correction: Correction | None = run.correction
    if correction is None:
        raise WrongPhase("nobody asked for a correction of this run")
    if correction.asked_by == asked.by:
        raise NotAllowed("a second person must confirm")
    return (ev.RunCorrected(run.id, correction.text, correction.reason, correction.asked_by),)


# --- the graphics ---


def _kind(kind: str) -> GraphicKind:
    if kind not in list(GraphicKind):
        raise BadInput(f"graphics are {', '.join(GraphicKind)}", where="kind")
    return GraphicKind(kind)


def _graphic(episode: Episode, kind: str, segment: str) -> Graphic:
    found = _kind(kind)
    if found in OF_NO_SEGMENT:
        return Graphic(found)
    chosen = segment or episode.current
    looked_at = _find_segment(episode, chosen)
    if found is GraphicKind.LOOKBACK and looked_at.lookback is None:
        raise WrongPhase("this segment looks back on nothing")
    return Graphic(found, chosen)


def _cue(episode: Episode, c: Cue, asked: Asked) -> Events:
    return (ev.GraphicCued(_graphic(episode, c.kind, c.segment) if c.kind else None),)


def _take(episode: Episode, c: Take, asked: Asked) -> Events:
    graphic = _graphic(episode, c.kind, c.segment) if c.kind else episode.preview
    if graphic is None:
        raise WrongPhase("nothing is in preview")
    run = episode.run_of(graphic.segment)
    figure = run.result.figure if run and run.result else ""
    return (ev.GraphicTaken(graphic, run.id if run else "", figure),)


def _out(episode: Episode, c: Out, asked: Asked) -> Events:
    kind = _kind(c.kind) if c.kind else None
    return tuple(
        ev.GraphicOut(graphic) for graphic in episode.programme if kind in (None, graphic.kind)
    )


def _blank(episode: Episode, c: Blank, asked: Asked) -> Events:
    return () if episode.blanked else (ev.GraphicsBlanked(),)


def _restore(episode: Episode, c: Restore, asked: Asked) -> Events:
    return (ev.GraphicsRestored(),) if episode.blanked else ()


def _report(episode: Episode, c: Report, asked: Asked) -> Events:
    return (ev.Incident(c.kind, c.text, c.run),)


def _forget(episode: Episode, c: Forget, asked: Asked) -> Events:
    run = episode.run_under_way
    if run:
        raise WrongPhase(f"run {run.code} is {run.phase}; finish or void it first")
    return () if episode.forgotten_ms else (ev.EpisodeForgotten(),)


def _not_forgotten(episode: Episode) -> None:
    if episode.forgotten_ms:
        raise NotAllowed("this episode's key was destroyed: nobody can join it or vote in it")


DECISIONS: dict[type[Command], Callable[[Episode, Any, Asked], Events]] = {
    SetTitle: _set_title,
    SetRundown: _set_rundown,
    InsertSegment: _insert_segment,
    EditSegment: _edit_segment,
    SetPledge: _set_pledge,
    LookBackOn: _look_back_on,
    SetRoster: _set_roster,
    SetRules: _set_rules,
    JoinSeat: _join_seat,
    ReissueSeat: _reissue_seat,
    ChooseSegment: _choose_segment,
    Arm: _arm,
    Open: _open,
    Extend: _extend,
    Pause: _pause,
    Resume: _resume,
    Close: _close,
    Finish: _finish,
    Verify: _verify,
    Reveal: _reveal,
    AskVoid: _ask_void,
    DropVoid: _drop_void,
    ConfirmVoid: _confirm_void,
    AskCorrection: _ask_correction,
    DropCorrection: _drop_correction,
    ConfirmCorrection: _confirm_correction,
    Cue: _cue,
    Take: _take,
    Out: _out,
    Blank: _blank,
    Restore: _restore,
    Report: _report,
    Forget: _forget,
}
