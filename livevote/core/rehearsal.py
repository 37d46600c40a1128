"""A rehearsal: an episode made from a real one, with everything but what happened in it."""

from __future__ import annotations

from livevote.core import event as ev
from livevote.core.catalogue import NAME_MAX
from livevote.core.model import Episode
from livevote.core.names import Names
from livevote.errors import BadInput

MARK = Names("彩排", "Rehearsal")


def rehearsal(of: Episode, listed: ev.EpisodeListed) -> tuple[ev.Event, ...]:
    """The first events of a rehearsal: rundown, seats and rules as they are now. Seats are free,
    no run is there. Raises BadInput for a rehearsal of a rehearsal."""
    if of.rehearsal_of:
        raise BadInput("this is a rehearsal already; make one of the real episode", where="episode")
    return (
        ev.EpisodeMade(listed.episode, of.show, listed.title, of.id),
        ev.RulesSet(of.rules),
        ev.RundownSet(of.segments),
        ev.RosterSet(of.seats),
    )


def titled(title: Names) -> Names:
    """The title with the mark in front: whoever shows only a title says it too."""
    zh, en = f"{MARK.zh}：{title.zh}", f"{MARK.en}: {title.en}" if title.en else ""
    return Names(zh[:NAME_MAX], en[:NAME_MAX])
