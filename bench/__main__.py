"""`python -m bench`: what people use instead against ours, in one run, taking turns.

The machine may be busy with other things, so only ratios are worth quoting: each is the median
over the rounds, and within a round everybody renders the same numbers.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import platform
import signal
from collections.abc import AsyncGenerator
from importlib.metadata import version
from pathlib import Path

import psutil
import structlog
import uvloop

from bench.cases import CASES, Case
from bench.cases.scripted import scripted_cases
from bench.cases.trace import WORKSPACES, trace_case
from bench.contender import Contender, UnavailableError
from bench.documents import Documents
from bench.drawing import drawn
from bench.goals import reached_goals, show_goals
from bench.ours import InProcess, OverHttp
from bench.peers.install import node_folder
from bench.peers.playwright import Naive, ReusedPage
from bench.peers.served import PEERS, Served
from bench.peers.wkhtmltoimage import Wkhtmltoimage
from bench.photos import photo_server
from bench.plan import Plan
from bench.run import Run
from bench.table import show

_OUT = Path(__file__).resolve().parents[1] / "out"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help="rounds, in which all take turns (3)")
    parser.add_argument("--seconds", type=float, help="about the length of one turn (0.6)")
    parser.add_argument("--at-once", help="clients at a time, by comma: for everybody the same")
    parser.add_argument("--full", action="store_true", help="all at 1, 2, 8 and 32; long")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--peers", help="only peers whose name contains one of these, by comma")
    return parser.parse_args()


def _plan(arguments: argparse.Namespace) -> Plan:
    plan = Plan(5, 2.0, (1, 2, 8, 32), everything=True) if arguments.full else Plan()
    given = arguments.at_once
    levels = tuple(int(level) for level in given.split(",")) if given else plan.levels
    rounds, seconds = arguments.rounds or plan.rounds, arguments.seconds or plan.seconds
    return Plan(rounds, seconds, levels, plan.everything)


def _cases(photos: str, only: str) -> list[Case]:
    try:
        library = (node_folder() / "node_modules/chart.js/dist/chart.umd.min.js").read_bytes()
    except UnavailableError:
        library = None
    cases = (*CASES, *scripted_cases(library), trace_case(photos))
    return [case for case in cases if only in case.name]


def _contenders(documents: Documents, allow: str, wanted: str | None) -> list[Contender]:
    peers: list[Contender] = [ReusedPage(documents), Wkhtmltoimage(documents)]
    peers += [Served(peer, documents) for peer in PEERS]
    words = wanted.split(",") if wanted is not None else [""]
    chosen = [peer for peer in peers if any(word in peer.name for word in words)]
    ours = (InProcess(documents, (allow,)), OverHttp(documents, (allow,), WORKSPACES))
    return [Naive(documents), *ours, *chosen]


@contextlib.asynccontextmanager
async def _started(run: Run) -> AsyncGenerator[None, None]:
    try:
        await run.start(CASES[0])
        yield
    finally:
        await run.close()


async def _run(arguments: argparse.Namespace) -> Run:
    _end_cleanly_when_told()
    async with photo_server() as photos:
        cases, plan, documents = _cases(photos, arguments.only), _plan(arguments), Documents()
        known = _contenders(documents, photos.removeprefix("http://"), arguments.peers)
        taking = [one for one in known if any(plan.includes(one, case) for case in cases)]
        run = Run(taking, documents, plan)
        async with _started(run):
            try:
                for case in cases:
                    await run.measure(case)
            except asyncio.CancelledError:
                run.left_out["what is not in the table"] = "the run was ended early"
        return run


def _end_cleanly_when_told() -> None:
    """SIGTERM does what ^C does: everybody who was started is ended."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _machine() -> dict[str, object]:
    return {
        "cores": len(psutil.Process().cpu_affinity() or []),
        "memoryGb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.platform(),
        "python": platform.python_version(),
        "playwright": version("playwright"),
    }


def main() -> None:
    """Measure, print the table, write `out/bench.json` and `out/bench.svg`."""
    arguments = _arguments()
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    run = uvloop.run(_run(arguments))
    show(run.rows)
    show_goals(run.rows)
    machine = _machine()
    _OUT.mkdir(exist_ok=True)
    rows = [row.as_json() for row in run.rows]
    goals = [
        {"goal": goal.text, "target": goal.target, "reached": round(value, 3)}
        for goal, value in reached_goals(run.rows)
    ]
    report = {"machine": machine, "goals": goals, "results": rows, "leftOut": run.left_out}
    (_OUT / "bench.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    told = f"{machine['cores']} cores, {machine['system']}. * draws something else: see the docs."
    (_OUT / "bench.svg").write_text(drawn(run.rows, told), encoding="utf-8")
    for name, reason in run.left_out.items():
        print(f"{name} was left out: {reason}")


if __name__ == "__main__":
    main()
