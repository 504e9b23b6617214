"""A browser process that we start and end ourselves, with two pipes to speak with it."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from renderer.chromium.home import BrowserHome
from renderer.chromium.pipe.client import PipeClient
from renderer.chromium.pipe.spawn import spawn

__all__ = ["PipeProcess"]


class PipeProcess:
    """The leader of a process group. It ends by itself when our ends of the pipes are closed."""

    def __init__(self, pid: int, reading: int, writing: int) -> None:
        self.pid = pid
        self.client = PipeClient(reading, writing)
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._handle = os.pidfd_open(pid)
        self._loop.add_reader(self._handle, self._reap)

    @classmethod
    def start(cls, home: BrowserHome, switches: Sequence[str]) -> "PipeProcess":
        """Start the browser of that home. Raises OSError."""
        theirs_in, writing = os.pipe()
        reading, theirs_out = os.pipe()
        pipes = (theirs_in, theirs_out)
        try:
            pid = spawn(home.starter, switches, home.environment, home.log, pipes)
        except OSError:
            os.close(writing)
            os.close(reading)
            raise
        finally:
            for pipe in pipes:
                os.close(pipe)
        return cls(pid, reading, writing)

    def kill(self) -> None:
        """End the whole group at once."""
        if not self.ended.is_set():
            os.killpg(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        """The process has ended: take its status, which nobody else will."""
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        self.client.close()
        self.ended.set()
