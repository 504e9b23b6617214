"""`python -m bench.scaling`: the same service on one core and on two, taking turns."""

import argparse
import asyncio
import logging
import os
import statistics

import structlog
import uvloop

from bench.cases import CASES, Case
from bench.cost import Ownership
from bench.documents import Documents
from bench.figures import Figures
from bench.ours import OverHttp
from bench.turn import take_turn

__all__ = ["main"]

_RENDERS = 60
_AT_ONCE = 8


async def _scaling(rounds: int, case: Case) -> list[tuple[float, float]]:
    """Renders/s on one core and on two, for each round."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    documents, ownership = Documents(), Ownership()
    services = [OverHttp(documents, cores=frozenset(cores[:many])) for many in (1, 2)]
    figures = [Figures() for _ in services]
    try:
        for service in services:
            await service.start()
            ownership.claim(service.name)
        for turn in range(rounds + 1):
            for place, service in enumerate(services):
                seen = Figures() if turn == 0 else figures[place]
                first = (turn * 2 + place) * _RENDERS
                numbers = range(first, first + _RENDERS)
                await take_turn(service, ownership, case, numbers, _AT_ONCE, seen)
    finally:
        await asyncio.gather(*(service.close() for service in services))
    return list(zip(figures[0].rates, figures[1].rates, strict=True))


def main() -> None:
    """Print renders/s of both and their ratio, the median of the rounds."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="card, JPEG", help="the case whose name contains this")
    arguments = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("This machine has one core: there is nothing to compare.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    case = next(case for case in CASES if arguments.only in case.name)
    pairs = uvloop.run(_scaling(arguments.rounds, case))
    one, two = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{case.name}, {_AT_ONCE} at once, over HTTP: 1 core {one:.1f}/s, 2 cores {two:.1f}/s")
    print(f"{ratio:.2f} times as many on two cores (the client needs some of both)")


if __name__ == "__main__":
    main()
