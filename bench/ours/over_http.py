"""`platen serve` as a user meets it: stored template, JSON data, key, bytes back."""

import json
from collections.abc import Iterable

import httpx2

from bench.cases import Case, Job
from bench.contender import Likeness
from bench.documents import Documents
from bench.ours.service import Service
from bench.sender import Reply, Sender

__all__ = ["OverHttp"]

_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf"}


class OverHttp:
    """The public routes, each artifact stored as always. `workspaces`: tenants beside the first."""

    name = "ours, over HTTP"
    likeness: Likeness = "same"
    inside = False
    everywhere = True

    def __init__(
        self,
        documents: Documents,
        allow: tuple[str, ...] = (),
        workspaces: int = 0,
        cores: frozenset[int] = frozenset(),
    ) -> None:
        self._documents = documents
        self._workspaces = workspaces
        self._keys: list[str] = []
        self._templates: dict[str, str] = {}
        self._service = Service({"PLATEN_EGRESS_ALLOW": ",".join(allow)}, cores)
        self._http = Sender()

    def takes(self, case: Case) -> bool:
        """Everything."""
        return True

    async def start(self) -> None:
        """Start the service and wait until it says that it is ready."""
        others = await self._service.make_workspaces(self._workspaces) if self._workspaces else []
        self._keys = [self._service.key, *others]
        await self._service.execute()
        await self._service.until_ready()

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Store the templates that will be asked for."""
        for number in numbers:
            job = case.job(number)
            if job.files:
                await self._documents.prepare(case, [number])
            elif job.template not in self._templates:
                await self._store(job)

    async def render(self, case: Case, number: int) -> bytes:
        """One request of a public route."""
        job = case.job(number)
        answer = await (self._send_page if job.files else self._send)(case, number, job)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
        return answer.body

    async def _send(self, case: Case, number: int, job: Job) -> Reply:
        body = {"template": self._templates[job.template], "variables": job.variables}
        return await self._http.post(
            self._service.url + ("/pdf/render" if case.format == "pdf" else "/image"),
            json.dumps(body | _options(case, job)).encode(),
            {"Content-Type": "application/json", **self._headers(case, job)},
        )

    async def _send_page(self, case: Case, number: int, job: Job) -> Reply:
        page = self._documents.html(case, number).encode()
        files = [("files", (name, content)) for name, content in job.files.items()]
        form = httpx2.Request(
            "POST",
            self._service.url + "/image",
            data={"request": json.dumps(_options(case, job))},
            files=[("files", ("index.html", page)), *files],
        )
        told = {"Content-Type": form.headers["Content-Type"], **self._headers(case, job)}
        return await self._http.post(str(form.url), form.read(), told)

    def _headers(self, case: Case, job: Job) -> dict[str, str]:
        key = self._keys[job.workspace % len(self._keys)]
        return {"Authorization": f"Bearer {key}", "Accept": _MEDIA_TYPES[case.format]}

    async def _store(self, job: Job) -> None:
        key = self._keys[job.workspace % len(self._keys)]
        size = {"width": job.width, "height": job.height}
        answer = await self._http.post(
            self._service.url + "/templates",
            json.dumps({"html": job.source, "name": job.template, **size}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
        self._templates[job.template] = json.loads(answer.body)["template"]["uid"]

    async def close(self) -> None:
        """Stop the service."""
        self._http.close()
        await self._service.close()


def _options(case: Case, job: Job) -> dict[str, object]:
    if case.format == "pdf":
        return {}
    size = {"width": job.width, "height": job.height}
    return {**size, "format": case.format, "quality": 85, "compression": case.compression}
