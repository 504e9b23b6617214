"""Batches, one after another, as a client sends them that means to have them done."""

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.chaos.receiver import Receiver
from tests.support.service import Service

__all__ = ["Accepted", "Campaign", "ask"]

AT_ONCE = 5
"""Batches whose end is not told yet, at most: this is no test of speed."""
PLAIN = "<body style='margin:0;background:#{{ colour }}'><h1>{{ title }}</h1></body>"
SCRIPTED = "<h1 id=a></h1><script>document.getElementById('a').textContent='{{ title }}'</script>"


@dataclass(frozen=True)
class Accepted:
    """A batch that somebody has a 202 for."""

    id: str
    secret: str
    total: int
    cancelled: bool


@dataclass
class Campaign:
    """Runs in a thread of its own from `begin` to `end`."""

    front: Service
    receiver: Receiver
    dice: random.Random
    accepted: list[Accepted] = field(default_factory=list[Accepted])
    statuses: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])
    _templates: list[str] = field(default_factory=list[str])
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def warm_up(self) -> None:
        """A batch of each template, so that whatever starts at its first use has started."""
        self._templates = [self._template(html) for html in (PLAIN, SCRIPTED)]
        for template in self._templates:
            self._submit(template)

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Send nothing new; what was begun is seen through."""
        self._over.set()
        assert self._thread is not None
        self._thread.join(180)
        if self._thread.is_alive():
            self.faults.append("a request found no answer but refusals for 180 s")

    def _run(self) -> None:
        while not self._over.is_set():
            open_ones = {one.id for one in self.accepted} - self.receiver.ended()
            if len(open_ones) < AT_ONCE:
                try:
                    self._submit(self.dice.choice(self._templates))
                except AssertionError as error:
                    self.faults.append(str(error))
            self._over.wait(self.dice.uniform(0.2, 2))

    def _template(self, html: str) -> str:
        made = self._until_done("POST", "/templates", {"name": "chaos", "html": html})
        return str(made["template"]["uid"])

    def _submit(self, template: str) -> None:
        total = self.dice.randint(3, 25)
        rows = [
            {"title": f"{uuid.uuid4()}", "colour": f"{self.dice.randrange(1 << 24):06x}"}
            for _ in range(total)
        ]
        body = {
            "variableSets": rows,
            "format": "jpeg",
            "webhookUrl": f"http://{self.receiver.place}/end",
        }
        place = f"/templates/{template}/batch-render"
        told = self._until_done("POST", place, body)
        cancel = self.dice.random() < 0.2
        if cancel:
            self._over.wait(self.dice.uniform(0, 3))
            self._until_done("POST", f"/templates/batch/{told['batchId']}/cancel", {})
        accepted = Accepted(told["batchId"], told["webhookSecret"], total, cancel)
        self.accepted.append(accepted)

    def _until_done(self, method: str, place: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send it, with one key, until it is done; a 409 that says that all is over is done too."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline:
            answer = ask(self.front, method, place, json=body, headers=key)
            if answer is None:
                self.statuses["no answer"] += 1
            else:
                self.statuses[str(answer.status_code)] += 1
                code = answer.json().get("code", "")
                if answer.is_success or code == "already_completed":
                    return answer.json()
                again = answer.status_code in {429, 503} or code == "idempotency_in_flight"
                assert again, f"{method} {place}: {answer.status_code} {answer.text[:300]}"
            time.sleep(0.3)
        raise AssertionError(f"{method} {place}: no answer but refusals for 150 s")


def ask(
    front: Service,
    method: str,
    place: str,
    *,
    key: str | None = None,
    seconds: float = 20,
    **options: Any,
) -> httpx2.Response | None:
    """One request; None when nobody answered in `seconds`."""
    try:
        with front.client(key) as client:
            client.timeout = httpx2.Timeout(seconds)
            return client.request(method, place, **options)
    except httpx2.HTTPError:
        return None
