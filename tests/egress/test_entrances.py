"""Every entrance of the running service that takes a URL: captures, CSV sources, assets, webhooks,
bindings.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
from support.service import ROOT, Service
from support.site import MARKER
from support.urls import A_FIFTH, URLS, at

full = pytest.mark.full
NUMBERS = count()
"""So that no two assets want the same name."""


class Canary(ThreadingHTTPServer):
    """Writes down each path that was asked for; answers with the marker, or with rows as CSV."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        self.paths: list[str] = []
        super().__init__((host, 0), _Handler)
        self.place = f"{host}:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Canary
    protocol_version = "HTTP/1.0"
    BODIES: ClassVar = {"/rows.csv": "name\nAda\n", "/two.csv": "name,n\nAda,1\n", "/away": ""}

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        place, _, to = self.path.partition("?to=")
        body = self.BODIES.get(place, f"<h1>{MARKER}</h1>").encode()
        self.send_response(302 if place == "/away" else 200)
        self.send_header("Content-Length", str(len(body)))
        if place == "/away":
            self.send_header("Location", to)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server looks it up by this name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """What must not be reached."""
    server = Canary("127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def opened() -> Iterator[Canary]:
    """The positive control, opened by the operator."""
    server = Canary("127.0.0.2")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, opened: Canary) -> Iterator[Service]:
    """The real service, in which one private place is opened."""
    folder: Path = tmp_path_factory.mktemp("egress-service") / "data"
    service = Service(folder, {"PLATEN_EGRESS_ALLOW": opened.place})
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def http(service: Service) -> Iterator[httpx2.Client]:
    """Its client, with a key that may go everywhere."""
    with service.client() as client:
        yield client


def new_key(service: Service, *options: str) -> dict[str, str]:
    """The headers of a key that an operator makes while the service runs."""
    command = [sys.executable, "-m", "platen", "key", "create", *options]
    made = subprocess.run(
        [*command, "--data-dir", str(service.data_dir)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


@pytest.fixture(scope="module")
def template(http: httpx2.Client) -> str:
    made = http.post("/templates", json={"name": "rows", "html": "<p>{{ name }}</p>"}).json()
    return (made.get("template") or made)["uid"]


def entrances(template: str, url: str) -> dict[str, tuple[str, dict[str, object]]]:
    """Route and body of each way to hand over a URL."""
    return {
        "capture": ("/image", {"url": url, "width": 64, "height": 48}),
        "csv": (f"/templates/{template}/batch-render", {"csvUrl": url}),
        "asset": ("/assets", {"url": url, "name": f"rows {next(NUMBERS)}.csv"}),
        "webhook": ("/webhook-subscriptions", {"targetUrl": url, "event": "render.completed"}),
        "binding": ("/bindings", {"templateId": template, "dataSource": {"url": url}}),
    }


CASES = [pytest.param(url, marks=() if url in A_FIFTH else full) for url in URLS]


@pytest.mark.parametrize("url", CASES)
def test_x01_no_entrance_takes_a_url_of_the_suite(
    http: httpx2.Client, template: str, canary: Canary, url: str
) -> None:
    for name, (route, body) in entrances(template, at(url, canary.server_port)).items():
        answer = http.post(route, json=body)
        assert answer.status_code in {400, 422}, (name, answer.text)
        assert MARKER not in answer.text
        if answer.status_code == 422:
            assert answer.json()["code"] == "blocked-url", name
    assert canary.paths == []


def test_x01_no_entrance_follows_a_redirect_to_a_private_place(
    http: httpx2.Client, template: str, canary: Canary, opened: Canary
) -> None:
    away = f"http://{opened.place}/away?to=http://{canary.place}/"
    for name in ("capture", "csv", "asset"):
        route, body = entrances(template, away)[name]
        answer = http.post(route, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url"), name
    route, body = entrances(template, away)["binding"]  # the first request comes after the answer
    made = http.post(route, json=body).json()["binding"]
    done = http.post(f"{route}/{made['uid']}/refresh").json()["binding"]
    assert (done["status"], done["errorCount"] > 0) == ("error", True)
    assert "does not lead to a public address" in done["lastError"]
    assert http.delete(f"{route}/{made['uid']}").status_code == 200
    assert canary.paths == []


def test_x01_the_positive_control_is_reached_through_each_entrance(
    http: httpx2.Client, template: str, opened: Canary
) -> None:
    opened.paths.clear()
    start = f"http://{opened.place}"
    paths = {
        "capture": "/page",
        "csv": "/rows.csv",
        "asset": "/two.csv",
        "webhook": "/hook",
        "binding": "/data",
    }
    for name, path in paths.items():
        route, body = entrances(template, f"{start}{path}")[name]
        answer = http.post(route, json=body)
        assert answer.status_code in {200, 201, 202}, (name, answer.text)
    made = answer.json()["binding"]["uid"]
    assert http.post(f"/bindings/{made}/refresh").json()["binding"]["status"] == "error"  # no JSON
    assert http.delete(f"/bindings/{made}").status_code == 200
    assert {"/page", "/rows.csv", "/two.csv", "/data"} <= set(opened.paths)


def test_a_key_without_egress_reaches_nothing_through_any_entrance(
    service: Service, http: httpx2.Client, template: str, opened: Canary
) -> None:
    opened.paths.clear()
    for options in (("none",), ("allow-list", "--egress-host", "other.example")):
        key = new_key(service, "--egress", *options)
        for name, (route, body) in entrances(template, f"http://{opened.place}/x").items():
            answer = http.post(route, json=body, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url"), name
        html = f"<img src='http://{opened.place}/x.png'>"
        answer = http.post("/image", json={"html": html, "width": 8, "height": 8}, headers=key)
        assert "blocked_request" in {one["code"] for one in answer.json()["warnings"]}
    assert asked_for(opened) == []


def test_a_key_with_a_list_reaches_what_is_on_it(
    service: Service, http: httpx2.Client, template: str, opened: Canary, canary: Canary
) -> None:
    opened.paths.clear()
    hosts = ("--egress-host", "127.0.0.2", "--egress-host", "127.0.0.1")
    key = new_key(service, "--egress", "allow-list", *hosts)
    for place, status in ((opened.place, 200), (canary.place, 422)):  # a list opens nothing private
        route, body = entrances(template, f"http://{place}/listed")["capture"]
        assert http.post(route, json=body, headers=key).status_code == status
    assert "/listed" in opened.paths
    assert canary.paths == []


@pytest.mark.parametrize("way", ["render", "batch"])
def test_a_template_may_say_that_its_renders_go_nowhere(
    http: httpx2.Client, opened: Canary, way: str
) -> None:
    opened.paths.clear()
    html = f"<img src='http://{opened.place}/{way}.png'>{{{{ name }}}}"
    egress = {"policy": "none"}
    made = http.post("/templates", json={"html": html, "egress": egress}).json()["template"]
    assert made["egress"] == {"policy": "none", "hosts": []}
    if way == "render":
        results = http.post(f"/templates/{made['uid']}/render", json={}).json()["results"]
    else:
        body = {"variableSets": [{"name": "Ada"}]}
        batch = http.post(f"/templates/{made['uid']}/batch-render", json=body).json()["batchId"]
        results = ended(http, batch)["results"]
    assert "blocked_request" in {one["code"] for one in results[0]["warnings"]}
    assert asked_for(opened) == []
    changed = http.put(f"/templates/{made['uid']}", json={"egress": None}).json()["template"]
    assert changed["egress"] == {"policy": "public", "hosts": []}
    http.post(f"/templates/{made['uid']}/render", json={})
    assert asked_for(opened) == [f"/{way}.png"]


def asked_for(site: Canary) -> list[str]:
    """What was asked for, but for what the webhook of the positive control is told meanwhile."""
    return [path for path in site.paths if path != "/hook"]


def ended(http: httpx2.Client, batch: str) -> dict[str, Any]:
    """The batch's results, once it has ended."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        results = http.get(f"/templates/batch/{batch}/results").json()
        if results["progress"] == 100:
            return results
        time.sleep(0.1)  # another process works on it
    raise AssertionError("the batch did not end")


def test_a_refused_request_is_uniform_in_the_answer_and_whole_in_the_log(
    service: Service, http: httpx2.Client, canary: Canary
) -> None:
    texts = set[str]()
    for javascript in ("off", "on"):
        for host in ("127.0.0.1", "no-such-name.test"):
            url = f"https://{host}:{canary.server_port}/"
            body = {"html": f"<img src='{url}'>", "javascript": javascript, "width": 8, "height": 8}
            made = http.post("/image", json=body).json()
            told = [one for one in made["warnings"] if one["code"] == "blocked_request"]
            texts |= {one["message"].replace(host, "HOST") for one in told}
            lines = [line for line in service.log.read_text().splitlines() if made["id"] in line]
            reason = "loopback" if host == "127.0.0.1" else "no such name"
            assert len([line for line in lines if reason in line]) == 1
    assert len(texts) == 1
