"""`python -m bench.safety`: what safety costs on warm pages, as a ratio within one run.

Two renderers take turns with the same documents. One is the service's own. From the bare one is
taken: the jail (templates are composed in this process), the interception of requests, the judge
and the account of what a page asks for, and the proxy (its pages ask the network themselves, and
keep what they got in the browser's own memory). Both keep Chromium's own sandbox.
"""

import argparse
import asyncio
import itertools
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import rich
import structlog
from rich.table import Table

from bench.soak.good import TEMPLATES
from bench.soak.site import SoakSite
from bench.soak.strip import check_picture, strip_html
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.chromium.assets import Assets
from renderer.chromium.warm_pages import WarmPages
from renderer.engine import Renderer
from renderer.jail import Jail
from renderer.jail_child.call import Answer, Call
from renderer.jail_child.jobs import KINDS, load
from renderer.jail_child.wire import JsonObject
from renderer.jail_process import JailReply, OnFetch
from renderer.request import Environment, PictureOptions, RenderRequest, TemplateSource
from renderer.settings import RendererSettings

_ROOT = Path(__file__).resolve().parents[1]
_NOW_US = 1_795_000_000_000_000
_BROWSERS = 1
_WARM_UP = 12
_ASSETS = 4


class NoJail(Jail):
    """Does the jobs of templates right here."""

    async def start(self) -> None:
        """Nothing is started."""

    async def run(
        self,
        job: str,
        payload: Mapping[str, Any],
        attachments: Sequence[bytes] = (),
        *,
        timeout: float,
        memory_bytes: int,
        on_fetch: OnFetch | None = None,
    ) -> JailReply:
        """Call the job's function."""
        result, data = load(KINDS[job])[job](Call(dict(payload), attachments, _asks_nobody))
        return JailReply(result, tuple(data))


def _asks_nobody(question: JsonObject) -> Answer:
    raise RuntimeError("a template has nothing to ask")


@contextmanager
def _bare_pages() -> Generator[None]:
    """Pages that are made meanwhile are not intercepted and have no proxy; they stay so."""
    made = WarmPages.__init__

    def init(self: WarmPages, browser: Any, dead_proxy: str, keep: int) -> None:
        made(self, browser, "direct://", keep)

    async def intercept(self: Assets, pattern: str = "*") -> None:
        pass

    with patch.object(WarmPages, "__init__", init), patch.object(Assets, "intercept", intercept):
        yield


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of the processors."""

    seconds: float
    cpu: float

    def over(self, other: "Cost") -> "Cost":
        """Both as ratios."""
        return Cost(self.seconds / other.seconds, self.cpu / other.cpu)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of warm render. `head` stands in front of the card's markup."""

    name: str
    options: PictureOptions
    head: str = ""

    def request(self, number: int) -> RenderRequest:
        """The card with this number on it."""
        source, _ = TEMPLATES["card"]
        data = _data() | {"title": f"Number {number}", "strip": strip_html(number)}
        template = TemplateSource(self.head + source, data, raw_html=("strip",))
        return RenderRequest("safety", template, self.options, Environment(_NOW_US))


def _data() -> dict[str, Any]:
    path = _ROOT / "fixtures" / "social-card" / "variables.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _cases(site: str) -> list[Case]:
    jpeg = PictureOptions(format="jpeg", width=1200, height=630)
    pictures = "".join(
        f"<img src='{site}/picture/{one}' width=9 style='position:absolute;top:90px'>"
        for one in range(_ASSETS)
    )
    return [
        Case("card, PNG", PictureOptions(width=1200, height=630)),
        Case("card, JPEG", jpeg),
        Case(f"card with {_ASSETS} remote pictures, JPEG", jpeg, f"<!doctype html>{pictures}"),
    ]


async def _open(stack: AsyncExitStack, site: SoakSite, jail: Jail | None) -> Renderer:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="platen-safety-"))
    os.chmod(folder, 0o755)  # noqa: PTH101 - the browsers' uid has to come through; no file is read
    policy = Policy([site.place])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    stack.push_async_callback(proxy.close)
    stack.push_async_callback(client.close)
    settings = RendererSettings(data_dir=Path(folder), browsers=_BROWSERS)
    renderer = Renderer(settings, proxy, client, jail=jail)
    stack.push_async_callback(renderer.close)
    await renderer.start()
    return renderer


def _cpu_seconds() -> float:
    """Of this process and all below it; whose turn it is, is the one that works."""
    total = 0.0
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system
    return total


async def _turn(renderer: Renderer, case: Case, numbers: range, at_once: int) -> Cost:
    """What the renders took; every picture is checked when the clock has stopped."""
    waiting, drawn = iter(numbers), dict[int, bytes]()

    async def client() -> None:
        for number in waiting:
            drawn[number] = (await renderer.render(case.request(number))).data

    spent, began = _cpu_seconds(), time.perf_counter()
    await asyncio.gather(*itertools.starmap(client, [()] * at_once))
    cost = Cost(time.perf_counter() - began, _cpu_seconds() - spent)
    for number, data in drawn.items():
        check_picture(data, number, (1200, 630))
    return cost


async def _measure(
    arguments: argparse.Namespace, tell: Callable[[], None]
) -> dict[str, list[Cost]]:
    """Case -> time with safety over time without, of each round."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(SoakSite())
        cases = _cases(site.url)
        safe = await _open(stack, site, None)
        with _bare_pages():
            bare = await _open(stack, site, NoJail())
            for case in cases:
                await _turn(bare, case, range(_WARM_UP), arguments.at_once)
        for case in cases:
            await _turn(safe, case, range(_WARM_UP), arguments.at_once)
        ratios: dict[str, list[Cost]] = {case.name: [] for case in cases}
        for turn, case in itertools.product(range(arguments.rounds), cases):
            numbers = range(turn * 1000, turn * 1000 + arguments.renders)
            order = [safe, bare] if turn % 2 else [bare, safe]
            took = {one: await _turn(one, case, numbers, arguments.at_once) for one in order}
            ratios[case.name].append(took[safe].over(took[bare]))
            tell()
        return ratios


def _show(ratios: dict[str, list[Cost]]) -> None:
    table = Table("with safety / without", "time", "of all rounds", "processor", "of all rounds")
    for name, found in ratios.items():
        seconds = _spread([one.seconds for one in found])
        table.add_row(name, *seconds, *_spread([one.cpu for one in found]))
    rich.print(table)


def _spread(values: list[float]) -> tuple[str, str]:
    """The median, and where half of them lie."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.3f}", f"{low:.3f} to {high:.3f}"


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.safety", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="rounds in which both take turns")
    parser.add_argument("--renders", type=int, default=6, help="renders of a case in a round")
    parser.add_argument("--at-once", type=int, default=2, help="clients at a time")
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    ratios = asyncio.run(_measure(parser.parse_args(), lambda: print(".", end="", flush=True)))
    print()
    _show(ratios)


if __name__ == "__main__":
    main()
