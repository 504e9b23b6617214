"""What must hold when everything is over, whatever was done to the service."""

import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
from PIL import Image, UnidentifiedImageError
from standardwebhooks import Webhook

from tests.chaos.campaign import Accepted
from tests.chaos.idle import more_than
from tests.chaos.receiver import Came, Receiver
from tests.chaos.world import World

__all__ = ["Verdict", "judge", "judge_end", "wait_until"]

TERMINAL = {
    "completed": "batch.completed",
    "partial": "batch.completed",
    "failed": "batch.failed",
    "cancelled": "batch.cancelled",
}
OURS = {"worker_lost", "engine_crashed", "page_crashed", "render_timeout", "engine_unavailable"}
"""What an item may end with that was hit again and again."""

TO_BE_IDLE = 90
"""Seconds in which what is left of the dead is found and ended: it is looked for each minute."""


@dataclass(frozen=True)
class Verdict:
    """What does not hold, in sentences; and what was looked at."""

    wrong: list[str]
    items: Counter[str]
    events: int
    copies: int


def judge(
    world: World, receiver: Receiver, accepted: list[Accepted], before: dict[str, int]
) -> Verdict:
    """Look at every batch, item, artifact and event. The service runs, and is left alone.

    `before`: what was held of the machine when nothing had been done to it.
    """
    wrong: list[str] = []
    items: Counter[str] = Counter()
    with world.front.client() as client:
        for one in accepted:
            wrong += _batch(client, one, items)
        wrong += _service(world, client)
    wait_until(lambda: not more_than(world, before), TO_BE_IDLE)
    wrong += more_than(world, before)
    by_batch: dict[str, list[Came]] = defaultdict(list)
    for came in receiver.came:
        by_batch[came.event["data"]["batchId"]].append(came)
    for one in accepted:
        wrong += _events(one, by_batch.pop(one.id, []))
    # A batch whose 202 was lost is no fault: its key was sent again, and answered.
    wrong += [f"{batch_id}: an end was told of a batch that nobody has" for batch_id in by_batch]
    copies = len(receiver.came) - len({came.id for came in receiver.came})
    return Verdict(wrong, items, len(receiver.came), copies)


def judge_end(world: World) -> list[str]:
    """What is left when all services have been stopped."""
    wait_until(lambda: not world.left(), 20)
    wrong = [f"still runs: {_shown(process)}" for process in world.left()]
    left = [path for path in (world.folder / "tmp").rglob("platen-*") if path.is_dir()]
    wrong += [f"still there: {path}" for path in left if any(Path(path).rglob("*"))]
    parts = [path for path in world.disk.folder.rglob("*#*") if path.is_file()]
    return wrong + [f"an artifact cut short is still there: {path}" for path in parts]


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def _batch(client: httpx2.Client, one: Accepted, items: Counter[str]) -> Iterator[str]:
    whole, rows = _results(client, one.id)
    if whole is None:
        yield f"{one.id}: its results are not there"
        return
    if whole["status"] not in TERMINAL:
        yield f"{one.id}: still {whole['status']}"
    counts = [whole[name] for name in ("completedItems", "failedItems", "cancelledItems")]
    if sum(counts) != whole["totalItems"] or whole["totalItems"] != one.total:
        yield f"{one.id}: {counts} do not add up to {whole['totalItems']} or {one.total}"
    if sorted(row["index"] for row in rows) != list(range(one.total)):
        yield f"{one.id}: items are missing or there twice"
    done = [row for row in rows if row["success"]]
    if len(done) != counts[0]:
        yield f"{one.id}: {len(done)} results, and {counts[0]} are counted"
    if not one.cancelled and counts[2]:
        yield f"{one.id}: {counts[2]} items are cancelled, and nobody cancelled it"
    yield from _ends(one, rows, items)
    yield from _artifacts(client, one, done)


def _ends(one: Accepted, rows: list[dict[str, Any]], items: Counter[str]) -> Iterator[str]:
    for row in rows:
        code = "completed" if row["success"] else row.get("code") or "cancelled"
        items[code] += 1
        if code not in OURS | {"completed", "cancelled"}:
            yield f"{one.id}: item {row['index']} ended with {code}: {row.get('error')}"


def _artifacts(client: httpx2.Client, one: Accepted, done: list[dict[str, Any]]) -> Iterator[str]:
    addresses = [urlsplit(row["url"]).path for row in done]
    if len(set(addresses)) != len(addresses):
        yield f"{one.id}: two items have one address"
    for address in addresses:
        if (why := _broken(client, address)) is not None:
            yield f"{one.id}: {address} {why}"


def _results(
    client: httpx2.Client, batch_id: str
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    told: dict[str, Any] | None = None
    for state in ("completed", "failed", "cancelled"):
        place = f"/templates/batch/{batch_id}/results?status={state}&limit=100"
        answer = client.get(place)
        if not answer.is_success:
            return None, rows
        told = answer.json()
        rows += answer.json()["results"] + answer.json()["errors"]
    return told, rows


def _broken(client: httpx2.Client, address: str) -> str | None:
    answer = client.get(address)
    if not answer.is_success:
        return f"answers {answer.status_code}"
    try:
        Image.open(io.BytesIO(answer.content)).load()
    except (UnidentifiedImageError, OSError) as error:
        return f"is no whole picture: {error}"
    return None


def _events(one: Accepted, came: list[Came]) -> Iterator[str]:
    if len({each.id for each in came}) != 1:
        yield f"{one.id}: its end was told with {len({each.id for each in came})} ids"
        return
    if len({each.body for each in came}) != 1:
        yield f"{one.id}: copies of its last event differ"
    event = came[0].event
    if event["type"] != TERMINAL.get(event["data"]["status"]):
        yield f"{one.id}: {event['type']} tells of {event['data']['status']}"
    if not all(_signed(Webhook(one.secret), each) for each in came):
        yield f"{one.id}: a signature of its end is wrong"


def _signed(hook: Webhook, came: Came) -> bool:
    """By its own moment: it may have come many minutes ago."""
    moment = datetime.fromtimestamp(int(came.headers["webhook-timestamp"]), UTC)
    wanted = hook.sign(came.id, moment, came.body.decode())
    return wanted in came.headers["webhook-signature"].split()


def _service(world: World, client: httpx2.Client) -> Iterator[str]:
    if not wait_until(lambda: client.get("/ready").status_code == 200, 60):
        yield f"not ready: {client.get('/ready').text}"
    if not wait_until(lambda: client.get("/pressure").json()["running"] == 0, 30):
        yield f"the pool is not empty: {client.get('/pressure').text}"
    pool = client.get("/pressure").json()
    if pool["browsers"] < 1 or pool["queued"]:
        yield f"the pool is not back: {pool}"
    if not wait_until(lambda: not _zombies(world), 10):
        yield f"zombies: {', '.join(_zombies(world))}"


def _zombies(world: World) -> list[str]:
    """Who has ended and is buried by nobody, with who should do it."""
    found: list[str] = []
    for one in world.processes():
        with suppress(psutil.Error):
            if one.status() == psutil.STATUS_ZOMBIE:
                parent = one.parent()
                found.append(f"{one.name()} below {parent and _shown(parent)}")
    return found


def _shown(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())[:200]}"
    except psutil.Error:
        return str(process.pid)
