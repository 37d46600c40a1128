"""The server is killed under an open run: the checkpoints before and after are one history."""

from __future__ import annotations

import io
import signal
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from livevote.core import chain
from livevote.core.ballot import Entry
from livevote.core.chain import AuditLog, Checkpoint, VerifierKey
from livevote.hub.notary import signature_right
from tests.e2e.conftest import start_server, stop_server
from tests.e2e.test_crash import Room


def notes(room: Room, size: int) -> list[str]:
    """The checkpoints, once there is one over so many ballots. They come by themselves."""
    while True:
        path = f"/runs/{room.run}/checkpoints"
        found: list[str] = room.get(path)["notes"]
        if found and int(found[-1].split("\n")[1]) >= size:
            return found
        time.sleep(0.2)  # the way to ask for more: nothing tells of a checkpoint


def ballots(room: Room) -> list[Entry]:
    """The bundle's ballots.csv, taken as anybody of the staff can."""
    asked = urllib.request.Request(
        f"{room.url}/api/episodes/{room.episode}/export/bundle", headers={"cookie": room.staff}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    _, *lines = archive.read("runs/R01/ballots.csv").decode().splitlines()
    return [entry(line) for line in lines]


def entry(line: str) -> Entry:
    index, voter, panel, seq, value, received_ms = line.split(",")
    given = int(index), bytes.fromhex(voter), panel, int(seq), int(value), int(received_ms)
    return Entry(*given)


def prove(room: Room, answer: dict[str, Any], key: VerifierKey) -> None:
    """A receipt that was given before the kill is proven after it."""
    told = room.post("/api/receipt", receipt_of(room, answer))
    ballot = told["ballot"]
    found = Entry(**{**ballot, "voter": bytes.fromhex(ballot["voter"])})
    point = chain.open_note(told["note"], key, signature_right)
    path = [bytes.fromhex(step) for step in told["path"]]
    leaf = chain.leaf_hash(chain.line(found))
    assert chain.verify_inclusion(leaf, found.index - 1, point.size, path, point.root)


def test_a_killed_server_goes_on_with_the_same_chain(tmp_path: Path) -> None:
    first = start_server(tmp_path)
    room = Room(first)
    answers = [room.vote(voter) for voter in range(20)]
    before = notes(room, 20)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    assert first.process.stdout is not None
    first.process.stdout.close()

    second = start_server(tmp_path)
    try:
        room.url = second.url
        for voter in range(20, 40):
            room.vote(voter)
        after = notes(room, 40)
        assert after[: len(before)] == before
        assert len(after) > len(before)
        key = VerifierKey.parse(room.post("/api/receipt", receipt_of(room, answers[0]))["key"])
        points = [chain.open_note(note, key, signature_right) for note in after]
        log = AuditLog(chain.origin(room.episode, room.run))
        compare(log, points, ballots(room))
        old, new = points[len(before) - 1], points[-1]
        proof = log.tree.consistency(old.size, new.size)
        assert chain.verify_consistency(old.size, old.root, new.size, new.root, proof)
        for answer in answers:
            prove(room, answer, key)
    finally:
        stop_server(second)


def receipt_of(room: Room, answer: dict[str, Any]) -> dict[str, Any]:
    named = {"episode": room.episode, "run": room.run}
    return {**named, "index": answer["index"], "receipt": answer["receipt"]}


def compare(log: AuditLog, points: list[Checkpoint], entries: list[Entry]) -> None:
    """Every checkpoint is the log's own at its size, in order."""
    waiting = list(points)
    for size in range(len(entries) + 1):
        if size:
            log.extend([entries[size - 1]])
        while waiting and waiting[0].size == size:
            point = waiting.pop(0)
            assert log.checkpoint(point.time_ms) == point
    assert not waiting, "a checkpoint over more ballots than there are"
