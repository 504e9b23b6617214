"""`python -m bench.memory`: PSS of the whole service over many mixed renders."""

import argparse
import asyncio
import logging
import statistics
import sys
from dataclasses import dataclass

import structlog
import uvloop

from bench.cases import Case
from bench.cases.fixtures import fixture_cases
from bench.cases.scripted import scripted_cases
from bench.cases.trace import WORKSPACES, trace_case
from bench.cost import Ownership, pss_megabytes
from bench.documents import Documents
from bench.ours import OverHttp
from bench.photos import photo_server

__all__ = ["Memory", "main"]

_AT_ONCE = 8
_CHUNK = 50
_SETTLED = 0.2
"""The share of the renders at the beginning that says nothing about growth."""


@dataclass(frozen=True, slots=True)
class Memory:
    """PSS in MB after so many renders."""

    renders: list[int]
    megabytes: list[float]

    @property
    def peak(self) -> float:
        """The highest, in MB."""
        return max(self.megabytes)

    @property
    def kilobytes_a_render(self) -> float:
        """The slope once the service has settled, by least squares."""
        first = next(
            at for at, count in enumerate(self.renders) if count >= self.renders[-1] * _SETTLED
        )
        return statistics.linear_regression(self.renders[first:], self.megabytes[first:])[0] * 1000


async def _memory(count: int) -> Memory:
    async with photo_server() as photos:
        service = OverHttp(Documents(), (photos.removeprefix("http://"),), WORKSPACES)
        ownership, seen = Ownership(), Memory([], [])
        # The card in both formats, the poster, the invoice, a canvas, and twice the trace.
        trace = trace_case(photos)
        cases = [*fixture_cases(), *scripted_cases(None), trace, trace]
        try:
            ownership.claim("nobody")
            await service.start()
            ownership.claim(service.name)
            for first in range(0, count, _CHUNK):
                await _chunk(service, cases, range(first, min(first + _CHUNK, count)))
                processes = ownership.processes(service)
                seen.megabytes.append(await asyncio.to_thread(pss_megabytes, processes))
                seen.renders.append(first + _CHUNK)
                print(f"{first + _CHUNK:6} {seen.megabytes[-1]:6.0f} MB", file=sys.stderr)
        finally:
            await service.close()
    return seen


async def _chunk(service: OverHttp, cases: list[Case], numbers: range) -> None:
    waiting = iter(numbers)

    async def client() -> None:
        for number in waiting:
            case = cases[number % len(cases)]
            await service.prepare(case, [number])
            case.check(await service.render(case, number), number)

    async with asyncio.TaskGroup() as clients:
        for _ in range(_AT_ONCE):
            clients.create_task(client())


def main() -> None:
    """Print the peak and the slope; the run's course goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--renders", type=int, default=5000)
    renders = parser.parse_args().renders
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    seen = uvloop.run(_memory(renders))
    print(f"{renders} mixed renders, {_AT_ONCE} at once, every one checked:")
    print(f"peak PSS {seen.peak:.0f} MB, slope {seen.kilobytes_a_render:.1f} kB a render")


if __name__ == "__main__":
    main()
