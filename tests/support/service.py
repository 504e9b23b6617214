"""The real service as a child process, for acceptance tests and nothing else."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Service:
    """`platen serve` (or another half) in its own process group, on a free loopback port."""

    data_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    command: str = "serve"
    program: tuple[str, ...] = ("-m", "platen")
    port: int = field(default_factory=free_port)
    key: str = field(default_factory=lambda: "pk_" + secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.with_suffix(".log")

    def start(self, wait: float = 60.0) -> "Service":
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PLATEN_")}
        passed = {
            k: os.environ[k]
            for k in ("PLATEN_CHROMIUM", "PLATEN_ALLOW_NO_SANDBOX")
            if k in os.environ
        }
        environment = kept | passed | {"PLATEN_API_KEY": self.key} | dict(self.environment)
        place = ["--data-dir", str(self.data_dir)]
        if self.command != "worker":
            place += ["--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, self.command, *place],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if self.command != "worker":
            self.wait_ready(wait)
        return self

    def wait_ready(self, wait: float = 60.0) -> None:
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the service ended at start:\n{self.tail()}")
            try:
                if httpx2.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the service was not ready after {wait} s:\n{self.tail()}")

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def client(self, key: str | None = None, **options: Any) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, **options)

    def run(self, *arguments: str) -> str:
        """What `platen ...` prints about this service's data."""
        done = subprocess.run(
            [sys.executable, "-m", "platen", *arguments, "--data-dir", str(self.data_dir)],
            cwd=ROOT,
            env=os.environ | dict(self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.strip()

    def workspace(self, name: str, *options: str) -> str:
        """The key of a new workspace."""
        made = self.run("workspace", "create", name, *options)
        return self.run("key", "create", "--workspace", made)

    def stop(self, grace: float = 30.0) -> int:
        """SIGTERM and the exit code; SIGKILL for the group if it stays longer than `grace` s."""
        if self.process is None or self.process.poll() is not None:
            return 0 if self.process is None else int(self.process.returncode)
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the service did not stop in {grace} s:\n{self.tail()}") from None

    def kill(self) -> None:
        """kill -9 of the service's process group, as a power cut of it alone would be."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
