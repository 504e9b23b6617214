"""A private PostgreSQL for tests: real, on a unix socket, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["private_postgres"]


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(places[0]) if places else shutil.which(name)


def _user() -> int | None:
    """PostgreSQL refuses to run as root: then somebody else's uid is used."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names.get("nobody"))


@contextmanager
def private_postgres() -> Iterator[str | None]:
    """Yields `postgresql://...` of a fresh server; None when PostgreSQL is not installed."""
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        yield None
        return
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="platen-pg-"))
    if user is not None:
        os.chown(folder, user, -1)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [initdb, "-D", str(data), "-U", "platen", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, user=user, timeout=60, **quiet,
    )  # fmt: skip
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    running = subprocess.Popen([server, "-D", str(data), *options], user=user, **quiet)
    try:
        _wait(data, running)
        yield f"postgresql://platen@/postgres?host={folder}"
    finally:
        running.send_signal(signal.SIGINT)  # its fast way out, which waits for no client
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(data: Path, running: subprocess.Popen[bytes]) -> None:
    """Wait until the server writes into its pid file that it takes connections."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        with suppress(OSError, IndexError):
            if (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return
        time.sleep(0.02)
    raise AssertionError("the private PostgreSQL did not start")
