"""A rehearsal and its real episode never touch, and nobody takes the one for the other."""

from __future__ import annotations

from contextlib import suppress

import pytest

from livevote.core import command as cmd
from livevote.core.names import Names
from livevote.errors import BadInput, NotFound, RevisionMismatch, StoreDown, WrongPhase
from livevote.export import FORMATS
from livevote.hub.hub import Hub
from livevote.hub.session import Identity
from livevote.hub.studio import Studio, Voter
from livevote.web.pages import fonts
from tests.export.reading import text_of
from tests.hub.room import DURABLE, SEATS, WATER, Device, Line, Room

WORDS = ("rehears", "彩排")


async def rehearsed(room: Room, studio: Studio) -> Studio:
    return room.hub.studio(await room.hub.rehearse(studio.episode.id, "producer"))


async def whole_run(room: Room, studio: Studio) -> str:
    """A run from arming to reveal, with seats and viewers."""
    run = await room.opened_run(studio)
    for number, seat in enumerate(SEATS):
        await room.vote(studio, Voter("seat", seat.label), run, 60 + number)
    await room.vote(studio, Voter("viewer", "v1"), run, 10)
    await room.order(studio, cmd.Take("bar", "water"))
    await room.revealed(studio, run)
    return run


async def exported(hub: Hub, studio: Studio) -> dict[str, bytes]:
    material = await hub.material(studio, "Asia/Shanghai")
    return {name: form.make(material, fonts()) for name, form in FORMATS.items()}


async def test_a_whole_rehearsal_leaves_every_file_of_the_real_episode_as_it_was(
    room: Room,
) -> None:
    real = await room.episode()
    await whole_run(room, real)
    before, revision = await exported(room.hub, real), real.episode.revision
    copy = await rehearsed(room, real)
    await room.hub.switch(copy.episode.id, "producer", True)
    await whole_run(room, copy)
    await exported(room.hub, copy)
    await room.hub.switch("", "producer")
    assert await exported(room.hub, real) == before
    assert real.episode.revision == revision


async def test_one_voter_is_two_pseudonyms_and_a_code_of_the_one_opens_no_seat_of_the_other(
    room: Room,
) -> None:
    real = await room.episode()
    copy = await rehearsed(room, real)
    for voter in (Voter("viewer", "v1"), Voter("seat", "A-01")):
        assert real.pseudonym(voter) != copy.pseudonym(voter)
    assert room.hub.seat_code(real, "A-01") != room.hub.seat_code(copy, "A-01")


async def test_it_says_so_to_everybody_and_a_real_episode_never_says_the_word(room: Room) -> None:
    """Every byte that voters and overlays get, from the first state to the reveal."""
    real = await room.episode()
    copy = await rehearsed(room, real)
    heard: dict[str, bytes] = {}
    for studio in (real, copy):
        await room.hub.switch(studio.episode.id, "producer", studio is copy)
        devices = [
            await room.tablet(studio),
            await Device(room.hub, Identity(viewer="v1")).hello(episode=studio.episode.id),
            await room.screen(studio),
        ]
        beat = room.make_beat()
        await whole_run(room, studio)
        await beat.once(0)
        for device in devices:
            states = [m for m in await device.all_now() if m["t"] == "state"]
            mark = studio is copy or None
            assert {m["view"]["episode"].get("rehearsal") for m in states} == {mark}
            heard[studio.episode.id] = heard.get(studio.episode.id, b"") + b"".join(device.heard)
            device.leave()
    text = heard[real.episode.id].decode()
    assert len(text) > 5_000
    assert not [word for word in WORDS if word in text]
    assert all(word in heard[copy.episode.id].decode() for word in WORDS)


async def test_nobody_lands_in_a_rehearsal_by_mistake(room: Room) -> None:
    real = await room.episode()
    copy = await rehearsed(room, real)
    with pytest.raises(BadInput, match="put it on as one"):
        await room.hub.switch(copy.episode.id, "director")
    with pytest.raises(BadInput, match="no rehearsal"):
        await room.hub.switch(real.episode.id, "director", True)
    with pytest.raises(NotFound):
        await room.hub.switch("nowhere", "director", True)
    assert room.hub.catalogue.state.on == real.episode.id
    run = await room.opened_run(real)
    with pytest.raises(WrongPhase, match="under way"):
        await room.hub.switch(copy.episode.id, "director", True)
    await room.revealed(real, run)
    await room.hub.switch(copy.episode.id, "director", True)
    assert room.hub.catalogue.state.on == copy.episode.id
    # Whoever is about to direct the real one is told, by name.
    await room.order(real, cmd.ChooseSegment("housing"))
    told = {each["kind"]: each["text"]["zh"] for each in room.make_beat().ops(real).warnings}
    assert "彩排：五水共治" in told["voters_in_rehearsal"]
    # Back to the show at any moment, also out of a run that is rehearsed.
    await room.opened_run(copy)
    await room.hub.switch(real.episode.id, "director")
    assert room.hub.catalogue.state.on == real.episode.id
    kinds = [each["kind"] for each in room.make_beat().ops(real).warnings]
    assert "voters_in_rehearsal" not in kinds


async def test_it_cannot_be_made_of_nothing_or_of_itself(room: Room) -> None:
    copy = await rehearsed(room, await room.episode())
    with pytest.raises(BadInput, match="rehearsal already"):
        await rehearsed(room, copy)
    with pytest.raises(NotFound):
        await room.hub.rehearse("nowhere", "producer")
    assert len(room.hub.studios) == 2


async def test_its_title_may_change_and_the_mark_stays(room: Room, store: Line) -> None:
    real = await room.episode()
    copy = await rehearsed(room, real)
    assert copy.episode.title == Names("彩排：五水共治", "Rehearsal: Five Waters")
    await room.order(copy, cmd.SetTitle(Names("五水共治")), by="producer")
    again = Hub(store, DURABLE, "")
    await again.load()
    for hub in (room.hub, again):
        assert hub.studio(copy.episode.id).episode.rehearsal_of == real.episode.id
        assert hub.catalogue.state.episode(copy.episode.id).rehearsal_of == real.episode.id
        assert hub.catalogue.state.episode(real.episode.id).rehearsal_of == ""


@pytest.mark.parametrize("fate", ["call", "answer", "down"])
async def test_whatever_breaks_while_one_is_made_none_is_listed_that_is_not_marked(
    room: Room, store: Line, fate: str
) -> None:
    real = await room.episode()
    for call in range(1, 8):
        store.cut_at(call, fate)
        with suppress(StoreDown, RevisionMismatch):
            await rehearsed(room, real)
        store.mend()
    await store.landed()
    again = Hub(store, DURABLE, "")
    await again.load()
    listed = [item for item in again.catalogue.state.episodes if item.rehearsal_of]
    assert listed
    for item in listed:
        episode = again.studio(item.id).episode
        assert episode.rehearsal_of == real.episode.id
        assert episode.segments[0] == WATER


async def test_its_files_say_so_and_those_of_the_real_episode_do_not(room: Room) -> None:
    real = await room.episode()
    copy = await rehearsed(room, real)
    for studio in (real, copy):
        await whole_run(room, studio)
        for name, data in (await exported(room.hub, studio)).items():
            mark = f'"rehearsal_of": "{real.episode.id}"' if name == "json" else "彩排，不计"
            assert (mark in text_of(name, data)) is (studio is copy), name
