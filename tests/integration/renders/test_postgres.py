"""The rows of renders on PostgreSQL; the other tests of this folder run on SQLite."""

import pytest

from core.database import Database
from core.errors import NotFoundError
from core.listing import Window
from jobs.render.renders import RenderCommand
from platen.schema import migrate
from renderer.engine import Renderer
from renderer.request import HtmlSource, PictureOptions
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
