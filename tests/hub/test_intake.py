"""Group commit: every ballot is answered exactly once, and never before it is durable."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.ballot import REFUSALS, Answer, Ballot, Outcome, recount
from livevote.errors import Busy, Late, Paused, Refusal, SeqConflict, StoreDown, StoreNonsense
from livevote.hub.intake import BATCH_MAX, WAITING_MAX, Intake, refusal_of
from livevote.hub.stats import Stats, make
from livevote.store.keys import RunKey
from tests.hub.room import Line, calm, soon, until

A, B = RunKey("e1", "a"), RunKey("e1", "b")
NOW_MS = 5_000
Told = Outcome | Refusal
Batch = tuple[RunKey, list[Ballot], list[Outcome], int]


def ballot(number: int = 1, value: int = 80, seq: int = 1, received_ms: int = NOW_MS) -> Ballot:
    return Ballot(number.to_bytes(16, "big"), "studio", seq, value, received_ms)


def outcomes_told(run: RunKey, ballots: list[Ballot], outcomes: list[Outcome]) -> list[Told]:
    return [refusal_of(outcome) or outcome for outcome in outcomes]


@dataclass
class Till:
    """A store that lets batches through one at a time: as many as `open` says."""

    batches: list[tuple[RunKey, list[Ballot]]] = field(default_factory=list)
    reply: Callable[[Ballot], Outcome] = lambda ballot: Outcome(Answer.COUNTED, ballot.seq)
    error: Exception | None = None
    _open: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def open(self, batches: int = 1) -> None:
        for _ in range(batches):
            self._open.release()

    async def commit(self, run: RunKey, batch: Sequence[Ballot]) -> list[Outcome]:
        self.batches.append((run, list(batch)))
        await self._open.acquire()
        if self.error:
            raise self.error
        return [self.reply(one) for one in batch]

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for _, batch in self.batches]


@dataclass
class Counting:
    """An intake at a till, and what it answered. durable: the batches that it was asked of what to
    tell, each with the number of ballots that were answered by then."""

    intake: Intake[Outcome]
    till: Till
    stats: Stats
    durable: list[Batch]
    answers: list[tuple[Ballot, Told]] = field(default_factory=list)

    def submit(self, run: RunKey = A, *numbers: int) -> None:
        for number in numbers or (1,):
            self.put(run, ballot(number))

    def put(self, run: RunKey, given: Ballot) -> None:
        self.intake.submit(run, given, lambda told: self.answers.append((given, told)))

    def answered(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.answers) >= count


@pytest.fixture
async def desk() -> AsyncIterator[Counting]:
    till, stats, durable = Till(), make(lambda: NOW_MS + 7), list[Batch]()

    def tell(run: RunKey, ballots: list[Ballot], outcomes: list[Outcome]) -> list[Told]:
        durable.append((run, ballots, outcomes, len(counting.answers)))
        return outcomes_told(run, ballots, outcomes)

    intake = Intake(till.commit, tell, stats, lambda: NOW_MS + 7)
    counting = Counting(intake, till, stats, durable)
    work = asyncio.create_task(intake.work())
    yield counting
    work.cancel()
    await asyncio.wait({work})


# --- batches ---


async def test_a_ballot_is_answered_only_when_the_store_has_answered(desk: Counting) -> None:
    desk.submit()
    await until(lambda: bool(desk.till.batches))
    await calm()
    assert desk.answers == []
    desk.till.open()
    await until(desk.answered(1))
    assert desk.answers == [(ballot(), Outcome(Answer.COUNTED, 1))]


async def test_what_arrives_while_a_batch_is_in_flight_is_the_next_batch(desk: Counting) -> None:
    desk.submit(A, 1)
    await until(lambda: desk.till.sizes == [1])
    desk.submit(A, 2, 3, 4)
    await calm()
    assert desk.till.sizes == [1], "a second batch was in flight beside the first"
    desk.till.open(2)
    await until(desk.answered(4))
    assert desk.till.sizes == [1, 3]


async def test_ballots_reach_the_store_in_the_order_in_which_they_came(desk: Counting) -> None:
    desk.submit(A, *range(BATCH_MAX + 500))
    desk.till.open(9)
    await until(desk.answered(BATCH_MAX + 500))
    assert [one for _, batch in desk.till.batches for one in batch] == [
        ballot(number) for number in range(BATCH_MAX + 500)
    ]
    assert [one for one, _ in desk.answers] == [ballot(n) for n in range(BATCH_MAX + 500)]


async def test_a_batch_is_never_larger_than_the_store_takes(desk: Counting) -> None:
    desk.submit(A, *range(BATCH_MAX * 2 + 1))
    desk.till.open(3)
    await until(desk.answered(BATCH_MAX * 2 + 1))
    assert desk.till.sizes == [BATCH_MAX, BATCH_MAX, 1]


async def test_runs_take_turns_so_that_a_crowd_in_one_holds_up_no_other(desk: Counting) -> None:
    desk.submit(A, *range(BATCH_MAX * 3))
    desk.submit(B, 1)
    desk.till.open(4)
    await until(desk.answered(BATCH_MAX * 3 + 1))
    assert [run for run, _ in desk.till.batches] == [A, B, A, A]


async def test_a_batch_holds_ballots_of_one_run(desk: Counting) -> None:
    for number in range(20):
        desk.submit(A if number % 3 else B, number)
    desk.till.open(2)
    await until(desk.answered(20))
    assert {(run, len(batch)) for run, batch in desk.till.batches} == {(A, 13), (B, 7)}


@given(st.lists(st.lists(st.sampled_from([A, B]), max_size=8), max_size=8))
async def test_every_ballot_is_answered_exactly_once(waves: list[list[RunKey]]) -> None:
    till, stats = Till(), make(lambda: NOW_MS)
    intake = Intake(till.commit, outcomes_told, stats, lambda: NOW_MS)
    work = asyncio.create_task(intake.work())
    till.open(100)
    desk, number = Counting(intake, till, stats, []), 0
    for wave in waves:
        for run in wave:
            number += 1
            desk.submit(run, number)
        await asyncio.sleep(0)
    await intake.stop()
    await soon(work)
    assert Counter(one for one, _ in desk.answers) == {ballot(n): 1 for n in range(1, number + 1)}
    assert intake.waiting == 0


# --- answers ---


@pytest.mark.parametrize("answer", Answer)
async def test_each_answer_of_the_store_is_told_as_what_it_is(
    desk: Counting, answer: Answer
) -> None:
    desk.till.reply = lambda ballot: Outcome(answer, 5)
    desk.till.open()
    desk.submit()
    await until(desk.answered(1))
    [(_, told)] = desk.answers
    if answer in (Answer.COUNTED, Answer.AGAIN):
        assert told == Outcome(answer, 5)
        assert not desk.stats.rejects
    else:
        assert type(told) is REFUSALS[answer]
        assert desk.stats.rejects == {REFUSALS[answer].code: 1}


async def test_only_what_was_counted_for_the_first_time_counts_as_counted(desk: Counting) -> None:
    replies = iter([Answer.COUNTED, Answer.AGAIN, Answer.LATE, Answer.COUNTED])
    desk.till.reply = lambda ballot: Outcome(next(replies), 1)
    desk.till.open()
    desk.submit(A, 1, 2, 3, 4)
    await until(desk.answered(4))
    assert desk.stats.ballots_counted == 2
    assert desk.stats.batches == 1


async def test_a_delay_is_from_the_arrival_of_the_bytes_to_the_answer(desk: Counting) -> None:
    desk.till.open()
    desk.put(A, ballot(received_ms=NOW_MS - 93))
    await until(desk.answered(1))
    assert desk.stats.ack.percentile(50) == 100


async def test_the_studio_hears_of_a_batch_before_its_voters(desk: Counting) -> None:
    desk.till.open()
    desk.submit(A, 1, 2)
    await until(desk.answered(2))
    assert desk.durable == [(A, [ballot(1), ballot(2)], [Outcome(Answer.COUNTED, 1)] * 2, 0)]


# --- bounds ---


async def test_a_full_line_is_told_to_come_back(desk: Counting) -> None:
    for number in range(WAITING_MAX):
        desk.intake.submit(A, ballot(number), lambda told: None)
    with pytest.raises(Busy) as refused:
        desk.submit(B)
    assert refused.value.again
    assert refused.value.retry_after_ms > 0
    assert desk.intake.waiting == WAITING_MAX
    desk.till.open()
    await until(lambda: desk.intake.waiting == WAITING_MAX - BATCH_MAX)
    desk.submit(B)


async def test_what_is_at_the_store_still_counts_as_waiting(desk: Counting) -> None:
    desk.submit(A, 1, 2, 3)
    await until(lambda: desk.till.sizes == [3])
    assert desk.intake.waiting == 3
    desk.till.open()
    await until(lambda: desk.intake.waiting == 0)


# --- a store that is away ---


async def test_a_store_that_does_not_answer_is_told_as_come_back_later(desk: Counting) -> None:
    desk.till.error = StoreDown("away", retry_after_ms=500)
    desk.till.open()
    desk.submit(A, 1, 2)
    await until(desk.answered(2))
    assert all(isinstance(told, StoreDown) and told.again for _, told in desk.answers)
    assert desk.stats.rejects == {"store_down": 2}
    assert not desk.stats.store_up
    assert not desk.durable
    desk.till.error = None
    desk.till.open()
    desk.submit(A, 1)
    await until(desk.answered(3))
    assert desk.answers[-1][1] == Outcome(Answer.COUNTED, 1)
    assert desk.stats.store_up


@pytest.mark.parametrize("lost", ["call", "answer"])
async def test_reply_lost_then_retried_counts_once(store: Line, lost: str) -> None:
    await store.move_window(A, [""], phase="open", opened_ms=0, deadline_ms=0, change=1)
    intake = Intake(store.commit, outcomes_told, make(lambda: NOW_MS), lambda: NOW_MS)
    work = asyncio.create_task(intake.work())
    answers: list[Told] = []
    store.cut(lost)
    intake.submit(A, ballot(), answers.append)
    await until(lambda: len(answers) == 1)
    assert isinstance(answers[0], StoreDown)
    intake.submit(A, ballot(), answers.append)
    await until(lambda: len(answers) == 2)
    assert answers[1] == Outcome(Answer.AGAIN if lost == "answer" else Answer.COUNTED, 1)
    assert (await store.tally(A)).counts == {"studio": {80: 1}}
    await intake.stop()
    await soon(work)


async def test_any_line_cut_anywhere_every_acknowledged_ballot_counts_exactly_once(
    store: Line,
) -> None:
    """Forty voters, each sending until told, over a line that is cut at two calls of three."""
    await store.move_window(A, [""], phase="open", opened_ms=0, deadline_ms=0, change=1)
    intake = Intake(store.commit, outcomes_told, make(lambda: NOW_MS), lambda: NOW_MS)
    work = asyncio.create_task(intake.work())
    store.cut(*["", "answer", "call"] * 12)
    tries = again = 0
    door = asyncio.Semaphore(6)  # so that they come in several batches

    async def vote(number: int) -> int:
        async with door:
            return await vote_inside(number)

    async def vote_inside(number: int) -> int:
        nonlocal tries, again
        while True:
            tries += 1
            told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
            intake.submit(A, ballot(number, value=number), told.set_result)
            answer = await soon(told)
            if isinstance(answer, Outcome):
                again += answer.answer is Answer.AGAIN
                return answer.index
            assert isinstance(answer, StoreDown)

    indexes: list[int] = await asyncio.gather(*(vote(number) for number in range(40)))
    await intake.stop()
    await soon(work)
    assert tries > 40
    assert again, "no answer was lost after the store had written: this proves nothing"
    store.mend()
    log = await store.entries(A)
    assert {entry.index: entry.value for entry in log} == {
        index: number for number, index in enumerate(indexes)
    }
    assert len(log) == 40
    assert recount(log).same_counts(await store.tally(A))


async def test_an_answer_that_is_not_understood_stops_the_work_and_acknowledges_nothing() -> None:
    till = Till(error=StoreNonsense("what?"))
    intake = Intake(till.commit, outcomes_told, make(lambda: NOW_MS), lambda: NOW_MS)
    work = asyncio.create_task(intake.work())
    answers: list[Told] = []
    intake.submit(A, ballot(), answers.append)
    till.open()
    with pytest.raises(StoreNonsense):
        await soon(work)
    assert answers == []


# --- the end ---


async def test_the_end_answers_all_it_holds_and_refuses_what_is_new(desk: Counting) -> None:
    desk.submit(A, *range(BATCH_MAX + 10))
    desk.submit(B, 1)
    await until(lambda: len(desk.till.batches) == 1)
    await desk.intake.stop()
    with pytest.raises(Busy) as refused:
        desk.submit(A, 9)
    assert refused.value.again
    assert refused.value.retry_after_ms > 0
    desk.till.open(3)
    await until(desk.answered(BATCH_MAX + 11))
    assert all(isinstance(told, Outcome) for _, told in desk.answers)
    assert desk.till.sizes == [BATCH_MAX, 1, 10]


async def test_an_intake_with_nothing_to_do_ends_at_once() -> None:
    intake = Intake(Till().commit, outcomes_told, make(lambda: NOW_MS), lambda: NOW_MS)
    work = asyncio.create_task(intake.work())
    await calm()
    assert not work.done()
    await intake.stop()
    await soon(work)


async def test_at_the_end_a_store_that_is_away_is_told_too() -> None:
    till = Till(error=StoreDown("away"))
    intake = Intake(till.commit, outcomes_told, make(lambda: NOW_MS), lambda: NOW_MS)
    answers: list[Told] = []
    intake.submit(A, ballot(), answers.append)
    await intake.stop()
    till.open()
    await soon(intake.work())
    assert [type(told) for told in answers] == [StoreDown]


# --- drained ---


async def test_a_run_nobody_votes_in_is_drained(desk: Counting) -> None:
    await soon(desk.intake.drained(A))


async def test_drained_waits_for_what_is_at_the_store_and_for_what_waits(desk: Counting) -> None:
    desk.submit(A, 1)
    await until(lambda: desk.till.sizes == [1])
    desk.submit(A, 2)
    drained = asyncio.create_task(desk.intake.drained(A))
    await calm()
    assert not drained.done()
    desk.till.open()
    await until(lambda: desk.till.sizes == [1, 1])
    await calm()
    assert not drained.done(), "the second ballot had no answer yet"
    desk.till.open()
    await soon(drained)
    assert len(desk.answers) == 2


async def test_drained_waits_for_a_batch_that_was_refused_as_well(desk: Counting) -> None:
    desk.till.error = StoreDown("away")
    desk.submit(A, 1)
    drained = asyncio.create_task(desk.intake.drained(A))
    await calm()
    assert not drained.done()
    desk.till.open()
    await soon(drained)
    assert len(desk.answers) == 1


async def test_drained_waits_for_no_other_run(desk: Counting) -> None:
    desk.submit(B, 1)
    await until(lambda: desk.till.sizes == [1])
    desk.submit(B, 2)
    await soon(desk.intake.drained(A))
    assert desk.answers == []


async def test_a_stream_of_late_ballots_keeps_no_run_from_closing(desk: Counting) -> None:
    desk.till.reply = lambda ballot: Outcome(Answer.LATE, 0)
    desk.submit(A, 1, 2)
    await until(lambda: desk.till.sizes == [2])
    desk.submit(A, 3)
    drained = asyncio.create_task(desk.intake.drained(A))
    await calm()
    for number in range(4, 8):  # there is always one more in the line
        desk.submit(A, number)
        desk.till.open()
        await until(lambda: len(desk.till.batches) == number - 2)  # noqa: B023
    assert drained.done()
    assert desk.intake.waiting > 0
    assert all(isinstance(told, Late) for _, told in desk.answers)


def test_refusals_of_the_window_differ_in_whether_to_try_again() -> None:
    """A pause ends; a close and a number that is taken do not."""
    assert (Paused.again, Late.again, SeqConflict.again) == (True, False, False)
