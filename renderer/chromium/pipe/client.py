"""The browser's protocol over the two pipes of `--remote-debugging-pipe`, in its CBOR.

Both pipes are ours alone: no port is opened that somebody else on the machine could find.
"""

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from renderer.chromium.pipe import cbor
from renderer.chromium.protocol import ProtocolError

__all__ = ["PipeClient", "PipeSession"]

log = structlog.get_logger(__name__)

_READ = 1 << 20
"""Bytes that one read takes, and a pipe holds: the picture of a card at once."""

_Handler = Callable[[dict[str, Any]], None]
_Answer = asyncio.Future[dict[str, Any]]


class PipeSession:
    """Calls to one target of the browser, and its events."""

    def __init__(self, write: Callable[[str, Mapping[str, Any]], int]) -> None:
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._answers: dict[int, _Answer] = {}
        self._handlers: dict[str, list[_Handler]] = {}
        self._ended: list[Callable[[], None]] = []
        self._open = True

    def send(self, method: str, parameters: Mapping[str, Any]) -> _Answer:
        """Call a method at once; the future is its result, or a ProtocolError."""
        answer: _Answer = self._loop.create_future()
        if self._open:
            self._answers[self._write(method, parameters)] = answer
        else:
            answer.set_exception(_closed())
        return answer

    def on(self, event: str, handler: _Handler) -> None:
        """Call `handler` with the parameters of each event of this name."""
        self._handlers.setdefault(event, []).append(handler)

    def off(self, event: str, handler: _Handler) -> None:
        """Stop calling `handler`."""
        with suppress(KeyError, ValueError):
            self._handlers[event].remove(handler)

    def when_ended(self, ended: Callable[[], None]) -> None:
        """Call `ended` when the target has gone, but not when the browser has."""
        self._ended.append(ended)

    def heard(self, message: Mapping[str, Any]) -> None:
        """Take an answer or an event. An answer that nobody waits for any more is dropped."""
        if "id" not in message:
            self._tell(message["method"], message["params"])
            return
        answer = self._answers.pop(message["id"], None)
        if answer is None or answer.done():
            return
        if error := message.get("error"):
            answer.set_exception(ProtocolError(str(error.get("message"))))
        else:
            answer.set_result(message["result"])

    def _tell(self, event: str, parameters: dict[str, Any]) -> None:
        for handler in list(self._handlers.get(event, ())):
            try:
                handler(parameters)
            except Exception as error:  # the messages that follow are not its matter
                self._loop.call_exception_handler({"message": event, "exception": error})

    def end(self) -> None:
        """Fail all calls that wait for an answer, and all to come."""
        self._open = False
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(_closed())

    def detached(self) -> None:
        """The target has gone; the browser is still there."""
        self.end()
        for ended in self._ended:
            ended()


class PipeClient:
    """Our ends of the pipes; both are closed when the browser closes one of its own."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._loop = asyncio.get_running_loop()
        self._calls = 0
        self._read = bytearray()
        self._unsent: deque[memoryview] = deque()
        self._sessions: dict[str, PipeSession] = {}
        self._open = True
        for end in (reading, writing):
            os.set_blocking(end, False)
            with suppress(OSError):  # more than this user may have: it works, a little slower
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _READ)
        self.browser = self.session("")
        self.browser.on("Target.detachedFromTarget", self._detached)
        self._loop.add_reader(reading, self._readable)

    def session(self, identity: str) -> PipeSession:
        """Join the session that the browser has opened under this id; "" is its own."""

        def write(method: str, parameters: Mapping[str, Any]) -> int:
            return self._call(identity, method, parameters)

        self._sessions[identity] = session = PipeSession(write)
        return session

    def close(self) -> None:
        """Close both pipes. The browser ends when it notices."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._reading)
        self._loop.remove_writer(self._writing)
        os.close(self._reading)
        os.close(self._writing)
        self._unsent.clear()
        for session in list(self._sessions.values()):
            session.end()
        self._sessions.clear()

    def _detached(self, event: Mapping[str, Any]) -> None:
        self.forget(event["sessionId"])

    def forget(self, identity: str) -> None:
        """A session's target has gone."""
        if session := self._sessions.pop(identity, None):
            session.detached()

    def _call(self, session: str, method: str, parameters: Mapping[str, Any]) -> int:
        self._calls += 1
        call = {"id": self._calls, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        self._unsent.append(memoryview(cbor.dumps(call)))
        if len(self._unsent) == 1:
            self._writable()
        return self._calls

    def _writable(self) -> None:
        try:
            while self._unsent:
                rest = self._unsent[0][os.write(self._writing, self._unsent[0]) :]
                if rest:
                    self._unsent[0] = rest
                else:
                    self._unsent.popleft()
            self._loop.remove_writer(self._writing)
        except BlockingIOError:
            self._loop.add_writer(self._writing, self._writable)
        except OSError:
            self._loop.call_soon(self.close)  # whoever calls right now has its future first

    def _readable(self) -> None:
        try:
            data = os.read(self._reading, _READ)
        except BlockingIOError:
            return
        if not data:
            self.close()
            return
        self._read += data
        while (message := self._next()) is not None:
            if session := self._sessions.get(message.get("sessionId", "")):
                session.heard(message)

    def _next(self) -> dict[str, Any] | None:
        """The next whole message. Whatever speaks otherwise is not the protocol: it is left."""
        try:
            if len(self._read) < cbor.HEAD or len(self._read) < (end := cbor.size(self._read)):
                return None
            message = cbor.loads(bytes(memoryview(self._read)[:end]))
        except ValueError as error:
            log.warning("browser_not_understood", reason=str(error))
            self._read.clear()
            self.close()
            return None
        del self._read[:end]
        return message


def _closed() -> ProtocolError:
    return ProtocolError("The browser or its page has closed.", closed=True)
