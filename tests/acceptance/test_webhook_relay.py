"""H09: the service dies after its receiver said yes and before that was written down."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook
from support.service import Service

pytestmark = [pytest.mark.full, pytest.mark.timeout(180)]


class Receiver(ThreadingHTTPServer):
    """Writes down what comes; the first answer is never heard, since `fatal` is called before."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fatal: Callable[[], None] | None = None
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.twice = threading.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(
            ({name.lower(): value for name, value in self.headers.items()}, body)
        )
        fatal, self.server.fatal = self.server.fatal, None
        if fatal is not None:
            fatal()
            return
        self.send_response(200)
        self.end_headers()
        self.server.twice.set()

    def log_message(self, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_H09_an_end_that_was_told_and_not_written_down_is_told_again_with_the_same_id(
    start_service: Callable[..., Service], receiver: Receiver
) -> None:
    environment = {"PLATEN_EGRESS_ALLOW": receiver.place, "PLATEN_WEBHOOK_TIMEOUT": "1"}
    service = start_service(environment=environment)
    receiver.fatal = service.kill
    with service.client() as client:
        made = client.post("/templates", json={"name": "t", "html": "<p>{{ n }}</p>"}).json()
        batch = {
            "variableSets": [{"n": "1"}],
            "format": "png",
            "webhookUrl": f"http://{receiver.place}/end",
        }
        place = f"/templates/{made['template']['uid']}/batch-render"
        accepted = client.post(place, json=batch).json()
        assert service.process is not None
        service.process.wait(60)
    service.start()
    assert receiver.twice.wait(60)
    (first, body), (second, again) = receiver.came
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    for headers in (first, second):
        Webhook(accepted["webhookSecret"]).verify(body, headers)
    assert service.stop() == 0
