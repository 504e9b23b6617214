"""Batches whose rows come as a table: read by a worker, resumed after a crash."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import NoResultFound

from egress.errors import BlockedAddressError, FetchFailedError
from jobs.batch.batch import Batch
from jobs.batch.closing import lock
from jobs.batch.command import CsvSource, NewBatch
from jobs.batch.errors import TableInvalidError
from jobs.batch.input import accept, acceptance, chunks
from jobs.batch.input.prepare import PreparedRow
from jobs.batch.input.table_reader import TableReader
from jobs.batch.input.tables import Table, TableRow
from jobs.batch.input.waiting import TakenTable, next_table
from jobs.batch.models import batch_chunks, batches
from jobs.batch.work.item import Again
from jobs.batch.work.settle import Verdict, settle
from renderer.compose.errors import TemplateSyntaxError
from templates_store.template import NewTemplate, TemplateState
from tests.integration.work.conftest import OpenShop
from tests.support.site import Asked, Site, answer
from tests.support.work import Workshop, eventually
from tests.unit.work.test_spreadsheet import xlsx


async def submit(shop: Workshop, csv: bytes | str, **options: object) -> str:
    data = csv.encode() if isinstance(csv, str) else csv
    mappings = options.pop("mappings", {})
    source = CsvSource(data=data, mappings=mappings)
    made = await shop.batches.create(shop.workspace, NewBatch(shop.template, source, **options))
    return made.batch.id


async def test_a_table_is_accepted_at_once_and_read_by_a_worker(shop: Workshop) -> None:
    csv = "title;price\n" + "".join(f"Größe {n};{n},50\n" for n in range(250))
    batch_id = await submit(shop, csv.encode("cp1252"))
    first = await shop.batches.get(shop.workspace, batch_id)
    assert (first.state, first.accepting, first.total) == ("pending", True, 0)
    await shop.hire()
    done = await shop.ended(batch_id)
    assert (done.state, done.total, done.completed) == ("completed", 250, 250)
    drawn = {row["title"]: row["price"] for row in shop.drawing.finished}
    assert drawn["Größe 7"] == "7,50"
    assert await shop.kept() == (250, 250)


async def test_mappings_say_which_column_holds_which_variable(shop: Workshop) -> None:
    batch_id = await submit(shop, "Name,Other\nAda,x\n", mappings={"title": "Name"})
    await shop.hire()
    assert (await shop.ended(batch_id)).state == "completed"
    assert shop.drawing.finished == [{"title": "Ada"}]


async def test_a_row_that_does_not_fit_is_a_result(shop: Workshop) -> None:
    batch_id = await submit(shop, f"title\nfine\n{'x' * 41}\nfine too\na,b\n")
    await shop.hire()
    done = await shop.ended(batch_id)
    assert (done.state, done.completed, done.failed) == ("partial", 2, 2)
    page = await shop.batches.results(shop.workspace, batch_id, states=("failed",))
    assert [item.index for item in page.items] == [1, 3]


@pytest.mark.parametrize("levels", [65, 256, 1000])
async def test_a_row_that_is_nested_too_deeply_costs_only_itself(
    shop: Workshop, levels: int
) -> None:
    deep = "[" * levels + "]" * levels
    table = f'{{"title": "One"}}\n{{"title": {deep}, "note": "x"}}\n{{"title": "Two"}}\n'
    report = await shop.batches.check(
        shop.workspace, NewBatch(shop.template, CsvSource(data=table.encode()))
    )
    assert [(one.row, one.variable, one.code) for one in report.problems] == [
        (1, "title", "too_deep")
    ]
    batch_id = await submit(shop, table)
    await shop.hire()
    done = await shop.ended(batch_id)
    assert (done.state, done.completed, done.failed) == ("partial", 2, 1)
    item = await shop.batches.item(shop.workspace, batch_id, 1)
    assert (item.code, item.values) == ("VARIABLE_INVALID", {"note": "x"})


async def test_a_table_that_breaks_its_reader_each_time_ends_its_batch(shop: Workshop) -> None:
    batch_id = await submit(shop, "title\nOne\n")
    async with shop.db.write() as conn:
        row = await lock(conn, batches.c.id == batch_id)
        assert row is not None
        other = {**row["source"], "kind": "cells"}  # its bytes are none of that kind
        await conn.execute(update(batches).values(source=other))
    reader = TableReader(shop.db, shop.templates, 10_000, lambda: None)
    await reader.start()

    async def ended() -> bool:
        await _lease_runs_out(shop)
        reader.wake()
        return (await shop.batches.get(shop.workspace, batch_id)).finished_us is not None

    await eventually(ended, seconds=30)
    await reader.stop()
    done = await shop.batches.get(shop.workspace, batch_id)
    assert (done.state, done.code) == ("failed", "render_failed")
    assert "broke 3 times" in (done.error or "")


@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.full)])
@pytest.mark.timeout(900)
async def test_M02_one_bad_row_among_very_many_costs_only_itself(
    shop: Workshop, count: int
) -> None:
    bad = count * 2 // 3
    lines = [f"Card {number}" for number in range(count)]
    lines[bad] = "x" * 41  # longer than the definition allows
    batch_id = await submit(shop, "\n".join(["title", *lines]))
    await shop.hire()
    done = await shop.ended(batch_id, seconds=800)
    assert (done.state, done.total, done.completed, done.failed) == ("partial", count, count - 1, 1)
    page = await shop.batches.results(shop.workspace, batch_id, states=("failed",))
    assert [(item.index, item.code) for item in page.items] == [(bad, "VARIABLE_INVALID")]
    assert "title" in (page.items[0].error or "")
    assert len(shop.drawing.finished) == count - 1
    assert await shop.kept() == (count - 1, count - 1)


async def test_onerror_stop_renders_nothing_of_a_table_with_a_bad_row(shop: Workshop) -> None:
    csv = "title\n" + "fine\n" * 150 + "x" * 41 + "\n"
    batch_id = await submit(shop, csv, on_error="stop")
    await shop.hire()
    done = await shop.ended(batch_id)
    assert (done.state, done.code, done.completed) == ("failed", "rows_invalid", 0)
    assert "Row 151" in (done.error or "")
    assert shop.drawing.started == []


@pytest.mark.parametrize(
    ("csv", "mappings", "said"),
    [
        ("", {}, "names no column"),
        ("title,title\na,b\n", {}, "twice"),
        ("title\n", {}, "no rows"),
        ("colour,size\nred,1\n", {}, "None of the table's columns"),
        ("title\na\n", {"title": "Titel"}, "does not have"),
    ],
)
async def test_what_the_header_shows_is_refused_at_once(
    shop: Workshop, csv: str, mappings: dict[str, str], said: str
) -> None:
    with pytest.raises(TableInvalidError, match=said):
        await submit(shop, csv, mappings=mappings)
    assert (await shop.batches.list(shop.workspace))[1] == 0


async def test_a_table_goes_on_where_a_crash_stopped_it(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = await submit(shop, "title\n" + "".join(f"Card {n}\n" for n in range(350)))
    added = accept.add_rows

    async def crash_in_the_third(conn: object, batch: object, first: int, rows: object) -> None:
        if first == 200:
            raise SystemError("the process dies here")
        await added(conn, batch, first, rows)

    monkeypatch.setattr(accept, "PORTION", 100)
    monkeypatch.setattr(accept, "add_rows", crash_in_the_third)
    assert await next_table(shop.db) == TakenTable(batch_id, shop.workspace)
    with pytest.raises(SystemError):
        await accept.continue_table(shop.db, shop.templates, batch_id, 1000, lambda: None)
    monkeypatch.undo()
    assert (await shop.batches.get(shop.workspace, batch_id)).total == 200
    assert await next_table(shop.db) is None  # its lease still stands
    await _lease_runs_out(shop)
    await shop.hire()
    done = await shop.ended(batch_id)
    assert (done.total, done.completed) == (350, 350)
    titles = [row["title"] for row in shop.drawing.finished]
    assert sorted(titles) == sorted(f"Card {n}" for n in range(350))


async def test_a_table_whose_reader_is_told_to_stop_is_free_at_once(shop: Workshop) -> None:
    batch_id = await submit(shop, "title\n" + "card\n" * 5000)
    begun = asyncio.Event()
    reader = TableReader(shop.db, shop.templates, 10_000, begun.set)
    await reader.start()
    await asyncio.wait_for(begun.wait(), 20)
    await reader.stop()
    left = await shop.batches.get(shop.workspace, batch_id)
    assert left.accepting, "all rows were read before the stop"
    assert await next_table(shop.db) == TakenTable(batch_id, shop.workspace)


async def test_others_have_their_turn_while_a_table_is_opened_and_read(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    opened, rows = accept.open_table, Table.rows

    def others_first() -> None:
        turn = threading.Event()
        loop.call_soon_threadsafe(turn.set)
        assert turn.wait(10), "nobody else had a turn"

    def open_slowly(*given: Any) -> Table:
        others_first()
        return opened(*given)

    def read_slowly(table: Table) -> Iterator[TableRow]:
        others_first()
        yield from rows(table)

    monkeypatch.setattr(accept, "open_table", open_slowly)
    monkeypatch.setattr(acceptance, "open_table", open_slowly)
    monkeypatch.setattr(Table, "rows", read_slowly)
    new = NewBatch(shop.template, CsvSource(data=b"title\n\n\nOne\n"), proof=1)
    assert (await shop.batches.check(shop.workspace, new)).rows == 1
    batch_id = (await shop.batches.create(shop.workspace, new)).batch.id
    assert await next_table(shop.db) == TakenTable(batch_id, shop.workspace)
    await accept.continue_table(shop.db, shop.templates, batch_id, 1000, lambda: None)
    assert (await shop.batches.get(shop.workspace, batch_id)).total == 1


async def test_workspaces_take_turns_with_their_tables(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accept, "PORTION", 100)
    monkeypatch.setattr(accept, "TURN", 1)
    large = await submit(shop, "title\n" + "card\n" * 350)
    small = await submit(shop, "title\n" + "card\n" * 50)
    own = NewTemplate(state=TemplateState(html="{{ title }}"))
    theirs = await shop.templates.create(shop.other_workspace, own, "test")
    new = NewBatch(theirs.uid, CsvSource(data=b"title\n" + b"card\n" * 150))
    other = (await shop.batches.create(shop.other_workspace, new)).batch.id
    added, order = accept.add_rows, list[tuple[str, int]]()

    async def note(conn: Any, batch: Batch, first: int, rows: Any) -> None:
        order.append((batch.id, first))
        await added(conn, batch, first, rows)

    monkeypatch.setattr(accept, "add_rows", note)
    await shop.hire()
    assert (await shop.ended(large)).completed == 350
    assert (await shop.ended(small)).completed == 50
    taken = [(large, 0), (other, 0), (large, 100), (other, 100)]
    assert order == [*taken, (large, 200), (large, 300), (small, 0)]


async def test_a_cancel_while_rows_arrive_ends_the_batch(shop: Workshop) -> None:
    batch_id = await submit(shop, "title\n" + "card\n" * 300)
    async with shop.db.write() as conn:
        row = await lock(conn, batches.c.id == batch_id)
        assert row is not None
        await accept.add_rows(conn, Batch.of_row(row), 0, [PreparedRow({"title": "card"})] * 100)
    cancelled = await shop.batches.cancel(shop.workspace, batch_id)
    assert (cancelled.total, cancelled.cancelled, cancelled.accepting) == (100, 100, False)
    await shop.hire()

    async def followed() -> bool:
        return await shop.states(batch_id) == {"cancelled": 100}

    await eventually(followed)
    assert shop.drawing.started == []


async def test_too_many_rows_end_the_batch_with_the_limit_in_words(open_shop: OpenShop) -> None:
    async with open_shop(batch_max_rows=120) as shop:
        batch_id = await submit(shop, "title\n" + "card\n" * 300, on_error="stop")
        await shop.hire()
        done = await shop.ended(batch_id)
        assert (done.state, done.code) == ("failed", "too_many_rows")
        assert "120" in (done.error or "")


@pytest.mark.parametrize(("lines", "layouts"), [(121, ()), (61, ("default", "wide"))])
async def test_a_dry_run_refuses_too_many_rows_as_the_batch_would(
    open_shop: OpenShop, lines: int, layouts: tuple[str, ...]
) -> None:
    async with open_shop(batch_max_rows=120) as shop:
        source = CsvSource(data=("title\n" + "card\n" * lines).encode())
        with pytest.raises(TableInvalidError, match="more than 120 items"):
            await shop.batches.check(
                shop.workspace, NewBatch(shop.template, source, layouts=layouts)
            )


async def test_an_inline_batch_nobody_was_told_of_is_forgotten(shop: Workshop) -> None:
    kept = await shop.submit([{"title": "x"}])
    lost = await shop.submit([{"title": "y"}])
    async with shop.db.write() as conn:
        broken = update(batches).where(batches.c.id == lost.id)
        await conn.execute(broken.values(opened_us=None, accepting=True, accept_until_us=1))
    await shop.hire()
    await shop.ended(kept.id)

    async def forgotten() -> bool:
        async with shop.db.read() as conn:
            query = select(func.count()).select_from(batches)
            return (await conn.execute(query)).scalar_one() == 1

    await eventually(forgotten)
    assert len(shop.drawing.started) == 1


async def test_csv_url_is_fetched_through_the_egress_policy(open_shop: OpenShop) -> None:
    async def table(asked: Asked, _reader: object, _writer: object) -> bytes:
        if asked.path == "/cards.csv":
            return answer("title\nOne\nTwo\n", kind="text/csv")
        return answer("no", "404 Not Found")

    async with Site(table) as opened, Site(table) as private:
        async with open_shop(allow=(opened.place,)) as shop:
            await shop.hire()

            async def submit_url(url: str) -> str:
                new = NewBatch(shop.template, CsvSource(url=url))
                return (await shop.batches.create(shop.workspace, new)).batch.id

            done = await shop.ended(await submit_url(opened.url("/cards.csv")))
            assert (done.state, done.completed) == ("completed", 2)
            with pytest.raises(FetchFailedError, match="404"):
                await submit_url(opened.url("/missing"))
            for url in (private.url("/cards.csv"), "file:///etc/passwd", "http://169.254.169.254/"):
                with pytest.raises(BlockedAddressError):
                    await submit_url(url)
        assert private.connections == 0


async def _lease_runs_out(shop: Workshop) -> None:
    async with shop.db.write() as conn:
        await conn.execute(update(batches).values(accept_until_us=1))


async def test_a_spreadsheet_is_read_in_the_jail(shop: Workshop) -> None:
    cells = "".join(
        f'<row><c s="1"><v>{n}</v></c><c t="inlineStr"><is><t>Card {n}</t></is></c></row>'
        for n in range(3)
    )
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("Item", "Title"))
    batch_id = await submit(shop, xlsx(f"<row>{header}</row>{cells}"))
    await shop.hire()
    assert (await shop.ended(batch_id)).state == "completed"
    drawn = sorted((row["Item"], row["title"]) for row in shop.drawing.finished)
    assert drawn == [("00000", "Card 0"), ("00001", "Card 1"), ("00002", "Card 2")]
    with pytest.raises(TableInvalidError, match="broken"):
        await submit(shop, b"PK\x03\x04 no archive")


async def test_a_dry_run_judges_every_row_and_keeps_nothing(shop: Workshop) -> None:
    source = CsvSource(data=f"Product Title;Note\nfine;a\n{'x' * 41};b\n".encode())
    report = await shop.batches.check(
        shop.workspace,
        NewBatch(shop.template, replace(source, mappings={"title": "Product Title"}), proof=3),
    )
    assert [(one.row, one.variables) for one in report.proof] == [(0, {"title": "fine"})]
    assert (report.rows, report.items, report.wrong_rows) == (2, 2, 1)
    (problem,) = report.problems
    assert (problem.row, problem.variable, problem.column) == (1, "title", "Product Title")
    likely = await shop.batches.check(shop.workspace, NewBatch(shop.template, source))
    assert likely.mappings == {"title": "Product Title"}
    assert [(one.column, one.variable, one.exact) for one in likely.columns] == [
        ("Product Title", "title", False),
        ("Note", None, False),
    ]
    assert (await shop.batches.list(shop.workspace))[1] == 0


async def test_nothing_is_rendered_before_every_row_is_judged(shop: Workshop) -> None:
    batch_id = await submit(shop, "title\n" + "card\n" * 300)
    async with shop.db.write() as conn:
        row = await lock(conn, batches.c.id == batch_id)
        assert row is not None
        await accept.add_rows(conn, Batch.of_row(row), 0, [PreparedRow({"title": "card"})] * 100)
    assert await shop.claims().take(4) == []


@pytest.mark.parametrize("table", [False, True])
async def test_a_proof_is_rendered_first_and_waits_for_a_yes(shop: Workshop, table: bool) -> None:
    titles = [f"Card {n}" for n in range(30)] + ["A", "x" * 40, "مرحبا"]
    if table:
        batch_id = await submit(shop, "title\n" + "\n".join(titles), proof=3)
    else:
        batch_id = (await shop.submit([{"title": title} for title in titles], proof=3)).id
    await shop.hire()
    held = await shop.wait_for(batch_id, lambda now: now.completed == 3)
    assert held.held
    assert {row["title"] for row in shop.drawing.started} == {"A", "x" * 40, "مرحبا"}
    assert (await shop.states(batch_id)) == {"completed": 3, "pending": 30}
    approved = await shop.batches.approve(shop.workspace, batch_id)
    assert not approved.held
    assert (await shop.ended(batch_id)).completed == 33


async def test_a_row_that_is_mended_or_tried_again_waits_for_no_yes(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    titles = [*(f"Card {n}" for n in range(9)), "x" * 40, "x" * 41]
    batch = await shop.submit([{"title": title, "fails": "bug"} for title in titles], proof=1)
    await shop.wait_for(batch.id, lambda now: now.failed == 2)
    await shop.batches.mend(shop.workspace, batch.id, 10, {"title": "mended"})
    await shop.wait_for(batch.id, lambda now: now.completed == 1)
    del shop.drawing.errors["bug"]
    await shop.batches.retry(shop.workspace, batch.id)
    held = await shop.wait_for(batch.id, lambda now: now.completed == 2)
    assert held.held
    assert {row["title"] for row in shop.drawing.finished} == {"mended", "x" * 40}
    await shop.batches.approve(shop.workspace, batch.id)
    assert (await shop.ended(batch.id)).completed == 11


async def test_an_item_of_a_proof_that_goes_back_is_not_taken_before_its_time(
    shop: Workshop,
) -> None:
    batch = await shop.submit([{"title": f"Card {n}"} for n in range(9)], proof=1)
    hands = shop.claims()

    async def given_back(delay: float) -> None:
        (item,) = await hands.take(4)
        async with shop.db.write() as conn:
            await settle(conn, [Verdict(item, Again(delay, counted=False))])

    await given_back(0)
    await given_back(600)
    assert await hands.take(4) == []
    await shop.batches.approve(shop.workspace, batch.id)
    assert len(await hands.take(9)) == 8


async def test_a_batch_that_waits_for_its_yes_can_be_cancelled(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit([{"title": f"Card {n}"} for n in range(9)], proof=1)
    await shop.wait_for(batch.id, lambda now: now.completed == 1)
    done = await shop.batches.cancel(shop.workspace, batch.id)
    assert (done.state, done.completed, done.cancelled) == ("cancelled", 1, 8)


async def test_what_a_spreadsheet_unfolds_into_is_judged_like_a_csv_of_that_size(
    open_shop: OpenShop,
) -> None:
    card = '<row><c t="inlineStr"><is><t>title</t></is></c></row>' * 5000
    async with open_shop(batch_max_csv_bytes=20_000) as shop:
        assert len(xlsx(card)) < 20_000
        with pytest.raises(TableInvalidError, match="more than 20000 bytes"):
            await submit(shop, xlsx(card))


async def test_rows_are_remembered_up_to_so_many_bytes(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await shop.submit([{"title": f"Card {n}"} for n in range(300)])
    monkeypatch.setattr(chunks, "REMEMBERED_BYTES", 100)  # less than one chunk has

    async def read(row: int) -> object:
        return (await shop.batches.rows.get(shop.workspace, batch.id, row))["title"]

    assert [await read(0), await read(100), await read(200)] == ["Card 0", "Card 100", "Card 200"]
    async with shop.db.write() as conn:
        await conn.execute(delete(batch_chunks))
    assert await read(299) == "Card 299"
    with pytest.raises(NoResultFound):
        await read(199)
