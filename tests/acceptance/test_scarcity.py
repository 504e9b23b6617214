"""S01, S02, S06, D04 with the real service: what lacks is a 503 until there is more, and no crash."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from support.service import Service
from support.small_disk import SmallDisk, small_disk

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

PICTURE = {"html": "<h1>{{ title }}</h1>", "width": 200, "height": 100}
DOCUMENT = {"html": "<h1>Hello</h1>", "options": {"preset": "A4", "engine": "weasyprint"}}


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """Where the browsers' own uid may enter too."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with small_disk(Path(folder) / "disk", "size=96m") as mounted:
            yield mounted


def _answers(client: httpx2.Client) -> dict[str, httpx2.Response]:
    """One of each kind, each drawn anew."""
    fresh = {"Cache-Control": "no-cache"}
    return {
        "picture": client.post("/image", json=PICTURE, headers=fresh),
        "document": client.post("/pdf/render", json=DOCUMENT, headers=fresh),
        "template": client.post("/templates", json={"name": "t", "html": "<p>{{ title }}</p>"}),
    }


def _all_work(client: httpx2.Client) -> bool:
    return all(answer.is_success for answer in _answers(client).values())


def _refused_in_words(answers: dict[str, httpx2.Response]) -> set[str]:
    """Codes of what failed; nothing may fail but with 503 and the shape of problems."""
    codes: set[str] = set()
    for answer in answers.values():
        if not answer.is_success:
            problem: dict[str, Any] = answer.json()
            assert answer.status_code == 503, problem
            assert answer.headers["retry-after"]
            assert problem["requestId"]
            codes.add(problem["code"])
    return codes


def test_S01_D04_a_full_disk_is_a_503_that_passes_without_a_restart(
    start_service: Callable[..., Service], disk: SmallDisk
) -> None:
    service = start_service(str(disk.folder / "data"))
    with service.client() as client:
        kept = client.post("/image", json=PICTURE).json()
        uid = client.post("/templates", json={"name": "t", "html": "<p>{{ n }}</p>"}).json()[
            "template"
        ]["uid"]
        disk.fill()
        assert "storage_unavailable" in _refused_in_words(_answers(client))
        rows = {"variableSets": [{"n": str(number)} for number in range(500)], "format": "png"}
        refused = client.post(f"/templates/{uid}/batch-render", json=rows)
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        assert client.get(kept["url"]).content[:4] == b"\x89PNG"
        assert client.get("/health").status_code == 200
        disk.empty()
        until(lambda: _all_work(client), 60)
        small = {"variableSets": [{"n": "1"}, {"n": "2"}], "format": "png"}
        accepted = client.post(f"/templates/{uid}/batch-render", json=small).json()["batchId"]
        place = f"/templates/batch/{accepted}/results"
        until(lambda: client.get(place).json()["status"] == "completed", 60)
    assert service.stop() == 0


def test_S02_a_full_folder_for_temporary_files_is_a_503_that_passes_without_a_restart(
    start_service: Callable[..., Service], disk: SmallDisk
) -> None:
    service = start_service(environment={"TMPDIR": str(disk.folder)})
    with service.client() as client:
        assert _all_work(client)
        disk.fill()
        _refused_in_words(_answers(client))
        disk.empty()
        until(lambda: _all_work(client), 90)
    assert service.stop() == 0


def test_S06_with_no_descriptor_left_the_service_refuses_and_goes_on(
    start_service: Callable[..., Service],
) -> None:
    service = start_service()
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    with service.client() as client, ExitStack() as stack:
        assert _all_work(client)
        process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 40, 4096))
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        until(lambda: process.num_fds() >= process.rlimit(psutil.RLIMIT_NOFILE)[0] - 2)
        _refused_in_words(_answers(client))
        stack.close()
        until(lambda: _all_work(client), 60)
    with service.client() as another:
        assert another.get("/health").status_code == 200
    assert service.stop() == 0
