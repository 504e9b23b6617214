"""What comes out of a batch, and what can be done with it after its end."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest

from core.errors import NotFoundError
from jobs.batch.batch import Batch
from jobs.batch.command import CsvSource, InlineSource, NewBatch
from jobs.batch.errors import (
    BatchEndedError,
    ItemEndedError,
    ItemRunningError,
    NothingFailedError,
    NothingMadeError,
)
from renderer.compose.errors import TemplateSyntaxError
from renderer.request import Warn
from templates_store.errors import VariableInvalidError
from templates_store.template import NewTemplate, TemplateState
from templates_store.variables import VariableDefinition
from tests.integration.work.test_batches import rows
from tests.support.work import Workshop, eventually


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def unpacked(shop: Workshop, batch: Batch) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(await whole(shop.batches.files.archive(batch))))
    assert found.testzip() is None
    return found


async def test_the_archive_holds_every_result_and_tells_of_the_others(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    sent = [*rows(3), {"title": "bad", "fails": "bug"}]
    done = await shop.ended((await shop.submit(sent, filename="{title} of {index:2}")).id)
    found = await unpacked(shop, done)
    assert found.namelist() == [
        "Card 0 of 00.png", "Card 1 of 01.png", "Card 2 of 02.png", "manifest.json", "manifest.csv",
    ]  # fmt: skip
    assert b"Card 1" in found.read("Card 1 of 01.png")
    told = json.loads(found.read("manifest.json"))
    assert [item["status"] for item in told["items"]] == ["completed"] * 3 + ["failed"]
    assert told["items"][0]["file"] == "Card 0 of 00.png"
    assert "unexpected end" in told["items"][3]["error"]
    lines = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))))
    assert [line["file"] for line in lines] == [item.get("file", "") for item in told["items"]]


async def test_M04_equal_names_are_suffixed_and_none_leads_out(shop: Workshop) -> None:
    await shop.hire()
    titles = ["Same", "same", "../../etc/passwd", "CON", "manifest", "a/b"]
    sent = [{"title": title} for title in titles]
    done = await shop.ended((await shop.submit(sent, filename="{title}")).id)
    names = (await unpacked(shop, done)).namelist()
    assert names == [
        "Same.png", "same-2.png", "-..-etc-passwd.png", "_CON.png", "manifest.png", "a-b.png",
        "manifest.json", "manifest.csv",
    ]  # fmt: skip


async def test_a_file_that_has_gone_is_missing_and_said_so(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(3))).id)
    page = await shop.batches.results(shop.workspace, done.id)
    await shop.artifacts.delete(shop.workspace, page.items[1].artifact_id or "")
    found = await unpacked(shop, done)
    assert found.namelist()[:2] == ["00000.png", "00002.png"]
    assert json.loads(found.read("manifest.json"))["items"][1]["code"] == "file_gone"


async def reported(shop: Workshop, batch: Batch) -> list[dict[str, str]]:
    text = (await whole(shop.batches.files.report(batch))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def test_X04_the_report_runs_no_formula(shop: Workshop) -> None:
    await shop.hire()
    sent = [{"title": '=HYPERLINK("http://x")'}, {"title": "-12,5", "more": {"a": 1}}]
    done = await shop.ended((await shop.submit(sent)).id)
    lines = await reported(shop, done)
    assert lines[0]["variables.title"] == '\'=HYPERLINK("http://x")'
    assert lines[1]["variables.title"] == "-12,5"
    assert lines[1]["variables.more"] == '{"a": 1}'
    assert [line["status"] for line in lines] == ["completed", "completed"]


async def test_the_report_has_columns_that_only_late_rows_fill(shop: Workshop) -> None:
    table = "sku;note;title\n" + ";;Card\n" * 150 + "7;late;Card\n"
    accepted = await shop.batches.create(
        shop.workspace, NewBatch(shop.template, CsvSource(data=table.encode()))
    )
    await shop.hire()
    last = (await reported(shop, await shop.ended(accepted.batch.id)))[-1]
    assert (last["variables.sku"], last["variables.note"]) == ("7", "late")


async def test_the_report_has_a_column_for_each_variable_of_the_version(shop: Workshop) -> None:
    definitions = (VariableDefinition("title"), VariableDefinition("subtitle"))
    state = TemplateState(html="{{ title }}", definitions=definitions)
    made = await shop.templates.create(shop.workspace, NewTemplate(state=state), "test")
    sent = [*[{"title": "Card"}] * 120, {"title": "Card", "subtitle": "late"}]
    accepted = await shop.batches.create(shop.workspace, NewBatch(made.uid, InlineSource(sent)))
    await shop.templates.delete(shop.workspace, made.uid)
    await shop.hire()
    done = await shop.ended(accepted.batch.id)
    assert (await reported(shop, done))[-1]["variables.subtitle"] == "late"


async def test_only_failed_items_are_tried_again(shop: Workshop) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    sent = [*rows(3), {"title": "bad", "fails": "bug"}]
    done = await shop.ended((await shop.submit(sent)).id)
    assert (done.state, done.failed, done.run) == ("partial", 1, 1)
    del shop.drawing.errors["bug"]
    again, count = await shop.batches.retry(shop.workspace, done.id)
    assert (count, again.state, again.failed, again.completed) == (1, "processing", 0, 3)
    done = await shop.ended(done.id)
    assert (done.state, done.completed, done.run) == ("completed", 4, 2)
    assert len(shop.drawing.started) == 5
    with pytest.raises(NothingFailedError):
        await shop.batches.retry(shop.workspace, done.id)


async def test_a_mended_row_is_rendered_into_the_same_batch(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit([*rows(2), {"title": "x" * 41}])).id)
    assert (done.completed, done.failed) == (2, 1)
    with pytest.raises(VariableInvalidError):
        await shop.batches.mend(shop.workspace, done.id, 2, {"title": "x" * 50})
    await shop.batches.mend(shop.workspace, done.id, 2, {"title": "Short"})
    assert (await shop.batches.item(shop.workspace, done.id, 2)).values == {"title": "Short"}
    for place, index in ((shop.workspace, 99), ("ws_other", 2)):
        with pytest.raises(NotFoundError):
            await shop.batches.item(place, done.id, index)
    done = await shop.ended(done.id)
    assert (done.state, done.completed, done.failed) == ("completed", 3, 0)
    old = (await shop.batches.results(shop.workspace, done.id)).items[0]
    await shop.batches.mend(shop.workspace, done.id, 0, {"title": "Other"})
    done = await shop.ended(done.id)
    page = await shop.batches.results(shop.workspace, done.id)
    assert [item.mended for item in page.items] == [True, False, True]
    assert page.items[0].url != old.url
    assert await shop.kept() == (3, 3)
    found = await unpacked(shop, done)
    assert b"Other" in found.read("00000.png")
    assert b"Short" in found.read("00002.png")


async def test_a_running_item_is_not_mended_and_a_strange_one_not_found(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit(rows(1, wait=True))
    await eventually(lambda: shop.drawing.started)
    with pytest.raises(ItemRunningError):
        await shop.batches.mend(shop.workspace, batch.id, 0, {"title": "x"})
    for place, index in ((shop.workspace, 5), (shop.other_workspace, 0)):
        with pytest.raises(NotFoundError):
            await shop.batches.mend(place, batch.id, index, {"title": "x"})
        with pytest.raises(NotFoundError):
            await shop.batches.cancel_item(place, batch.id, index)


async def test_one_item_is_cancelled_and_the_others_go_on(shop: Workshop) -> None:
    await shop.hire()
    batch = await shop.submit([*rows(1, wait=True), *rows(4)])
    await shop.wait_for(batch.id, lambda now: now.completed == 4)
    told = await shop.batches.cancel_item(shop.workspace, batch.id, 0)
    assert (told.state, told.cancelled, told.completed) == ("partial", 1, 4)
    await eventually(lambda: shop.drawing.cancelled == 1, seconds=5)
    assert await shop.batches.cancel_item(shop.workspace, batch.id, 0) == told
    with pytest.raises(ItemEndedError):
        await shop.batches.cancel_item(shop.workspace, batch.id, 1)
    await eventually(lambda: _kept(shop, 4))


async def test_a_paused_batch_begins_nothing_until_it_is_resumed(shop: Workshop) -> None:
    batch = await shop.submit(rows(6))
    paused = await shop.batches.pause(shop.workspace, batch.id)
    assert paused.paused_us is not None
    await shop.hire()
    other = await shop.submit(rows(2))
    await shop.ended(other.id)
    assert (await shop.states(batch.id)) == {"pending": 6}
    await shop.batches.resume(shop.workspace, batch.id)
    assert (await shop.ended(batch.id)).completed == 6
    with pytest.raises(BatchEndedError):
        await shop.batches.pause(shop.workspace, batch.id)


async def test_items_are_found_by_their_warnings(shop: Workshop) -> None:
    await shop.hire()
    drawn = shop.drawing.render

    async def warned(request: object, *more: object) -> object:
        result = await drawn(request)
        row = shop.drawing.finished[-1]
        warnings = (Warn("clipped_text", "cut"),) if row.get("long") else ()
        object.__setattr__(result, "warnings", warnings)
        return result

    shop.drawing.render = warned
    done = await shop.ended((await shop.submit([*rows(2), *rows(1, long=True)])).id)

    async def with_warning(code: str) -> list[int]:
        page = await shop.batches.results(shop.workspace, done.id, warning=code)
        return [item.index for item in page.items]

    # `long` and `wait` are no variables of the template, which is a warning of its own.
    assert await with_warning("clipped_text") == [2]
    assert await with_warning("any") == [2]
    assert await with_warning("clipped") == []


async def test_a_watcher_sees_every_stand_and_the_end(shop: Workshop) -> None:
    batch = await shop.submit(rows(3))
    await shop.hire()
    seen = [moment async for moment in shop.batches.watch(shop.workspace, batch.id)]
    assert seen[-1].last
    assert seen[-1].batch.completed == 3
    assert len({moment.id for moment in seen}) == len(seen)
    late = shop.batches.watch(shop.workspace, batch.id, seen[-1].id)
    assert [moment async for moment in late] == []


async def test_a_batch_and_its_rows_are_swept_when_their_time_is_over(shop: Workshop) -> None:
    worker = await shop.hire()
    done = await shop.ended((await shop.submit(rows(3), expires_in=1)).id)
    kept = await shop.ended((await shop.submit(rows(3))).id)
    assert done.expires_us is not None
    assert kept.expires_us is not None

    async def swept() -> bool:
        await worker._reconciler._upkeep.expire()
        return (await shop.batches.list(shop.workspace))[1] == 1

    await eventually(swept)
    assert (await shop.batches.results(shop.workspace, kept.id)).total == 3
    with pytest.raises(NotFoundError):
        await shop.batches.results(shop.workspace, done.id)


async def test_a_sheet_and_a_document_are_made_of_their_own_kind_alone(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(1))).id)
    with pytest.raises(NothingMadeError):
        await shop.batches.files.merged(done)
    sheet = await shop.batches.files.contact_sheet(done, 1)  # what cannot be read is left empty
    assert sheet.startswith(b"\x89PNG")
    with pytest.raises(NothingMadeError):
        await shop.batches.files.contact_sheet(done, 2)


async def _kept(shop: Workshop, count: int) -> bool:
    return await shop.kept() == (count, count)
