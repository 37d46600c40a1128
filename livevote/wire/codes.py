"""Close codes: why the server ends a connection, and whether the client should come back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Close(IntEnum):
    GOING_DOWN = 1001
    PROTOCOL_ERROR = 1002
    NOT_TEXT = 1007
    TOO_BIG = 1009
    BAD_MESSAGE = 4400
    SIGN_IN = 4401
    NOT_ALLOWED = 4403
    NO_EPISODE = 4404
    NO_HELLO = 4408
    DISPLACED = 4409
    EPISODE_CHANGED = 4410
    TOO_FAST = 4429
    FULL = 4503


@dataclass(frozen=True)
class CloseRule:
    """come_back: whether the same client may try again by itself; after_ms: not before."""

    come_back: bool
    after_ms: int
    meaning: str


CLOSES: dict[Close, CloseRule] = {
    Close.GOING_DOWN: CloseRule(True, 500, "the server stops or starts again"),
    Close.PROTOCOL_ERROR: CloseRule(True, 5000, "a frame was not of the WebSocket protocol's form"),
    Close.NOT_TEXT: CloseRule(True, 5000, "a text frame was not UTF-8"),
    Close.TOO_BIG: CloseRule(False, 0, "a message was larger than this role may send"),
    Close.BAD_MESSAGE: CloseRule(False, 0, "a message could not be understood"),
    Close.SIGN_IN: CloseRule(False, 0, "no valid cookie or token; sign in or join first"),
    Close.NOT_ALLOWED: CloseRule(False, 0, "this role may not use this channel"),
    Close.NO_EPISODE: CloseRule(True, 5000, "there is no such episode, or none is on"),
    Close.NO_HELLO: CloseRule(True, 1000, "no hello within its time"),
    Close.DISPLACED: CloseRule(False, 0, "the seat or the account was taken over elsewhere"),
    Close.EPISODE_CHANGED: CloseRule(True, 0, "another episode is on now"),
    Close.TOO_FAST: CloseRule(True, 5000, "too many messages in a second"),
    Close.FULL: CloseRule(True, 3000, "the server has no place left for this role"),
}
