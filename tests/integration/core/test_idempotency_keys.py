"""A key's last moment, on both databases."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from core.clock import SECOND
from core.database import Database, database_now
from core.idempotency import ClaimState, IdempotencyKeys, KeptAnswer, Operation
from core.idempotency_models import idempotency_keys as keys
from core.workspaces import Workspaces

AT_ONCE = 6
AN_ANSWER = "application/json"


async def _kept(db: Database, workspace_id: str, key: str, ends_in_us: int) -> Operation:
    """A key whose answer is `first`, with so many microseconds of its day left."""
    operation = Operation(workspace_id, "POST /image", key, "the same body")
    claim = await IdempotencyKeys(db).claim(operation)
    answer = KeptAnswer(200, AN_ANSWER, b"first")
    await IdempotencyKeys(db).keep(operation, claim.owner, answer)
    async with db.write() as conn:
        await conn.execute(update(keys).values(expires_us=database_now() + ends_in_us))
    return operation


@pytest.mark.parametrize("ends_in_us", [-SECOND, -1, 0, 1000, 3000, 3600 * SECOND])
async def test_I05_retries_at_the_24_h_edge_are_a_replay_or_one_new_work_while_others_sweep(
    db: Database, ends_in_us: int
) -> None:
    place = (await Workspaces(db).create("acme")).id
    for number in range(3):
        operation = await _kept(db, place, f"order {number}", ends_in_us)
        # Each is a process of its own that has just started, so each of them sweeps first.
        retries = [IdempotencyKeys(db) for _ in range(AT_ONCE)]
        claims = await asyncio.gather(*(one.claim(operation) for one in retries))
        states = [claim.state for claim in claims]
        assert states.count(ClaimState.MINE) <= 1
        assert ClaimState.REUSED not in states
        assert {claim.answer.body for claim in claims if claim.answer} <= {b"first"}
        if ends_in_us <= 0:
            assert sorted(state.name for state in states) == ["MINE"] + ["RUNNING"] * (AT_ONCE - 1)
        if ends_in_us > SECOND:
            assert set(states) == {ClaimState.KEPT}
        for claim in claims:
            if claim.state is ClaimState.MINE:
                await _done_anew(db, operation, claim.owner)


async def _done_anew(db: Database, operation: Operation, owner: str) -> None:
    """The new work's answer is the one that the next day's retries get."""
    await IdempotencyKeys(db).keep(operation, owner, KeptAnswer(200, AN_ANSWER, b"second"))
    again = await IdempotencyKeys(db).claim(operation)
    assert again.state is ClaimState.KEPT
    assert again.answer == KeptAnswer(200, AN_ANSWER, b"second")


async def test_I05_an_answer_that_comes_after_its_key_was_swept_is_written_nowhere(
    db: Database,
) -> None:
    place = (await Workspaces(db).create("acme")).id
    operation = Operation(place, "POST /image", "late", "the same body")
    late = await IdempotencyKeys(db).claim(operation)
    async with db.write() as conn:
        await conn.execute(update(keys).values(expires_us=database_now() - 1))
    retry = await IdempotencyKeys(db).claim(operation)
    assert retry.state is ClaimState.MINE
    await IdempotencyKeys(db).keep(operation, late.owner, KeptAnswer(200, AN_ANSWER, b"late"))
    await IdempotencyKeys(db).release(operation, late.owner)
    assert (await IdempotencyKeys(db).claim(operation)).state is ClaimState.RUNNING
    async with db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(keys))).scalar_one() == 1
