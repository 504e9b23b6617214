"""Real children: limits, deadlines, death and replacement. A killed child costs one request."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from renderer.compose.composer import Composer
from renderer.compose.errors import (
    InvalidUnicodeError,
    TemplateLimitError,
    TemplateSecurityError,
    TemplateSyntaxError,
)
from renderer.jail import Jail
from renderer.jail_errors import JailKilledError
from renderer.jail_process import JailProcess
from renderer.request import Environment, TemplateSource

ENVIRONMENT = Environment(now_us=1_795_000_000_000_000)
CANARY = "canary-secret-91c4"


async def shown(composer: Composer, source: str, **variables: object) -> str:
    return await composer.compose(TemplateSource(source, variables), ENVIRONMENT)


BOMBS = [
    "{{ 'a' * 10 ** 10 }}",
    "{{ 'a' | center(10 ** 10) }}",
    "{{ '%10000000000d' % 1 }}",
    "{{ '{:>10000000000}'.format(1) }}",
    "{{ [1] | batch(10 ** 10, 'x') | list | length }}",
    "{{ 'a'.ljust(10 ** 10) }}",
    "{{ ('a' * 1000000).replace('a', 'a' * 1000000) }}",
    "{{ 10 ** 10 ** 10 }}",
    "{% for i in range(10 ** 9) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{{ 'x' * 100000 }}{% endfor %}",
    "{% set ns = namespace(t='x') %}{% for i in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 3000 + "]" * 3000 + " }}",
    "{{ padStart('a', 10 ** 10) }}",
    "{{ 'x' | indent(10 ** 10) }}",
    "{{ 1 | number(10 ** 9) }}",
    "{{ '9' * 100000 | int }}",
]


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
async def test_T01_a_bomb_ends_by_a_limit_and_leaves_the_parent_light(
    composer: Composer, source: str
):
    before, start = psutil.Process().memory_info().rss, time.monotonic()
    try:
        out = await shown(composer, source)
    except (TemplateLimitError, TemplateSyntaxError):
        pass
    else:
        assert len(out) < 1_000_000
    assert time.monotonic() - start < 5
    assert psutil.Process().memory_info().rss - before < 20 << 20
    assert await shown(composer, "{{ a }}", a="alive") == "alive"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n{% macro m() %}\n{{ m() }}{% endmacro %}{{ m() }}", 3),
        ("\n{% include 'self' %}", 2),
        ("{% extends 'self' %}", 1),
    ],
)
async def test_T03_recursion_is_an_error_with_its_line(composer: Composer, source: str, line: int):
    with pytest.raises((TemplateLimitError, TemplateSyntaxError)) as caught:
        await shown(composer, source)
    assert caught.value.line == line
    assert caught.value.status == 422


def _seen_of(pid: int) -> str:
    """A process's environment and command line."""
    process = psutil.Process(pid)
    return f"{process.environ()} {process.cmdline()}"


def _descriptors() -> int:
    return psutil.Process().num_fds()


def _scratch() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"platen-jail-{os.getpid()}-*"))


async def test_T04_no_secret_of_the_service_is_in_a_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PLATEN_API_KEY", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    jail = Jail()
    await jail.start()
    try:
        for pid in jail.pids():
            assert CANARY not in _seen_of(pid)
        with pytest.raises(TemplateSecurityError):
            await shown(Composer(jail), "{{ currency.__globals__ }}{{ ''.__class__ }}")
    finally:
        await jail.close()


async def test_T07_a_hundred_thousand_names_are_data(composer: Composer):
    many = {f"k{i}": i for i in range(100_000)}
    assert await shown(composer, "{{ d.k99999 }} {{ d | length }}", d=many) == "99999 100000"


async def test_T07_data_nested_too_deeply_are_refused(composer: Composer):
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(TemplateLimitError, match="deeply"):
        await shown(composer, "{{ d }}", d=deep)


@pytest.mark.parametrize("where", ["source", "data"])
async def test_P27_half_a_surrogate_pair_is_refused(composer: Composer, where: str):
    source, value = ("\ud800", "") if where == "source" else ("{{ v }}", "\ud800")
    with pytest.raises(InvalidUnicodeError):
        await shown(composer, source, v=value)


async def test_astral_text_and_large_numbers_come_through(composer: Composer):
    assert await shown(composer, "{{ a }} {{ b }}", a="👩‍👩‍👧", b=2**70) == f"👩‍👩‍👧 {2**70}"


async def test_sections_are_composed_in_one_go(composer: Composer):
    source = TemplateSource("{{ n }}", variable_sets=tuple({"n": n} for n in range(100)))
    composed = await composer.compose_sections(source, ENVIRONMENT)
    assert composed.sections == tuple(map(str, range(100)))


async def test_a_killed_child_costs_its_own_request_alone(jail: Jail, composer: Composer):
    source = "{% for i in range(99999) %}{% for j in range(999) %}{% endfor %}{% endfor %}"
    slow = asyncio.create_task(shown(composer, source))
    others = [shown(composer, "{{ n }}", n=n) for n in range(20)]
    assert await asyncio.gather(*others) == [str(n) for n in range(20)]
    with pytest.raises(TemplateLimitError):
        await slow


async def test_a_child_that_dies_is_replaced(jail: Jail, composer: Composer):
    await shown(composer, "x")
    for pid in jail.pids():
        os.kill(pid, signal.SIGKILL)
    assert await shown(composer, "x") == "x"
    assert await shown(composer, "y") == "y"


async def test_a_cancelled_job_frees_its_turn(jail: Jail, composer: Composer):
    source = "{% for i in range(99999) %}{% for j in range(999) %}{% endfor %}{% endfor %}"
    for _ in range(3):
        task = asyncio.create_task(shown(composer, source))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await shown(composer, "{{ 1 }}") == "1"


async def test_a_jail_leaves_no_process_descriptor_or_directory(tmp_path: Path):
    descriptors, directories = _descriptors(), _scratch()
    jail = Jail()
    await jail.start()
    await shown(Composer(jail), "x")
    await jail._pools["document"].warm()
    pids = jail.pids()
    assert len(pids) >= 2
    await jail.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    await asyncio.sleep(0)
    assert _descriptors() <= descriptors
    assert not _scratch() - directories


async def test_a_start_that_is_cancelled_at_once_leaves_nothing():
    descriptors, directories = _descriptors(), _scratch()
    task = asyncio.create_task(JailProcess.start("document", 0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert _descriptors() == descriptors
    assert not _scratch() - directories


async def test_children_are_replaced_after_their_share_of_jobs():
    from renderer.jail_settings import JailSettings

    jail = Jail(JailSettings(jail_compose_children=1, jail_jobs_per_child=3))
    await jail.start()
    try:
        first = set(jail.pids())
        for _ in range(4):
            await shown(Composer(jail), "x")
        assert not first & set(jail.pids())
    finally:
        await jail.close()


async def test_a_job_over_its_memory_says_so_and_its_child_goes(jail: Jail):
    with pytest.raises(Exception, match="memory") as caught:
        await jail.run(
            "compose",
            {"sets": [{}], "raw_html": [], "strict": False, "locale": "en", "timezone": "UTC",
             "now_us": 0, "max_characters": 10**9},
            [b"{% set a = 'x' | center(300000000) %}{{ a | length }}"],
            timeout=5,
            memory_bytes=64 << 20,
        )  # fmt: skip
    assert not isinstance(caught.value, JailKilledError)


PARENT = """
import asyncio, sys
from renderer.jail import Jail

async def main():
    jail = Jail()
    await jail.start()
    print(*jail.pids(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_children_die_with_their_parent(root: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout
    assert parent.stderr
    with parent.stdout, parent.stderr:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
        parent.wait()
    assert pids
    deadline = time.monotonic() + 5
    while any(map(_runs, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_warm_round_trip_takes_about_a_millisecond(composer: Composer):
    spent: list[float] = []
    for n in range(200):
        start = time.perf_counter()
        await shown(composer, "<h1>{{ title }}</h1>{{ n | currency('EUR') }}", title="Hello", n=n)
        spent.append(time.perf_counter() - start)
    # 1.5 ms is the aim on a quiet machine; others work on this one.
    assert sorted(spent)[20] < 0.0015
