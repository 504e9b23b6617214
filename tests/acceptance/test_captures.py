"""Pages of a web server that is allowed, and clients that go away."""

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from PIL import Image
from support.service import Service

SCRIPTED = """<!doctype html><style>body{margin:0}</style><body><script>
const [agent, cookie, head] = [navigator.userAgent, document.cookie, "%s"];
document.body.style.background =
  agent === "Tester/1" && cookie.includes("who=me") && head === "yes" ? "#0f0" : "#f00";
</script>"""


class Pages(BaseHTTPRequestHandler):
    """`/plain`, `/scripted` (which answers to what it is sent), `/gone` (404)."""

    def do_GET(self) -> None:
        body = b"<style>body{margin:0;background:#00f}</style>"
        if self.path == "/scripted":
            body = (SCRIPTED % self.headers.get("X-Head", "no")).encode()
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def http(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    environment = {"PLATEN_EGRESS_ALLOW": site}
    service = Service(tmp_path_factory.mktemp("captures") / "data", environment).start()
    with service.client() as client:
        yield client
    service.stop()


def corner(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert picture.size == (40, 20)
    return picture.getpixel((1, 1))


def test_a_page_of_an_allowed_server_is_captured(http: httpx2.Client, site: str) -> None:
    body = {"url": f"http://{site}/plain", "width": 40, "height": 20}
    assert corner(http.post("/image?response=binary", json=body)) == (0, 0, 255)


def test_a_page_gets_the_agent_headers_and_cookies_of_the_request(
    http: httpx2.Client, site: str
) -> None:
    body = {
        "url": f"http://{site}/scripted",
        "width": 40,
        "height": 20,
        "userAgent": "Tester/1",
        "headers": {"X-Head": "yes"},
        "cookies": [{"name": "who", "value": "me"}],
        "store": False,
    }
    assert corner(http.post("/image", json=body)) == (0, 255, 0)
    without = http.post("/image", json={**body, "cookies": []})
    assert corner(without) == (255, 0, 0)


def test_scripts_of_a_captured_page_can_be_switched_off(http: httpx2.Client, site: str) -> None:
    body = {
        "url": f"http://{site}/scripted",
        "width": 40,
        "height": 20,
        "javascript": "off",
        "transparent": False,
    }
    assert corner(http.post("/image?response=binary", json=body)) == (255, 255, 255)


def test_another_port_of_the_same_host_stays_closed(http: httpx2.Client, site: str) -> None:
    port = int(site.split(":")[1]) + 1
    answer = http.post("/image", json={"url": f"http://127.0.0.1:{port}/"})
    assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url")


def until(found: Callable[[], bool], seconds: float) -> float:
    """How long it took; fails after `seconds`."""
    began = time.monotonic()
    while not found():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def test_A08_a_render_whose_client_has_gone_is_stopped_and_its_slot_comes_back(
    http: httpx2.Client,
) -> None:
    def running() -> int:
        return int(http.get("/pressure").json()["running"])

    def total() -> int:
        return int(http.get("/image").json()["pagination"]["total"])

    before = total()
    body = json.dumps({"html": "<script>while(1){}</script>", "timeout": 60_000}).encode()
    url = http.base_url
    head = (
        f"POST /image HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
        f"Authorization: {http.headers['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    until(lambda: running() == 0, 5)
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(head.encode() + body)
        until(lambda: running() == 1, 10)
    assert until(lambda: running() == 0, 5) < 3
    assert total() == before
    assert http.post("/image", json={"html": "<p>x", "width": 8, "height": 8}).status_code == 200
