"""The faults. Each is thrown, lasts a while, and is over when its function returns."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import RedisError

from tests.chaos.world import World
from tests.support.service import Service

__all__ = ["FAULTS", "Fault", "faults_of"]

Fault = Callable[[World, random.Random], None]


def kill_service(world: World, dice: random.Random) -> None:
    """SIGKILL of a service, and another start of it."""
    service = dice.choice(list(world.services.values()))
    service.kill()
    time.sleep(dice.uniform(0, 2))
    service.start(wait=120)


def freeze_service(world: World, dice: random.Random) -> None:
    """SIGSTOP of a service, longer than some leases and deadlines, then SIGCONT."""
    service = dice.choice(list(world.services.values()))
    _freeze(psutil.Process(_pid(service)), dice.uniform(1, 8))


def stop_service(world: World, dice: random.Random) -> None:
    """SIGTERM: what runs has its grace. Then another start."""
    service = dice.choice(list(world.services.values()))
    service.stop(grace=60)
    service.start(wait=120)


def kill_browser(world: World, dice: random.Random) -> None:
    """SIGKILL of a browser's main process."""
    _kill_one(world, dice, lambda line: "headless" in line[0] and not _typed(line, ""))


def kill_page(world: World, dice: random.Random) -> None:
    """SIGKILL of the process that draws a page."""
    _kill_one(world, dice, lambda line: _typed(line, "renderer"))


def freeze_browser(world: World, dice: random.Random) -> None:
    """SIGSTOP of a browser, then SIGCONT."""
    found = _found(world, lambda line: "headless" in line[0] and not _typed(line, ""))
    if found:
        _freeze(dice.choice(found), dice.uniform(1, 15))


def kill_child(world: World, dice: random.Random) -> None:
    """SIGKILL of anything below a service: jails, drivers, zygotes, the embedded queue."""
    _kill_one(world, dice, bool)


def flush_queue(world: World, dice: random.Random) -> None:
    """FLUSHALL."""
    socket = world.queue_socket
    if socket is not None:
        with suppress(RedisError, OSError), Redis(unix_socket_path=str(socket)) as client:
            client.flushall()


def restart_queue(world: World, dice: random.Random) -> None:
    """SIGKILL of Redis, and another start of it; the embedded one is its service's to start."""
    if world.redis is None:
        _kill_one(world, dice, lambda line: "queue.sock" in " ".join(line))
        return
    world.redis.kill()
    time.sleep(dice.uniform(0, 6))
    world.redis.start()


def restart_database(world: World, dice: random.Random) -> None:
    """PostgreSQL stops at once, as in a crash, and starts again."""
    assert world.postgres is not None
    _pg_ctl(world.postgres, "stop")
    time.sleep(dice.uniform(0, 4))
    _pg_ctl(world.postgres, "start")


def fill_disk(world: World, dice: random.Random) -> None:
    """No room for artifacts."""
    world.disk.fill()
    time.sleep(dice.uniform(1, 6))
    world.disk.empty()


FAULTS: Mapping[str, tuple[Fault, float]] = {
    "kill service": (kill_service, 3),
    "freeze service": (freeze_service, 2),
    "stop service": (stop_service, 1),
    "kill browser": (kill_browser, 3),
    "kill page": (kill_page, 2),
    "freeze browser": (freeze_browser, 1),
    "kill child": (kill_child, 1),
    "flush queue": (flush_queue, 1),
    "restart queue": (restart_queue, 2),
    "restart database": (restart_database, 2),
    "fill disk": (fill_disk, 2),
}
"""With how often each comes, beside the others."""


def faults_of(world: World) -> dict[str, tuple[Fault, float]]:
    """Those that this world can suffer."""
    absent = {"restart database"} if world.postgres is None else set[str]()
    return {name: fault for name, fault in FAULTS.items() if name not in absent}


def _pid(service: Service) -> int:
    assert service.process is not None
    return service.process.pid


def _typed(line: list[str], kind: str) -> bool:
    return any(word.startswith(f"--type={kind}") for word in line)


def _found(world: World, wanted: Callable[[list[str]], bool]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in world.processes():
        with suppress(psutil.Error):
            line = process.cmdline()
            if line and wanted(line):
                found.append(process)
    return found


def _kill_one(world: World, dice: random.Random, wanted: Callable[[list[str]], bool]) -> None:
    if found := _found(world, wanted):
        with suppress(psutil.Error):
            dice.choice(found).send_signal(signal.SIGKILL)


def _freeze(process: psutil.Process, seconds: float) -> None:
    with suppress(psutil.Error):
        process.suspend()
        time.sleep(seconds)
        process.resume()


def _pg_ctl(folder: Path, what: str) -> None:
    program = max(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    options = ["-o", f"-c listen_addresses= -c fsync=off -k {folder}"] if what == "start" else []
    owner = (folder / "data").stat().st_uid
    subprocess.run(
        [program, "-D", folder / "data", "-m", "immediate", "-w", *options, what],
        user=owner, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        check=what == "start",
    )  # fmt: skip
