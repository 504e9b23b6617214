"""Sets of rows, written in one statement or one after the other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    cast,
    literal,
    select,
)
from sqlalchemy.exc import IntegrityError

from core.database import Database
from core.sets import InsertSet, UpdateSet

_THINGS = Table(
    "things",
    MetaData(),
    Column("place", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text),
    Column("large", BigInteger),
    Column("real", Float),
    Column("yes", Boolean),
    Column("free", JSON),
    Column("none", JSON(none_as_null=True)),
    Column("kind", Text),
)
_NAMES = [name for name in _THINGS.c.keys() if name != "kind"]  # noqa: SIM118 - no dictionary
_INSERT = InsertSet(_THINGS, _NAMES, kind=literal("new"))
_HOSTILE = "\N{SNOWMAN} '\"\\ $1 :given %(x)s {}[]\n\x01"


@pytest.fixture
async def things(db: Database) -> AsyncIterator[Database]:
    async with db.write() as conn:
        await conn.run_sync(_THINGS.create)
    yield db
    async with db.write() as conn:
        await conn.run_sync(_THINGS.drop)


def _row(number: int, **others: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(_NAMES)
    return {**nothing, "place": "here", "number": number, **others}


async def _kept(db: Database) -> list[dict[str, Any]]:
    async with db.read() as conn:
        rows = await conn.execute(select(_THINGS).order_by(_THINGS.c.place, _THINGS.c.number))
        return [dict(row) for row in rows.mappings()]


async def test_every_value_arrives_as_it_was_given(things: Database) -> None:
    said = {_HOSTILE: [_HOSTILE, None, "\x00", 2**80, 0.1, {"": True}]}
    rows = [
        _row(1, text=_HOSTILE, large=2**62, real=1 / 3, yes=False, free=said, none=[]),
        _row(2, text="", large=-1, real=1e300, yes=True, free=[], none=said),
        _row(3),
    ]
    async with things.write() as conn:
        await _INSERT.write(conn, rows)
    assert await _kept(things) == [{**row, "kind": "new"} for row in rows]
    texts = select(cast(_THINGS.c.free, Text), cast(_THINGS.c.none, Text))
    async with things.read() as conn:
        found = (await conn.execute(texts.where(_THINGS.c.number == 3))).one()
        assert tuple(found) == ("null", None)
        one = InsertSet(_THINGS, ("place", "number", "free"))
        plain = _THINGS.insert().values(place="there", number=1, free=said)
    async with things.write() as conn:
        await conn.execute(plain)
        await one.write(conn, [{"place": "there", "number": 2, "free": said}])
        there = await conn.execute(texts.where(_THINGS.c.place == "there"))
    # What is searched as text must be the same text, whoever wrote it.
    assert len({row[0] for row in there}) == 1


async def test_an_update_changes_the_rows_that_are_named_and_no_other(things: Database) -> None:
    async with things.write() as conn:
        await _INSERT.write(conn, [_row(number, text="old") for number in range(1000)])
        await _INSERT.write(conn, [_row(number, place="there", text="old") for number in range(9)])
        change = UpdateSet(_THINGS, ("place", "number"), ("text", "free"), kind="changed", large=7)
        await change.write(
            conn,
            [
                {"place": "here", "number": number, "text": f"{number}", "free": {"n": number}}
                for number in range(0, 1000, 2)
            ],
        )
        await change.write(conn, [{"place": "nowhere", "number": 1, "text": "", "free": None}])
    for row in await _kept(things):
        number, even = row["number"], row["place"] == "here" and row["number"] % 2 == 0
        assert row["text"] == (f"{number}" if even else "old")
        assert row["free"] == ({"n": number} if even else None)
        assert (row["kind"], row["large"]) == (("changed", 7) if even else ("new", None))


async def test_one_row_that_is_there_already_refuses_the_set(things: Database) -> None:
    async with things.write() as conn:
        await _INSERT.write(conn, [_row(5)])
        await _INSERT.write(conn, [])
    with pytest.raises(IntegrityError):
        async with things.write() as conn:
            await _INSERT.write(conn, [_row(number) for number in range(10)])
    assert [row["number"] for row in await _kept(things)] == [5]
