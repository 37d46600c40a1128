"""What is noted of the log finds what changed on the disk, and calls nothing else changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from livevote.errors import BadInput, StartRefused
from livevote.store import sums as module
from livevote.store.embedded import EmbeddedServer
from livevote.store.sums import NAME, Sums
from tests.store.folder import last_file

FOLDER = "appendonlydir"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The files of a store that has none yet but its list."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "log.1").write_bytes(b"")
    listed(tmp_path, "log.1")
    return tmp_path


def listed(store: Path, *names: str) -> None:
    lines = [f"file {name} seq {seq} type i" for seq, name in enumerate(names, 1)]
    (store / FOLDER / "appendonly.aof.manifest").write_text("\n".join(lines) + "\n")


def write(store: Path, data: bytes, name: str = "log.1") -> None:
    with (store / FOLDER / name).open("ab") as file:
        file.write(data)


def noted(of: Sums | EmbeddedServer) -> None:
    """What is there, and a second later."""
    of.note()
    of.note()


def test_what_is_younger_than_a_note_is_not_noted(store: Path) -> None:
    sums = Sums(store)
    write(store, b"one")
    sums.note()
    assert sums.size == 0
    write(store, b"two")
    sums.note()
    assert sums.size == 3
    sums.note()
    assert sums.size == 6


def test_a_log_that_grew_is_as_it_was_noted(store: Path) -> None:
    sums = Sums(store)
    write(store, b"one")
    noted(sums)
    write(store, b"two")
    again = Sums(store)
    again.check()
    assert again.size == 3
    noted(again)
    assert again.size == 6
    Sums(store).check()


@pytest.mark.parametrize("now", [b"tne", b"on", b""])
def test_what_was_noted_and_is_another_is_named(store: Path, now: bytes) -> None:
    write(store, b"one")
    noted(Sums(store))
    (store / FOLDER / "log.1").write_bytes(now)
    with pytest.raises(BadInput, match=r"log\.1"):
        Sums(store).check()


def test_half_a_note_is_none(store: Path) -> None:
    write(store, b"one")
    noted(Sums(store))
    with (store / NAME).open("a") as file:
        file.write(f"log.1 3 {'0' * 40}")
    Sums(store).check()


def test_a_rewritten_log_is_noted_anew(store: Path) -> None:
    sums = Sums(store)
    write(store, b"one")
    noted(sums)
    listed(store, "log.1", "log.2")
    write(store, b"two", "log.2")
    noted(sums)
    (store / FOLDER / "log.1").unlink()
    listed(store, "log.2")
    noted(sums)
    assert sums.size == 3
    Sums(store).check()


def test_notes_do_not_grow_for_ever(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIZE_MAX", 500)
    sums = Sums(store)
    for _ in range(50):
        write(store, b"one")
        sums.note()
    assert (store / NAME).stat().st_size < 700
    Sums(store).check()


@pytest.fixture
def child(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path / "store")
    server.start()
    yield server
    server.stop()


def fill(server: EmbeddedServer) -> None:
    with Redis(unix_socket_path=str(server.socket)) as client:
        client.set("key", "value")


def test_a_changed_byte_keeps_a_stopped_store_from_starting(
    child: EmbeddedServer, tmp_path: Path
) -> None:
    fill(child)
    child.stop()
    log = last_file(tmp_path)
    log.write_bytes(log.read_bytes().replace(b"value", b"valuf"))
    with pytest.raises(StartRefused, match=r"changed on the disk.*livevote doctor"):
        child.start()


def test_a_store_that_was_killed_and_cut_its_last_write_off_goes_on(
    child: EmbeddedServer, tmp_path: Path
) -> None:
    fill(child)
    noted(child)
    os.kill(child.pid, 9)
    while child.alive:
        pass
    with last_file(tmp_path).open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$3\r\nke")
    child.spawn()
    while not child.answers():
        assert child.alive, child.last_words()
    fill(child)
    noted(child)
    child.stop()
    child.start()


def test_a_tail_that_a_power_cut_tore_is_cut_off_and_one_in_the_middle_is_not(
    child: EmbeddedServer, tmp_path: Path
) -> None:
    fill(child)
    child.stop()
    (child.directory / NAME).unlink()
    log = last_file(tmp_path)
    whole = log.read_bytes()
    log.write_bytes(whole + b"*3\r\n$3\r\nSET\r\n$3\r\nke")
    child.start()
    child.stop()
    (child.directory / NAME).unlink()
    assert log.read_bytes() == whole
    # A length that was changed looks like it, but whole transactions follow.
    ended = b"*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n"
    log.write_bytes(whole.replace(b"$5\r\nvalue", b"$500\r\nvalue") + ended)
    with pytest.raises(StartRefused, match="livevote doctor"):
        child.start()
