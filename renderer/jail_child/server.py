"""The child's loop: read a job, set its limits, do it, answer. One job at a time."""

import socket
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from renderer.jail_child.call import Answer, Call, JobError
from renderer.jail_child.jobs import Job
from renderer.jail_child.limits import limit
from renderer.jail_child.wire import HEAD, SIZES, JsonObject, decode, encode

__all__ = ["Server"]


def _failure(error: Exception) -> JsonObject:
    """What went wrong as data; `spent` asks the parent to replace this child."""
    if isinstance(error, JobError):
        spent = error.code in {"memory", "too_deep"}
        return {"code": error.code, "message": error.message, "facts": error.facts, "spent": spent}
    if isinstance(error, MemoryError):
        return {"code": "memory", "message": "out of memory", "facts": {}, "spent": True}
    return {
        "code": "crashed",
        "message": f"{type(error).__name__}: {error}"[:500],
        "facts": {"trace": traceback.format_exc(limit=-8)[-4000:]},
        "spent": True,
    }


class Server:
    """Answers jobs on one socket. `base` is the address space in bytes of the program itself."""

    def __init__(self, channel: socket.socket, jobs: Mapping[str, Job], base: int) -> None:
        self._channel = channel
        self._jobs = jobs
        self._base = base

    def serve(self, walls: Sequence[str]) -> None:
        """Greet with the names of the walls, then work until the parent closes the socket."""
        self._send({"ready": list(walls)})
        while True:
            try:
                message, attachments = self._receive()
            except (EOFError, ConnectionResetError):
                return
            self._answer(message, attachments)

    def _answer(self, message: JsonObject, attachments: list[bytes]) -> None:
        try:
            with limit(self._base, memory_bytes=message["memory"], cpu_seconds=message["cpu"]):
                call = Call(message["payload"], attachments, self._ask)
                payload, data = self._jobs[message["job"]](call)
        except Exception as error:
            self._send({"error": _failure(error)})
        else:
            self._send({"result": payload}, data)

    def _ask(self, question: JsonObject) -> Answer:
        self._send({"ask": question})
        message, data = self._receive()
        return message["answer"], data

    def _read(self, size: int) -> bytes:
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        while filled < size:
            count = self._channel.recv_into(view[filled:])
            if count == 0:
                raise EOFError
            filled += count
        return bytes(buffer)

    def _receive(self) -> tuple[JsonObject, list[bytes]]:
        (size,) = HEAD.unpack(self._read(HEAD.size))
        message = decode(self._read(size))
        return message, [self._read(length) for length in message.pop(SIZES, [])]

    def _send(self, message: Mapping[str, Any], attachments: Sequence[bytes] = ()) -> None:
        for piece in encode(message, attachments):
            self._channel.sendall(piece)
