"""The service as the demo runs it: a child process with a data folder that goes with it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

__all__ = ["RunningService"]

START_SECONDS = 60
STOP_SECONDS = 30


class RunningService:
    """`platen serve` on a free loopback port, in a process group of its own.

    `receiver` is the one private address (`host:port`) that the service may call.
    """

    def __init__(self, receiver: str) -> None:
        self.key = f"pk_demo_{secrets.token_hex(16)}"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="platen-demo-")
        self.log = Path(self._folder.name) / "service.log"
        self._receiver = receiver
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> httpx2.Client:
        environment = os.environ | {
            "PLATEN_API_KEY": self.key,
            "PLATEN_EGRESS_ALLOW": self._receiver,
            "PLATEN_ALLOW_NO_SANDBOX": os.environ.get("PLATEN_ALLOW_NO_SANDBOX", "1"),
        }
        data = Path(self._folder.name) / "data"
        place = ["--port", str(self.port), "--data-dir", str(data)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "platen", "serve", *place],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_ready()
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60)

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._folder.cleanup()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if httpx2.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        self._stop()
        sys.exit(f"the service did not start; its log says:\n{self.log.read_text()[-4000:]}")

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
