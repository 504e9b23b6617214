"""Small units of work run without a thread and keep every promise of the others."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.models import workspaces
from tests.support.site import until

ROW = {"name": "x", "isolation": "shared", "created_us": 1}


async def add(db: Database, name: str, *, quick: bool) -> None:
    async with db.write(quick=quick) as conn:
        await conn.execute(workspaces.insert().values(id=name, **ROW))


async def add_and_fail(db: Database) -> None:
    async with db.write(quick=True) as conn:
        await conn.execute(workspaces.insert().values(id="ws_lost", **ROW))
        raise ZeroDivisionError


async def count(db: Database, *, quick: bool) -> int:
    async with db.read(quick=quick) as conn:
        return (await conn.execute(select(func.count()).select_from(workspaces))).scalar_one()


async def test_quick_and_patient_units_see_each_other_at_once(db: Database) -> None:
    before = await count(db, quick=True)
    await asyncio.gather(*(add(db, f"ws_{n}", quick=bool(n % 2)) for n in range(40)))
    assert await count(db, quick=True) == await count(db, quick=False) == before + 40


async def test_a_quick_unit_that_fails_leaves_nothing(db: Database) -> None:
    before = await count(db, quick=True)
    with pytest.raises(ZeroDivisionError):
        await add_and_fail(db)
    assert await count(db, quick=True) == before
    await add(db, "ws_next", quick=True)
    assert await count(db, quick=False) == before + 1


async def test_a_quick_unit_waits_for_another_process_without_holding_the_loop_up(
    db: Database, tmp_path: Path
) -> None:
    if db.dialect != "sqlite":
        pytest.skip("only SQLite has one writer")
    other = sqlite3.connect(tmp_path / "platen.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add(db, "ws_late", quick=True))
    turns = 0
    async with asyncio.timeout(5):
        while turns < 20:
            await asyncio.sleep(0.005)
            turns += 1
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(waiting, 10)
    assert await count(db, quick=True) >= 1


async def test_a_result_that_nobody_has_read_holds_nothing_up(db: Database) -> None:
    ids = select(workspaces.c.id)
    before = await count(db, quick=False)
    async with db.read(quick=True) as conn:
        unread = await conn.execute(ids)
        await add(db, "ws_meanwhile", quick=False)
        look = select(func.count()).select_from(workspaces)
        assert (await conn.execute(look)).scalar_one() == before + 1
    assert len(unread.all()) == before
    async with db.write(quick=True) as conn:
        changed = await conn.execute(
            workspaces.update().values(name="y").returning(workspaces.c.id)
        )
    assert len(changed.all()) == await count(db, quick=True) == before + 1


async def test_sql_as_text_runs_in_a_quick_unit(db: Database) -> None:
    async with db.read(quick=True) as conn:
        assert (await conn.exec_driver_sql("SELECT 1 + 1")).scalar_one() == 2


async def test_the_loop_goes_on_while_another_process_holds_the_whole_file(
    db: Database, tmp_path: Path
) -> None:
    if db.dialect != "sqlite":
        pytest.skip("only SQLite is one file")
    await db.close()
    other = sqlite3.connect(tmp_path / "platen.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(count(db, quick=True))
    async with asyncio.timeout(5):
        for _ in range(20):
            await asyncio.sleep(0.005)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(waiting, 10)


async def test_the_log_of_quick_units_is_folded_into_the_file(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.dialect != "sqlite":
        pytest.skip("only SQLite has a log beside its file")
    monkeypatch.setattr("core.database._CHECKPOINT_EVERY", 10)
    for n in range(10):
        await add(db, f"ws_log_{n}", quick=True)
    await until(lambda: _folded(tmp_path / "platen.db") >= 10)


def _folded(file: Path) -> int:
    """Rows that stand in the file itself, without its log."""
    bare = sqlite3.connect(f"file:{file}?immutable=1", uri=True)
    try:
        (kept,) = bare.execute("SELECT count(*) FROM workspaces").fetchone()
    except sqlite3.DatabaseError:  # in the middle of a page
        kept = 0
    bare.close()
    return int(kept)
