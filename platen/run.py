"""One process from start to stop: what it prepares, what it holds, how it ends.

Start-up is one list on one `AsyncExitStack`; whatever was started is stopped in reverse order,
also when a later step fails.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from api.settings import ApiSettings
from core.settings import CoreSettings, SettingsError
from core.tenant import DEFAULT_WORKSPACE
from platen.data_folder import DataFolder
from platen.drawing import Drawing, build_drawing
from platen.embedded import EmbeddedQueue
from platen.role import Role
from platen.settings import ServerSettings, Settings

if TYPE_CHECKING:
    from platen.app import Service
    from platen.listener import Listener

__all__ = ["run", "running"]

log = logging.getLogger(__name__)
_TOLD_EVERY = 5.0


async def run(role: Role, settings: Settings, taken: socket.socket | None) -> None:
    """Run one process until SIGTERM or SIGINT; a second signal ends it at once.

    `taken`: the bound socket of a process that answers HTTP. Raises SettingsError when something
    that it needs is not there.
    """
    with _signals() as asked_to_stop:
        async with AsyncExitStack() as stack:
            service, listener = await _start(stack, role, settings, taken)
            _keep_all()
            _say(_ready(role, settings))
            await asked_to_stop.wait()
            grace = settings.of(ServerSettings).stop_grace
            await _stop(service, listener, grace)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator["Service"]:
    """All of `serve` but its socket, for work of this very process; ends with the block.

    Raises SettingsError when something that it needs is not there.
    """
    async with AsyncExitStack() as stack:
        service, _ = await _start(stack, Role.SERVE, settings, None)
        _keep_all()
        if service.worker is not None:
            stack.push_async_callback(service.worker.stop, settings.of(ServerSettings).stop_grace)
        yield service


async def _start(
    stack: AsyncExitStack, role: Role, settings: Settings, taken: socket.socket | None
) -> "tuple[Service, Listener | None]":
    core, server = settings.of(CoreSettings), settings.of(ServerSettings)
    folder = DataFolder(core.data_dir)
    folder.prepare()
    if role is Role.SERVE:
        folder.hold()
        stack.callback(folder.release)
    if not core.database_url and not core.storage_url:
        folder.refuse_lost_database(core.artifacts_dir)
    service = await _build(stack, role, settings)
    await service.start()
    if service.api is None or taken is None:
        return service, None
    await _let_in(service, server)
    listener = await _listen(stack, service, taken, server.stop_grace)
    return service, listener


async def _build(stack: AsyncExitStack, role: Role, settings: Settings) -> "Service":
    """All parts; browsers, jails and the queue's server run.

    Those take as long to start as the rest of the program to load, so both are done at once.
    """
    queue = _own_queue(role, settings)
    if queue is not None:
        stack.push_async_callback(queue.stop)
    drawing = build_drawing(settings)
    stack.push_async_callback(drawing.close)
    redis_url = queue.url if queue else settings.of(ServerSettings).redis_url
    building = asyncio.create_task(
        asyncio.to_thread(_load_and_build, role, settings, redis_url, drawing)
    )
    await _together(drawing.renderer.start(), building, *([queue.start()] if queue else []))
    service = building.result()
    stack.push_async_callback(service.close)
    return service


def _load_and_build(role: Role, settings: Settings, redis_url: str, drawing: Drawing) -> "Service":
    from platen.app import build
    from platen.schema import migrate

    migrate(settings.of(CoreSettings).database)
    return build(settings, role, redis_url, drawing)


async def _listen(
    stack: AsyncExitStack, service: "Service", taken: socket.socket, grace: float
) -> "Listener":
    from platen.listener import Listener

    assert service.api is not None
    listener = Listener(service.api, taken, grace=grace, protocol=service.protocol)
    stack.push_async_callback(listener.stop)
    await listener.start()
    return listener


async def _let_in(service: "Service", server: ServerSettings) -> None:
    """Accept the operator's key, or make the first one and print it."""
    given = server.api_key.get_secret_value() if server.api_key else None
    secret = await service.workspaces.bootstrap(given)
    if secret is not None:
        _say(
            f"First start. The API key of workspace {DEFAULT_WORKSPACE} is {secret}\n"
            "It is shown this once; `platen key create` makes more."
        )


async def _together(*parts: Awaitable[object]) -> None:
    """Start parts side by side, each to its end; the first one's failure is told."""
    for outcome in await asyncio.gather(*parts, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _own_queue(role: Role, settings: Settings) -> EmbeddedQueue | None:
    """A queue server of our own, None if one was named."""
    if settings.of(ServerSettings).redis_url:
        return None
    if role is not Role.SERVE:
        raise SettingsError(
            f"`platen {role}` shares its work with other processes and needs PLATEN_REDIS_URL "
            "(and usually PLATEN_DATABASE_URL): name a Redis or Valkey server, "
            "or run everything in one process with `platen serve`"
        )
    return EmbeddedQueue(settings.of(CoreSettings).data_dir / "queue")


async def _stop(service: "Service", listener: "Listener | None", grace: float) -> None:
    """End both halves together, each within `grace` seconds, and say what is waited for."""
    async with _telling(service, listener):
        halves = [listener.stop()] if listener is not None else []
        if service.worker is not None:
            halves.append(service.worker.stop(grace))
        for failure in await asyncio.gather(*halves, return_exceptions=True):
            if isinstance(failure, BaseException):
                log.error("a part did not stop as it should", exc_info=failure)


@asynccontextmanager
async def _telling(service: "Service", listener: "Listener | None") -> AsyncGenerator[None]:
    async def tell() -> None:
        while True:
            _say(_waiting_for(service, listener))
            await asyncio.sleep(_TOLD_EVERY)

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _waiting_for(service: "Service", listener: "Listener | None") -> str:
    requests = listener.requests if listener is not None else 0
    reasons = [f"{requests} request{'s are' if requests > 1 else ' is'} being answered"]
    reasons = reasons if requests else []
    if service.worker is not None and service.worker.state:
        reasons.append(service.worker.state)
    if not reasons:
        return "Stopping."
    return f"Stopping, once this has ended: {'; '.join(reasons)}. Once more ends it at once."


@contextmanager
def _signals() -> Generator[asyncio.Event]:
    """The first SIGTERM or SIGINT sets the event; the second ends the process group's leader."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def heard() -> None:
        if asked.is_set() and task is not None:
            _say("Stopping at once.")
            task.cancel()
        asked.set()

    caught = (signal.SIGTERM, signal.SIGINT)
    for number in caught:
        loop.add_signal_handler(number, heard)
    try:
        yield asked
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def _keep_all() -> None:
    """Collect garbage from now on, but never look again at what the start has made: it stays."""
    gc.freeze()
    gc.enable()


def _ready(role: Role, settings: Settings) -> str:
    if role is Role.WORKER:
        return f"Platen's worker is ready (pid {os.getpid()})."
    url = settings.of(ApiSettings).base_url
    return f"Platen is ready at {url} (what it can do: {url}/docs)"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
