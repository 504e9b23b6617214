"""`platen serve` as a child process, on a data folder of its own."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import httpx2

from core.workspaces import Workspaces
from platen.offline import with_workspaces

__all__ = ["Service"]

_ROOT = Path(__file__).resolve().parents[2]


class Service:
    """One service. `cores`: it may use these only; all without."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, cores: frozenset[int] = frozenset()
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="platen-bench-")
        self._environment = environment or {}
        self._cores = cores
        self._process: asyncio.subprocess.Process | None = None
        self.key = "pk_" + secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{_free_port()}"

    @property
    def pid(self) -> int:
        """The service's own process."""
        assert self._process is not None
        return self._process.pid

    async def make_workspaces(self, count: int) -> list[str]:
        """Before the start: this many tenants, a key for each."""

        async def make(workspaces: Workspaces) -> list[str]:
            keys: list[str] = []
            for number in range(count):
                made = await workspaces.create(f"bench {number}")
                keys.append((await workspaces.create_key(made.id))[1])
            return keys

        return await asyncio.to_thread(with_workspaces, self._data, make)

    @property
    def _data(self) -> Path:
        return Path(self._folder.name) / "data"

    async def execute(self) -> None:
        """Start the process, without waiting for anything."""
        kept = {name: value for name, value in os.environ.items() if "PLATEN_" not in name}
        place = ("--port", self.url.rpartition(":")[2], "--data-dir", str(self._data))
        cores = ",".join(map(str, sorted(self._cores)))
        pinned = ("taskset", "-c", cores) if cores else ()
        with (Path(self._folder.name) / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*pinned, sys.executable, "-m", "platen", "serve", *place),
                cwd=_ROOT,
                env={**kept, **self._environment, "PLATEN_API_KEY": self.key},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def until_ready(self) -> None:
        """Wait for `/ready`, at most 60 s. Raises SystemExit with the log when it ended."""
        assert self._process is not None
        async with asyncio.timeout(60), httpx2.AsyncClient(base_url=self.url) as http:
            while self._process.returncode is None:
                with contextlib.suppress(httpx2.HTTPError):
                    if (await http.get("/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.02)
        raise SystemExit((Path(self._folder.name) / "log").read_text())

    async def platen(self, *arguments: str) -> str:
        """What `platen ...` prints about this service's data."""
        kept = {name: value for name, value in os.environ.items() if "PLATEN_" not in name}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "platen", *arguments, "--data-dir", str(self._data)),
            cwd=_ROOT,
            env={**kept, **self._environment},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"platen {' '.join(arguments)} failed")
        return out.decode().strip()

    async def close(self) -> None:
        """Stop it as ^C would, by force after 20 s, and remove its data."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(20):
                    await self._process.wait()
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                await self._process.wait()
        self._folder.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
