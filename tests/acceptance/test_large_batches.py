"""Batches as large as they may be, and uploads that break off, over the real service."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx2
import psutil
import pytest
from acceptance.test_batches import ended, rows, submit, template, watched
from support.service import Service

pytestmark = pytest.mark.timeout(600)
ROWS = 100_000


def test_M05_an_upload_that_breaks_off_makes_no_batch(
    service: Service, client: httpx2.Client
) -> None:
    uid = template(client)
    before = client.get("/templates/batch").json()["pagination"]["total"]
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="csv"; filename="a.csv"\r\n\r\n'
         b"title\n" + b"card\n" * 1000
    )  # fmt: skip
    head = (
        f"POST /templates/{uid}/batch-render HTTP/1.1\r\nHost: x\r\nX-API-Key: {service.key}\r\n"
        "Content-Type: multipart/form-data; boundary=edge\r\n"
        f"Content-Length: {len(body) * 2}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port)) as half:
        half.sendall(head.encode() + body)
    watched(client, submit(client, uid, variableSets=rows(1))["batchId"], ended)
    assert client.get("/templates/batch").json()["pagination"]["total"] == before + 1


def test_a_dry_run_answers_with_a_report(client: httpx2.Client) -> None:
    uid = template(client)
    csv = "Titel;Price\nEins;1,50\n"
    answer = client.post(f"/templates/{uid}/batch-render", json={"csv": csv, "dryRun": True})
    report = answer.json()
    assert (answer.status_code, report["dryRun"], report["totalItems"]) == (200, True, 1)
    assert report["mappings"] == {"title": "Titel", "price": "Price"}
    assert [column["exact"] for column in report["columns"]] == [False, True]


@pytest.mark.full
def test_M01_C01_the_largest_batch_is_accepted_and_cancelled_while_others_are_served(
    start_service: Callable[..., Service],
) -> None:
    service = start_service("large", environment={"PLATEN_RENDER_QUEUE": "64"})
    with service.client() as http:
        uid = template(http)
        table = ("title,price\n" + "".join(f"Card {n},{n}\n" for n in range(ROWS))).encode()
        assert service.process is not None
        process = psutil.Process(service.process.pid)
        before = process.memory_full_info().pss
        asked = time.monotonic()
        made = http.post(
            f"/templates/{uid}/batch-render",
            data={"request": json.dumps({"format": "jpg"})},
            files={"csv": ("cards.csv", table, "text/csv")},
        ).json()
        slowest = 0.0

        def whole(now: dict[str, Any]) -> bool:
            nonlocal slowest
            began = time.monotonic()
            picture = http.post("/image", json={"html": "<p>x", "width": 64, "height": 64})
            assert picture.status_code == 200, picture.text
            slowest = max(slowest, time.monotonic() - began)
            return not now["accepting"]

        found = watched(http, made["batchId"], whole)
        accepted = time.monotonic() - asked
        assert found["totalItems"] == ROWS
        grown = process.memory_full_info().pss - before
        asked = time.monotonic()
        done = http.post(f"/templates/batch/{made['batchId']}/cancel").json()
        cancelled = time.monotonic() - asked
        told = (accepted, slowest, grown >> 20, cancelled)
        assert cancelled < 1.0, told
        assert done["cancelledCount"] + done["completedCount"] + done["failedCount"] == ROWS
        assert grown < 200 << 20, told
        one_more = http.post(
            f"/templates/{uid}/batch-render",
            files={"csv": ("cards.csv", table + b"one,more\n", "text/csv")},
        ).json()
        over = watched(http, one_more["batchId"], ended)
        assert (over["status"], over["code"]) == ("failed", "too_many_rows")
        assert str(ROWS) in over["error"]
