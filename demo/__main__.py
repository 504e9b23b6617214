"""Start the service, store the fixtures, render them all, run two batches, leave `out/`."""

import shutil
import sys
import time
from pathlib import Path

import httpx2
from rich.console import Console

from demo.campaign import run_campaign, run_cancelled, verify_webhooks
from demo.gallery import fixtures, render_all, store
from demo.receiver import Receiver
from demo.running import RunningService
from demo.table import Made, print_table
from demo.wall import render_wall

OUT = Path("out")
ROWS = Path(__file__).resolve().parent.parent / "fixtures" / "campaign.csv"


def main() -> None:
    """The whole demo; a failure ends it with a sentence and exit code 1."""
    console = Console(highlight=False)
    _clear()
    with Receiver() as receiver:
        service = RunningService(receiver.address)
        started = time.perf_counter()
        with service as http:
            console.print(f"service ready in {time.perf_counter() - started:.1f} s")
            began = time.perf_counter()
            made = _render(http, console, receiver)
            elapsed = time.perf_counter() - began
    print_table(console, made)
    console.print(f"\nrendered and delivered in {elapsed:.1f} s; look into {OUT}/")


def _render(http: httpx2.Client, console: Console, receiver: Receiver) -> list[Made]:
    uids = {fixture.slug: store(http, fixture) for fixture in fixtures()}
    console.print(f"{len(uids)} templates stored")
    made: list[Made] = []
    with console.status("rendering") as status:
        for file in render_all(http, uids, OUT):
            made.append(file)
            status.update(f"rendering: {file.path.name} ({file.ms:.0f} ms)")
        made.append(render_wall(http, OUT))
    card = uids["social-card"]
    made += run_campaign(http, console, card, ROWS, receiver, OUT)
    console.print(run_cancelled(http, console, card, ROWS, receiver))
    console.print(f"webhooks: {verify_webhooks(receiver)}\n")
    return made


def _clear() -> None:
    for fixture in fixtures():
        for old in (*OUT.glob(f"{fixture.slug}.*"), *OUT.glob(f"{fixture.slug}-*.png")):
            old.unlink()
    shutil.rmtree(OUT / "campaign", ignore_errors=True)
    OUT.mkdir(exist_ok=True)


if __name__ == "__main__":
    sys.exit(main())
