"""Two batches: one watched to its end, one cancelled half-way; both announced by webhook."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo.receiver import Receiver
from demo.table import Made

__all__ = ["run_campaign", "run_cancelled", "verify_webhooks"]

ENDED = {"completed", "partial", "failed", "cancelled"}


def run_campaign(
    http: httpx2.Client, console: Console, uid: str, rows: Path, receiver: Receiver, out: Path
) -> list[Made]:
    """All rows of the CSV as JPEG; every result saved under `out`."""
    started = time.perf_counter()
    batch = _start(http, uid, rows.read_text(encoding="utf-8"), receiver, "/campaign")
    results = _watch(http, console, batch, "campaign of 40 rows", stop_at=None)
    elapsed = (time.perf_counter() - started) * 1000
    if results["status"] != "completed":
        raise SystemExit(f"the campaign ended as {results['status']}: {results['errors']}")
    folder = out / "campaign"
    folder.mkdir(exist_ok=True)
    files: list[Made] = []
    for row in results["results"]:
        content = http.get(row["url"]).raise_for_status().content
        path = folder / f"{row['index'] + 1:02}.jpg"
        path.write_bytes(content)
        files.append(Made(path, len(content), f"{row['width']} x {row['height']}", 0))
    total = sum(file.size for file in files)
    return [Made(folder, total, f"{len(files)} pictures from 40 rows", elapsed)]


def run_cancelled(
    http: httpx2.Client, console: Console, uid: str, rows: Path, receiver: Receiver
) -> str:
    """The same rows, ten times with a number, cancelled early; how it ended, in words."""
    batch = _start(
        http, uid, _numbered(rows.read_text(encoding="utf-8"), 10), receiver, "/cancelled"
    )
    results = _watch(http, console, batch, "a second one, cancelled", stop_at=40)
    done, dropped = results["completedItems"], results["cancelledItems"]
    return f"cancelled after {done} of {results['totalItems']} rows; {dropped} never ran"


def _numbered(table: str, times: int) -> str:
    """Rows that were not drawn before, or the store would answer at once."""
    rows = list(csv.DictReader(io.StringIO(table)))
    written = io.StringIO()
    out = csv.DictWriter(written, list(rows[0]))
    out.writeheader()
    for number in range(1, times + 1):
        out.writerows({**row, "title": f"{number}. {row['title']}"} for row in rows)
    return written.getvalue()


def _start(
    http: httpx2.Client, uid: str, table: str, receiver: Receiver, path: str
) -> dict[str, Any]:
    body = {
        "csv": table,
        "format": "jpeg",
        "webhookUrl": f"http://{receiver.address}{path}",
    }
    answer = http.post(f"/templates/{uid}/batch-render", json=body)
    if answer.is_error:
        raise SystemExit(f"the batch was refused: {answer.status_code} {answer.text}")
    batch = answer.json()
    receiver.expect(path, batch["webhookSecret"])
    return batch


def _watch(
    http: httpx2.Client, console: Console, batch: dict[str, Any], name: str, stop_at: int | None
) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    stopping = False
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(name, total=None)
        while True:
            path = f"/templates/batch/{batch['batchId']}"
            state = http.get(f"{path}/results", params={"limit": 100}).raise_for_status().json()
            done = state["completedItems"] + state["failedItems"]
            progress.update(task, total=state["totalItems"] or None, completed=done)
            if state["status"] in ENDED and _settled(state):
                return state
            if stop_at is not None and done >= stop_at and not stopping:
                http.post(f"{path}/cancel").raise_for_status()
                stopping = True
            time.sleep(0.05)


def _settled(state: dict[str, Any]) -> bool:
    ended = state["completedItems"] + state["failedItems"] + state["cancelledItems"]
    return bool(ended == state["totalItems"])


def verify_webhooks(receiver: Receiver) -> str:
    """Both batches' last events came, and every signature of every delivery was right."""
    for event in ("batch.completed", "batch.cancelled"):
        if not receiver.wait_for(event, 1, seconds=20):
            raise SystemExit(f"no {event} webhook came within 20 s")
    received = list(receiver.received)
    wrong = [r.type for r in received if not (r.standard and r.plain_hmac)]
    if wrong:
        raise SystemExit(f"webhooks with a wrong signature: {wrong}")
    kinds = sorted({r.type for r in received})
    return f"{len(received)} received ({', '.join(kinds)}), every signature verified"
