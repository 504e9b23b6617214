"""Batches over a real database: they always end, once, and their counts add up on the way."""

import asyncio
import sys
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path

import pytest

from core.errors import NotFoundError, OverloadedError, ValidationError
from jobs.batch.command import InlineSource, NewBatch
from jobs.batch.errors import BatchEndedError, RowsRefusedError
from jobs.batch.work.item import Again, Done, Failed
from jobs.batch.work.render_item import ItemRenders
from jobs.batch.work.settle import Verdict, settle
from jobs.render.renders import Renders
from renderer.compose.errors import TemplateSyntaxError
from templates_store.template import NewTemplate
from tests.integration.renders.test_life import subscribe, told
from tests.support.work import Workshop, eventually

ROOT = Path(__file__).resolve().parents[3]


_REST = ("artifact_id", "url", "format", "width", "height", "pages", "size", "warnings")


def rows(count: int, **more: object) -> list[dict[str, object]]:
    return [{"title": f"Card {number}", **more} for number in range(count)]


async def nothing_more(shop: Workshop, count: int) -> bool:
    return await shop.kept() == (count, count)


async def test_a_batch_makes_every_artifact_once(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit(rows(40))
    assert (batch.state, batch.total) == ("pending", 40)
    done = await shop.ended(batch.id)
    assert (done.state, done.completed, done.failed, done.cancelled) == ("completed", 40, 0, 0)
    page = await shop.batches.results(shop.workspace, batch.id)
    assert [item.index for item in page.items] == list(range(40))
    assert len({item.url for item in page.items}) == 40
    assert all(item.variables == ("title",) and item.attempt == 1 for item in page.items)
    assert await shop.kept() == (40, 40)
    assert sorted(row["title"] for row in shop.drawing.started) == sorted(
        row["title"] for row in rows(40)
    )


async def test_counts_never_say_more_than_the_items(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit(rows(60))
    seen = 0
    while (now := await shop.batches.get(shop.workspace, batch.id)).finished_us is None:
        states = await shop.states(batch.id)
        later = await shop.batches.get(shop.workspace, batch.id)
        assert sum(states.values()) == now.total == 60
        assert seen <= now.completed <= states.get("completed", 0) <= later.completed
        seen = now.completed
    assert await shop.states(batch.id) == {"completed": 60}


async def test_one_bad_row_costs_only_itself(shop: Workshop) -> None:
    shop.drawing.errors["syntax"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    sent = rows(5)
    sent[1]["title"] = "x" * 41  # longer than the definition allows: known at acceptance
    sent[3]["fails"] = "syntax"  # known when it is rendered
    done = await shop.ended((await shop.submit(sent)).id)
    assert (done.state, done.completed, done.failed) == ("partial", 3, 2)
    page = await shop.batches.results(shop.workspace, done.id, states=("failed",))
    assert [item.index for item in page.items] == [1, 3]
    assert all(item.error and item.code for item in page.items)
    assert len(shop.drawing.started) == 4


async def test_what_the_database_refuses_of_one_item_costs_only_that_item(shop: Workshop) -> None:
    await subscribe(shop.db, shop.workspace, "render.failed")
    await shop.hire()
    batch = await shop.submit([*rows(20), {"title": "wide", "width": 10**30}, *rows(10, more=1)])
    done = await shop.ended(batch.id)
    assert (done.state, done.completed, done.failed) == ("partial", 30, 1)
    page = await shop.batches.results(shop.workspace, done.id)
    (failed,) = (item for item in page.items if item.state == "failed")
    assert (failed.index, failed.code, failed.attempt) == (20, "render_failed", 1)
    assert [event["payload"]["index"] for event in await told(shop.db)] == [20]
    await eventually(lambda: nothing_more(shop, 30))


async def test_every_item_that_ends_is_told_once_to_whoever_listens(shop: Workshop) -> None:
    await subscribe(shop.db, shop.workspace, "render.failed", "render.completed")
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    shop.drawing.errors["crash"] = RuntimeError("a bug of ours")
    await shop.hire()
    sent = [*rows(5), *rows(1, fails="bug"), *rows(1, fails="crash")]
    await shop.ended((await shop.submit(sent)).id)
    said = [(event["type"], event["payload"]["index"]) for event in await told(shop.db)]
    assert sorted(said) == [
        *(("render.completed", index) for index in range(5)),
        ("render.failed", 5),
        ("render.failed", 6),
    ]


async def test_a_batch_whose_rows_all_fail_has_failed(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(3, fails="bug"))).id)
    assert (done.state, done.failed, done.progress) == ("failed", 3, 100)


async def test_onerror_stop_refuses_wrong_rows_and_stores_nothing(shop: Workshop) -> None:
    sent = rows(3)
    sent[2]["title"] = "x" * 41
    with pytest.raises(RowsRefusedError) as refused:
        await shop.submit(sent, on_error="stop")
    assert [field.field for field in refused.value.fields] == ["variableSets[2].title"]
    assert (await shop.batches.list(shop.workspace))[1] == 0


async def test_onerror_stop_ends_the_batch_at_the_first_item_that_fails(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    sent = [{"title": "bad", "fails": "bug"}, *rows(30, wait=True)]
    done = await shop.ended((await shop.submit(sent, on_error="stop")).id)
    assert (done.state, done.code, done.failed) == ("failed", "stopped_on_error", 1)
    assert done.cancelled == 30


async def test_M01_a_batch_without_rows_is_refused_by_name(shop: Workshop) -> None:
    with pytest.raises(ValidationError) as refused:
        await shop.submit([])
    assert refused.value.fields[0].field == "variableSets"


async def test_each_row_is_rendered_in_each_layout(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(2), layouts=("default", "nowhere"))).id)
    assert (done.total, done.completed, done.failed) == (4, 2, 2)
    page = await shop.batches.results(shop.workspace, done.id)
    assert [(item.index, item.row, item.layout, item.state) for item in page.items] == [
        (0, 0, "default", "completed"),
        (1, 0, "nowhere", "failed"),
        (2, 1, "default", "completed"),
        (3, 1, "nowhere", "failed"),
    ]


async def test_T08_a_batch_uses_the_version_that_was_pinned(shop: Workshop) -> None:
    batch = await shop.submit(rows(3))
    await shop.templates.delete(shop.workspace, shop.template)
    await shop.hire()
    done = await shop.ended(batch.id)
    assert (done.state, done.version) == ("completed", 1)


async def test_concurrency_is_never_exceeded(shop: Workshop) -> None:
    batch = await shop.submit(rows(6, wait=True), concurrency=1)
    await shop.hire()
    await eventually(lambda: shop.drawing.started)
    for _ in range(20):
        assert (await shop.states(batch.id)).get("running", 0) <= 1
        await asyncio.sleep(0.01)
    shop.drawing.gate.set()
    assert (await shop.ended(batch.id)).state == "completed"


async def test_overload_uses_no_try_up(shop: Workshop) -> None:
    shop.drawing.errors["busy"] = OverloadedError("all slots are taken")
    await shop.hire()
    batch = await shop.submit([{"title": "one", "fails": "busy"}])
    await eventually(lambda: len(shop.drawing.started) >= 2)
    del shop.drawing.errors["busy"]
    done = await shop.ended(batch.id)
    page = await shop.batches.results(shop.workspace, batch.id)
    assert (done.state, page.items[0].attempt) == ("completed", 1)


async def test_what_we_break_ourselves_is_tried_again_and_ends(shop: Workshop) -> None:
    shop.drawing.errors["crash"] = RuntimeError("a bug of ours")
    await shop.hire()
    done = await shop.ended((await shop.submit([{"title": "one", "fails": "crash"}])).id)
    page = await shop.batches.results(shop.workspace, done.id)
    assert (done.state, page.items[0].code, page.items[0].attempt) == ("failed", "render_failed", 3)
    assert "a bug of ours" not in (page.items[0].error or "")


async def test_another_workspace_finds_nothing(shop: Workshop) -> None:
    batch = await shop.submit(rows(1))
    for call in (shop.batches.get, shop.batches.results, shop.batches.cancel):
        with pytest.raises(NotFoundError):
            await call(shop.other_workspace, batch.id)
    new = NewBatch(shop.template, InlineSource(rows(1)))
    with pytest.raises(NotFoundError):
        await shop.batches.create(shop.other_workspace, new)


async def test_C02_cancel_stops_what_runs_and_keeps_what_is_done(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit([*rows(5), *rows(500, wait=True)])
    await shop.wait_for(batch.id, lambda now: now.completed == 5)
    await eventually(lambda: len(shop.drawing.started) >= 7)
    clock = asyncio.get_running_loop().time
    asked = clock()
    cancelled = await shop.batches.cancel(shop.workspace, batch.id)
    assert clock() - asked < 1.0
    assert (cancelled.state, cancelled.completed, cancelled.cancelled) == ("cancelled", 5, 500)
    await eventually(lambda: shop.drawing.cancelled == 2, seconds=5.0)
    started = len(shop.drawing.started)
    await eventually(lambda: _followed(shop, batch.id, {"completed": 5, "cancelled": 500}))
    assert len(shop.drawing.started) == started
    assert await shop.kept() == (5, 5)
    assert (await shop.batches.get(shop.workspace, batch.id)).ended == 505


async def test_P3_a_cancel_elsewhere_reaches_the_worker_by_its_heartbeat(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit(rows(3, wait=True))
    await eventually(lambda: len(shop.drawing.started) == 2)
    shop.queue._listeners.clear()  # no ring arrives any more
    await shop.batches.cancel(shop.workspace, batch.id)
    await eventually(lambda: shop.drawing.cancelled == 2, seconds=5.0)


async def test_C04_cancel_twice_is_once_and_too_late_is_said(shop: Workshop) -> None:
    batch = await shop.submit(rows(2))
    first = await shop.batches.cancel(shop.workspace, batch.id)
    assert await shop.batches.cancel(shop.workspace, batch.id) == first
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(1))).id)
    with pytest.raises(BatchEndedError):
        await shop.batches.cancel(shop.workspace, done.id)
    assert not [row for row in shop.drawing.started if row["title"] == "Card 1"]


async def test_a_cancel_racing_with_the_end_leaves_one_state(shop: Workshop) -> None:
    await shop.hire()
    for _ in range(10):
        batch = await shop.submit(rows(2))
        try:
            told = (await shop.batches.cancel(shop.workspace, batch.id)).state
        except BatchEndedError:
            told = "completed"
        done = await shop.ended(batch.id)
        assert done.state == told
        wanted = {
            state: count
            for state, count in (("completed", done.completed), ("cancelled", done.cancelled))
            if count
        }
        await eventually(lambda b=batch.id, w=wanted: _followed(shop, b, w))
    page, total = await shop.batches.list(shop.workspace)
    kept = sum(one.completed for one in page)
    assert total == 10
    await eventually(lambda: _kept(shop, kept))


async def test_W01_items_of_a_dead_worker_are_rendered_by_another(shop: Workshop) -> None:
    batch = await shop.submit(rows(6))
    taken = await shop.claims(lease=0.5, owner="elsewhere").take(4)
    assert len(taken) == 4
    await shop.hire()
    done = await shop.ended(batch.id)
    page = await shop.batches.results(shop.workspace, batch.id)
    assert (done.state, done.completed) == ("completed", 6)
    assert [item.attempt for item in page.items] == [2, 2, 2, 2, 1, 1]
    async with shop.db.write() as conn:
        late = await settle(conn, [Verdict(item, Done({"url": "late"})) for item in taken])
    assert not late.accepted
    assert await shop.kept() == (6, 6)


async def test_a_restarted_worker_does_not_wait_for_its_own_dead_leases(shop: Workshop) -> None:
    batch = await shop.submit(rows(4))
    gone = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from jobs.batch.work.owner import own_name; print(own_name())",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await gone.communicate()
    assert len(await shop.claims(lease=600, owner=output.decode().strip()).take(4)) == 4
    await shop.hire()
    assert (await shop.ended(batch.id, seconds=10)).state == "completed"


async def test_W04_an_item_that_loses_its_worker_again_alone_fails_alone(shop: Workshop) -> None:
    batch = await shop.submit(rows(4))
    hands = shop.claims(lease=0.001, owner="elsewhere")
    worker = await shop.hire()
    await worker.stop(1.0)
    assert len(await hands.take(2)) == 2
    await asyncio.sleep(0.02)
    await worker._reconciler.look()
    assert await hands.lone_waits()
    assert [item.index for item in await hands.take(4)] == [2, 3]
    assert [item.index for item in await hands.take_lone()] == [0]
    await asyncio.sleep(0.02)
    await worker._reconciler.look()  # 0 has lost its second worker, 2 and 3 their first
    assert (await shop.states(batch.id)) == {"failed": 1, "pending": 3}
    await shop.hire()
    done = await shop.ended(batch.id)
    assert (done.state, done.completed, done.failed) == ("partial", 3, 1)
    page = await shop.batches.results(shop.workspace, batch.id, states=("failed",))
    assert [(item.index, item.code, item.attempt) for item in page.items] == [(0, "worker_lost", 2)]


async def test_W03_what_has_lost_a_worker_is_rendered_alone(shop: Workshop) -> None:
    batch = await shop.submit([*rows(2, lost=True), *rows(6)])
    assert len(await shop.claims(lease=0.01, owner="elsewhere").take(2)) == 2
    beside: list[int] = []
    drawn = shop.drawing.render

    async def counted(request: object, *more: object) -> object:
        if request.source.variables.get("lost"):
            beside.append(len(shop.drawing.started) - len(shop.drawing.finished))
        return await drawn(request, *more)

    shop.drawing.render = counted
    shop.drawing.seconds = 0.02
    await shop.hire()
    assert (await shop.ended(batch.id)).completed == 8
    assert beside == [0, 0]


async def test_M03_so_many_equal_failures_in_a_row_end_the_batch(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    sent = [*rows(2), *rows(60, fails="bug")]
    done = await shop.ended((await shop.submit(sent, stop_after_failures=5)).id)
    assert (done.state, done.code) == ("failed", "stopped_after_failures")
    assert done.completed == 2
    assert 5 <= done.failed < 40
    assert done.failed + done.cancelled == 60


async def test_M03_a_success_behind_them_in_the_same_set_undoes_nothing(shop: Workshop) -> None:
    batch = await shop.submit(rows(7), stop_after_failures=5)
    taken = await shop.claims().take(7)
    outcomes = [*[Failed("bug", "a bug")] * 5, Again(), Again()]
    verdicts = [Verdict(*one) for one in zip(taken, outcomes, strict=True)]
    verdicts[6] = Verdict(taken[6], Done({"render_id": "rnd_1", **dict.fromkeys(_REST)}))
    async with shop.db.write() as conn:
        assert (await settle(conn, verdicts)).ended == {batch.id}
    done = await shop.ended(batch.id)
    assert (done.code, done.completed, done.failed) == ("stopped_after_failures", 1, 5)


async def test_the_higher_priority_goes_first(shop: Workshop) -> None:
    late = await shop.submit(rows(8))
    soon = await shop.submit(rows(8, soon=True), priority=5)
    await shop.hire()
    await shop.ended(soon.id)
    assert (await shop.batches.get(shop.workspace, late.id)).completed <= 4
    await shop.ended(late.id)


async def test_W02_a_stopping_worker_gives_back_without_counting(shop: Workshop) -> None:
    worker = await shop.hire()
    batch = await shop.submit(rows(8, wait=True))
    await eventually(lambda: len(shop.drawing.started) == 2)
    await worker.stop(grace=0.05)
    assert await shop.states(batch.id) == {"pending": 8}
    shop.drawing.gate.set()
    await shop.hire()
    assert (await shop.ended(batch.id)).state == "completed"
    page = await shop.batches.results(shop.workspace, batch.id)
    assert {item.attempt for item in page.items} == {1}
    assert await shop.kept() == (8, 8)


async def test_P2_what_a_worker_made_whose_lease_was_lost_is_taken_back(shop: Workshop) -> None:
    batch = await shop.submit(rows(1))
    (item,) = await shop.claims(lease=0.05, owner="elsewhere").take(1)
    await shop.hire()
    async with AsyncExitStack() as held:
        elsewhere = Renders(shop.db, shop.artifacts, shop.templates, shop.drawing)
        runner = ItemRenders(elsewhere, shop.templates, shop.batches.rows, shop.settings)
        made = await runner.run(item, nullcontext(), held)  # its bytes are there, no row says so
        assert isinstance(made, Done)
        done = await shop.ended(batch.id)
        async with shop.db.write() as conn:  # it wakes up and tells what it made
            late = await settle(conn, [Verdict(item, made)], elsewhere.write_all)
        assert not late.accepted
        assert await shop.kept() == (1, 2)
    page = await shop.batches.results(shop.workspace, batch.id)
    assert (done.completed, page.items[0].attempt) == (1, 2)
    assert page.items[0].artifact_id != made.values["artifact_id"]
    assert await shop.kept() == (1, 1)


async def test_equal_items_share_a_drawing_and_have_addresses_of_their_own(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(1) * 30)).id)
    page = await shop.batches.results(shop.workspace, done.id)
    assert len({item.url for item in page.items}) == len({i.artifact_id for i in page.items}) == 30
    assert len(shop.drawing.started) < 15
    assert await shop.kept() == (30, len(shop.drawing.started))


async def test_a_verdict_given_back_is_not_counted_as_a_try(shop: Workshop) -> None:
    await shop.submit(rows(1))
    hands = shop.claims()
    (item,) = await hands.take(1)
    async with shop.db.write() as conn:
        await settle(conn, [Verdict(item, Again(counted=False))])
    (again,) = await hands.take(1)
    assert (again.attempt, again.token != item.token) == (1, True)


async def test_M08_small_batches_of_others_do_not_wait_for_a_large_one(shop: Workshop) -> None:
    await shop.submit(rows(200))
    state = (await shop.templates.get(shop.workspace, shop.template)).state
    made = await shop.templates.create(shop.other_workspace, NewTemplate(state=state), "test")
    small = await shop.batches.create(
        shop.other_workspace, NewBatch(made.uid, InlineSource(rows(10, small=True)))
    )
    await shop.hire()
    async with asyncio.timeout(30):
        while True:
            now = await shop.batches.get(shop.other_workspace, small.batch.id)
            if now.finished_us is not None:
                break
            await asyncio.sleep(0.01)
    assert sum("small" not in row for row in shop.drawing.finished) < 40


async def _followed(shop: Workshop, batch_id: str, wanted: dict[str, int]) -> bool:
    return await shop.states(batch_id) == wanted


async def _kept(shop: Workshop, count: int) -> bool:
    return await shop.kept() == (count, count)
