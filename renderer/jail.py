"""The jail: pools of warm, killable children in which untrusted input is worked on.

A child is started by exec with an empty environment, drops to a uid of its own, sees only its
program and the fonts, and can open no socket. It talks JSON and bytes, never pickle. What kills
a child (a deadline, a limit, a crash) costs the one request that it was working on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Self

from core.errors import OverloadedError
from renderer.asker import Asker
from renderer.jail_child.jobs import KINDS
from renderer.jail_child.wire import encode
from renderer.jail_pool import JailPool
from renderer.jail_process import JailReply, OnFetch
from renderer.jail_scratch import sweep_scratch
from renderer.jail_settings import JailSettings
from renderer.turns import Turns

__all__ = ["Jail"]

_DOCUMENTS_AFTER_S = 2.0
"""Its libraries are half a second of work, which would come between a start and its first picture.
A document that comes earlier starts the child itself."""

_PICTURES_IDLE_S = 300.0
"""Few documents cut photographs: the children that do start when they are needed, and end again."""

_LEAST_QUEUE = 64
"""A warm template is done in less than a millisecond: so many may wait, whatever may elsewhere."""


class Jail:
    """Runs jobs in children. One per process, used from one event loop.

    `queue`: how many jobs of a kind may wait for a child.
    """

    def __init__(self, settings: JailSettings | None = None, queue: int = _LEAST_QUEUE) -> None:
        self.settings = settings or JailSettings()
        each, documents = self.settings.jail_jobs_per_child, self.settings.jail_documents_per_child
        few, many = self.settings.jail_compose_children, self.settings.jail_document_children

        def turns(size: int) -> Turns:
            return Turns(size, max(queue, _LEAST_QUEUE))

        self._pools = {
            "compose": JailPool("compose", turns(few), each),
            "document": JailPool("document", turns(many), documents),
            "picture": JailPool("picture", turns(many), each, idle_s=_PICTURES_IDLE_S),
        }
        self.asker = Asker()
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

    @property
    def waiting(self) -> int:
        """How many jobs wait for a child."""
        return sum(pool.waiting for pool in self._pools.values())

    def asked_by(self, asker: Asker) -> Self:
        """The same children, which now work for somebody: each workspace has its turns."""
        mine = copy(self)
        mine.asker = asker
        return mine

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
        killed or died, OverloadedError when none can be started or too many wait;
        UnicodeEncodeError for lone surrogates and RecursionError for data nested too deeply.
        Cancelling kills the child.
        """
        limits = {"memory": memory_bytes, "cpu": timeout}
        message = encode({"job": job, "payload": payload, **limits}, attachments)
        pool = self._pools[KINDS[job]]
        child = await pool.take(self.asker)
        try:
            return await child.call(message, timeout, on_fetch)
        finally:
            await asyncio.shield(pool.give_back(child))
            if not child.alive and pool.kept_warm:
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
