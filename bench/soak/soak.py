"""One run: warm up, count, load, wait, count again."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.soak.census import Census, pages_and_browsers, take_census
from bench.soak.faulty import faulty_kinds
from bench.soak.good import filling, good_kinds
from bench.soak.kind import Kind
from bench.soak.load import Load
from bench.soak.service import SoakService
from bench.soak.site import SoakSite
from bench.soak.verdict import SPARE, Point, Promise, judge

__all__ = ["Plan", "Soak"]

_WARM_ROUNDS = 2
_QUIET_LOOKS = 4
_FIRST_NUMBER = 1000
"""Below are the renders of the warm-up: a number is never used twice."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`faulty` is their part of all; `every`: seconds between two counts."""

    renders: int
    at_once: int
    seed: int
    faulty: float
    every: float = 3.0
    patience: float = 90.0
    tenants: int = 3


@dataclass(slots=True)
class Soak:
    """`told(point)` is called at every count on the way."""

    plan: Plan
    told: Callable[[Point], None]
    points: list[Point] = field(default_factory=list[Point])

    async def run(self) -> list[Promise]:
        """The whole run, the start and the end of the service included."""
        async with SoakSite() as site:
            async with SoakService(site.place, self.plan.tenants) as service:
                promises = await self._hurt(service, site.url)
            promises.append(await self._ended(service))
        return promises

    async def _hurt(self, service: SoakService, site: str) -> list[Promise]:
        load = Load(service.tenants, lambda: pages_and_browsers(service.pid))
        good, faulty = good_kinds(site), faulty_kinds(site)
        warm_up = list(enumerate(good * self.plan.tenants * _WARM_ROUNDS))
        warm_up += filling(len(warm_up))
        await load.run(warm_up, self.plan.at_once)
        before = await self._quiet(service)
        sampling = asyncio.create_task(self._sample(service, load, len(warm_up)))
        await load.run(self._work(good, faulty), self.plan.at_once)
        await sampling
        last = filling(_FIRST_NUMBER + self.plan.renders)
        await load.run(last, self.plan.at_once)
        after = await self._quiet(service, before)
        asked = self.plan.renders + len(warm_up) + len(last)
        pool = await self._pool(service)
        return judge(load.outcomes, asked, self.points, before, after, pool)

    def _work(self, good: Sequence[Kind], faulty: Sequence[Kind]) -> list[tuple[int, Kind]]:
        """Kinds by their weights, in an order that the seed decides; the same part is faulty."""
        chance = random.Random(self.plan.seed)
        many = round(self.plan.renders * self.plan.faulty)
        kinds = _spread(faulty, many) + _spread(good, self.plan.renders - many)
        chance.shuffle(kinds)
        return list(enumerate(kinds, _FIRST_NUMBER))

    async def _sample(self, service: SoakService, load: Load, warm: int) -> None:
        began = time.monotonic()
        renders = 0
        while renders < self.plan.renders:
            census = await _count(service)
            renders = len(load.outcomes) - warm
            self.points.append(Point(time.monotonic() - began, renders, census))
            self.told(self.points[-1])
            await asyncio.sleep(self.plan.every)

    async def _quiet(self, service: SoakService, before: Census | None = None) -> Census:
        """The count when nothing moves any more, and no more than `before` if that is given."""
        until = time.monotonic() + self.plan.patience
        looks = [await _count(service)]
        while time.monotonic() < until:
            await asyncio.sleep(0.5)
            looks.append(await _count(service))
            # Chromium's threads and their descriptors come and go by themselves for a minute.
            last = {(look.processes, look.files) for look in looks[-_QUIET_LOOKS:]}
            if len(looks) >= _QUIET_LOOKS and len(last) == 1 and _is_back(looks[-1], before):
                break
        return looks[-1]

    async def _pool(self, service: SoakService) -> tuple[int, int]:
        answer = (await service.tenants[0].http.get("/pressure")).json()
        return answer["browsers"], answer["slots"] // 2

    async def _ended(self, service: SoakService) -> Promise:
        left = await asyncio.to_thread(service.left_behind)
        return Promise(
            "nothing is left when it has ended" + (f": {left}" if left else ""), not left
        )


def _is_back(now: Census, before: Census | None) -> bool:
    most = before.counts() if before else {}
    return all(now.counts()[name] <= count + SPARE[name] for name, count in most.items())


async def _count(service: SoakService) -> Census:
    return await asyncio.to_thread(take_census, service.pid, service.data, service.temporary)


def _spread(kinds: Sequence[Kind], many: int) -> list[Kind]:
    """So many, each kind by its weight: every kind is there if there is room for it."""
    once = [kind for kind in kinds for _ in range(kind.weight)]
    short = sorted(once, key=kinds.index)
    step = len(short) / many if 0 < many < len(short) else 1
    return [short[int(number * step) % len(short)] for number in range(many)]
