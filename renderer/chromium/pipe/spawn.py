"""Starting a program with two of our descriptors under the numbers 3 and 4."""

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["spawn"]

_LOWEST = 10
"""Both first move above the numbers that they are to have, or one could overwrite the other."""


def spawn(
    program: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    pipes: tuple[int, int],
) -> int:
    """The process id of the program, the leader of a session and a group of its own.

    `pipes`: what it reads from as 3 and writes to as 4; they stay open here. What it says goes to
    `log`. Raises OSError.
    """
    reading, writing = (fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, _LOWEST) for pipe in pipes)
    try:
        return os.posix_spawn(
            program,
            [str(program), *arguments],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, reading, 3),
                (os.POSIX_SPAWN_DUP2, writing, 4),
            ],
            setsid=True,
        )
    finally:
        os.close(reading)
        os.close(writing)
