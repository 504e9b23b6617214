"""The service that batches are measured on: with all embedded, or over PostgreSQL and Redis."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Any

import httpx2
import psutil

from bench.cases.fixtures import card_data, card_job
from bench.ours.service import Service
from tests.support.postgres import private_postgres
from tests.support.redis import PrivateRedis

__all__ = ["Ground", "ground", "servers"]

_LOOK_EVERY = 0.05


@contextlib.contextmanager
def servers(database: str) -> Generator[dict[str, str]]:
    """The environment of a service on `sqlite`, or on a private PostgreSQL and Redis."""
    if database == "sqlite":
        yield {}
        return
    redis = PrivateRedis().start()
    try:
        with private_postgres() as url:
            if url is None:
                raise SystemExit("PostgreSQL is not installed: leave it out with --on sqlite")
            yield {"PLATEN_DATABASE_URL": url, "PLATEN_REDIS_URL": redis.url}
    finally:
        redis.close()


class Ground:
    """One running service with the card's template in each of its workspaces."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._http: dict[str, httpx2.AsyncClient] = {}
        self._templates: dict[str, str] = {}

    def client(self, key: str) -> httpx2.AsyncClient:
        """The HTTP client of a workspace."""
        if key not in self._http:
            headers = {"Authorization": f"Bearer {key}"}
            url = self.service.url
            self._http[key] = httpx2.AsyncClient(base_url=url, headers=headers, timeout=120)
        return self._http[key]

    async def template(self, key: str) -> str:
        """The card's template, stored once in a workspace."""
        if key not in self._templates:
            job = card_job(0)
            body = {"html": job.source, "name": "card", "width": job.width, "height": job.height}
            made = await self.client(key).post("/templates", json=body)
            made.raise_for_status()
            self._templates[key] = made.json()["template"]["uid"]
        return self._templates[key]

    async def submit(self, key: str, numbers: Sequence[int], **options: Any) -> str:
        """A batch of cards as JPEG with these numbers; its id."""
        rows = [card_data(number) for number in numbers]
        body = {"variableSets": rows, "format": "jpg", **options}
        return (await self._submitted(key, json=body))["batchId"]

    async def submit_table(self, key: str, table: bytes, **options: Any) -> str:
        """A batch of the rows of a CSV file; its id."""
        request = json.dumps({"format": "jpg", **options})
        files = {"csv": ("cards.csv", table, "text/csv")}
        return (await self._submitted(key, data={"request": request}, files=files))["batchId"]

    async def _submitted(self, key: str, **body: Any) -> dict[str, Any]:
        place = f"/templates/{await self.template(key)}/batch-render"
        answer = await self.client(key).post(place, **body)
        if answer.status_code != 202:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        return answer.json()

    async def batch(self, key: str, batch_id: str) -> dict[str, Any]:
        """How a batch stands."""
        answer = await self.client(key).get(f"/templates/batch/{batch_id}")
        answer.raise_for_status()
        return answer.json()

    async def steer(self, key: str, batch_id: str, verb: str) -> dict[str, Any]:
        """Cancel, pause or resume."""
        answer = await self.client(key).post(f"/templates/batch/{batch_id}/{verb}")
        answer.raise_for_status()
        return answer.json()

    async def until(
        self, key: str, batch_id: str, holds: Callable[[Mapping[str, Any]], bool], seconds: float
    ) -> dict[str, Any]:
        """The batch as soon as something holds of it. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                now = await self.batch(key, batch_id)
                if holds(now):
                    return now
                await asyncio.sleep(_LOOK_EVERY)

    async def ended(self, key: str, batch_id: str, seconds: float = 600) -> dict[str, Any]:
        """The batch after its end, of which every item must have been made."""
        done = await self.until(key, batch_id, lambda now: now["progress"] == 100, seconds)
        if done["completedItems"] != done["totalItems"]:
            raise RuntimeError(f"not every item was made: {done}")
        return done

    async def other_key(self) -> str:
        """The key of a workspace of its own."""
        made = await self.service.platen("workspace", "create", "another")
        return await self.service.platen("key", "create", "--workspace", made)

    async def single(self, key: str, number: int) -> float:
        """Seconds of one card as JPEG, asked for alone."""
        job = card_job(number)
        body = {"template": await self.template(key), "variables": job.variables}
        clock = asyncio.get_running_loop().time
        began = clock()
        answer = await self.client(key).post("/image", json={**body, "format": "jpeg"})
        answer.raise_for_status()
        return clock() - began

    def processes(self) -> list[psutil.Process]:
        """The service and everything below it; the service itself is the first."""
        service = psutil.Process(self.service.pid)
        return [service, *service.children(recursive=True)]

    async def close(self) -> None:
        """Close the clients."""
        for http in self._http.values():
            await http.aclose()


@contextlib.asynccontextmanager
async def ground(environment: Mapping[str, str]) -> AsyncGenerator[Ground]:
    """A service that has started, and ends afterwards."""
    service = Service({"PLATEN_RENDER_QUEUE": "64", **environment})
    made = Ground(service)
    try:
        await service.execute()
        await service.until_ready()
        yield made
    finally:
        await made.close()
        await service.close()
