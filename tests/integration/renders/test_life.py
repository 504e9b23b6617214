"""The list of steps, called as a batch or a command line would."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from obstore.store import LocalStore
from sqlalchemy import select

from core.database import Database
from core.errors import OverloadedError, RenderTimeoutError, StorageUnavailableError
from core.listing import Window
from core.models import events
from core.objects import Objects
from jobs.render.command import InlineTemplate
from jobs.render.renders import RenderCommand, TemplateRef
from jobs.webhooks.match import pack_events
from jobs.webhooks.models import subscriptions
from renderer.compose.composed import Composed
from renderer.engine import Renderer
from renderer.errors import StaticSourceError
from renderer.pool import Pressure
from renderer.request import (
    AnimationOptions,
    HtmlSource,
    PictureOptions,
    RenderRequest,
    RenderResult,
)
from renderer.stored import ReadFile, no_files
from templates_store.errors import VariableRequiredError
from templates_store.template import NewTemplate, TemplateState
from templates_store.variables import VariableDefinition
from tests.integration.renders.conftest import House, house_of
from tests.support.site import until

SMALL = PictureOptions(width=16, height=8)
NOTHING = {
    "renders": 0,
    "artifacts": 0,
    "templates": 0,
    "events": 0,
    "idempotency_keys": 0,
    "objects": 0,
}


def page(workspace_id: str, html: str = "<p>x", **more: Any) -> RenderCommand:
    return RenderCommand(workspace_id, HtmlSource(html), more.pop("output", SMALL), **more)


async def subscribe(db: Database, workspace_id: str, *types: str) -> None:
    row = {
        "id": "whs_1",
        "workspace_id": workspace_id,
        "events": pack_events(types),
        "target_url": "http://127.0.0.1:9/hook",
        "filters": {},
        "status": "active",
        "secret": "whsec_x",
        "created_us": 0,
        "updated_us": 0,
    }
    async with db.write() as conn:
        await conn.execute(subscriptions.insert().values(row))


async def told(db: Database) -> list[Any]:
    async with db.read() as conn:
        return list((await conn.execute(select(events).order_by(events.c.sequence))).mappings())


async def stored(house: House, workspace_id: str, html: str = "<b>{{ title }}") -> str:
    state = TemplateState(
        html=html,
        width=20,
        height=10,
        definitions=(VariableDefinition("title", validation={"required": True}),),
    )
    return (await house.templates.create(workspace_id, NewTemplate(state=state), "me")).uid


async def test_a_render_leaves_a_row_and_an_artifact_with_the_same_bytes(
    house: House, workspace_id: str
) -> None:
    done = await house.renders.run(page(workspace_id))
    assert done.artifact is not None
    assert await house.artifacts.read(done.artifact) == done.result.data
    row = await house.renders.get(workspace_id, done.id, "image")
    assert (row.width, row.height, row.artifact) == (16, 8, done.artifact)
    assert await house.counts() == NOTHING | {"renders": 1, "artifacts": 1, "objects": 1}


async def test_the_steps_have_the_names_of_the_life_of_a_render(
    house: House, workspace_id: str
) -> None:
    done = await house.renders.run(page(workspace_id))
    assert list(done.timings)[:4] == ["resolve", "validate", "admit", "recall"]
    assert list(done.timings)[-1] == "store"
    assert {"compose", "load", "settle", "capture", "encode"} <= set(done.timings)


async def test_store_false_keeps_nothing_and_tells_nobody(house: House, workspace_id: str) -> None:
    await subscribe(house.db, workspace_id, "render.completed")
    done = await house.renders.run(page(workspace_id, store=False))
    assert done.result.data.startswith(b"\x89PNG")
    assert (done.artifact, done.url) == (None, None)
    assert await house.counts() == NOTHING


async def test_an_event_is_written_with_the_row_when_somebody_listens(
    house: House, workspace_id: str
) -> None:
    uid = await stored(house, workspace_id)
    command = RenderCommand(
        workspace_id, TemplateRef(uid), SMALL, {"title": "a"}, batch_id="bat_1", item_index=7
    )
    await house.renders.run(command)
    assert await told(house.db) == []
    await subscribe(house.db, workspace_id, "render.completed")
    done = await house.renders.run(command)
    (event,) = await told(house.db)
    assert event["type"] == "render.completed"
    assert event["subject"] == {"templateId": uid, "batchId": "bat_1"}
    assert event["payload"]["url"] == done.url
    assert event["payload"]["index"] == 7


async def test_a_render_that_failed_on_its_page_is_told_and_leaves_nothing_else(
    house: House, workspace_id: str
) -> None:
    await subscribe(house.db, workspace_id, "render.failed")
    with pytest.raises(StaticSourceError):
        await house.renders.run(page(workspace_id, output=AnimationOptions(width=16, height=8)))
    (event,) = await told(house.db)
    assert event["payload"]["code"] == "static_source"
    assert await house.counts() == NOTHING | {"events": 1}


async def test_a_refused_request_is_no_failed_render(house: House, workspace_id: str) -> None:
    uid = await stored(house, workspace_id)
    await subscribe(house.db, workspace_id, "render.failed")
    with pytest.raises(VariableRequiredError):
        await house.renders.run(RenderCommand(workspace_id, TemplateRef(uid), SMALL))
    assert await told(house.db) == []


async def test_the_row_goes_with_its_artifact(house: House, workspace_id: str) -> None:
    done = await house.renders.run(page(workspace_id))
    assert done.artifact is not None
    await house.artifacts.delete(workspace_id, done.artifact.id)
    assert await house.counts() == NOTHING


async def test_an_expired_render_is_not_listed_and_is_swept(
    house: House, workspace_id: str
) -> None:
    kept = await house.renders.run(page(workspace_id))
    await house.renders.run(page(workspace_id, expires_in=0))
    rows, total = await house.renders.list(workspace_id)
    assert ([row.id for row in rows], total) == ([kept.id], 1)
    assert await house.artifacts.sweep() == 1
    assert await house.counts() == NOTHING | {"renders": 1, "artifacts": 1, "objects": 1}


async def test_a_list_is_a_window_on_one_workspace_newest_first(
    house: House, workspace_id: str
) -> None:
    other = (await house.workspaces.create("other")).id
    ids = [(await house.renders.run(page(workspace_id))).id for _ in range(3)]
    await house.renders.run(page(other))
    rows, total = await house.renders.list(workspace_id, "image", Window(limit=2, offset=1))
    assert ([row.id for row in rows], total) == ([ids[1], ids[0]], 3)
    assert await house.renders.list(workspace_id, "pdf") == ([], 0)


async def test_a_fault_of_ours_is_told_without_its_text(db: Database) -> None:
    broken = Slow()
    broken.fault = RuntimeError("a secret of the machine")
    house = house_of(db, broken)
    workspace_id = (await house.workspaces.create("acme")).id
    await subscribe(db, workspace_id, "render.failed")
    with pytest.raises(RuntimeError):
        await house.renders.run(page(workspace_id))
    (event,) = await told(db)
    assert event["payload"]["code"] == "render_failed"
    assert "secret" not in str(event["payload"])


class Slow:
    """A renderer that never ends, and says when it was stopped."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.stopped = False
        self.tried = 0
        self.fault: Exception | None = None

    def build(self) -> str:
        return "stand-in"

    async def unchanged(self, request: RenderRequest, assets: object) -> bool:
        return True

    async def compose(self, request: RenderRequest) -> Composed:
        return Composed(("",))

    def pressure(self) -> Pressure:
        return Pressure(running=0, queued=0, slots=1, browsers=1, sandbox=True)

    async def analyse(self, source: str) -> Any:
        raise NotImplementedError

    analyse_canvas = analyse

    async def render(self, request: RenderRequest, read: ReadFile = no_files) -> RenderResult:
        self.tried += 1
        self.started.set()
        if self.fault is not None:
            raise self.fault
        try:
            async with asyncio.timeout(request.timeout):
                await asyncio.Event().wait()
        except TimeoutError as error:
            raise RenderTimeoutError from error
        finally:
            self.stopped = True
        raise AssertionError


async def test_cancelling_stops_the_work_and_leaves_nothing(
    db: Database, renderer: Renderer
) -> None:
    slow = Slow()
    house = house_of(db, slow)
    workspace_id = (await house.workspaces.create("acme")).id
    task = asyncio.create_task(house.renders.run(page(workspace_id)))
    await slow.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.stopped
    assert await house.counts() == NOTHING


async def test_cancelling_while_the_bytes_are_put_takes_them_back(
    house: House, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, uploading = house.artifacts.upload, asyncio.Event()

    async def slow(*args: Any, **more: Any) -> Any:
        uploading.set()
        await asyncio.sleep(0.05)
        return await put(*args, **more)

    monkeypatch.setattr(house.artifacts, "upload", slow)
    task = asyncio.create_task(house.renders.run(page(workspace_id)))
    await uploading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await house.counts() == NOTHING


async def test_a_render_that_timed_out_is_answered_at_once_the_next_time(db: Database) -> None:
    slow = Slow()
    house = house_of(db, slow)
    workspace_id = (await house.workspaces.create("acme")).id
    command = page(workspace_id, timeout=0.2)
    with pytest.raises(RenderTimeoutError, match=r"within its 0\.2 s"):
        await house.renders.run(command)
    began = time.monotonic()
    with pytest.raises(RenderTimeoutError, match="was not tried again"):
        await house.renders.run(command)
    assert time.monotonic() - began < 0.1
    assert slow.tried == 1
    with pytest.raises(RenderTimeoutError):
        await house.renders.run(page(workspace_id, "<p>another", timeout=0.1))
    assert slow.tried == 2


async def test_a_deadline_that_others_templates_took_up_is_an_overload_and_not_remembered(
    house: House, workspace_id: str
) -> None:
    other = (await house.workspaces.create("another")).id
    heavy = "{% for i in range(99999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
    holding = [
        asyncio.create_task(
            house.renders.run(RenderCommand(other, InlineTemplate(f"{heavy}{number}"), SMALL))
        )
        for number in range(3)
    ]
    await until(lambda: house.renderer.pressure().queued == 1)
    command = RenderCommand(workspace_id, InlineTemplate("<p>light"), SMALL, timeout=2)
    with pytest.raises(OverloadedError, match="service's workers") as refused:
        await house.renders.run(command)
    assert refused.value.retry_after
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    assert (await house.renders.run(command)).url


async def test_bytes_whose_row_cannot_be_written_are_taken_back(
    house: House, workspace_id: str
) -> None:
    command = page("wrk_that_does_not_exist")
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await house.renders.run(command)
    assert await house.counts() == NOTHING


async def test_P01_a_page_that_never_ends_costs_its_deadline_and_the_next_render_succeeds(
    house: House, workspace_id: str
) -> None:
    began = time.monotonic()
    with pytest.raises(RenderTimeoutError):
        await house.renders.run(page(workspace_id, "<script>while(1){}</script>", timeout=1.0))
    assert time.monotonic() - began < 3
    assert (await house.renders.run(page(workspace_id))).url


async def test_a_store_that_fails_is_503_and_leaves_no_row(
    house: House, workspace_id: str, tmp_path: Path
) -> None:
    house.artifacts._objects = Objects(LocalStore(tmp_path))
    tmp_path.joinpath(workspace_id).write_text("a file where the workspace's folder should be")
    with pytest.raises(StorageUnavailableError):
        await house.renders.run(page(workspace_id))
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"]) == (0, 0)
