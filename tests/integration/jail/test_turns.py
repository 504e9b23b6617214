"""Whose job a child does next: workspaces and lanes take turns, and only so many wait."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from core.errors import OverloadedError
from renderer.asker import Asker
from renderer.compose.composer import Composer
from renderer.compose.errors import TemplateLimitError
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from renderer.request import Environment, Lane, TemplateSource
from tests.support.site import until

ENVIRONMENT = Environment(now_us=1_795_000_000_000_000)
HEAVY = "{% for i in range(99999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"


@pytest.fixture
async def jail() -> AsyncGenerator[Jail]:
    """One child, which gives each template half a second."""
    made = Jail(JailSettings(jail_compose_children=1, jail_compose_seconds=0.5))
    await made.start()
    yield made
    await made.close()


class Crowd:
    """Templates of several workspaces, and whose have ended so far."""

    def __init__(self, jail: Jail) -> None:
        self._jail = jail
        self.tasks: list[asyncio.Task[None]] = []
        self.ended: list[str] = []

    def send(self, source: str, workspace: str, lane: Lane = "interactive") -> Asker:
        asker = Asker(lane, workspace)
        self.tasks.append(asyncio.create_task(self._compose(source, asker)))
        return asker

    async def _compose(self, source: str, asker: Asker) -> None:
        try:
            await Composer(self._jail.asked_by(asker)).compose(TemplateSource(source), ENVIRONMENT)
        except TemplateLimitError:
            assert source == HEAVY
        self.ended.append(asker.workspace)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_one_workspace_s_heavy_templates_cost_another_one_a_turn(jail: Jail) -> None:
    crowd = Crowd(jail)
    for _ in range(6):
        crowd.send(HEAVY, "heavy")
    await until(lambda: jail.waiting == 5)
    asker = crowd.send("light", "light")
    await until(lambda: asker.waited > 0)
    assert "light" not in crowd.ended
    await until(lambda: "light" in crowd.ended)
    assert crowd.ended.count("heavy") <= 2
    assert asker.waited > 0
    await crowd.leave()
    assert jail.waiting == 0
    assert await Composer(jail).compose(TemplateSource("alive"), ENVIRONMENT) == "alive"


async def test_interactive_templates_go_before_the_bulk_lane_s(jail: Jail) -> None:
    crowd = Crowd(jail)
    crowd.send(HEAVY, "heavy")
    await until(lambda: len(jail.pids()) == 1)
    for number in range(3):
        crowd.send("bulk", f"bulk-{number}", "bulk")
    await until(lambda: jail.waiting == 3)
    crowd.send("light", "light")
    await asyncio.gather(*crowd.tasks)
    assert crowd.ended[:2] == ["heavy", "light"]


async def test_a_free_child_is_had_without_a_wait(jail: Jail) -> None:
    crowd = Crowd(jail)
    asker = crowd.send("light", "light")
    await asyncio.gather(*crowd.tasks)
    assert asker.waited == 0


async def test_more_than_a_queue_of_jobs_is_refused(jail: Jail) -> None:
    crowd = Crowd(jail)
    for _ in range(65):
        crowd.send(HEAVY, "heavy")
    await until(lambda: jail.waiting == 64)
    with pytest.raises(OverloadedError, match="64 requests wait") as refused:
        await Composer(jail).compose(TemplateSource("light"), ENVIRONMENT)
    assert refused.value.retry_after
    await crowd.leave()
