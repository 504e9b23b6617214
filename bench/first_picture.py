"""`python -m bench.first_picture`: seconds from exec of `platen serve` to the first valid picture.

Nothing is there yet: the data folder, the database and the keys are made in that time.
"""

import argparse
import asyncio
import contextlib
import statistics
import time

import httpx2
import uvloop

from bench.cases import CASES
from bench.ours.service import Service

__all__ = ["main"]


async def _first_picture(number: int) -> float:
    service = Service()
    begin = time.perf_counter()
    try:
        await service.execute()
        picture = await _answer(service, number)
        seconds = time.perf_counter() - begin
        CASES[0].check(picture, number)
        return seconds
    finally:
        await service.close()


async def _answer(service: Service, number: int) -> bytes:
    """Ask until somebody listens; then one request and its answer."""
    job = CASES[0].job(number)
    body = {"html": job.source, "variables": job.variables, "width": job.width}
    headers = {"Authorization": f"Bearer {service.key}", "Accept": "image/png"}
    async with asyncio.timeout(60), httpx2.AsyncClient(timeout=30) as http:
        while True:
            with contextlib.suppress(httpx2.ConnectError):
                address, whole = f"{service.url}/image", {**body, "height": job.height}
                answer = await http.post(address, json=whole, headers=headers)
                if answer.status_code != 503:
                    answer.raise_for_status()
                    return answer.content
            await asyncio.sleep(0.01)


def main() -> None:
    """Print each start and the median."""
    parser = argparse.ArgumentParser(prog="python -m bench.first_picture", description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    starts = parser.parse_args().starts
    seconds = [uvloop.run(_first_picture(number)) for number in range(starts)]
    print(" ".join(f"{one:.2f}" for one in seconds), "s")
    print(f"median {statistics.median(seconds):.2f} s, fastest {min(seconds):.2f} s")


if __name__ == "__main__":
    main()
