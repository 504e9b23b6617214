"""Peers that run as a small HTTP server of their own: Node's, and html2image."""

import asyncio
import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.cases import Case
from bench.contender import Likeness, UnavailableError
from bench.documents import Documents
from bench.peers.chromium import FONTS, browser_environment, headless_shell
from bench.peers.install import html2image_python, node_folder
from bench.sender import Sender

__all__ = ["PEERS", "Peer", "Served"]

_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Peer:
    """A row of the table below. `command` installs what is missing and names the program."""

    name: str
    command: Callable[[], tuple[str, ...]]
    formats: frozenset[str] = frozenset({"png", "jpeg", "pdf"})
    likeness: Likeness = "same"
    everywhere: bool = False


def _node(script: str) -> Callable[[], tuple[str, ...]]:
    return lambda: ("node", str(node_folder() / script))


def _html2image() -> tuple[str, ...]:
    server = Path(__file__).with_name("html2image_server.py")
    return (str(html2image_python()), str(server))


PEERS = (
    Peer("puppeteer-core", _node("puppeteer-core.mjs")),
    Peer("puppeteer-cluster", _node("puppeteer-cluster.mjs"), everywhere=True),
    Peer("jsreport", _node("jsreport.mjs"), everywhere=True),
    Peer("html2image", _html2image, frozenset({"png"})),
    Peer("satori + resvg", _node("satori.mjs"), frozenset({"png"}), "re-authored"),
    Peer("takumi", _node("takumi.mjs"), frozenset({"png", "jpeg"}), "re-authored"),
)


class Served:
    """One of them. It says its port in its first line of output and takes JSON by POST."""

    inside = False

    def __init__(self, peer: Peer, documents: Documents) -> None:
        self._peer = peer
        self._documents = documents
        self._process: asyncio.subprocess.Process | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="platen-bench-")
        self._http = Sender()
        self._url = ""
        self.name = peer.name
        self.likeness: Likeness = peer.likeness
        self.everywhere = peer.everywhere

    def takes(self, case: Case) -> bool:
        """What it can make; a re-authored card is the only page of those who need one."""
        drawn = self.likeness == "same" or case.everybody
        return drawn and case.format in self._peer.formats

    async def start(self) -> None:
        """Start the server and read its port. Raises UnavailableError."""
        command = await asyncio.to_thread(self._peer.command)
        ours = {
            "BENCH_HEADLESS_SHELL": headless_shell(),
            "BENCH_FONTS": str(FONTS),
            "BENCH_SCRATCH": self._scratch.name,
        }
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self._scratch.name,
            env=browser_environment() | ours,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(_START_SECONDS):
            line = await self._process.stdout.readline()
        if not line.strip().isdigit():
            raise UnavailableError(f"its server did not start: {line.decode()!r}")
        self._url = f"http://127.0.0.1:{int(line)}/"

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Compose the documents."""
        await self._documents.prepare(case, numbers)

    async def render(self, case: Case, number: int) -> bytes:
        """One request: the page for those who draw pages, the data for those who draw cards."""
        job = case.job(number)
        if self.likeness == "re-authored":
            content: dict[str, object] = {"variables": job.variables}
        else:
            content = {"html": self._documents.whole(case, number)}
        size = {"width": job.width, "height": job.height}
        kind = {"format": case.format, "quality": 85, "small": case.compression != "fast"}
        body = json.dumps({**content, **size, **kind}).encode()
        answer = await self._http.post(self._url, body, {"Content-Type": "application/json"})
        if answer.status != 200:
            raise RuntimeError(answer.body.decode()[:500])
        return answer.body

    async def close(self) -> None:
        """End the whole process group at once: it keeps nothing."""
        self._http.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        self._scratch.cleanup()
