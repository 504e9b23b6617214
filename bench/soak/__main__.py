"""`python -m bench.soak`: mixed renders for a long time; `out/soak.csv`, `out/soak.svg`, a verdict.

The exit code is 1 when a promise was not kept.
"""

import argparse
import asyncio
import csv
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import rich
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bench.soak.census import GROUPS, adopt_orphans
from bench.soak.plot import plot
from bench.soak.soak import Plan, Soak
from bench.soak.verdict import Point, Promise, memory_trend

_OUT = Path(__file__).resolve().parents[2] / "out"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--renders", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=4, help="clients at a time")
    parser.add_argument("--workspaces", type=int, default=3, help="that take turns")
    parser.add_argument("--seed", type=int, default=1, help="decides the order of renders")
    parser.add_argument("--faulty", type=float, default=2.0, help="percent that go wrong")
    parser.add_argument("--out", type=Path, default=_OUT, help="where soak.csv and soak.svg go")
    return parser.parse_args()


def _progress() -> Progress:
    return Progress(
        TextColumn("renders"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )


@contextmanager
def _table(out: Path) -> Generator[Callable[[Point], None]]:
    """`soak.csv`, a line at each count: a run that is cut short leaves what it has seen."""
    groups = [f"{group}_kb" for group in GROUPS]
    counts = ["processes", "threads", "descriptors", "files"]
    with (out / "soak.csv").open("w", newline="", encoding="utf-8", buffering=1) as file:
        table = csv.writer(file)
        table.writerow(["seconds", "renders", "memory_kb", *groups, *counts])

        def write(one: Point) -> None:
            memory = [one.census.memory, *(one.census.by_group[group] for group in GROUPS)]
            row = [f"{one.seconds:.1f}", one.renders, *memory, *one.census.counts().values()]
            table.writerow(row)

        yield write


def _run(plan: Plan, out: Path) -> tuple[list[Promise], list[Point]]:
    with _progress() as progress, _table(out) as write:
        task = progress.add_task("", total=plan.renders, state="starting")

        def told(point: Point) -> None:
            write(point)
            state = f"{point.census.memory / 1000:.0f} MB in {point.census.processes} processes"
            progress.update(task, completed=point.renders, state=state)

        soak = Soak(plan, told)
        promises = asyncio.run(soak.run())
        progress.update(task, completed=plan.renders)
    return promises, soak.points


def _draw(out: Path, points: list[Point], plan: Plan, seconds: float) -> None:
    title = (
        f"{plan.renders:,} mixed renders, {plan.faulty:.0%} faulty, {plan.at_once} at once, "
        f"{seconds / 60:.0f} min"
    )
    picture = plot(points, memory_trend(points), title)
    (out / "soak.svg").write_text(picture, encoding="utf-8")


def main() -> None:
    """Run, write, tell."""
    arguments = _arguments()
    plan = Plan(
        arguments.renders,
        arguments.at_once,
        arguments.seed,
        arguments.faulty / 100,
        tenants=arguments.workspaces,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or the service would outlive us
    adopt_orphans()
    began = time.monotonic()
    arguments.out.mkdir(parents=True, exist_ok=True)
    promises, points = _run(plan, arguments.out)
    if points:
        _draw(arguments.out, points, plan, time.monotonic() - began)
    for promise in promises:
        rich.print("[green]kept  [/]" if promise.kept else "[red]BROKEN[/]", end=" ")
        print(promise.text)
    sys.exit(not all(promise.kept for promise in promises))


if __name__ == "__main__":
    main()
