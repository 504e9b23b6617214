"""A receiver of webhooks that is always there and remembers everything."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Came", "Receiver", "receiving"]


@dataclass(frozen=True)
class Came:
    """One delivery as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[Came] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def ended(self) -> set[str]:
        """Ids of the batches whose end was told."""
        return {came.event["data"]["batchId"] for came in list(self.came)}


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.came.append(Came(headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """What came is written down already."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on loopback until the end of the block."""
    with Receiver() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()
