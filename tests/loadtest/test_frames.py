"""The generator's bytes, read by websockets' own parser and back from the files."""

import random
import struct
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from loadtest.frames import (
    BINARY,
    TEXT,
    Cast,
    Client,
    frame,
    read_heard,
    upgrade,
    write_casts,
    write_clients,
)


def parsed(data: bytes) -> list[Frame]:
    protocol = ServerProtocol(state=State.OPEN, max_size=1_000_000)
    protocol.receive_data(data)
    return [event for event in protocol.events_received() if isinstance(event, Frame)]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 127, 65_535, 65_536, 70_001])
def test_a_frame_of_every_length_is_read_as_it_was_meant(size: int) -> None:
    chance = random.Random(size)
    payload, mask = chance.randbytes(size), chance.randbytes(4)
    [read] = parsed(frame(payload, mask, BINARY))
    assert (read.opcode, bytes(read.data)) == (Opcode.BINARY, payload)


def test_frames_one_behind_the_other_stay_apart() -> None:
    texts = ["一", "two", "3" * 200]
    data = b"".join(frame(text.encode(), b"mask", TEXT) for text in texts)
    assert [bytes(read.data).decode() for read in parsed(data)] == texts


def test_the_request_is_an_upgrade_that_a_server_accepts() -> None:
    protocol = ServerProtocol()
    protocol.receive_data(upgrade("/socket", 8750, {"Cookie": "a=b"}))
    [request] = protocol.events_received()
    assert isinstance(request, Request)
    assert request.headers["Cookie"] == "a=b"
    assert protocol.accept(request).status_code == 101


def test_clients_come_from_several_addresses(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    write_clients(path, [Client(b"GET", b"hello")] * 40)
    data = path.read_bytes()
    size = 4 + 4 + 3 + 4 + 5
    [count] = struct.unpack_from("=I", data)
    found = {struct.unpack_from("=I", data, 4 + size * number)[0] for number in range(40)}
    assert count == 40
    assert len(found) == 16
    assert all(address >> 24 == 127 for address in found)


def test_casts_and_answers_are_files_of_numbers(tmp_path: Path) -> None:
    write_casts(tmp_path / "casts", [Cast(7, 1500, b"frame")])
    assert (tmp_path / "casts").read_bytes() == struct.pack("=IIII", 1, 7, 1500, 5) + b"frame"
    (tmp_path / "out").write_bytes(struct.pack("=6I", 7, 900, 1, 8, 20, 0))
    heard = list(read_heard(tmp_path / "out"))
    assert [(h.client, h.delay_us, h.counted) for h in heard] == [(7, 900, True), (8, 20, False)]
