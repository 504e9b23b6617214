"""Ours, in process and over HTTP."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
from pathlib import Path

import httpx2

from bench.cases import NOW_US, Case
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import (
    DocumentOptions,
    Environment,
    Output,
    PictureOptions,
    RenderRequest,
    TemplateSource,
)
from renderer.settings import RendererSettings

__all__ = ["InProcess", "OverHttp"]

_ROOT = Path(__file__).resolve().parents[1]
_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf"}


class InProcess:
    """The renderer called from Python: composition, page, capture, encoding."""

    name = "ours, in process"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="platen-bench-")
        policy = Policy()
        self._proxy, self._client = EgressProxy(policy), EgressClient(policy)
        settings = RendererSettings(data_dir=Path(self._folder.name))
        self._renderer = Renderer(settings, self._proxy, self._client)

    async def start(self) -> None:
        """Start the browsers and the jail."""
        await self._renderer.start()

    async def render(self, case: Case, number: int) -> bytes:
        """One request of the renderer's port."""
        source = TemplateSource(case.source, case.variables(number))
        request = RenderRequest("bench", source, _output(case), Environment(NOW_US))
        return (await self._renderer.render(request)).data

    async def close(self) -> None:
        """End everything."""
        await self._renderer.close()
        await self._proxy.close()
        await self._client.close()
        self._folder.cleanup()


def _output(case: Case) -> Output:
    if case.format == "pdf":
        return DocumentOptions()
    name = "jpeg" if case.format == "jpeg" else "png"
    return PictureOptions(format=name, width=case.width, height=case.height, quality=85)


class OverHttp:
    """`platen serve` as a user runs it: stored template, JSON data, key, bytes back."""

    name = "ours, over HTTP"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="platen-bench-")
        self._key = "pk_" + secrets.token_hex(16)
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._templates: dict[str, str] = {}
        self._http = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self._port}",
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=60,
        )

    async def start(self) -> None:
        """Start the service and wait until it says that it is ready."""
        kept = {name: value for name, value in os.environ.items() if "PLATEN_" not in name}
        log = (Path(self._folder.name) / "log").open("wb")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "platen", "serve", "--port", str(self._port)),
                *("--data-dir", f"{self._folder.name}/data"),
                cwd=_ROOT,
                env=kept | {"PLATEN_API_KEY": self._key},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(60):
            await self._until_ready()

    async def _until_ready(self) -> None:
        assert self._process is not None
        while self._process.returncode is None:
            with contextlib.suppress(httpx2.HTTPError):
                if (await self._http.get("/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
        raise SystemExit((Path(self._folder.name) / "log").read_text())

    async def render(self, case: Case, number: int) -> bytes:
        """One request of the public route, the artifact stored as always."""
        uid = self._templates.get(case.name) or await self._store(case)
        answer = await self._http.post(
            f"/templates/{uid}/render",
            json={"variables": case.variables(number), "format": case.format, "quality": 85},
            headers={"Accept": _MEDIA_TYPES[case.format]},
        )
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code}: {answer.text}")
        return answer.content

    async def _store(self, case: Case) -> str:
        answer = await self._http.post(
            "/templates",
            json={
                "html": case.source,
                "name": case.name,
                "width": case.width,
                "height": case.height,
            },
        )
        answer.raise_for_status()
        self._templates[case.name] = answer.json()["template"]["uid"]
        return self._templates[case.name]

    async def close(self) -> None:
        """Stop the service as ^C would, by force after 20 s."""
        await self._http.aclose()
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
