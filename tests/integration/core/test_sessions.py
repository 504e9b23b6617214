"""A session stands in for its key, for a while and no longer than the key itself."""

from sqlalchemy import func, select

from core.database import Database
from core.models import key_sessions
from core.workspaces import Workspaces


async def test_a_session_is_its_key_until_it_is_closed(db: Database) -> None:
    workspaces = Workspaces(db)
    place = await workspaces.create("acme")
    _, secret = await workspaces.create_key(place.id, "studio", ["render", "batches"])
    token = await workspaces.open_session(secret, 60)
    assert token is not None
    assert secret not in token
    assert await workspaces.authenticate(token) == await workspaces.authenticate(secret)
    assert await workspaces.open_session(token, 60) is None, "a session opened another"
    await workspaces.close_session(token)
    assert await workspaces.authenticate(token) is None
    assert await workspaces.authenticate(secret) is not None


async def test_a_session_ends_with_its_time_and_with_its_key(db: Database) -> None:
    workspaces = Workspaces(db)
    place = await workspaces.create("acme")
    key, secret = await workspaces.create_key(place.id)
    assert await workspaces.open_session("pk_nobody", 60) is None
    late = await workspaces.open_session(secret, 0)
    assert late is not None
    assert await workspaces.authenticate(late) is None
    token = await workspaces.open_session(secret, 60)
    assert token is not None
    async with db.read() as conn:
        kept = (await conn.execute(select(func.count()).select_from(key_sessions))).scalar_one()
    assert kept == 1, "what has expired was not forgotten"
    await workspaces.revoke(key.id)
    assert await workspaces.authenticate(token) is None
    assert await workspaces.open_session(secret, 60) is None
