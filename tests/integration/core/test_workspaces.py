import asyncio

import pytest

from core.database import Database
from core.errors import NotFoundError, ValidationError
from core.isolation import Isolations
from core.reach import Reach
from core.tenant import DEFAULT_WORKSPACE, SCOPES
from core.workspaces import Workspaces


async def test_the_first_start_makes_one_workspace_and_one_key_for_all(db: Database) -> None:
    secrets = await asyncio.gather(*(Workspaces(db).bootstrap(None) for _ in range(4)))
    (secret,) = [one for one in secrets if one]
    assert secret.startswith("pk_")
    assert len(secret) == 35
    principal = await Workspaces(db, "pro").authenticate(secret)
    assert principal is not None
    assert principal.workspace_id == DEFAULT_WORKSPACE
    assert principal.plan == "pro"
    assert principal.scopes == frozenset(SCOPES)


async def test_a_key_from_the_environment_replaces_the_one_before(db: Database) -> None:
    assert await Workspaces(db).bootstrap("any form at all") is None
    assert await Workspaces(db).authenticate("any form at all")
    assert await Workspaces(db).bootstrap("another one") is None
    assert await Workspaces(db).authenticate("another one")
    assert await Workspaces(db).authenticate("any form at all") is None
    assert await Workspaces(db).bootstrap("any form at all") is None
    assert await Workspaces(db).authenticate("any form at all")


async def test_A09_a_revoked_key_is_refused_at_once(db: Database) -> None:
    workspaces = Workspaces(db)
    place = await workspaces.create("acme")
    key, secret = await workspaces.create_key(place.id, "ci", ["render"])
    principal = await workspaces.authenticate(secret)
    assert principal is not None
    assert principal.scopes == {"render"}
    assert (await workspaces.revoke(key.id)).revoked_us
    assert await workspaces.authenticate(secret) is None
    first = (await workspaces.revoke(key.id)).revoked_us
    assert first == (await workspaces.keys(place.id))[0].revoked_us


@pytest.mark.parametrize("secret", ["", "pk_", "x" * 10_000, "\udcff", "' or 1=1--", "pk_\x00"])
async def test_A09_whatever_is_sent_as_a_key_is_only_looked_up(db: Database, secret: str) -> None:
    await Workspaces(db).bootstrap(None)
    assert await Workspaces(db).authenticate(secret) is None


async def test_the_secret_is_nowhere_in_the_table(db: Database) -> None:
    workspaces = Workspaces(db)
    secret = await workspaces.bootstrap(None)
    assert secret is not None
    (key,) = await workspaces.keys()
    assert key.hint == secret[:7] + "…"
    assert secret not in repr(key)


async def test_unknown_scopes_workspaces_and_keys_are_named(db: Database) -> None:
    workspaces = Workspaces(db)
    place = await workspaces.create("acme")
    with pytest.raises(ValidationError, match="rendr"):
        await workspaces.create_key(place.id, scopes=["rendr"])
    with pytest.raises(ValidationError):
        await workspaces.create_key(place.id, scopes=[])
    with pytest.raises(NotFoundError, match="ws_none"):
        await workspaces.create_key("ws_none")
    with pytest.raises(NotFoundError, match="key_none"):
        await workspaces.revoke("key_none")


async def test_isolation_is_a_workspaces_own_and_may_change(db: Database) -> None:
    places = Workspaces(db)
    shared, strict = await places.create("a"), await places.create("b", isolation="strict")
    assert [(one.name, one.isolation) for one in await places.list()] == [
        ("a", "shared"),
        ("b", "strict"),
    ]
    known = Isolations(db)
    assert [await known.strict(one) for one in (shared.id, strict.id, "ws_none")] == [
        False,
        True,
        False,
    ]
    assert (await places.isolate(shared.id, "strict")).isolation == "strict"
    assert await Isolations(db).strict(shared.id)
    with pytest.raises(NotFoundError):
        await places.isolate("ws_none", "strict")


@pytest.mark.parametrize(
    "reach", [None, Reach("none"), Reach("allow-list", frozenset({"b.test", "a.test"}))]
)
async def test_a_key_says_how_far_requests_on_its_behalf_may_go(
    db: Database, reach: Reach | None
) -> None:
    workspaces = Workspaces(db)
    place = await workspaces.create("acme")
    key, secret = await workspaces.create_key(place.id, reach=reach)
    principal = await workspaces.authenticate(secret)
    assert principal is not None
    assert principal.reach == key.reach == (reach or Reach())
    assert [one.reach for one in await workspaces.keys(place.id)] == [key.reach]
