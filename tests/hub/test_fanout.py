"""Frames out: the newest wins, one encoding each, and a slow screen holds nobody up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from livevote.hub.fanout import ANSWERS_MAX, CHUNK, Audience, Fanout, Outbox
from livevote.hub.stats import make
from livevote.wire.codec import JSON, MSGPACK, Codec
from livevote.wire.codes import Close
from livevote.wire.outbound import Done, Pong
from tests.frames import payload

STAFF = Audience("e1", "staff")
STUDIO = Audience("e1", "voter", "studio")
ONLINE = Audience("e1", "voter", "online")


def box(audience: Audience = STAFF, codec: Codec = JSON) -> Outbox:
    return Outbox(codec, audience)


def fanout() -> Fanout:
    return Fanout(make(lambda: 0))


def pong(number: int) -> Pong:
    return Pong(number, 0)


def taken(outbox: Outbox) -> list[Any]:
    return [outbox.codec.decode(payload(frame))["c"] for frame in outbox.take()]


# --- one outbox ---


async def test_newest_frame_wins() -> None:
    outbox = box()
    for number in range(5):
        outbox.show("tally", JSON.frame(pong(number).plain()))
    assert taken(outbox) == [4]


async def test_frames_of_one_kind_displace_none_of_another() -> None:
    outbox = box()
    outbox.show("state", JSON.frame(pong(1).plain()))
    outbox.show("tally", JSON.frame(pong(2).plain()))
    outbox.show("state", JSON.frame(pong(3).plain()))
    assert taken(outbox) == [3, 2]


async def test_every_answer_is_kept_in_order_and_goes_before_the_frames() -> None:
    outbox = box()
    outbox.show("tally", JSON.frame(pong(9).plain()))
    for number in range(3):
        outbox.answer(pong(number))
    assert taken(outbox) == [0, 1, 2, 9]


async def test_what_was_taken_is_gone() -> None:
    outbox = box()
    outbox.answer(pong(1))
    outbox.show("tally", b"{}")
    outbox.take()
    outbox.answer(pong(2))
    assert taken(outbox) == [2]


def test_a_connection_that_takes_bytes_has_them_at_once() -> None:
    outbox = box()
    written: list[bytes] = []
    outbox.write = written.append
    outbox.answer(pong(1))
    outbox.show("tally", JSON.frame(pong(2).plain()))
    assert [JSON.decode(payload(frame))["c"] for frame in written] == [1, 2]
    assert outbox.take() == []
    outbox.write = None
    outbox.answer(pong(3))
    assert taken(outbox) == [3]


def test_a_close_is_told_at_once() -> None:
    outbox = box()
    told: list[int] = []
    outbox.on_close = lambda: told.append(outbox.close_code)
    outbox.close(Close.GOING_DOWN)
    assert told == [Close.GOING_DOWN]


async def test_a_closed_outbox_gives_what_is_left_and_then_nothing() -> None:
    outbox = box()
    outbox.answer(pong(1))
    outbox.close(Close.DISPLACED)
    assert taken(outbox) == [1]
    assert outbox.take() == []
    assert outbox.take() == []


def test_the_first_reason_to_close_stands() -> None:
    outbox = box()
    assert outbox.close_code == 0
    outbox.close(Close.DISPLACED)
    outbox.close(Close.GOING_DOWN)
    assert outbox.close_code == Close.DISPLACED


async def test_a_client_that_reads_no_answers_is_closed_rather_than_remembered() -> None:
    outbox = box()
    for number in range(ANSWERS_MAX):
        outbox.answer(pong(number))
    assert outbox.close_code == 0
    for number in range(1000):
        outbox.answer(pong(number))
    assert outbox.close_code == 4429
    assert len(outbox.take()) == ANSWERS_MAX


def test_frames_alone_never_close_a_slow_screen() -> None:
    outbox = box()
    for number in range(ANSWERS_MAX * 4):
        outbox.show("tally", b"%d" % number)
    assert outbox.close_code == 0


# --- many ---


async def test_everyone_in_an_audience_gets_a_frame_and_nobody_else() -> None:
    hall = fanout()
    boxes = {audience: box(audience) for audience in (STAFF, STUDIO, ONLINE)}
    for outbox in boxes.values():
        hall.join(outbox)
    await hall.show(STUDIO, "state", pong(1))
    await hall.show(STAFF, "state", pong(2))
    await hall.show(ONLINE, "state", pong(3))
    assert taken(boxes[STUDIO]) == [1]
    assert taken(boxes[STAFF]) == [2]
    assert taken(boxes[ONLINE]) == [3]


async def test_a_frame_is_encoded_once_for_each_encoding_that_is_there() -> None:
    counted: list[str] = []

    def counting(codec: Codec) -> Codec:
        def encode(plain: Any) -> bytes:
            counted.append(codec.subprotocol)
            return codec.encode(plain)

        return replace(codec, encode=encode)

    hall, codecs = fanout(), (counting(JSON), counting(MSGPACK))
    boxes = [box(STAFF, codecs[number % 2]) for number in range(250)]
    for outbox in boxes:
        hall.join(outbox)
    await hall.show(STAFF, "tally", pong(7))
    assert sorted(counted) == [JSON.subprotocol, MSGPACK.subprotocol]
    frames = [outbox.take() for outbox in boxes]
    assert all(frame is frames[number % 2][0] for number, [frame] in enumerate(frames))
    found = [codec.decode(payload(frames[n][0])) for n, codec in enumerate((JSON, MSGPACK))]
    assert found == [pong(7).plain()] * 2


async def test_nothing_is_encoded_for_an_empty_audience() -> None:
    class Never(Done):
        def plain(self) -> dict[str, Any]:
            raise AssertionError("encoded for nobody")

    hall = fanout()
    outbox = box()
    hall.join(outbox)
    hall.leave(outbox)
    assert hall.audiences("e1", "staff") == []
    await hall.show(STAFF, "tally", pong(1))


async def test_acknowledgements_are_not_held_up_behind_a_crowd() -> None:
    """Between two hundreds of screens others get their turn."""
    hall = fanout()
    boxes = [box() for _ in range(CHUNK * 3 + 1)]
    for outbox in boxes:
        hall.join(outbox)
    served: list[int] = []

    async def someone_else() -> None:
        while True:
            served.append(sum(bool(outbox._slots) for outbox in boxes))
            await asyncio.sleep(0)

    other = asyncio.create_task(someone_else())
    await asyncio.sleep(0)
    await hall.show(STAFF, "tally", pong(1))
    other.cancel()
    assert served == [0, CHUNK, CHUNK * 2, CHUNK * 3]
    assert all(outbox._slots for outbox in boxes)


async def test_a_hundred_screens_are_served_in_one_go() -> None:
    hall = fanout()
    for _ in range(CHUNK):
        hall.join(box())
    turns: list[int] = []

    async def someone_else() -> None:
        turns.append(1)

    other = asyncio.create_task(someone_else())
    await hall.show(STAFF, "tally", pong(1))
    assert turns == []
    await other


async def test_who_leaves_or_comes_in_the_middle_of_a_frame_disturbs_nobody() -> None:
    hall = fanout()
    boxes = [box() for _ in range(CHUNK * 2)]
    late = box()
    for outbox in boxes:
        hall.join(outbox)

    async def come_and_go() -> None:
        for outbox in boxes[CHUNK::2]:
            hall.leave(outbox)
        hall.join(late)

    other = asyncio.create_task(come_and_go())
    await hall.show(STAFF, "tally", pong(1))
    assert other.done()
    for outbox in (*boxes[:CHUNK], *boxes[CHUNK + 1 :: 2]):
        assert taken(outbox) == [1]
    await hall.show(STAFF, "tally", pong(2))
    assert taken(late) == [2]


async def test_of_two_frames_under_way_at_once_everyone_ends_with_the_newer() -> None:
    hall = fanout()
    boxes = [box() for _ in range(CHUNK * 5)]
    for outbox in boxes:
        hall.join(outbox)
    await asyncio.gather(
        hall.show(STAFF, "tally", pong(1)),
        hall.show(STAFF, "tally", pong(2)),
    )
    assert {taken(outbox)[0] for outbox in boxes} == {2}


async def test_the_frames_that_were_shown_are_counted() -> None:
    stats = make(lambda: 0)
    hall = Fanout(stats)
    for _ in range(CHUNK + 7):
        hall.join(box())
    await hall.show(STAFF, "tally", pong(1))
    await hall.show(ONLINE, "tally", pong(1))
    assert stats.frames == CHUNK + 7


def test_audiences_are_those_with_somebody_in_them() -> None:
    hall = fanout()
    first, second, other = box(STUDIO), box(STUDIO), box(Audience("e2", "voter", "studio"))
    for outbox in (first, second, other, box(ONLINE)):
        hall.join(outbox)
    assert set(hall.audiences("e1", "voter")) == {STUDIO, ONLINE}
    assert hall.audiences("e1", "staff") == []
    hall.leave(first)
    assert STUDIO in hall.audiences("e1", "voter")
    hall.leave(second)
    hall.leave(second)
    assert hall.audiences("e1", "voter") == [ONLINE]


async def test_whoever_moves_to_another_panel_sees_its_frames_from_then_on() -> None:
    hall = fanout()
    mover, stayer = box(STUDIO), box(STUDIO)
    hall.join(mover)
    hall.join(stayer)
    hall.move(mover, "online")
    assert mover.audience == ONLINE
    await hall.show(STUDIO, "state", pong(1))
    await hall.show(ONLINE, "state", pong(2))
    assert (taken(mover), taken(stayer)) == ([2], [1])
    hall.move(stayer, "studio")
    assert hall.audiences("e1", "voter") == [STUDIO, ONLINE]
    hall.leave(mover)
    assert hall.audiences("e1", "voter") == [STUDIO]
