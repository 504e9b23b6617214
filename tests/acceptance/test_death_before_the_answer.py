"""A service that dies after its work was committed has not done it twice."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from support.service import ROOT, Service

PICTURE = {"html": "<h1>once</h1>", "width": 100, "height": 50}


def test_I03_the_retry_of_a_request_whose_answer_was_lost_gets_that_answer(
    start_service: Callable[..., Service], tmp_path: Path
) -> None:
    program = ("-m", "tests.support.dying_platen")
    service = start_service(
        program=program, environment={"DIED": str(tmp_path / "died"), "PYTHONPATH": str(ROOT)}
    )
    key = {"Idempotency-Key": "order-1"}
    with service.client() as http:
        with pytest.raises(httpx2.HTTPError):
            http.post("/image", json=PICTURE, headers=key)
        assert service.process is not None
        assert service.process.wait(10) == -9
        service.start()
        (made,) = http.get("/image").json()["images"]
        again = http.post("/image", json=PICTURE, headers=key)
        assert again.status_code == 200, again.text
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.json()["id"], again.json()["url"]) == (made["id"], made["url"])
        assert http.get(again.json()["url"]).headers["content-type"] == "image/png"
        assert len(http.get("/image").json()["images"]) == 1
