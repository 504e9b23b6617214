"""Batches of the real service: watched, cancelled, killed in the middle, announced by webhook."""

import io
import json
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from pypdf import PdfReader
from standardwebhooks import Webhook
from support.postgres import private_postgres
from support.redis import PrivateRedis
from support.service import Service

pytestmark = pytest.mark.timeout(300)

CARD: dict[str, Any] = {
    "name": "Card",
    "html": "<style>body{margin:0;font:700 40px sans-serif;background:linear-gradient(#fed,#def)}"
    "</style><h1>{{ title }}</h1><p>{{ price }}</p>",
    "width": 600,
    "height": 315,
}
PNG = b"\x89PNG\r\n\x1a\n"


class Receiver(ThreadingHTTPServer):
    """A webhook receiver on loopback that writes down what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class _Hook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name there


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def template(http: httpx2.Client) -> str:
    answer = http.post("/templates", json=CARD)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["template"]["uid"])


def rows(count: int) -> list[dict[str, str]]:
    return [{"title": f"Card {n}", "price": f"{n} €"} for n in range(count)]


def submit(http: httpx2.Client, uid: str, **body: Any) -> dict[str, Any]:
    answer = http.post(f"/templates/{uid}/batch-render", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def watched(
    http: httpx2.Client,
    batch_id: str,
    until: Callable[[dict[str, Any]], bool],
    seconds: float = 120,
) -> dict[str, Any]:
    """The batch as soon as `until` holds; its counts must add up at each look."""
    deadline = time.monotonic() + seconds
    while True:
        answer = http.get(f"/templates/batch/{batch_id}/results", params={"limit": 1000})
        assert answer.status_code == 200, answer.text
        now = answer.json()
        ended = now["completedItems"] + now["failedItems"] + now["cancelledItems"]
        assert ended <= now["totalItems"]
        assert now["completedItems"] <= len(now["results"])  # items were read a moment later
        if until(now):
            return now
        assert time.monotonic() < deadline, now
        time.sleep(0.02)


def ended(now: dict[str, Any]) -> bool:
    return now["status"] in {"completed", "partial", "failed", "cancelled"}


def check_whole(http: httpx2.Client, done: dict[str, Any], count: int) -> None:
    """Every item once, in order, each with a picture of its own behind its URL."""
    assert (done["status"], done["completedItems"], done["progress"]) == ("completed", count, 100)
    assert [item["index"] for item in done["results"]] == list(range(count))
    assert all(
        item["success"] and item["variables"] == ["title", "price"] for item in done["results"]
    )
    pictures = set()
    for item in done["results"]:
        got = http.get(item["url"])
        assert got.status_code == 200
        assert got.content.startswith(PNG)
        assert (item["width"], item["height"], item["size"]) == (600, 315, len(got.content))
        pictures.add(got.content)
    assert len(pictures) == count


def stored(data_dir: Path) -> tuple[int, int, int]:
    """Artifacts and renders in the tables, and files in the store."""
    with sqlite3.connect(f"file:{data_dir / 'platen.db'}?mode=ro", uri=True) as database:
        artifacts = database.execute("SELECT count(*) FROM artifacts").fetchone()[0]
        renders = database.execute("SELECT count(*) FROM renders").fetchone()[0]
    files = sum(path.is_file() for path in (data_dir / "artifacts").rglob("*"))
    return artifacts, renders, files


def test_P1_a_batch_ends_with_each_artifact_once_after_kill_9_of_the_whole_service(
    start_service: Callable[..., Service], receiver: Receiver
) -> None:
    service = start_service(environment={"PLATEN_EGRESS_ALLOW": receiver.place})
    with service.client() as http:
        uid = template(http)
        made = submit(http, uid, variableSets=rows(40), webhookUrl=f"http://{receiver.place}/end")
        assert (made["status"], made["totalItems"]) == ("pending", 40)
        middle = watched(http, made["batchId"], lambda now: now["completedItems"] >= 8)
        service.kill()
    assert middle["completedItems"] < 40, "the batch was over before the kill"
    service.start()
    with service.client() as http:
        done = watched(http, made["batchId"], ended)
        check_whole(http, done, 40)
    deadline = time.monotonic() + 20
    while not receiver.got and time.monotonic() < deadline:
        time.sleep(0.02)
    (headers, body), *_ = receiver.got
    assert Webhook(made["webhookSecret"]).verify(body, headers)["type"] == "batch.completed"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert service.stop() == 0
    # A file may be left of a put whose row was never written; a row never without its file.
    artifacts, renders, files = stored(service.data_dir)
    assert (artifacts, renders) == (40, 40)
    assert files >= 40


def test_a_batch_is_followed_taken_away_and_mended(client: httpx2.Client) -> None:
    uid = template(client)
    sent = [*rows(3), {"title": "{% broken", "price": "1"}]
    made = submit(client, uid, variableSets=sent, filename="{title}", format="jpg")
    place = f"/templates/batch/{made['batchId']}"
    events: list[tuple[str, str, dict[str, Any]]] = []
    with client.stream("GET", f"{place}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for block in stream.read().decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in fields:
                events.append((fields["event"], fields["id"], json.loads(fields["data"])))
    assert events[-1][0] == "batch.completed"
    assert {kind for kind, _, _ in events[:-1]} <= {"batch.progress"}
    assert all(e["completedItems"] + e["failedItems"] <= e["totalItems"] for _, _, e in events)
    again = client.get(f"{place}/events", headers={"Last-Event-ID": events[-1][1]})
    assert again.status_code == 204

    mended = client.patch(f"{place}/items/3", json={"variables": {"title": "Four", "price": "4"}})
    assert (mended.status_code, mended.json()["run"]) == (200, 2), mended.text
    done = watched(client, made["batchId"], ended)
    assert (done["status"], done["completedItems"]) == ("completed", 4)
    answer = client.get(f"{place}/archive.zip")
    assert f'filename="{made["batchId"]}.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        assert found.namelist()[:4] == ["Card 0.jpg", "Card 1.jpg", "Card 2.jpg", "Four.jpg"]
        assert found.read("Four.jpg").startswith(b"\xff\xd8\xff")
    report = client.get(f"{place}/report.csv").content.decode("utf-8-sig").splitlines()
    assert len(report) == 5
    assert client.get(f"{place}/contact-sheet.png").content.startswith(PNG)
    assert client.head(f"{place}/archive.zip").status_code == 200
    for path, code in (("merged.pdf", "nothing_made"), ("events", None), ("archive.zip", None)):
        if code:
            assert client.get(f"{place}/{path}").json()["code"] == code
        strange = client.get(f"/templates/batch/bat_00000000000000000000/{path}")
        assert strange.status_code == 404


def test_the_documents_of_a_batch_become_one(client: httpx2.Client) -> None:
    uid = template(client)
    made = submit(client, uid, variableSets=rows(3), format="pdf")
    watched(client, made["batchId"], ended)
    answer = client.get(f"/templates/batch/{made['batchId']}/merged.pdf")
    assert answer.status_code == 200, answer.text
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert [page.extract_text().split("\n")[0] for page in pages] == ["Card 0", "Card 1", "Card 2"]


def test_a_cancel_is_answered_at_once_and_nothing_starts_after_it(
    service: Service, client: httpx2.Client
) -> None:
    uid = template(client)
    made = submit(client, uid, variableSets=rows(400))
    watched(client, made["batchId"], lambda now: now["completedItems"] >= 3)
    asked = time.monotonic()
    answer = client.post(f"/templates/batch/{made['batchId']}/cancel")
    assert time.monotonic() - asked < 1.0
    told = answer.json()
    assert (answer.status_code, told["status"], told["totalCount"]) == (200, "cancelled", 400)
    assert told["completedCount"] + told["failedCount"] + told["cancelledCount"] == 400
    again = client.post(f"/templates/batch/{made['batchId']}/cancel")
    assert (again.status_code, again.json()) == (200, told)
    deadline = time.monotonic() + 5
    while (busy := client.get("/pressure").json()["running"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert busy == 0
    later = watched(client, made["batchId"], ended)
    assert later["completedItems"] == told["completedCount"] == len(later["results"])


def test_C04_too_late_to_cancel_and_others_batches(client: httpx2.Client) -> None:
    uid = template(client)
    made = submit(client, uid, variableSets=rows(2))
    watched(client, made["batchId"], ended)
    late = client.post(f"/templates/batch/{made['batchId']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "already_completed")
    nobody = client.post("/templates/batch/bat_00000000000000000000/cancel")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


def test_a_table_is_uploaded_mapped_and_checked(client: httpx2.Client) -> None:
    uid = template(client)
    table = "Name;Preis\nEins;1,50\nZwei;\n".encode("cp1252")
    options = {"mappings": {"title": "Name", "price": "Preis"}, "format": "jpg"}
    answer = client.post(
        f"/templates/{uid}/batch-render",
        data={"request": json.dumps(options)},
        files={"csv": ("cards.csv", table, "text/csv")},
    )
    assert answer.status_code == 202, answer.text
    done = watched(client, answer.json()["batchId"], ended)
    assert (done["status"], done["completedItems"]) == ("completed", 2)
    assert [item["variables"] for item in done["results"]] == [["title", "price"], ["title"]]
    assert done["results"][0]["url"].endswith(".jpg")


def test_what_is_wrong_with_a_batch_is_said_by_name(client: httpx2.Client) -> None:
    uid = template(client)
    for body, field in (
        ({}, "variableSets"),
        ({"variableSets": []}, "variableSets"),
        ({"variableSets": rows(1), "csvUrl": "https://example.com/a.csv"}, "variableSets"),
        ({"variableSets": rows(1), "concurrency": 11}, "concurrency"),
        ({"variableSets": rows(1), "format": "bmp"}, "format"),
        ({"variableSets": rows(1), "layout": "a", "layouts": ["b"]}, "layouts"),
        ({"csv": "title\n", "mappings": {}}, None),
    ):
        answer = client.post(f"/templates/{uid}/batch-render", json=body)
        problem = answer.json()
        assert answer.status_code == 400, (body, problem)
        if field is not None:
            assert problem["errors"][0]["field"] == field, (body, problem)
    blocked = client.post(
        f"/templates/{uid}/batch-render",
        json={"variableSets": rows(1), "webhookUrl": "http://169.254.169.254/"},
    )
    assert (blocked.status_code, blocked.json()["code"]) == (422, "blocked-url")
    missing = client.post(
        "/templates/tpl_00000000000000000000/batch-render", json={"variableSets": rows(1)}
    )
    assert missing.status_code == 404


def test_subscriptions_over_http(start_service: Callable[..., Service], receiver: Receiver) -> None:
    service = start_service(environment={"PLATEN_EGRESS_ALLOW": receiver.place})
    with service.client() as http:
        target = f"http://{receiver.place}/all"
        made = http.post(
            "/webhook-subscriptions",
            json={"event": "render.completed", "targetUrl": target, "filters": {"batchId": None}},
        )
        assert made.status_code == 201, made.text
        subscription = made.json()["subscription"]
        secret = subscription["secret"]
        one = f"/webhook-subscriptions/{subscription['uid']}"
        tested = http.post(f"{one}/test").json()
        assert tested["success"] is True
        assert Webhook(secret).verify(receiver.got[0][1], receiver.got[0][0])
        picture = http.post("/image", json={"html": "<p>x</p>", "width": 64, "height": 64}).json()
        deadline = time.monotonic() + 10
        while len(receiver.got) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        event = json.loads(receiver.got[1][1])
        assert (event["type"], event["data"]["url"]) == ("render.completed", picture["url"])
        assert "secret" not in http.get(one).json()["subscription"]
        assert http.put(one, json={"status": "paused"}).json()["subscription"]["status"] == "paused"
        assert http.post(f"{one}/rotate-secret").json()["subscription"]["secret"] != secret
        log = http.get(f"{one}/deliveries").json()
        assert [row["status"] for row in log["deliveries"]] == ["delivered", "delivered"]
        assert http.get("/webhook-subscriptions").json()["pagination"]["total"] == 1
        assert http.delete(one).json()["deleted"] is True
        assert http.get(one).status_code == 404


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis of their own, as the environment names them."""
    redis = PrivateRedis()
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        redis.start()
        yield {"PLATEN_DATABASE_URL": url, "PLATEN_REDIS_URL": redis.url}
        redis.close()


def test_W01_kill_9_of_a_worker_beside_another_on_postgresql_and_redis(
    start_service: Callable[..., Service], servers: dict[str, str]
) -> None:
    environment = {**servers, "PLATEN_BROWSERS": "1"}
    service = start_service("shared", command="api", environment=environment)
    workers = [
        Service(service.data_dir.with_name(name), environment=environment | _shared(service),
                command="worker", key=service.key)
        for name in ("first", "second")
    ]  # fmt: skip
    try:
        workers[0].start()
        with service.client() as http:
            uid = template(http)
            made = submit(http, uid, variableSets=rows(40))
            middle = watched(http, made["batchId"], lambda now: now["completedItems"] >= 8)
            workers[0].kill()
            assert middle["completedItems"] < 40
            workers[1].start()
            done = watched(http, made["batchId"], ended)
            check_whole(http, done, 40)
        with psycopg.connect(servers["PLATEN_DATABASE_URL"]) as database:
            query = "SELECT max(attempt), count(DISTINCT artifact_id) FROM batch_items"
            found = database.execute(query).fetchone()
            assert found is not None
            assert found[0] <= 2
            assert found[1] == 40
            assert database.execute("SELECT count(*) FROM artifacts").fetchone() == (40,)
    finally:
        for worker in workers:
            worker.kill()


def _shared(service: Service) -> dict[str, str]:
    """One store for all processes: the API serves what the workers put."""
    return {
        "PLATEN_STORAGE_URL": f"file://{service.data_dir / 'artifacts'}",
        "PLATEN_PUBLIC_URL": service.url,
    }
