"""Rings between processes, carried by arq over Redis; the only file that knows arq.

In the process that rings, listeners hear it at once, without Redis. Traps that this file avoids:
jobs are JSON (a hostile or foreign payload is dropped, never unpickled), results are not kept,
job ids are never used twice, and arq's loop, which ends with its connection, is supervised.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from arq.connections import ArqRedis, RedisSettings
from arq.worker import Worker, func
from redis.exceptions import RedisError

from core.errors import StorageUnavailableError

__all__ = ["ArqQueue"]

log = logging.getLogger(__name__)

QUEUE_NAME = "platen:rings"
RING_LIFETIME = 60.0
"""Seconds after which a ring that nobody heard is dropped: everybody has looked by then."""
RING_TIMEOUT = 0.3
"""Seconds that a ring may cost the caller when Redis is slow."""
RESTART_DELAYS = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before arq's loop is started again, by the number of failures in a row."""


class ArqQueue:
    """`url`: redis://, rediss:// or unix://. `poll_delay`: seconds between two looks at Redis."""

    def __init__(self, url: str, *, poll_delay: float = 0.5) -> None:
        self._settings = RedisSettings.from_dsn(url)
        self._poll_delay = poll_delay
        self._listeners: list[Callable[[str], None]] = []
        self._client: ArqRedis | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def listen(self, ring: Callable[[str], None]) -> None:
        """See `Queue.listen`."""
        self._listeners.append(ring)

    async def ring(self, subject: str) -> None:
        """See `Queue.ring`: here at once, elsewhere through Redis without waiting for it."""
        self._heard(subject)
        task = asyncio.get_running_loop().create_task(self._send(subject))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def start(self) -> None:
        """See `Queue.start`."""
        if self._supervisor is None:
            self._supervisor = asyncio.get_running_loop().create_task(self._supervise())

    async def stop(self) -> None:
        """See `Queue.stop`: rings on their way are given `RING_TIMEOUT` to leave."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=RING_TIMEOUT)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def probe(self) -> None:
        """See `Queue.probe`."""
        try:
            async with asyncio.timeout(1.0):
                await self._redis().ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise StorageUnavailableError(
                "The queue's Redis does not answer. Check PLATEN_REDIS_URL and that it runs.",
                private=repr(error),
            ) from error

    def _heard(self, subject: str) -> None:
        for listener in self._listeners:
            listener(subject)

    async def _send(self, subject: str) -> None:
        try:
            async with asyncio.timeout(RING_TIMEOUT):
                await self._redis().enqueue_job("look", subject, _expires=RING_LIFETIME)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("Redis took no ring for %s (%r); workers will look by themselves",
                        subject, error)  # fmt: skip

    def _redis(self) -> ArqRedis:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> ArqRedis:
        at = self._settings
        return ArqRedis(
            host=at.host,
            port=at.port,
            unix_socket_path=at.unix_socket_path,
            db=at.database,
            username=at.username,
            password=at.password,
            ssl=at.ssl,
            socket_connect_timeout=1.0,
            socket_timeout=5.0,
            encoding="utf8",
            default_queue_name=QUEUE_NAME,
            job_serializer=orjson.dumps,
            job_deserializer=orjson.loads,
        )

    async def _look(self, ctx: dict[Any, Any], subject: str) -> None:
        self._heard(subject)

    async def _supervise(self) -> None:
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            await self._run_worker()
            lived = asyncio.get_running_loop().time() - started
            failures = 0 if lived > RESTART_DELAYS[-1] else failures + 1
            await asyncio.sleep(RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)])

    async def _run_worker(self) -> None:
        """Run arq's loop until it ends, as it does with every lost connection."""
        redis = self._connect()
        worker = self._worker(redis)
        try:
            await worker.async_run()
        except UnicodeDecodeError:
            # A foreign member of the queue's set would end every new loop too. Rings are worth
            # nothing, so the whole set goes.
            log.warning("the queue held something foreign; it was emptied")
            with suppress(RedisError, OSError):
                await redis.delete(QUEUE_NAME)
        except Exception as error:  # the supervisor must outlive whatever ends arq's loop
            log.warning("arq's loop ended (%r) and is started again", error)
        finally:
            for task in worker.tasks.values():
                # A ring that is being ended may meet a Redis that has gone: nobody's matter now.
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
                task.cancel()
            with suppress(RedisError, OSError):
                await redis.aclose()

    def _worker(self, redis: ArqRedis) -> Worker:
        return Worker(
            functions=[func(self._look, name="look", keep_result=0, max_tries=1)],
            queue_name=QUEUE_NAME,
            redis_pool=redis,
            handle_signals=False,
            max_jobs=100,
            queue_read_limit=500,
            job_timeout=5,
            keep_result=0,
            poll_delay=self._poll_delay,
            log_results=False,
            job_serializer=orjson.dumps,
            job_deserializer=orjson.loads,
        )
