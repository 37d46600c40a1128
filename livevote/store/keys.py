"""Every key there is: name, type, what it holds, how long it lives.

Keys of one run share a hash tag, so that they live on one node of a Cluster
and one function can touch them together. Nothing here expires by itself:
a clock that jumps must not delete a vote.

    lv:{<episode>}:events       stream  the episode's events, id <revision>-0      for good
    lv:{<episode>}:board        zset    segment → rounded figure × 10^decimals     for good
    lv:{<episode>.<run>}:window hash    phase and times of the run                 for good
    lv:{<episode>.<run>}:ballots zset   voter → value: the count of record         for good
    lv:{<episode>.<run>}:marks  hash    voter → seq, value, index, panel; packed   for good
    lv:{<episode>.<run>}:tally  hash    "panel:value" → count, "size" → log length for good
    lv:{<episode>.<run>}:log    stream  one entry per batch, id <last index>-0     for good
    lv:{<episode>.<run>}:turned stream  ballots refused by the window              newest 20,000 batches
    lv:{<episode>.<run>}:checkpoints stream signed notes in order, id <place from 1>-0 for good
    lv:{used}:<name>            zset    token → when it ends: what was redeemed       until then
    lv:{shelf}:<name>           hash    small records: accounts, keys, desk_keys, presses for good; presses for an hour
"""  # noqa: E501 - a table reads better unbroken

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunKey:
    """Names one run in the store."""

    episode: str
    run: str

    def _key(self, part: str) -> str:
        return f"lv:{{{self.episode}.{self.run}}}:{part}"

    @property
    def window(self) -> str:
        return self._key("window")

    @property
    def ballots(self) -> str:
        return self._key("ballots")

    @property
    def marks(self) -> str:
        return self._key("marks")

    @property
    def tally(self) -> str:
        return self._key("tally")

    @property
    def log(self) -> str:
        return self._key("log")

    @property
    def turned(self) -> str:
        return self._key("turned")

    @property
    def checkpoints(self) -> str:
        return self._key("checkpoints")


def events(log: str) -> str:
    return f"lv:{{{log}}}:events"


def board(episode: str) -> str:
    return f"lv:{{{episode}}}:board"


def shelf(name: str) -> str:
    return f"lv:{{shelf}}:{name}"


def used(name: str) -> str:
    return f"lv:{{used}}:{name}"
