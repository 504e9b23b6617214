"""What the services hold when nothing is asked of them: the same before the faults and after them."""

from contextlib import suppress

import psutil

from bench.soak.census import count_files
from bench.soak.verdict import SPARE
from tests.chaos.world import World

__all__ = ["held", "more_than"]


def held(world: World) -> dict[str, int]:
    """Processes, descriptors and temporary files; also those of processes that lost their parent."""
    found = {process.pid: process for process in (*world.processes(), *world.left())}
    descriptors = processes = 0
    for process in found.values():
        with suppress(psutil.Error):
            descriptors += process.num_fds()
            processes += 1
    temporary = world.folder / "tmp"
    data = [service.data_dir for service in world.services.values()]
    files = count_files(data, temporary)
    return {"processes": processes, "descriptors": descriptors, "files": files}


def more_than(world: World, before: dict[str, int]) -> list[str]:
    """What is held beyond what was before, and beyond chance, in sentences."""
    spare = {name: SPARE[name] * len(world.services) for name in before}
    return [
        f"{name}: {before[name]} idle before, {now} idle after ({spare[name]} more allowed)"
        for name, now in held(world).items()
        if now > before[name] + spare[name]
    ]
