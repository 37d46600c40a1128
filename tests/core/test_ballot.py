"""The log and its recount: the last entry of a voter stands, and a log that was touched shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.ballot import REFUSALS, Answer, Entry, recount, standing
from livevote.core.tally import Tally
from livevote.errors import BadInput

VOTERS = [bytes([i]) * 16 for i in range(5)]


def panel_of(voter: bytes) -> str:
    return "online" if voter[0] % 2 else "studio"


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """What a store writes: indexes without gaps, sequence numbers that rise per voter."""
    seqs: dict[bytes, int] = {}
    entries = []
    for index in range(1, draw(st.integers(0, 20)) + 1):
        voter = draw(st.sampled_from(VOTERS))
        seqs[voter] = seqs.get(voter, 0) + draw(st.integers(1, 3))
        value = draw(st.integers(0, 3))
        entries.append(Entry(index, voter, panel_of(voter), seqs[voter], value, 1000 + index))
    return entries


@given(logs())
def test_the_last_entry_of_each_voter_stands(log: list[Entry]) -> None:
    tally = recount(log)
    last = {voter: [e for e in log if e.voter == voter][-1:] for voter in VOTERS}
    choices = [(e.panel, e.value) for entries in last.values() for e in entries]
    for panel in ("studio", "online"):
        for value in range(4):
            assert tally.panel(panel).get(value, 0) == choices.count((panel, value))
    assert tally.size == len(log)
    assert standing(log) == {e.voter: e for entries in last.values() for e in entries}


def test_an_empty_log_counts_nothing() -> None:
    assert recount([]) == Tally()


def test_a_log_is_read_as_it_comes() -> None:
    """A million entries are streamed, not held."""
    log = (Entry(i, VOTERS[0], "studio", i, i, 0) for i in range(1, 4))
    assert recount(log) == Tally({"studio": {3: 1}}, 3)


LOG = [
    Entry(1, VOTERS[0], "studio", 1, 3, 10),
    Entry(2, VOTERS[1], "online", 1, 2, 11),
    Entry(3, VOTERS[0], "studio", 2, 1, 12),
]

TOUCHED: dict[str, Callable[[list[Entry]], list[Entry]]] = {
    "the first entry removed": lambda log: log[1:],
    "an entry removed in the middle": lambda log: [log[0], log[2]],
    "an entry twice": lambda log: [log[0], log[0], *log[1:]],
    "two entries swapped": lambda log: [log[1], log[0], log[2]],
    "indexes from 0": lambda log: [replace(e, index=e.index - 1) for e in log],
    "a sequence number again": lambda log: [*log[:2], replace(log[2], seq=1)],
    "a sequence number that goes back": lambda log: [*log[:2], replace(log[2], seq=0)],
    "a voter who changes panel": lambda log: [*log[:2], replace(log[2], panel="online")],
}


@pytest.mark.parametrize("how", TOUCHED)
def test_a_log_that_was_touched_is_refused(how: str) -> None:
    assert recount(LOG).size == 3
    with pytest.raises(BadInput):
        recount(TOUCHED[how](LOG))


@given(logs().filter(lambda log: len(log) > 1), st.data())
def test_removing_any_entry_but_the_last_is_noticed(log: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(log) - 2))
    with pytest.raises(BadInput):
        recount(log[:at] + log[at + 1 :])


def test_every_answer_but_counted_is_a_refusal() -> None:
    assert set(REFUSALS) == set(Answer) - {Answer.COUNTED, Answer.AGAIN}
    assert len(set(REFUSALS.values())) == len(REFUSALS)
    with pytest.raises(ValueError, match="8"):
        Answer(8)


def test_the_store_and_the_server_number_the_answers_alike() -> None:
    """The Lua functions name them in one line: `local COUNTED, AGAIN, … = 0, 1, …`."""
    lua = (resources.files("livevote.store") / "functions.lua").read_text()
    line = re.search(r"^local (COUNTED, [A-Z_, ]+) = ([\d, ]+)$", lua, re.MULTILINE)
    assert line
    numbers = [int(number) for number in line[2].split(",")]
    assert dict(zip(line[1].split(", "), numbers, strict=True)) == dict(Answer.__members__.items())
