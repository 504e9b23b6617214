"""A local server of photos for the trace: `python -m bench.photos` says its port and serves."""

import asyncio
import contextlib
import io
import itertools
import json
import sys
from base64 import b64decode
from collections.abc import AsyncGenerator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image, ImageEnhance

__all__ = ["photo_server"]

_ROOT = Path(__file__).resolve().parents[1]
_FIXTURE = _ROOT / "fixtures" / "product-poster" / "variables.json"
_COUNT = 20


def _photos() -> dict[str, bytes]:
    """Parts of one photograph, in sizes from 400 to 900 px and in several tints."""
    address = json.loads(_FIXTURE.read_text(encoding="utf-8"))["photo"]
    whole = Image.open(io.BytesIO(b64decode(address.partition(",")[2]))).convert("RGB")
    made: dict[str, bytes] = {}
    for number, side in zip(range(_COUNT), itertools.cycle((900, 700, 500, 400)), strict=False):
        left = (900 - side) * (number % 3) // 2
        part = whole.crop((left, left, left + side, left + side))
        tinted = ImageEnhance.Color(part).enhance(0.4 + number / _COUNT)
        target = io.BytesIO()
        tinted.save(target, "JPEG", quality=85)
        made[f"/{number}.jpg"] = target.getvalue()
    return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    photos = _photos()

    def do_GET(self) -> None:
        content = self.photos.get(self.path)
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("Cache-Control", "public, max-age=3600")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@contextlib.asynccontextmanager
async def photo_server() -> AsyncGenerator[str, None]:
    """Its address, while it runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.photos"), cwd=_ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
