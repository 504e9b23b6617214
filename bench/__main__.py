"""`python -m bench`: the naive way against ours, in one run, taking turns in short rounds.

The machine may be busy with other things, so only the ratios are worth quoting: each is the
median over the rounds, and within a round everybody renders the same numbers.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any

import rich
import structlog
from rich.table import Table

from bench.cases import CASES, Case, WrongOutputError, picture_difference
from bench.contender import Contender
from bench.measure import Figures, measure
from bench.naive import Naive
from bench.ours import InProcess, OverHttp

_OUT = Path(__file__).resolve().parents[1] / "out"
_ALIKE = 6.0
"""Mean difference, of 255, up to which two pictures show the same."""

Results = dict[str, dict[str, Figures]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, in which all take turns")
    parser.add_argument("--renders", type=int, default=24, help="renders of each case in a round")
    parser.add_argument("--at-once", type=int, default=2, help="clients at a time")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> Results:
    naive, contenders = Naive(), [InProcess(), OverHttp()]
    everybody: list[Contender] = [naive, *contenders]
    cases = [case for case in CASES if arguments.only in case.name]
    results: Results = {case.name: {one.name: Figures() for one in everybody} for case in cases}
    try:
        for contender in everybody:
            await contender.start()
        for case in cases:
            await _warm_up(naive, everybody, case)
            for turn in range(arguments.rounds):
                await _round(naive, everybody, case, turn + 1, arguments, results[case.name])
                print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    finally:
        for contender in everybody:
            await contender.close()
    return results


async def _warm_up(naive: Naive, everybody: list[Contender], case: Case) -> None:
    for contender in everybody:
        for number in range(4):
            await naive.prepare(case, number)
        await measure(contender, case, range(4), 2, Figures())


async def _round(
    naive: Naive,
    everybody: list[Contender],
    case: Case,
    turn: int,
    arguments: argparse.Namespace,
    figures: dict[str, Figures],
) -> None:
    numbers = range(turn * 10_000, turn * 10_000 + arguments.renders)
    for number in numbers:
        await naive.prepare(case, number)
    last: dict[str, bytes] = {}
    for contender in everybody:
        last[contender.name] = await measure(
            contender, case, numbers, arguments.at_once, figures[contender.name]
        )
    if case.format != "pdf":
        for name, picture in last.items():
            if (difference := picture_difference(last[naive.name], picture)) > _ALIKE:
                raise WrongOutputError(f"{name} differs from the naive picture by {difference:.1f}")


def _summary(results: Results) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for case, figures in results.items():
        base = figures[Naive.name]
        for name, one in figures.items():
            ratios = [mine / naive for mine, naive in zip(one.rates, base.rates, strict=True)]
            cuts = statistics.quantiles(one.seconds, n=20)
            rows.append(
                {
                    "case": case,
                    "contender": name,
                    "rendersPerSecond": round(statistics.median(one.rates), 2),
                    "ratio": round(statistics.median(ratios), 2),
                    "p50Ms": round(statistics.median(one.seconds) * 1000, 1),
                    "p95Ms": round(cuts[18] * 1000, 1),
                    "medianBytes": round(statistics.median(one.sizes)),
                    "renders": len(one.seconds),
                }
            )
    return rows


def _show(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    table = Table(title=f"{arguments.at_once} at once, every render with other data and checked")
    for heading in ("case", "", "renders/s", "ratio", "p50 ms", "p95 ms", "kB"):
        table.add_column(heading, justify="left" if heading in {"case", ""} else "right")
    before = ""
    for row in rows:
        table.add_row(
            row["case"] if row["case"] != before else "",
            row["contender"],
            f"{row['rendersPerSecond']:.1f}",
            f"{row['ratio']:.1f}x",
            f"{row['p50Ms']:.0f}",
            f"{row['p95Ms']:.0f}",
            f"{row['medianBytes'] / 1000:.0f}",
        )
        before = row["case"]
    rich.print(table)


def main() -> None:
    """Measure, print the table, write `out/bench.json`."""
    arguments = _arguments()
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    rows = _summary(asyncio.run(_run(arguments)))
    _show(rows, arguments)
    machine = {"cores": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    _OUT.mkdir(exist_ok=True)
    report = {"machine": machine, "atOnce": arguments.at_once, "results": rows}
    (_OUT / "bench.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
