"""Shows and episodes, one command at a time, kept in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from livevote.core import catalogue as core
from livevote.core.catalogue import Listing, Show
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound, RevisionMismatch, StoreDown
from livevote.hub.catalogue import LOG, CatalogueDesk
from tests.hub.room import NOON_MS, Line

SHOW = Names("全媒体问政", "Questioning")
TITLE = Names("五水共治", "Five Waters")


@pytest.fixture
def desk(store: Line) -> CatalogueDesk:
    return CatalogueDesk(store, lambda: NOON_MS)


async def loaded(store: Line) -> CatalogueDesk:
    desk = CatalogueDesk(store, lambda: NOON_MS)
    await desk.load()
    return desk


async def agrees(desk: CatalogueDesk, store: Line) -> None:
    """What is in memory is what is in the store."""
    assert (await loaded(store)).state == desk.state
    assert desk.state.revision == len([e async for e in store.events(LOG)])


async def test_a_show_and_its_episodes_are_there_again_after_a_restart(
    desk: CatalogueDesk, store: Line
) -> None:
    show = await desk.make_show(SHOW, "producer")
    first = await desk.list_episode(show, TITLE, "producer")
    second = await desk.list_episode(show, Names("垃圾分类"), "producer")
    await desk.switch(second.episode, "director")
    await desk.retitle(first.episode, Names("五水共治（上）", "Five Waters I"), "producer")
    found = (await loaded(store)).state
    assert found.shows == (Show(show, SHOW),)
    assert found.episodes == (
        Listing(first.episode, show, Names("五水共治（上）", "Five Waters I"), NOON_MS),
        Listing(second.episode, show, Names("垃圾分类", ""), NOON_MS),
    )
    assert found.on == second.episode
    assert found.revision == 5
    await agrees(desk, store)


async def test_switching_tells_what_was_on(desk: CatalogueDesk) -> None:
    show = await desk.make_show(SHOW, "producer")
    first = (await desk.list_episode(show, TITLE, "producer")).episode
    second = (await desk.list_episode(show, TITLE, "producer")).episode
    assert first != second
    assert await desk.switch(first, "director") == ""
    assert await desk.switch(second, "director") == first
    assert await desk.switch("", "director") == second
    assert desk.state.on == ""


async def test_switching_to_what_is_on_changes_nothing(desk: CatalogueDesk) -> None:
    show = await desk.make_show(SHOW, "producer")
    episode = (await desk.list_episode(show, TITLE, "producer")).episode
    await desk.switch(episode, "director")
    revision = desk.state.revision
    assert await desk.switch(episode, "director") == episode
    assert desk.state.revision == revision


async def test_what_is_wrong_is_refused_and_changes_nothing(
    desk: CatalogueDesk, store: Line
) -> None:
    show = await desk.make_show(SHOW, "producer")
    with pytest.raises(BadInput) as no_name:
        await desk.make_show(Names(" ", ""), "producer")
    assert no_name.value.where == "name"
    with pytest.raises(BadInput) as no_title:
        await desk.list_episode(show, Names("长" * 121), "producer")
    assert no_title.value.where == "title"
    with pytest.raises(NotFound):
        await desk.list_episode("nowhere", TITLE, "producer")
    with pytest.raises(NotFound):
        await desk.switch("nowhere", "director")
    assert desk.state.revision == 1
    await agrees(desk, store)


async def test_a_full_shelf_says_so(desk: CatalogueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "SHOWS_MAX", 1)
    monkeypatch.setattr(core, "EPISODES_MAX", 1)
    show = await desk.make_show(SHOW, "producer")
    await desk.list_episode(show, TITLE, "producer")
    with pytest.raises(BadInput, match="at most 1 shows"):
        await desk.make_show(SHOW, "producer")
    with pytest.raises(BadInput, match="at most 1 episodes"):
        await desk.list_episode(show, TITLE, "producer")


async def test_many_at_once_are_carried_out_one_after_the_other(
    desk: CatalogueDesk, store: Line
) -> None:
    shows = await asyncio.gather(*(desk.make_show(SHOW, "producer") for _ in range(30)))
    assert [show.id for show in desk.state.shows] == list(shows)
    assert len(set(shows)) == 30
    await agrees(desk, store)


ASKED: list[tuple[str, Callable[[CatalogueDesk], Awaitable[object]]]] = [
    ("make_show", lambda desk: desk.make_show(SHOW, "producer")),
    ("list_episode", lambda desk: desk.list_episode(desk.state.shows[0].id, TITLE, "producer")),
    ("retitle", lambda desk: desk.retitle(desk.state.episodes[0].id, Names("新"), "producer")),
    ("switch", lambda desk: desk.switch(desk.state.episodes[0].id, "director")),
]


@pytest.fixture
async def stocked(desk: CatalogueDesk) -> CatalogueDesk:
    show = await desk.make_show(SHOW, "producer")
    await desk.list_episode(show, TITLE, "producer")
    return desk


@pytest.mark.parametrize("ask", [ask for _, ask in ASKED], ids=[name for name, _ in ASKED])
async def test_an_answer_that_was_lost_is_looked_for_and_nothing_is_written_twice(
    stocked: CatalogueDesk, store: Line, ask: Callable[[CatalogueDesk], Awaitable[object]]
) -> None:
    store.cut("answer")
    await ask(stocked)
    assert stocked.state.revision == 3
    await agrees(stocked, store)


@pytest.mark.parametrize("ask", [ask for _, ask in ASKED], ids=[name for name, _ in ASKED])
async def test_a_call_that_was_lost_is_refused_and_changed_nothing(
    stocked: CatalogueDesk, store: Line, ask: Callable[[CatalogueDesk], Awaitable[object]]
) -> None:
    store.cut("call")
    with pytest.raises(StoreDown):
        await ask(stocked)
    assert stocked.state.revision == 2
    await agrees(stocked, store)
    await ask(stocked)
    await agrees(stocked, store)


async def test_a_write_nobody_heard_of_does_not_block_all_that_follow(
    stocked: CatalogueDesk, store: Line
) -> None:
    """Written, but the line was cut before anyone could look."""
    store.cut("down")
    with pytest.raises(StoreDown):
        await stocked.make_show(Names("一"), "producer")
    store.mend()
    with pytest.raises(RevisionMismatch):
        await stocked.make_show(Names("二"), "producer")
    await stocked.make_show(Names("二"), "producer")
    assert [show.name.zh for show in stocked.state.shows] == ["全媒体问政", "一", "二"]
    await agrees(stocked, store)
