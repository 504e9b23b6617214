"""What is left when processes are killed: nothing, once somebody has looked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.service import Service


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def browsers_of(process: psutil.Process) -> list[psutil.Process]:
    """The main processes of the browsers below a process."""
    found: list[psutil.Process] = []
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            line = child.cmdline()
            if line and "headless" in line[0] and "--type=" not in " ".join(line):
                found.append(child)
    return found


def gone(process: psutil.Process) -> bool:
    """Whether it runs no more; a zombie is its parent's affair."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_a_killed_service_left_is_ended_by_the_next_one(
    start_service: Callable[..., Service],
) -> None:
    first = start_service()
    assert first.process is not None
    family = psutil.Process(first.process.pid).children(recursive=True)
    for one in browsers_of(psutil.Process(first.process.pid)):
        one.send_signal(signal.SIGSTOP)  # it shall not end by itself
    first.process.kill()
    first.process.wait()
    assert not all(gone(one) for one in family)
    second = start_service()
    until(lambda: all(gone(one) for one in family))
    assert second.process is not None
    assert len(browsers_of(psutil.Process(second.process.pid))) >= 1


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[psutil.Process]:
    """A service that is process 1 of its own process namespace."""
    wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    try:
        able = subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        able = False
    if not able:
        pytest.skip("this machine makes no process namespaces")
    log = tmp_path / "log"
    service = [sys.executable, "-m", "platen", "serve", "--port", "0"]
    with log.open("wb") as file:
        running = subprocess.Popen(
            [*wrapper, *service, "--data-dir", str(tmp_path / "data")],
            stdout=file,
            stderr=file,
            env=os.environ | {"PLATEN_BROWSERS": "1"},
            start_new_session=True,
        )
    try:
        until(lambda: b"Platen is ready" in log.read_bytes(), 60)
        yield psutil.Process(running.pid)
    finally:
        running.kill()
        running.wait()


def test_O04_process_one_leaves_no_zombies(alone: psutil.Process) -> None:
    until(lambda: browsers_of(alone))
    (browser,) = browsers_of(alone)
    family = browser.children(recursive=True)
    assert family
    for one in family:
        one.send_signal(signal.SIGSTOP)  # alive when their parent dies, they fall to process 1
    browser.kill()
    until(lambda: browsers_of(alone) not in ([], [browser]))
    until(lambda: not any(one.is_running() for one in [browser, *family]))
    (first,) = alone.children()
    service = first.children()[0]
    first.send_signal(signal.SIGTERM)
    until(lambda: gone(service))
    assert alone.wait(20) == 0


def test_counters_are_told_to_prometheus(service: Service) -> None:
    with service.client() as client:
        told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert "# TYPE platen_browsers_replaced_total counter" in told.text
