"""One child of the jail, as its parent sees it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from renderer.jail_child.wire import HEAD, SIZES, JsonObject, decode, encode
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_scratch import make_scratch

__all__ = ["JailProcess", "JailReply", "OnFetch"]

MAX_JSON_BYTES = 64 << 20
MAX_REPLY_BYTES = 512 << 20
"""A child that announces more than this is taken for hostile and killed."""

START_SECONDS = 60.0
SOCKET_BUFFER_BYTES = 1 << 20

OnFetch = Callable[[JsonObject], Awaitable[tuple[JsonObject, Sequence[bytes]]]]
"""Answers a question of the child, such as the fetch of a URL."""


@dataclass(frozen=True, slots=True)
class JailReply:
    """What a job gave back: a JSON object and bytes."""

    payload: JsonObject
    attachments: tuple[bytes, ...] = ()


def _environment(scratch: Path | None) -> dict[str, str]:
    """All that a child knows of its surroundings: no secret, and the same hash seed each time."""
    own = {"TMPDIR": str(scratch), "XDG_CACHE_HOME": str(scratch)} if scratch else {}
    house = Path(__file__).resolve().parents[1]
    fonts = os.environ.get("FONTCONFIG_FILE", str(house / "fonts" / "fonts.conf"))
    return {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "FONTCONFIG_FILE": fonts,
        # Fonts that are cut down to what is used carry a date: this one.
        "SOURCE_DATE_EPOCH": "1767225600",
        **own,
    }


def _command(kind: str, uid: int, descriptor: int) -> list[str]:
    program = [sys.executable, "-s", "-m", "renderer.jail_child"]
    return [*program, kind, str(os.getpid()), str(uid), str(descriptor)]


def _spawn(kind: str, uid: int, descriptor: int, scratch: Path | None) -> "subprocess.Popen[bytes]":
    """Start the program. Not through asyncio, which loses a child when its start is cancelled."""
    return subprocess.Popen(
        _command(kind, uid, descriptor),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(descriptor,),
        env=_environment(scratch),
        cwd=Path(__file__).resolve().parents[1],
        start_new_session=True,
    )


class JailProcess:
    """A running child with its socket. It does one job at a time; `kill` is always allowed."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        scratch: Path | None,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._scratch = scratch
        self.walls: tuple[str, ...] = ()
        self.jobs = 0
        self.spent = False
        self._last_words = b""

    @classmethod
    async def start(cls, kind: str, uid: int) -> "JailProcess":
        """Start a child of a kind and wait until it is behind its walls. Raises JailKilledError."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        ours.setblocking(False)
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            scratch = make_scratch(uid) if kind == "document" else None
            process = _spawn(kind, uid, theirs.fileno(), scratch)
        child = cls(process, reader, writer, scratch)
        try:
            await child._greet()
        except BaseException:
            await child.kill()
            raise
        return child

    @property
    def pid(self) -> int:
        """The child's process id, which is also its group's."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False as soon as the child has ended for whatever reason."""
        return self._process.poll() is None

    async def call(
        self, message: Sequence[bytes], seconds: float, on_fetch: OnFetch | None
    ) -> JailReply:
        """Do one job, an encoded message, within `seconds`.

        Raises JailJobError (failed in words) or JailKilledError (the child is gone).
        """
        self.jobs += 1
        try:
            async with asyncio.timeout(seconds):
                await self._send(message)
                return await self._answer(on_fetch)
        except TimeoutError:
            await self.kill()
            raise JailKilledError("deadline", self._words()) from None
        except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
            await self.kill()
            raise JailKilledError("death", f"{error!r} {self._words()}") from error
        except JailJobError:
            raise
        except BaseException:  # cancelled, or on_fetch failed: the child is in mid-sentence
            await self.kill()
            raise

    async def kill(self) -> None:
        """End the child and its group at once, and wait until nothing of it is left."""
        self.spent = True
        if self.alive:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._writer.close()
        await asyncio.shield(asyncio.to_thread(self._bury))

    def _bury(self) -> None:
        self._process.wait()
        stream = self._process.stderr
        if stream and not stream.closed:
            with stream:
                self._last_words = stream.read(65536)[-2000:]
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                message, _ = await self._receive()
                self.walls = tuple(message["ready"])
        except (OSError, EOFError, ValueError, KeyError) as error:
            await self.kill()
            raise JailKilledError("start", self._words()) from error

    async def _answer(self, on_fetch: OnFetch | None) -> JailReply:
        while True:
            message, data = await self._receive()
            question = message.get("ask")
            if isinstance(question, dict) and on_fetch is not None:
                answer, found = await on_fetch(question)
                await self._send(encode(answer, found))
            elif "error" in message:
                error = message["error"]
                self.spent = self.spent or bool(error.get("spent"))
                raise JailJobError(error["code"], error["message"], error["facts"])
            else:
                return JailReply(message["result"], tuple(data))

    async def _send(self, message: Sequence[bytes]) -> None:
        self._writer.writelines(message)
        await self._writer.drain()

    async def _receive(self) -> tuple[JsonObject, list[bytes]]:
        (size,) = HEAD.unpack(await self._reader.readexactly(HEAD.size))
        if size > MAX_JSON_BYTES:
            raise ValueError("the child's message is too long")
        message = decode(await self._reader.readexactly(size))
        sizes: list[int] = message.pop(SIZES, [])
        if sum(sizes) > MAX_REPLY_BYTES:
            raise ValueError("the child's attachments are too long")
        return message, [await self._reader.readexactly(length) for length in sizes]

    def _words(self) -> str:
        """The end of the child's standard error, for the operator's log; known when it is gone."""
        return self._last_words.decode(errors="replace")
