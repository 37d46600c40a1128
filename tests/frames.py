"""What is in the frames that the server sends."""

from __future__ import annotations

from websockets.frames import Frame
from websockets.streams import StreamReader


def payload(frame: bytes) -> bytes:
    """The payload of one whole frame, read by websockets' own parser."""
    reader = StreamReader()
    reader.feed_data(frame)
    parsing = Frame.parse(reader.read_exact, mask=False)
    try:
        next(parsing)
    except StopIteration as end:
        parsed: Frame = end.value
        assert parsed.fin
        assert not reader.buffer, "more than one frame"
        return bytes(parsed.data)
    raise AssertionError(f"not a whole frame: {frame!r}")
