"""wkhtmltoimage: a process for each picture, with a browser engine of 2012."""

import asyncio
import os
from collections.abc import Iterable

from bench.cases import Case
from bench.contender import Likeness
from bench.documents import Documents
from bench.peers.chromium import browser_environment
from bench.peers.install import wkhtmltoimage

__all__ = ["Wkhtmltoimage"]


class Wkhtmltoimage:
    """It knows neither grid nor flex nor `color-mix`: its cards look like none of the others."""

    name = "wkhtmltoimage"
    likeness: Likeness = "older CSS"
    inside = True
    everywhere = False

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._program = ""

    def takes(self, case: Case) -> bool:
        """Pictures of pages without scripts."""
        return case.everybody

    async def start(self) -> None:
        """Find or install the program. Raises UnavailableError."""
        self._program = await asyncio.to_thread(wkhtmltoimage)

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Compose the documents."""
        await self._documents.prepare(case, numbers)

    async def render(self, case: Case, number: int) -> bytes:
        """HTML on its standard input, the picture on its output."""
        job = case.job(number)
        size = ("--width", str(job.width), "--height", str(job.height), "--disable-smart-width")
        kind = ("--format", "jpg" if case.format == "jpeg" else "png", "--quality", "85")
        process = await asyncio.create_subprocess_exec(
            *(self._program, "--quiet", *size, *kind, "-", "-"),
            env=browser_environment() | {"QT_QPA_PLATFORM": "offscreen"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(60):
                page = self._documents.html(case, number).encode()
                return (await process.communicate(page))[0]
        finally:
            if process.returncode is None:
                os.killpg(process.pid, 9)

    async def close(self) -> None:
        """Nothing stays behind."""
