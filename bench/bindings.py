"""`python -m bench.bindings`: a fleet of bindings with a ttl of 60 s, and whether it keeps up.

A local source writes down when each binding asked for its data, which is other data each time for
as many of them as `--changing` says. A binding that is asked for later than its ttl, and a few
seconds that any look may take, was late.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import psutil
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from bench.cost import cpu_seconds
from bench.ours.service import Service

__all__ = ["main"]

_TTL = 60
_GRACE = 5.0
"""Seconds that a refresh may begin after its time."""
_CARD = """<style>body{margin:0;font:700 64px Inter;display:grid;place-items:center;height:100vh;
background:linear-gradient(135deg,#0f172a,#1d4ed8);color:#fff}small{font-size:24px}</style>
<div>{{ stars | number }} stars<br><small>{{ name }}</small></div>"""
_MAKERS = 8
_HOSTS = 50
"""Loopback has as many addresses as a fleet has hosts."""


@dataclass
class Source:
    """Answers JSON for any path, and knows when each was asked. Changing ones count up."""

    changing: int
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept as long as its client likes."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                writer.write(self._answer(path))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str) -> bytes:
        self.asked[path].append(time.monotonic())
        number = int(path.removeprefix("/"))
        stars = number + (len(self.asked[path]) if number % 100 < self.changing else 0)
        body = b'{"stargazers_count": %d, "full_name": "bench/%d"}' % (stars, number)
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        return f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body


@asynccontextmanager
async def _serving(source: Source) -> AsyncGenerator[int]:
    server = await asyncio.start_server(source.serve, "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _host(number: int) -> str:
    return f"127.0.0.{1 + number % _HOSTS}"


async def _make(http: httpx2.AsyncClient, port: int, count: int) -> None:
    """The fleet; each binding has a source of its own on one of the hosts."""
    body = {"html": _CARD, "width": 800, "height": 400}
    template = (await http.post("/templates", json=body)).json()["template"]["uid"]
    numbers = iter(range(count))

    async def maker() -> None:
        for number in numbers:
            body = {
                "templateId": template,
                "dataSource": {"url": f"http://{_host(number)}:{port}/{number}"},
                "mapping": {"stars": "stargazers_count", "name": "full_name"},
                "refreshPolicy": {"type": "ttl", "ttlSeconds": _TTL},
            }
            (await http.post("/bindings", json=body)).raise_for_status()

    await asyncio.gather(*(maker() for _ in range(_MAKERS)))


async def _counted(http: httpx2.AsyncClient) -> dict[str, float]:
    """Refreshes by outcome, as `/metrics` tells."""
    families = text_string_to_metric_families((await http.get("/metrics")).text)
    samples = (one for family in families for one in family.samples)
    return {
        one.labels["outcome"]: one.value
        for one in samples
        if one.name == "platen_binding_refreshes_total"
    }


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _gaps(source: Source, since: float, until: float) -> list[float]:
    """Seconds between two requests for the same binding; the last one is still going on."""
    found: list[float] = []
    for moments in source.asked.values():
        before = [one for one in moments if one < since][-1:]
        watched = [*before, *(one for one in moments if one >= since), until]
        pairs = list(itertools.pairwise(watched))
        found += [later - earlier for earlier, later in pairs[:-1]]
        found += [pairs[-1][1] - pairs[-1][0]] if pairs[-1][1] - pairs[-1][0] > _TTL else []
    return found


async def _run(count: int, minutes: float, changing: int) -> bool:
    source = Source(changing)
    async with _serving(source) as port:
        hosts = ",".join(f"{_host(number)}:{port}" for number in range(_HOSTS))
        service = Service({"PLATEN_EGRESS_ALLOW": hosts})
        try:
            await service.execute()
            await service.until_ready()
            return await _watched(service, source, port, count, minutes)
        finally:
            await service.close()


async def _watched(service: Service, source: Source, port: int, count: int, minutes: float) -> bool:
    headers = {"Authorization": f"Bearer {service.key}"}
    async with httpx2.AsyncClient(base_url=service.url, headers=headers, timeout=60) as http:
        began = time.monotonic()
        await _make(http, port, count)
        print(f"{count} bindings made in {time.monotonic() - began:.0f} s", flush=True)
        while len(source.asked) < count:  # noqa: ASYNC110 - another process asks
            await asyncio.sleep(0.5)
        print(f"each was fetched once after {time.monotonic() - began:.0f} s", flush=True)
        await asyncio.sleep(_TTL)  # what piled up while they were made is spread by now
        since, cpu, counts = time.monotonic(), cpu_seconds(_tree(service.pid)), await _counted(http)
        await asyncio.sleep(minutes * 60)
        until, spent = time.monotonic(), cpu_seconds(_tree(service.pid)) - cpu
        ended = await _counted(http)
    done = {name: ended[name] - counts.get(name, 0) for name in ended}
    return _told(_gaps(source, since, until), done, until - since, spent)


def _told(gaps: Sequence[float], done: dict[str, float], seconds: float, cpu: float) -> bool:
    late = sum(gap > _TTL + _GRACE for gap in gaps)
    cuts = statistics.quantiles(gaps, n=100)
    outcomes = ", ".join(f"{value:.0f} {name}" for name, value in sorted(done.items()) if value)
    print(f"{sum(done.values()) / seconds:.1f} refreshes/s over {seconds:.0f} s: {outcomes}")
    print(f"seconds from one fetch to the next: median {cuts[49]:.1f}, p99 {cuts[98]:.1f}, "
          f"longest {max(gaps):.1f} (ttl {_TTL})")  # fmt: skip
    load, cores = psutil.getloadavg()[0], psutil.cpu_count()
    print(f"{cpu / seconds:.2f} cores busy, {1000 * cpu / sum(done.values()):.0f} ms a refresh; "
          f"load of the machine {load:.1f} on {cores} cores")  # fmt: skip
    print("kept up" if not late else f"{late} of {len(gaps)} were late")
    return not late


def main() -> None:
    """Print the figures; the exit status is 1 when any binding was late."""
    parser = argparse.ArgumentParser(prog="python -m bench.bindings", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--changing", type=int, default=30, help="per cent with new data each time")
    asked = parser.parse_args()
    raise SystemExit(not uvloop.run(_run(asked.count, asked.minutes, asked.changing)))


if __name__ == "__main__":
    main()
