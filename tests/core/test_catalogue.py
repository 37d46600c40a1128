"""All shows and episodes of a server, as a fold of events."""

from __future__ import annotations

import pytest

from livevote.core import event as ev
from livevote.core.catalogue import (
    EPISODES_MAX,
    SHOWS_MAX,
    Catalogue,
    Listing,
    Show,
    fold,
    named,
    room_for_episode,
    room_for_show,
)
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound


def logged(*events: ev.Event) -> list[ev.Logged]:
    return [ev.Logged(i, 1000 + i, "producer", event) for i, event in enumerate(events, 1)]


def test_shows_and_episodes_are_listed_in_the_order_they_were_made() -> None:
    catalogue = fold(
        Catalogue(),
        logged(
            ev.ShowMade("s1", Names("全媒体问政")),
            ev.EpisodeListed("e1", "s1", Names("五水共治")),
            ev.EpisodeListed("e2", "s1", Names("交通")),
            ev.EpisodeRetitled("e1", Names("治水")),
            ev.EpisodeSwitched("e2"),
        ),
    )
    assert catalogue == Catalogue(
        revision=5,
        shows=(Show("s1", Names("全媒体问政")),),
        episodes=(
            Listing("e1", "s1", Names("治水"), 1002),
            Listing("e2", "s1", Names("交通"), 1003),
        ),
        on="e2",
    )
    assert catalogue.show("s1").name.zh == "全媒体问政"
    assert catalogue.episode("e2").title.zh == "交通"


def test_an_event_it_does_not_know_only_counts() -> None:
    assert fold(Catalogue(), logged(ev.GraphicsBlanked())) == Catalogue(revision=1)


def test_no_episode_may_be_on() -> None:
    switched = fold(Catalogue(on="e1"), logged(ev.EpisodeSwitched("")))
    assert switched.on == ""


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        Catalogue().show("s1")
    with pytest.raises(NotFound):
        Catalogue().episode("e1")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Names("  五水\n共治 ", " Five  Waters"), Names("五水 共治", "Five Waters")),
        (Names("", "Five Waters"), Names("Five Waters", "Five Waters")),
        (Names("五" * 120), Names("五" * 120)),
    ],
)
def test_a_name_is_one_line(given: Names, kept: Names) -> None:
    assert named(given, "name") == kept


@pytest.mark.parametrize(
    "given", [Names(), Names(" ", "\n"), Names("五" * 121), Names("五", "x" * 121)]
)
def test_a_name_that_cannot_be_shown_is_refused(given: Names) -> None:
    with pytest.raises(BadInput) as refused:
        named(given, "title")
    assert refused.value.where == "title"


def test_a_full_catalogue_takes_no_more() -> None:
    show, listing = Show("s", Names("甲")), Listing("e", "s", Names("乙"), 0)
    room_for_show(Catalogue(shows=(show,) * (SHOWS_MAX - 1)))
    room_for_episode(Catalogue(episodes=(listing,) * (EPISODES_MAX - 1)))
    with pytest.raises(BadInput):
        room_for_show(Catalogue(shows=(show,) * SHOWS_MAX))
    with pytest.raises(BadInput):
        room_for_episode(Catalogue(episodes=(listing,) * EPISODES_MAX))
