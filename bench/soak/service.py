"""The real `platen serve` in a folder of its own, with every process and file that it makes."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from bench.soak.census import orphans
from bench.soak.good import TEMPLATES, definitions
from bench.soak.tenant import Tenant

__all__ = ["SoakService"]

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PLATEN_CHROMIUM", "PLATEN_ALLOW_NO_SANDBOX", "PLATEN_BROWSERS")


class SoakService:
    """A running service; `folder` holds its data, its log and its temporary directory."""

    def __init__(self, site: str, tenants: int) -> None:
        """Take the `host:port` that pages may reach, and how many workspaces there shall be."""
        self.folder = Path(tempfile.mkdtemp(prefix="platen-soak-"))
        self.folder.chmod(0o755)  # the browsers' uid has to come through
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._site = site
        self._key = "pk_" + secrets.token_hex(16)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._tenants = tenants
        self.tenants: list[Tenant] = []

    @property
    def pid(self) -> int:
        """The process id of the service."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the service has not ended."""
        return self._process is not None and self._process.poll() is None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    def client(self, key: str = "") -> httpx2.AsyncClient:
        """An HTTP client with a workspace's key."""
        headers = {"Authorization": f"Bearer {key or self._key}"}
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
        url = f"http://127.0.0.1:{self._port}"
        return httpx2.AsyncClient(base_url=url, headers=headers, timeout=90, limits=limits)

    def left_behind(self) -> list[str]:
        """What is there when the service has ended and should not be; then it is all removed."""
        assert self._process is not None
        code = self._process.returncode
        left = [f"exit code {code}"] if code else []
        left += [path.name for path in self.temporary.rglob("*") if path.is_file()]
        left += [path.name for path in (self.data / "browsers").glob("*")]
        left += [f"process {pid}" for pid in orphans()]
        shutil.rmtree(self.folder, ignore_errors=True)
        return left

    async def _start(self) -> None:
        self._process = self._spawned()
        async with self.client() as http, asyncio.timeout(90):
            await self._until_ready(http)
        for number in range(self._tenants):
            self.tenants.append(await self._tenant(number))

    def _spawned(self) -> "subprocess.Popen[bytes]":
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [*_platen("serve", self.data), "--port", str(self._port)],
                cwd=_ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT or not name.startswith("PLATEN_")
        }
        return kept | {
            "PLATEN_API_KEY": self._key,
            "PLATEN_EGRESS_ALLOW": self._site,
            "PLATEN_LOG_LEVEL": "warning",
            "TMPDIR": str(self.temporary),
        }

    async def _until_ready(self, http: httpx2.AsyncClient) -> None:
        while self.running:
            with contextlib.suppress(httpx2.HTTPError):
                if (await http.get("/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
        raise SystemExit(f"the service ended at start:\n{self.log.read_text()}")

    async def _tenant(self, number: int) -> Tenant:
        workspace = await self._run("workspace", "create", f"soak {number}")
        key = await self._run("key", "create", "--workspace", workspace)
        http = self.client(key)
        templates = {name: await _store(http, name) for name in TEMPLATES}
        return Tenant(http, templates)

    async def _run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *_platen(*arguments, self.data),
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, said = await process.communicate()
        if process.returncode:
            raise SystemExit(f"platen {' '.join(arguments)} failed: {said.decode()}")
        return out.decode().strip()

    async def _end(self) -> None:
        for tenant in self.tenants:
            await tenant.http.aclose()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, 40)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def _platen(*arguments: str | Path) -> list[str]:
    *words, data = arguments
    return [sys.executable, "-m", "platen", *map(str, words), "--data-dir", str(data)]


async def _store(http: httpx2.AsyncClient, name: str) -> str:
    source, (width, height) = TEMPLATES[name]
    body = {"html": source, "name": name, "width": width, "height": height}
    answer = await http.post("/templates", json=body | {"variableDefinitions": definitions(name)})
    if answer.status_code != 201:
        raise SystemExit(f"the template {name} was refused: {answer.text}")
    return str(answer.json()["template"]["uid"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
