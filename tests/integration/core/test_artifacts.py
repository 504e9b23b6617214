import asyncio
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore

from core.artifacts import Artifacts, open_store
from core.clock import SECOND
from core.database import Database
from core.errors import NotFoundError, StorageUnavailableError
from core.workspaces import Workspaces

PNG = {"media_type": "image/png", "extension": "png"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def store(db: Database, folder: Path) -> Artifacts:
    return Artifacts(db, open_store("", folder), "https://render.example/", 30)


@pytest.fixture
async def place(db: Database) -> str:
    return (await Workspaces(db).create("acme")).id


def _become_a_file(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a file where the folder was")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_is_read_by_its_url(store: Artifacts, place: str) -> None:
    artifact = await store.put(place, b"bytes", **PNG)
    assert store.url(artifact) == f"https://render.example/files/{artifact.token}.png"
    assert len(artifact.token) == 26
    assert await store.by_token(artifact.token) == artifact
    assert await store.get(place, artifact.id) == artifact
    assert await store.read(artifact) == b"bytes"
    assert artifact.expires_us == artifact.created_us + 30 * 86_400 * SECOND


async def test_another_workspace_finds_nothing(db: Database, store: Artifacts, place: str) -> None:
    artifact = await store.put(place, b"bytes", **PNG)
    other = (await Workspaces(db).create("other")).id
    with pytest.raises(NotFoundError):
        await store.get(other, artifact.id)
    with pytest.raises(NotFoundError):
        await store.delete(other, artifact.id)
    assert await store.read(artifact) == b"bytes"


async def test_delete_takes_row_and_bytes_at_once(
    store: Artifacts, place: str, folder: Path
) -> None:
    artifact = await store.put(place, b"bytes", **PNG)
    await store.delete(place, artifact.id)
    assert _files(folder) == []
    assert await store.by_token(artifact.token) is None
    with pytest.raises(NotFoundError):
        await store.read(artifact)


async def test_the_sweep_takes_what_has_expired_and_nothing_else(
    store: Artifacts, place: str, folder: Path
) -> None:
    gone = [await store.put(place, b"old", **PNG, expires_in=0) for _ in range(3)]
    kept = await store.put(place, b"new", **PNG, expires_in=3600)
    assert await store.by_token(gone[0].token) is None
    assert await store.sweep() == 3
    assert await store.sweep() == 0
    assert len(_files(folder)) == 1
    assert await store.read(kept) == b"new"


async def test_S05_no_row_is_written_when_the_store_takes_no_bytes(
    db: Database, place: str, folder: Path
) -> None:
    store = Artifacts(db, LocalStore(folder, mkdir=True), "http://x", 30)
    await asyncio.to_thread(_become_a_file, folder)
    with pytest.raises(StorageUnavailableError):
        await store.put(place, b"bytes", **PNG)
    with pytest.raises(StorageUnavailableError):
        await store.probe()
    await asyncio.to_thread(folder.unlink)
    await store.probe()
    assert await store.sweep() == 0


async def test_the_probe_leaves_nothing_behind(store: Artifacts, folder: Path) -> None:
    await store.probe()
    assert _files(folder) == []


async def test_every_kind_of_store_url_opens(db: Database, place: str, tmp_path: Path) -> None:
    for url in ("memory:///", (tmp_path / "elsewhere").as_uri()):
        store = Artifacts(db, open_store(url, tmp_path / "unused"), "http://x", 0)
        artifact = await store.put(place, b"bytes", **PNG)
        assert artifact.expires_us is None
        assert await store.read(artifact) == b"bytes"
    assert not (tmp_path / "unused").exists()
    assert type(open_store("s3://bucket/prefix", tmp_path)) is obstore.store.S3Store
    with pytest.raises(ValueError, match="s3://"):
        open_store("ftp://host/", tmp_path)
