"""A private Redis for tests: the real program, on a unix socket, killed and started at will."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from platen.embedded import find_program

__all__ = ["PrivateRedis"]


class PrivateRedis:
    """`start` and `kill` as often as a test wants; `close` at its end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="platen-redis-"))
        self.socket = self.folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> "PrivateRedis":
        program = find_program()
        assert program is not None, "no redis-server or valkey-server is installed"
        self._process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", str(self.socket), "--save", ""],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not self.socket.exists():
            assert time.monotonic() < deadline, "the private Redis did not start"
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        """kill -9: its socket stays behind, as after a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
            self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
