"""A webhook receiver on loopback that checks every signature, as a customer's would."""

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

__all__ = ["Received", "Receiver"]


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery that came in: its event, and how its two signatures were found."""

    type: str
    body: dict[str, Any]
    standard: bool
    plain_hmac: bool


class Receiver:
    """Listens on a free loopback port; knows a secret per path; keeps what it received."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.secrets: dict[str, str] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self.path, dict(self.headers.items()), body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._pending: list[tuple[str, dict[str, str], bytes]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def expect(self, path: str, secret: str) -> None:
        """From now on deliveries to `path` are checked with `secret`, earlier ones too."""
        with self._lock:
            self.secrets[path] = secret
            waiting = [d for d in self._pending if d[0] == path]
            self._pending = [d for d in self._pending if d[0] != path]
        for delivery in waiting:
            self.take(*delivery)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Verify one delivery; one that came before its secret is known waits for it."""
        with self._lock:
            secret = self.secrets.get(path)
            if secret is None:
                self._pending.append((path, headers, body))
                return
        event = json.loads(body)
        lowered = {name.lower(): value for name, value in headers.items()}
        checked = Received(
            event["type"], event, _standard(secret, lowered, body), _plain(secret, lowered, body)
        )
        with self._lock:
            self.received.append(checked)

    def wait_for(self, event: str, count: int, seconds: float) -> list[Received]:
        """Deliveries of that type, once there are `count`; what there is after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            with self._lock:
                found = [r for r in self.received if r.type == event]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)


def _standard(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def _plain(secret: str, headers: dict[str, str], body: bytes) -> bool:
    parts = dict(p.split("=", 1) for p in headers.get("x-pictify-signature", "").split(","))
    signed = parts.get("t", "").encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, parts.get("v1", ""))
