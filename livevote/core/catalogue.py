"""All shows and episodes of one server, and which episode voters land in. A fold of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from livevote.core import event as ev
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound

SHOWS_MAX = 100
EPISODES_MAX = 1000
NAME_MAX = 120


@dataclass(frozen=True)
class Show:
    id: str
    name: Names


@dataclass(frozen=True)
class Listing:
    """An episode as the catalogue knows it. rehearsal_of: the episode that it only rehearses."""

    id: str
    show: str
    title: Names
    created_ms: int
    rehearsal_of: str = ""


@dataclass(frozen=True)
class Catalogue:
    """on: the episode that voters land in, "" for none."""

    revision: int = 0
    shows: tuple[Show, ...] = ()
    episodes: tuple[Listing, ...] = ()
    on: str = ""

    def show(self, show_id: str) -> Show:
        found = next((s for s in self.shows if s.id == show_id), None)
        if found is None:
            raise NotFound("there is no such show", where="show")
        return found

    def episode(self, episode_id: str) -> Listing:
        found = next((e for e in self.episodes if e.id == episode_id), None)
        if found is None:
            raise NotFound("there is no such episode", where="episode")
        return found


def named(names: Names, where: str) -> Names:
    """A checked name: one line, Chinese filled from English where it is empty."""
    zh, en = (" ".join(text.split()) for text in (names.zh, names.en))
    if not (zh or en) or max(len(zh), len(en)) > NAME_MAX:
        raise BadInput(f"a name of 1 to {NAME_MAX} characters is needed", where=where)
    return Names(zh or en, en)


def room_for_show(catalogue: Catalogue) -> None:
    if len(catalogue.shows) >= SHOWS_MAX:
        raise BadInput(f"at most {SHOWS_MAX} shows")


def room_for_episode(catalogue: Catalogue) -> None:
    if len(catalogue.episodes) >= EPISODES_MAX:
        raise BadInput(f"at most {EPISODES_MAX} episodes")


def fold(catalogue: Catalogue, events: Iterable[ev.Logged]) -> Catalogue:
    for logged in events:
        step = STEPS.get(type(logged.event))
        changed = step(catalogue, logged.event, logged) if step else catalogue
        catalogue = replace(changed, revision=logged.revision)
    return catalogue


def _retitled(catalogue: Catalogue, e: ev.EpisodeRetitled, logged: ev.Logged) -> Catalogue:
    return replace(
        catalogue,
        episodes=tuple(
            replace(item, title=e.title) if item.id == e.episode else item
            for item in catalogue.episodes
        ),
    )


def _listed(catalogue: Catalogue, e: ev.EpisodeListed, logged: ev.Logged) -> Catalogue:
    item = Listing(e.episode, e.show, e.title, logged.at_ms, e.rehearsal_of)
    return replace(catalogue, episodes=(*catalogue.episodes, item))


STEPS: dict[type[ev.Event], Callable[[Catalogue, Any, ev.Logged], Catalogue]] = {
    ev.ShowMade: lambda c, e, at: replace(c, shows=(*c.shows, Show(e.show, e.name))),
    ev.EpisodeListed: _listed,
    ev.EpisodeRetitled: _retitled,
    ev.EpisodeSwitched: lambda c, e, at: replace(c, on=e.episode),
}
