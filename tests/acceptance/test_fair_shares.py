"""A huge batch of one workspace, and what another one asks for meanwhile."""

import time
from typing import Any

import httpx2
import pytest
from acceptance.test_batches import ended, rows, submit, template
from support.service import Service

pytestmark = pytest.mark.timeout(600)

SINGLES = 10
SMALL = 20
MOST_EACH = 10
"""Items of the huge batch drawn meanwhile for each of the others': it is about one, but the first of
them waits until the worker looks, which may be a second, and items are settled in sets."""


def _counts(http: httpx2.Client, batch_id: str) -> dict[str, Any]:
    answer = http.get(f"/templates/batch/{batch_id}/results", params={"limit": 1})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _until(http: httpx2.Client, batch_id: str, wanted: int) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while True:
        now = _counts(http, batch_id)
        if now["completedItems"] >= wanted or ended(now):
            return now
        assert time.monotonic() < deadline, now
        time.sleep(0.02)


@pytest.mark.parametrize("count", [3000, pytest.param(50_000, marks=pytest.mark.full)])
def test_M08_single_renders_and_a_small_batch_end_long_before_anothers_huge_one(
    service: Service, count: int
) -> None:
    with (
        service.client(service.workspace("huge")) as huge,
        service.client(service.workspace("small")) as small,
    ):
        uid = template(small)
        csv = "title,price\n" + "".join(f"Card {n},{n}\n" for n in range(count))
        made = huge.post(
            f"/templates/{template(huge)}/batch-render",
            files={"csv": ("cards.csv", csv.encode(), "text/csv")},
        ).json()
        began = _until(huge, made["batchId"], 1)
        for number in range(SINGLES):
            picture = small.post("/image", json={"html": f"<p>{number}", "width": 64, "height": 64})
            assert picture.status_code == 200, picture.text
        singles = _counts(huge, made["batchId"])
        done = _until(small, submit(small, uid, variableSets=rows(SMALL))["batchId"], SMALL)
        batch = _counts(huge, made["batchId"])
        huge.post(f"/templates/batch/{made['batchId']}/cancel").raise_for_status()
    told = [now["completedItems"] for now in (began, singles, batch)]
    assert (done["status"], done["completedItems"]) == ("completed", SMALL)
    assert began["totalItems"] == batch["totalItems"] == count
    assert batch["status"] == "processing"
    assert told[1] - told[0] <= SINGLES * MOST_EACH, told
    assert told[2] - told[1] <= SMALL * MOST_EACH, told
