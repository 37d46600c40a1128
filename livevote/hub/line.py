"""A private line between two processes of one server: questions and answers both ways.

MessagePack, each message with its length before it, over a unix socket in a
folder that only this user can open. What is asked, and what it means, is not
known here.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from livevote.errors import BadInput, Busy, Refusal, RevisionMismatch, refusals
from livevote.wire.codec import from_msgpack, to_msgpack

log = structlog.get_logger()

LENGTH_BYTES = 4
MESSAGE_BYTES_MAX = 8_000_000
# Questions that wait for an answer, at either end. The next is told to come back.
ASKED_MAX = 4096
UNSENT_BYTES_MAX = 16_000_000
RETRY_AFTER_MS = 500

Call = Callable[..., Awaitable[Any]]

_BY_CODE = {refusal.code: refusal for refusal in refusals()}


class Line:
    """One connection. calls: what the other end may ask here, by name."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, calls: Mapping[str, Call]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.calls = calls
        self._closed = False
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def ask(self, name: str, *args: Any) -> Any:
        """The other end's answer. Raises its Refusal; Busy where it was not asked at all, and
        RevisionMismatch where the line was cut and nobody here knows whether it was done."""
        if self._closed or len(self._asked) >= ASKED_MAX or self._full():
            raise Busy("the other process cannot be asked now", retry_after_ms=RETRY_AFTER_MS)
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._send([number, name, *args])
            return await answer
        finally:
            self._asked.pop(number, None)

    async def work(self) -> None:
        """Answer and hear answers until the other end is gone or `close` is called."""
        try:
            while True:
                length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
                if length > MESSAGE_BYTES_MAX:
                    raise BadInput("a message between processes is too long")
                self._hear(from_msgpack(await self._reader.readexactly(length)))
        except (OSError, EOFError):
            pass
        except BadInput as error:
            log.error("not understood between processes", error=str(error))  # noqa: TRY400
        finally:
            self.close()

    def close(self) -> None:
        self._closed = True
        self._writer.close()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(
                    RevisionMismatch("the leading process ended meanwhile: look, then decide")
                )
                answer.exception()  # whoever asked may have left already

    def _hear(self, message: list[Any]) -> None:
        number, *rest = message
        if number < 0:
            self._settle(-number, *rest)
            return
        if len(self._answering) >= ASKED_MAX:
            self._send([-number, False, refusal_to_plain(Busy(retry_after_ms=RETRY_AFTER_MS))])
            return
        task = asyncio.get_running_loop().create_task(self._answer(number, *rest))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _settle(self, number: int, right: bool, result: Any) -> None:
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return
        if right:
            answer.set_result(result)
        else:
            answer.set_exception(refusal_from_plain(result))

    async def _answer(self, number: int, name: str, *args: Any) -> None:
        try:
            try:
                if name not in self.calls:
                    raise Busy("still starting", retry_after_ms=RETRY_AFTER_MS)
                self._send([-number, True, await self.calls[name](*args)])
            except Refusal as refusal:
                self._send([-number, False, refusal_to_plain(refusal)])
        except Exception as error:  # nobody awaits this task; the other end hears of it by the cut
            reason = f"{type(error).__name__}: {error}"
            log.error("a question failed", name=name, error=reason)  # noqa: TRY400 - no traceback
            self.close()

    def _send(self, message: list[Any]) -> None:
        """Where the other end is gone this does nothing: `work` sees it and tells who waits."""
        data = to_msgpack(message)
        if len(data) > MESSAGE_BYTES_MAX:
            raise BadInput("too long to be passed between processes")
        self._writer.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)

    def _full(self) -> bool:
        return self._writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX


def refusal_to_plain(refusal: Refusal) -> list[Any]:
    """A refusal as it passes between processes, or is kept."""
    return [refusal.code, str(refusal), refusal.where, refusal.retry_after_ms]


def refusal_from_plain(plain: list[Any]) -> Refusal:
    code, message, where, retry_after_ms = plain
    return _BY_CODE.get(code, Refusal)(message, where=where, retry_after_ms=retry_after_ms)
