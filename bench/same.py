"""`python -m bench.same`: the same cards drawn twice, by two services one after the other.

Every card has to show its own number (a stale frame would show another's) and both services have
to give the same bytes.
"""

import argparse
import asyncio
import hashlib
import logging

import structlog
import uvloop

from bench.cases import CASES, Case
from bench.documents import Documents
from bench.ours import OverHttp

__all__ = ["main"]

_AT_ONCE = 8


async def _digests(case: Case, count: int) -> dict[int, str]:
    """The SHA-256 of each answer of a fresh service. Raises WrongOutputError for a stale one."""
    service = OverHttp(Documents())
    waiting, found = iter(range(count)), dict[int, str]()

    async def client() -> None:
        for number in waiting:
            data = await service.render(case, number)
            await asyncio.to_thread(case.check, data, number)
            found[number] = hashlib.sha256(data).hexdigest()

    try:
        await service.start()
        await service.prepare(case, [0])
        await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    finally:
        await service.close()
    return found


def main() -> None:
    """Print how many were alike; exit 1 when any was not."""
    parser = argparse.ArgumentParser(prog="python -m bench.same", description=__doc__)
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--only", default="card, PNG", help="the case whose name contains this")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    case = next(case for case in CASES if arguments.only in case.name)
    first, second = (uvloop.run(_digests(case, arguments.cards)) for _ in range(2))
    alike = sum(first[number] == second[number] for number in first)
    print(f"{case.name}: {len(first)} twice, 0 stale, {alike} of {len(first)} with the same bytes")
    if alike != len(first):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
