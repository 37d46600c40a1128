"""The store's contract, run against every server: the same sentences hold for each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from livevote.core.ballot import Answer, Ballot, Entry, Outcome, recount, standing
from livevote.errors import RevisionMismatch, StoreNonsense
from livevote.store.keys import RunKey
from livevote.store.store import BATCH_MAX, USED_KEPT_MS, Store

RUN = RunKey("e1", "r1")
OPENED, NOW = 1_000, 2_000
NUMBERS = itertools.count()


def voter(number: int) -> bytes:
    """Every byte value occurs, so that nothing can take voters for text."""
    return bytes((number * 37 + i * 41) % 256 for i in range(16))


def ballot(
    number: int = 1, value: int = 3, seq: int = 1, received: int = NOW, panel: str = "studio"
) -> Ballot:
    return Ballot(voter(number), panel, seq, value, received)


async def open_run(store: Store, run: RunKey = RUN, **fields: int | str) -> None:
    window = {"opened_ms": OPENED, "deadline_ms": 0, "until_ms": 0, "change": 1, **fields}
    await store.move_window(run, [""], phase="open", **window)


async def log_of(store: Store, run: RunKey = RUN) -> list[Entry]:
    return [entry async for batch in store.log(run) for entry in batch]


async def one(store: Store, given: Ballot, run: RunKey = RUN) -> Outcome:
    [outcome] = await store.commit(run, [given])
    return outcome


async def agrees(store: Store, run: RunKey = RUN, values: Sequence[int] = range(-5, 101)) -> None:
    """Log, histogram and sorted set say the same."""
    log = await log_of(store, run)
    tally = await store.tally(run)
    assert recount(log).same_counts(tally)
    assert tally.size == len(log)
    by_value: dict[int, int] = {}
    for entry in standing(log).values():
        by_value[entry.value] = by_value.get(entry.value, 0) + 1
    assert await store.counts_of_record(run, values) == by_value


async def test_a_ballot_is_counted_and_logged_with_all_it_says(store: Store) -> None:
    await open_run(store)
    assert await one(store, ballot(7, 60, 4)) == Outcome(Answer.COUNTED, 1)
    assert await log_of(store) == [Entry(1, voter(7), "studio", 4, 60, NOW)]
    assert (await store.tally(RUN)).counts == {"studio": {60: 1}}
    assert await store.mark(RUN, voter(7)) == (4, 60, 1)
    assert await store.mark(RUN, voter(8)) is None
    assert await store.voted(RUN, [voter(8), voter(7)]) == [False, True]


async def test_reply_lost_then_retried_counts_once(store: Store) -> None:
    await open_run(store)
    first = await one(store, ballot())
    again = await one(store, ballot())
    assert again == Outcome(Answer.AGAIN, first.index)
    assert len(await log_of(store)) == 1


async def test_a_retry_after_close_gets_its_first_answer(store: Store) -> None:
    await open_run(store)
    await one(store, ballot())
    await store.move_window(RUN, ["open"], phase="closed")
    assert await one(store, ballot()) == Outcome(Answer.AGAIN, 1)


async def test_the_same_number_with_another_value_is_a_conflict(store: Store) -> None:
    await open_run(store)
    await one(store, ballot(value=3))
    assert (await one(store, ballot(value=4))).answer is Answer.SEQ_CONFLICT
    assert (await store.tally(RUN)).counts == {"studio": {3: 1}}


async def test_an_older_number_is_stale(store: Store) -> None:
    await open_run(store)
    await one(store, ballot(seq=5))
    assert (await one(store, ballot(seq=4))).answer is Answer.SEQ_STALE


async def test_a_change_of_mind_moves_the_ballot(store: Store) -> None:
    await open_run(store)
    await one(store, ballot(value=3))
    assert await one(store, ballot(value=90, seq=2)) == Outcome(Answer.COUNTED, 2)
    assert (await store.tally(RUN)).counts == {"studio": {90: 1}}
    await agrees(store)


async def test_no_change_where_the_rules_allow_one_choice(store: Store) -> None:
    await open_run(store, change=0)
    await one(store, ballot(value=3))
    assert (await one(store, ballot(value=4, seq=2))).answer is Answer.FINAL
    assert (await one(store, ballot(value=3))).answer is Answer.AGAIN


async def test_a_voter_stays_in_the_first_panel_of_the_run(store: Store) -> None:
    await open_run(store)
    await one(store, ballot(panel="studio"))
    await one(store, ballot(panel="online", value=4, seq=2))
    assert (await store.tally(RUN)).counts == {"studio": {4: 1}}
    await agrees(store)


@pytest.mark.parametrize(
    ("phase", "until", "received", "answer"),
    [
        ("armed", 0, NOW, Answer.NOT_OPEN),
        ("void", 0, NOW, Answer.NOT_OPEN),
        ("open", 0, OPENED - 1, Answer.NOT_OPEN),
        ("open", 0, OPENED, Answer.COUNTED),
        ("paused", NOW, NOW, Answer.COUNTED),
        ("paused", NOW, NOW + 1, Answer.PAUSED),
        ("closing", NOW, OPENED - 1, Answer.LATE),
        ("closing", NOW, NOW, Answer.COUNTED),
        ("closing", NOW, NOW + 1, Answer.LATE),
        ("closed", NOW, NOW, Answer.LATE),
    ],
)
async def test_the_window_decides_by_the_time_of_arrival(
    store: Store, phase: str, until: int, received: int, answer: Answer
) -> None:
    await store.move_window(
        RUN, [""], phase=phase, opened_ms=OPENED, deadline_ms=0, until_ms=until, change=1
    )
    assert (await one(store, ballot(received=received))).answer is answer
    turned = [t async for batch in store.turned(RUN) for t in batch]
    assert [t.answer for t in turned] == ([] if answer is Answer.COUNTED else [answer])
    await agrees(store)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    phase=st.sampled_from(["open", "paused", "closing", "closed"]),
    panel=st.sampled_from(["studio", "online"]),
    received=st.integers(OPENED - 1, NOW + 60),
    later=st.sampled_from([0, 30]),
)
async def test_viewers_have_longer_and_nobody_else_and_a_pause_stops_all(
    store: Store, phase: str, panel: str, received: int, later: int
) -> None:
    """NOW is deadline and close. Written as people would say it, not as the store does."""
    run = RunKey("e1", f"r{next(NUMBERS)}")
    window = {"opened_ms": OPENED, "deadline_ms": NOW, "until_ms": NOW, "change": 1}
    later_ms = 0 if phase == "paused" else later  # as the director sets it
    fields: dict[str, int | str] = {"viewers": "online", "later_ms": later_ms, **window}
    await store.move_window(run, [""], phase=phase, **fields)
    answer = (await one(store, ballot(received=received, panel=panel), run)).answer
    end = NOW + (later if panel == "online" and phase in ("open", "closing") else 0)
    inside = OPENED <= received <= end and phase != "closed"
    assert (answer is Answer.COUNTED) == inside


async def test_a_voter_has_the_end_of_the_panel_in_which_they_stay(store: Store) -> None:
    await open_run(store, deadline_ms=NOW, viewers="online", later_ms=30)
    await one(store, ballot(1, panel="studio"))
    await one(store, ballot(2, panel="online"))
    moved = [ballot(1, 4, 2, NOW + 30, "online"), ballot(2, 4, 2, NOW + 30, "studio")]
    answers = [outcome.answer for outcome in await store.commit(RUN, moved)]
    assert answers == [Answer.LATE, Answer.COUNTED]
    assert [entry.panel for entry in await log_of(store)] == ["studio", "online", "online"]


async def test_a_run_never_seen_is_not_open(store: Store) -> None:
    assert (await one(store, ballot())).answer is Answer.NOT_OPEN


async def test_after_the_deadline_is_late_though_nobody_closed(store: Store) -> None:
    await open_run(store, deadline_ms=NOW)
    answers = await store.commit(RUN, [ballot(1, received=NOW), ballot(2, received=NOW + 1)])
    assert [a.answer for a in answers] == [Answer.COUNTED, Answer.LATE]


async def test_one_voter_several_times_in_one_batch(store: Store) -> None:
    await open_run(store)
    batch = [
        ballot(1, 10, 1),
        ballot(1, 10, 1),
        ballot(1, 20, 2),
        ballot(1, 10, 1),
        ballot(1, 30, 2),
        ballot(2, 5, 1),
    ]
    answers = [tuple(vars_of(o)) for o in await store.commit(RUN, batch)]
    assert answers == [
        (Answer.COUNTED, 1),
        (Answer.AGAIN, 1),
        (Answer.COUNTED, 2),
        (Answer.SEQ_STALE, 0),
        (Answer.SEQ_CONFLICT, 0),
        (Answer.COUNTED, 3),
    ]
    await agrees(store)


def vars_of(outcome: Outcome) -> tuple[Answer, int]:
    return outcome.answer, outcome.index


async def test_the_largest_batch_is_taken_whole(store: Store) -> None:
    await open_run(store)
    batch = [ballot(0, i % 101) for i in range(BATCH_MAX)]
    batch = [Ballot(i.to_bytes(16, "big"), b.panel, 1, b.value, NOW) for i, b in enumerate(batch)]
    outcomes = await store.commit(RUN, batch)
    assert [o.index for o in outcomes] == list(range(1, BATCH_MAX + 1))
    await agrees(store)


async def test_the_log_holds_what_was_counted_of_a_batch_and_nothing_else(store: Store) -> None:
    await open_run(store, deadline_ms=NOW)
    await store.commit(RUN, [ballot(1, 10), ballot(2, 20)])
    outcomes = await store.commit(
        RUN, [ballot(3, 30, received=NOW + 1), ballot(1, 11, 2), ballot(2, 20), ballot(4, 40)]
    )
    assert [o.index for o in outcomes] == [0, 3, 2, 4]
    assert await log_of(store) == [
        Entry(1, voter(1), "studio", 1, 10, NOW),
        Entry(2, voter(2), "studio", 1, 20, NOW),
        Entry(3, voter(1), "studio", 2, 11, NOW),
        Entry(4, voter(4), "studio", 1, 40, NOW),
    ]


async def test_the_log_names_the_panel_in_which_a_ballot_was_counted(store: Store) -> None:
    await open_run(store)
    await one(store, ballot(1, 10, panel="studio"))
    await store.commit(RUN, [ballot(2, 20, panel="online"), ballot(1, 11, 2, panel="online")])
    assert [entry.panel for entry in await log_of(store)] == ["studio", "online", "studio"]
    await agrees(store)


@pytest.mark.parametrize("value", [-1000, 0, 1000])
async def test_the_largest_numbers_and_names_are_kept_exactly(store: Store, value: int) -> None:
    await open_run(store)
    panel, seq = "p" * 24, 2**31 - 1
    await one(store, ballot(1, 5, 1, panel=panel))
    await one(store, ballot(1, value, seq))
    assert await store.mark(RUN, voter(1)) == (seq, value, 2)
    assert (await one(store, ballot(1, value, seq))) == Outcome(Answer.AGAIN, 2)
    assert (await store.tally(RUN)).counts == {panel: {value: 1}}
    await agrees(store, values=range(-1000, 1001))


async def test_runs_do_not_touch_each_other(store: Store) -> None:
    other = RunKey("e1", "r2")
    await open_run(store)
    await open_run(store, other)
    await one(store, ballot(value=1))
    await one(store, ballot(value=2), other)
    assert (await store.tally(RUN)).counts == {"studio": {1: 1}}
    assert (await store.tally(other)).counts == {"studio": {2: 1}}


ballots = st.builds(
    ballot,
    number=st.integers(1, 6),
    value=st.integers(-5, 100),
    seq=st.integers(1, 4),
    received=st.sampled_from([OPENED - 1, NOW, NOW + 5_000]),
    panel=st.sampled_from(["studio", "online"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(st.lists(ballots, min_size=1, max_size=12), max_size=5),
    close_at=st.none() | st.integers(0, 4),
)
async def test_whatever_comes_every_voter_and_number_counts_once(
    store: Store, client: Redis, batches: list[list[Ballot]], close_at: int | None
) -> None:
    await client.flushall()
    await open_run(store, deadline_ms=NOW + 1_000)
    counted: dict[tuple[bytes, int], int] = {}
    for number, batch in enumerate(batches):
        if number == close_at:
            await store.move_window(RUN, ["open"], phase="closing", until_ms=NOW)
        for given_ballot, outcome in zip(batch, await store.commit(RUN, batch), strict=True):
            key = (given_ballot.voter, given_ballot.seq)
            if outcome.answer is Answer.COUNTED:
                assert key not in counted
                counted[key] = outcome.index
            elif outcome.answer is Answer.AGAIN:
                assert counted[key] == outcome.index
    log = await log_of(store)
    assert {(e.voter, e.seq): e.index for e in log} == counted
    assert all(OPENED <= e.received_ms <= NOW + 1_000 for e in log)
    await agrees(store)


async def test_a_window_moves_only_from_where_the_caller_thinks(store: Store) -> None:
    first = await store.move_window(RUN, [""], phase="armed")
    assert (first.moved, first.phase, first.ballots) == (True, "armed", 0)
    wrong = await store.move_window(RUN, ["open"], phase="closed")
    assert (wrong.moved, wrong.phase) == (False, "armed")
    looked = await store.move_window(RUN, [])
    assert (looked.moved, looked.phase) == (False, "armed")


async def test_closing_says_how_long_the_log_is(store: Store) -> None:
    await open_run(store)
    await store.commit(RUN, [ballot(1), ballot(2), ballot(1, 5, 2)])
    closed = await store.move_window(RUN, ["open"], phase="closed", until_ms=NOW)
    assert (closed.size, closed.ballots, closed.until_ms) == (3, 2, NOW)


@pytest.mark.parametrize("phase", ["closing", "paused"])
@pytest.mark.parametrize(
    ("panel", "received", "end"),
    [
        ("studio", NOW - 1, NOW),
        ("studio", NOW + 7, NOW + 7),
        ("online", NOW + 7, NOW),
        ("online", NOW + 37, NOW + 7),
    ],
)
async def test_a_window_ends_no_earlier_than_the_last_ballot_came_that_is_counted(
    store: Store, phase: str, panel: str, received: int, end: int
) -> None:
    """Who decides at NOW is heard by the store later; viewers have 30 ms more."""
    await open_run(store, viewers="online", later_ms=30)
    given = [ballot(1, received=NOW - 5), ballot(2, received=received, panel=panel)]
    outcomes = await store.commit(RUN, [*given, ballot(3, received=NOW - 3)])
    assert {outcome.answer for outcome in outcomes} == {Answer.COUNTED}
    window = await store.move_window(RUN, ["open"], phase=phase, until_ms=NOW)
    assert (window.phase, window.until_ms) == (phase, end)


async def test_two_appends_at_one_revision_have_one_winner(store: Store) -> None:
    results = await asyncio.gather(
        *(store.append("e1", 0, [f"{i}".encode()]) for i in range(8)), return_exceptions=True
    )
    assert sum(result == 1 for result in results) == 1
    assert sum(isinstance(result, RevisionMismatch) for result in results) == 7
    assert len([e async for e in store.events("e1")]) == 1


async def test_events_come_back_in_order_from_any_revision(store: Store) -> None:
    events = [f"event {i}".encode() for i in range(1203)]
    assert await store.append("e1", 0, events[:3]) == 3
    assert await store.append("e1", 3, events[3:]) == 1203
    assert [e async for e in store.events("e1")] == events
    assert [e async for e in store.events("e1", 1000)] == events[1000:]


async def test_checkpoints_are_one_list_without_gaps(store: Store) -> None:
    assert await store.newest_checkpoint(RUN) is None
    notes = [f"note {i}".encode() for i in range(1, 604)]
    for place, note in enumerate(notes, 1):
        await store.append_checkpoint(RUN, place, note)
    for taken in (603, 1, 605):
        with pytest.raises(RevisionMismatch):
            await store.append_checkpoint(RUN, taken, b"another")
    assert [note async for note in store.checkpoints(RUN)] == notes
    assert [note async for note in store.checkpoints(RUN, 600)] == notes[600:]
    assert await store.newest_checkpoint(RUN) == (603, b"note 603")
    assert [note async for note in store.checkpoints(RunKey("e1", "r2"))] == []


async def test_the_log_is_read_on_from_any_ballot(store: Store) -> None:
    await open_run(store)
    for first in (1, 4, 5):
        await store.commit(RUN, [ballot(n) for n in range(first, {1: 4, 4: 5, 5: 8}[first])])
    whole = await log_of(store)
    assert len(whole) == 7
    for after in range(8):
        found = [e async for batch in store.log(RUN, after, chunk=1) for e in batch]
        assert [e for e in found if e.index > after] == whole[after:]
    assert [await store.entry(RUN, index) for index in range(1, 9)] == [*whole, None]


async def test_a_log_that_holds_no_ballots_is_nonsense(store: Store, client: Redis) -> None:
    for id_, packed in ((1, b"\xc1"), (2, b"\x05"), (3, b"\x91\x91\x01"), (4, b"")):
        await client.delete(RUN.log)
        await client.xadd(RUN.log, {b"b": packed}, id=f"{id_}-0")
        with pytest.raises(StoreNonsense):
            await log_of(store)
        with pytest.raises(StoreNonsense):
            await store.entry(RUN, id_)


async def test_the_board_is_best_first(store: Store) -> None:
    for segment, scaled in (("s1", 873), ("s2", -5), ("s3", 1000), ("s1", 900)):
        await store.put_on_board("e1", segment, scaled)
    assert await store.board("e1") == [("s3", 1000), ("s1", 900), ("s2", -5)]


async def test_a_shelf_keeps_the_first_of_what_is_made_once(store: Store) -> None:
    assert await store.put_new("keys", "cookie", b"\x00one") == b"\x00one"
    assert await store.put_new("keys", "cookie", b"two") == b"\x00one"
    await store.put("keys", "cookie", b"three")
    assert await store.get("keys", "cookie") == b"three"
    assert await store.names("keys") == ["cookie"]
    await store.remove("keys", "cookie")
    assert await store.get("keys", "cookie") is None


async def test_flushed_functions_come_back_without_a_vote_error(
    store: Store, client: Redis
) -> None:
    await open_run(store)
    await client.function_flush()
    assert (await one(store, ballot())).answer is Answer.COUNTED


async def test_a_stray_ballot_in_the_sorted_set_shows(store: Store, client: Redis) -> None:
    await open_run(store)
    await one(store, ballot(value=3))
    await client.zadd(RUN.ballots, {b"stranger": 999})
    found = await store.counts_of_record(RUN, range(0, 101))
    assert found == {3: 1, -1 << 31: 1}


async def test_an_answer_nobody_knows_is_never_a_success(store: Store, client: Redis) -> None:
    await client.function_load(
        "#!lua name=livevote_2\n"
        "redis.register_function('lv2_commit', function() return cmsgpack.pack({99, 1}) end)\n"
        "redis.register_function('lv2_append', function() return {1, 1} end)\n"
        "redis.register_function('lv2_window', function() return {1} end)",
        replace=True,
    )
    try:
        with pytest.raises(StoreNonsense):
            await one(store, ballot())
        with pytest.raises(StoreNonsense):
            await store.move_window(RUN, [""], phase="armed")
    finally:
        await store.load_functions()


async def test_a_token_is_used_once_whoever_asks_and_goes_when_its_time_is_over(
    store: Store,
) -> None:
    first, second = b"\x00one", b"\xfftwo"
    asked = [store.use_once("work", first, NOW + 10, NOW, 2) for _ in range(20)]
    assert sorted(map(bool, await asyncio.gather(*asked))) == [False] * 19 + [True]
    assert await store.use_once("other", first, NOW + 10, NOW, 2)
    assert await store.use_once("work", second, NOW + 10, NOW, 2)
    assert await store.use_once("work", b"three", NOW + 10, NOW, 2) is None
    # Kept for longer than it is good: the caller's clock may be set back.
    end = NOW + 10 + USED_KEPT_MS
    assert await store.use_once("work", first, NOW + 10, end - 1, 9) is False
    assert await store.use_once("work", b"three", end, end, 9)
    assert await store.use_once("work", first, end, end, 9)
