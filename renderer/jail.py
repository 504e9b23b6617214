"""The jail: pools of warm, killable children in which untrusted input is worked on.

A child is started by exec with an empty environment, drops to a uid of its own, sees only its
program and the fonts, and can open no socket. It talks JSON and bytes, never pickle. What kills
a child (a deadline, a limit, a crash) costs the one request that it was working on.
"""

import asyncio
import itertools
import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.errors import OverloadedError
from renderer.jail_child.jobs import KINDS
from renderer.jail_child.wire import encode
from renderer.jail_errors import JailKilledError
from renderer.jail_process import JailProcess, JailReply, OnFetch
from renderer.jail_scratch import sweep_scratch
from renderer.jail_settings import JailSettings

__all__ = ["Jail"]

_FIRST_UID = 200_000_000
"""Children get `this + counter`: uids that no system hands out, none shared by two of them."""

_COUNTER = itertools.count()

_START_TRIES = 3

_DOCUMENTS_AFTER_S = 2.0
"""Its libraries are half a second of work, which would come between a start and its first picture.
A document that comes earlier starts the child itself."""


class _Pool:
    """The children of one kind: at most `size`, started when needed and kept warm."""

    def __init__(self, kind: str, size: int, jobs_per_child: int) -> None:
        self.kind = kind
        self._size = size
        self._jobs_per_child = jobs_per_child
        self._idle: deque[JailProcess] = deque()
        self._turns = asyncio.Semaphore(size)
        self._busy: set[JailProcess] = set()

    async def warm(self) -> None:
        """Have one idle child at least."""
        async with self._turns:
            self._idle.append(await self._child())

    async def take(self) -> JailProcess:
        """Wait for a turn and get a living child."""
        await self._turns.acquire()
        try:
            child = await self._child()
        except BaseException:
            self._turns.release()
            raise
        self._busy.add(child)
        return child

    async def give_back(self, child: JailProcess) -> None:
        """Put a child back, or end it when it is spent; its successor starts when asked for."""
        self._busy.discard(child)
        try:
            if child.alive and not child.spent and child.jobs < self._jobs_per_child:
                self._idle.append(child)
            else:
                await child.kill()
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Kill every child."""
        for child in [*self._idle, *self._busy]:
            await child.kill()
        self._idle.clear()

    def children(self) -> list[JailProcess]:
        """All living children."""
        return [child for child in (*self._idle, *self._busy) if child.alive]

    async def _child(self) -> JailProcess:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            await child.kill()
        return await self._start()

    async def _start(self) -> JailProcess:
        last = JailKilledError("start")
        for _ in range(_START_TRIES):
            try:
                return await JailProcess.start(self.kind, self._uid())
            except (JailKilledError, OSError) as error:
                last = JailKilledError("start", str(getattr(error, "private", error)))
        raise OverloadedError(
            "The service could not start a worker for this document. Send it again in a moment.",
            retry_after=5,
            private=last.private,
        )

    @staticmethod
    def _uid() -> int:
        """A uid that no other child of this machine's pools has; 0 when we are not root."""
        if os.getuid() != 0:
            return 0
        return _FIRST_UID + os.getpid() % 1_000_000 * 1000 + next(_COUNTER) % 1000


class Jail:
    """Runs jobs in children. One per process, used from one event loop."""

    def __init__(self, settings: JailSettings | None = None) -> None:
        self.settings = settings or JailSettings()
        each, documents = self.settings.jail_jobs_per_child, self.settings.jail_documents_per_child
        self._pools = {
            "compose": _Pool("compose", self.settings.jail_compose_children, each),
            "document": _Pool("document", self.settings.jail_document_children, documents),
        }
        self._warming: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start a child for templates now, and one for documents when the rest has started."""
        await asyncio.to_thread(sweep_scratch)
        await self._pools["compose"].warm()
        later = asyncio.get_running_loop().call_later
        self._timer = later(_DOCUMENTS_AFTER_S, self._warm_later, "document")

    async def close(self) -> None:
        """Kill every child; jobs under way fail."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._warming:
            task.cancel()
        for task in list(self._warming):
            with suppress(asyncio.CancelledError, Exception):
                await task
        for pool in self._pools.values():
            await pool.close()

    async def run(
        self,
        job: str,
        payload: Mapping[str, Any],
        attachments: Sequence[bytes] = (),
        *,
        timeout: float,
        memory_bytes: int,
        on_fetch: OnFetch | None = None,
    ) -> JailReply:
        """Do `job` in a child; `timeout` (s) counts from when a child is free.

        Raises JailJobError when the job failed in words, JailKilledError when its child had to be
        killed or died, OverloadedError when none can be started; UnicodeEncodeError for lone
        surrogates and RecursionError for data nested too deeply. Cancelling kills the child.
        """
        limits = {"memory": memory_bytes, "cpu": timeout}
        message = encode({"job": job, "payload": payload, **limits}, attachments)
        pool = self._pools[KINDS[job]]
        child = await pool.take()
        try:
            return await child.call(message, timeout, on_fetch)
        finally:
            await asyncio.shield(pool.give_back(child))
            if not child.alive:
                self._warm_later(pool.kind)

    def walls(self) -> dict[str, tuple[str, ...]]:
        """Kind of child -> the walls that stand around it on this machine (while one runs)."""
        return {
            kind: children[0].walls
            for kind, pool in self._pools.items()
            if (children := pool.children())
        }

    def pids(self) -> list[int]:
        """The process ids of all children."""
        return [child.pid for pool in self._pools.values() for child in pool.children()]

    def _warm_later(self, kind: str) -> None:
        """Start a child in the background, so that the next request finds one."""

        async def warm() -> None:
            with suppress(OverloadedError):
                await self._pools[kind].warm()

        task = asyncio.create_task(warm())
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)
