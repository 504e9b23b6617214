"""The rows of renders on PostgreSQL; the other tests of this folder run on SQLite."""

import asyncio

import pytest

from core.database import Database
from core.errors import ConflictError, NotFoundError
from core.listing import Window
from core.objects import Objects
from egress.client import EgressClient
from jobs.render.renders import RenderCommand
from platen.schema import migrate
from renderer.engine import Renderer
from renderer.jail import Jail
from renderer.request import HtmlSource, PictureOptions
from templates_store.assets.asset import Asset, AssetPatch
from templates_store.assets.assets import Assets
from tests.integration.renders.conftest import house_of
from tests.support.postgres import private_postgres


async def test_a_render_is_kept_listed_and_goes_with_its_artifact(renderer: Renderer) -> None:
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        migrate(url)
        db = Database(url)
        house = house_of(db, renderer)
        workspace_id = (await house.workspaces.create("acme")).id
        output = PictureOptions(width=16, height=8)
        command = RenderCommand(workspace_id, HtmlSource("<p>x"), output)
        first, second = [await house.renders.run(command) for _ in range(2)]
        rows, total = await house.renders.list(workspace_id, "image", Window(limit=1))
        assert ([row.id for row in rows], total) == ([second.id], 2)
        assert (await house.renders.get(workspace_id, first.id)).artifact == first.artifact
        assert first.artifact is not None
        await house.artifacts.delete(workspace_id, first.artifact.id)
        with pytest.raises(NotFoundError):
            await house.renders.get(workspace_id, first.id)
        assert (await house.counts())["renders"] == 1
        await db.close()


@pytest.mark.full
async def test_of_changes_at_once_one_counts_and_no_bytes_are_left(
    renderer: Renderer, client_outside: EgressClient, intake: Jail
) -> None:
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        migrate(url)
        db = Database(url)
        house = house_of(db, renderer)
        workspace_id = (await house.workspaces.create("acme")).id
        assets = Assets(db, Objects(house.store), intake, client_outside, house.catalogues)
        made = await assets.create(workspace_id, "rows.json", b"[0]")
        conflicts = 0
        for turn in range(5):
            patches = [AssetPatch(data=b"[%d, %d]" % (turn, one)) for one in range(6)]
            done = await asyncio.gather(
                *(assets.update(workspace_id, made.uid, patch) for patch in patches),
                return_exceptions=True,
            )
            assert all(isinstance(one, Asset | ConflictError) for one in done), done
            conflicts += sum(isinstance(one, ConflictError) for one in done)
            assert (await house.counts())["objects"] == 1
        assert conflicts
        assert (await assets.read(await assets.get(workspace_id, made.uid)))[:3] == b"[4,"
        await db.close()
