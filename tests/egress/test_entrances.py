"""Every entrance of the running service that takes a URL: captures, CSV sources, webhooks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx2
import pytest
from support.service import Service
from support.site import MARKER
from support.urls import A_FIFTH, URLS, at

full = pytest.mark.egress_full


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
    BODIES: ClassVar = {"/rows.csv": "name\nAda\n", "/away": ""}

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
def http(tmp_path_factory: pytest.TempPathFactory, opened: Canary) -> Iterator[httpx2.Client]:
    """A client of the real service, in which one private place is opened."""
    folder: Path = tmp_path_factory.mktemp("egress-service") / "data"
    service = Service(folder, {"PLATEN_EGRESS_ALLOW": opened.place})
    service.start()
    with service.client() as client:
        yield client
    service.stop()


@pytest.fixture(scope="module")
def template(http: httpx2.Client) -> str:
    made = http.post("/templates", json={"name": "rows", "html": "<p>{{ name }}</p>"}).json()
    return (made.get("template") or made)["uid"]


def entrances(template: str, url: str) -> dict[str, tuple[str, dict[str, object]]]:
    """Route and body of each way to hand over a URL."""
    return {
        "capture": ("/image", {"url": url, "width": 64, "height": 48}),
        "csv": (f"/templates/{template}/batch-render", {"csvUrl": url}),
        "webhook": ("/webhook-subscriptions", {"targetUrl": url, "event": "render.completed"}),
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
    for name in ("capture", "csv"):
        route, body = entrances(template, away)[name]
        answer = http.post(route, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url"), name
    assert canary.paths == []


def test_x01_the_positive_control_is_reached_through_each_entrance(
    http: httpx2.Client, template: str, opened: Canary
) -> None:
    opened.paths.clear()
    start = f"http://{opened.place}"
    for name, path in {"capture": "/page", "csv": "/rows.csv", "webhook": "/hook"}.items():
        route, body = entrances(template, f"{start}{path}")[name]
        answer = http.post(route, json=body)
        assert answer.status_code in {200, 201, 202}, (name, answer.text)
    assert {"/page", "/rows.csv"} <= set(opened.paths)
