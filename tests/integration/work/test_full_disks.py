"""S01, S02, S06: no room for results or for temporary files; what passes, and what is left."""

import io
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from core.errors import OverloadedError, StorageUnavailableError, TempSpaceError
from core.lack import lack_of
from jobs.render.command import RenderCommand, TemplateRef
from renderer.animation.encode import encode_animation
from renderer.captured import RawFrames
from renderer.request import AnimationOptions, PictureOptions
from renderer.settings import RendererSettings
from tests.integration.work.conftest import OpenShop
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.work import eventually

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["size=512k", pytest.param("nr_inodes=600", marks=pytest.mark.full)])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "artifacts", request.param) as mounted:
        yield mounted


async def test_S01_S06_a_full_store_keeps_a_batch_waiting_and_room_ends_it(
    open_shop: OpenShop, disk: SmallDisk
) -> None:
    async with open_shop() as shop:
        single = RenderCommand(
            shop.workspace, TemplateRef(shop.template), PictureOptions(), {"title": "a"}, fresh=True
        )
        kept = await shop.renders.run(single)
        assert kept.artifact is not None
        disk.fill()
        await shop.hire()
        batch = await shop.submit([{"title": str(number)} for number in range(6)])
        await eventually(lambda: len(shop.drawing.started) >= 4)
        assert (await shop.batches.get(shop.workspace, batch.id)).ended == 0
        with pytest.raises(StorageUnavailableError) as refused:
            await shop.renders.run(single)
        assert (refused.value.status, refused.value.code) == (503, "storage_unavailable")
        assert await shop.artifacts.read(kept.artifact)
        files = [path for path in disk.folder.rglob("*") if path.is_file()]
        assert len([path for path in files if "filler" not in path.parts]) == 1
        disk.empty()
        done = await shop.ended(batch.id, seconds=60)
        assert (done.state, done.completed) == ("completed", 6)
        assert await shop.kept() == (7, 7)


@pytest.mark.parametrize(
    "limit", ["size=256k", pytest.param("nr_inodes=64", marks=pytest.mark.full)]
)
async def test_S02_S06_no_room_for_an_animations_palette_is_a_503_and_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    frames = RawFrames((_frame(0), _frame(1)) * 13, (10,) * 26, 1600, 1500)
    with small_disk(tmp_path / "tmp", limit) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        disk.fill()
        with pytest.raises((OSError, TempSpaceError)) as refused:
            await encode_animation(frames, AnimationOptions(), RendererSettings())
        known = lack_of(refused.value) or refused.value
        assert isinstance(known, TempSpaceError)
        assert (known.status, known.code, known.retry_after) == (503, "temp_space", 5)
        # A browser that is replaced meanwhile makes its home here, too.
        assert not list(disk.folder.glob("platen-palette-*"))
        disk.empty()
        assert (await encode_animation(frames, AnimationOptions(), RendererSettings())).data[
            :3
        ] == b"GIF"


def test_S06_no_more_files_is_an_overload_whoever_meets_it() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))
    try:
        with pytest.raises(OSError) as met, tempfile.TemporaryFile():
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    known = lack_of(met.value)
    assert isinstance(known, OverloadedError)
    assert known.retry_after
    assert lack_of(ValueError("another")) is None


def _frame(number: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1600, 1500), (90 * number, 0, 0)).save(file, "PNG")
    return file.getvalue()
