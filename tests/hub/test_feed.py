"""Feeds: up to date where somebody reads, the last that was known where there is no store."""

from __future__ import annotations

from typing import Any

import pytest

from livevote.core import command as cmd
from livevote.core.names import Names
from livevote.hub import feed as module
from livevote.hub import flat
from livevote.hub.beat import PING_EVERY
from livevote.hub.feed import AGAIN_MS, KEYED, PUBLIC, STALE_MS
from livevote.hub.studio import READ_KEPT_MS, Member, Studio, Voter
from livevote.wire.codec import EVENTS, FLAT, from_json
from tests.frames import payload
from tests.hub.room import Room

SEAT = Voter("seat", "A-01")


async def listen(room: Room, studio: Studio, part: str = KEYED) -> Member:
    outbox = await room.hub.feed.subscription(studio, part, FLAT)
    member = Member(outbox, "machine" if part else "listener", "")
    assert room.hub.enter(studio, member)
    return member


def heard(member: Member) -> list[dict[str, Any]]:
    return [from_json(payload(frame)) for frame in member.outbox.take()]


async def test_who_pulls_gets_the_count_although_nobody_else_looks(room: Room) -> None:
    studio, beat = await room.episode(), room.make_beat()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    assert (await room.hub.feed.pulled(studio, KEYED)).current["n"] == 1
    await room.vote(studio, Voter("seat", "A-02"), run, 80)
    await beat.once(1)
    assert (await room.hub.feed.pulled(studio, KEYED)).current["n"] == 2, "the beat keeps it so"
    room.time.pass_ms(READ_KEPT_MS)
    studio.dirty = False
    assert not studio.watched(room.time.now_ms())
    await room.vote(studio, Voter("seat", "B-01"), run, 80)
    await beat.once(2)
    assert studio.tally.n("studio") == 2, "nobody looks any more"
    assert (await room.hub.feed.pulled(studio, KEYED)).current["n"] == 3


async def test_a_page_is_made_once_for_all_who_ask_in_a_beat(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await room.episode()
    made: list[flat.Moment] = []
    rows = flat.rows

    def note(moment: flat.Moment) -> list[flat.Fields]:
        made.append(moment)
        return rows(moment)

    monkeypatch.setattr(flat, "rows", note)
    first = await room.hub.feed.pulled(studio, PUBLIC)
    for _ in range(20):
        assert await room.hub.feed.pulled(studio, PUBLIC) is first
    assert len(made) == 1
    room.time.pass_ms(module.BEAT_MS)
    second = await room.hub.feed.pulled(studio, PUBLIC)
    assert second is not first
    assert second.mark == first.mark, "only the server's time is another"
    await room.order(studio, cmd.Blank())
    assert (await room.hub.feed.pulled(studio, PUBLIC)).mark != first.mark


async def test_without_a_store_the_last_is_told_and_marked(room: Room) -> None:
    studio, beat = await room.episode(), room.make_beat()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    machine = await listen(room, studio)
    await beat.once(1)
    await room.hub.feed.once()
    assert [told["n"] for told in heard(machine)][-1:] == [1]
    room.store.down = True
    await beat.once(2)
    await room.hub.feed.once()
    [told] = heard(machine)
    assert (told["n"], told["figure"], told["stale"]) == (1, 80.0, True)
    pulled = await room.hub.feed.pulled(studio, KEYED)
    assert (pulled.current["n"], pulled.current["stale"]) == (1, True)
    assert all(row["stale"] for row in [*pulled.rows, *pulled.segments])
    room.store.mend()
    await beat.once(3)
    await room.hub.feed.once()
    assert heard(machine)[-1]["stale"] is False


async def test_the_first_who_pulls_without_a_store_gets_an_answer_too(room: Room) -> None:
    studio = await room.episode()
    await room.opened_run(studio)
    room.store.down = True
    page = await room.hub.feed.pulled(studio, KEYED)
    assert (page.current["phase"], page.current["stale"]) == ("open", True)


async def test_a_store_that_hangs_makes_it_stale_before_it_answers(room: Room) -> None:
    studio = await room.episode()
    await room.opened_run(studio)
    assert not (await room.hub.feed.pulled(studio, KEYED)).moment.stale
    room.time.pass_ms(STALE_MS + 1)  # and no beat came back from the store
    assert room.hub.feed.page(studio, KEYED).moment.stale


async def test_a_store_that_goes_between_runs_is_missed(room: Room) -> None:
    studio, beat = await room.episode(), room.make_beat()
    machine = await listen(room, studio)
    studio.dirty = False
    room.store.down = True
    await beat.once(PING_EVERY - 1)
    await room.hub.feed.once()
    assert heard(machine)[-1]["stale"] is True


async def test_a_fault_of_ours_leaves_the_last_good_page(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await room.episode()
    good = await room.hub.feed.pulled(studio, PUBLIC)

    def broken(moment: flat.Moment) -> flat.Fields:
        raise ZeroDivisionError

    monkeypatch.setattr(flat, "current", broken)
    room.time.pass_ms(1_000)
    late = await room.hub.feed.pulled(studio, PUBLIC)
    assert late.current == good.current | {"stale": True}
    assert late.mark != good.mark


async def test_a_listener_hears_each_change_once_and_a_word_now_and_then(room: Room) -> None:
    studio = await room.episode()
    machine = await listen(room, studio)
    await room.hub.feed.once()
    assert [told["phase"] for told in heard(machine)] == ["none"]
    await room.hub.feed.once()
    assert heard(machine) == []
    await room.opened_run(studio)
    await room.hub.feed.once()
    assert [told["phase"] for told in heard(machine)] == ["open"]
    room.time.pass_ms(AGAIN_MS)
    await room.hub.feed.once()
    assert len(heard(machine)) == 1


async def test_a_listener_that_does_not_read_keeps_the_newest_only(room: Room) -> None:
    studio = await room.episode()
    slow = await listen(room, studio)
    for title in ("一", "二", "三"):
        await room.order(studio, cmd.SetTitle(Names(title)))
        await room.hub.feed.once()
    assert [told["title_zh"] for told in heard(slow)] == ["三"]


async def test_listeners_of_the_episode_that_was_on_come_again(room: Room) -> None:
    first = await room.episode()
    public, keyed = await listen(room, first, PUBLIC), await listen(room, first, KEYED)
    await room.episode()
    assert public.outbox.close_code == 4410
    assert keyed.outbox.close_code == 0, "a key is of its episode, whichever is on"


def test_an_event_is_one_message_with_its_number() -> None:
    frame = EVENTS.frame({"seq": 7, "text": "两行\n一条"})
    assert frame == 'id: 7\ndata: {"seq":7,"text":"两行\\n一条"}\n\n'.encode()
