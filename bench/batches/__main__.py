"""`python -m bench.batches`: what batches cost; a table, and `out/batches.json`.

The exit code is 1 when a goal was missed.
"""

import argparse
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog
import uvloop

from bench.batches.accept import accept
from bench.batches.bookkeeping import bookkeeping
from bench.batches.cancel import cancel
from bench.batches.fairness import fairness
from bench.batches.figure import Figure, Size, show
from bench.batches.ground import servers
from bench.batches.throughput import throughput

_OUT = Path(__file__).resolve().parents[2] / "out"
_PARTS: dict[str, Callable[[str, Mapping[str, str], Size], Awaitable[list[Figure]]]] = {
    part.__name__: part for part in (throughput, bookkeeping, accept, fairness, cancel)
}
_SMALL = Size(rounds=1, cards=100, items=1000, rows=10_000, singles=40, cancelled=500)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.batches", description=__doc__)
    parser.add_argument("--only", default=",".join(_PARTS), help="parts, by comma")
    parser.add_argument("--on", default="sqlite,postgresql", help="databases, by comma")
    parser.add_argument("--small", action="store_true", help="a tenth of everything")
    return parser.parse_args()


def _measured(parts: list[str], databases: list[str], size: Size) -> list[Figure]:
    figures: list[Figure] = []
    for name in parts:
        for database in databases:
            print(f"{name} on {database} ...", file=sys.stderr)
            with servers(database) as environment:
                figures += uvloop.run(_PARTS[name](database, environment, size))
    return figures


def main() -> None:
    """Measure, print, write."""
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    size = _SMALL if arguments.small else Size()
    figures = _measured(arguments.only.split(","), arguments.on.split(","), size)
    show(figures)
    _OUT.mkdir(exist_ok=True)
    report = json.dumps([one.as_json() for one in figures], indent=2)
    (_OUT / "batches.json").write_text(report + "\n", encoding="utf-8")
    sys.exit(any(one.met is False for one in figures))


if __name__ == "__main__":
    main()
