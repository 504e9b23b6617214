"""Bytes that no row names do not stay."""

from datetime import timedelta

from obstore.store import MemoryStore

from core.artifacts import Artifacts
from core.database import Database
from core.orphans import Orphans
from core.workspaces import Workspaces


async def test_bytes_whose_process_died_before_their_row_are_swept(db: Database) -> None:
    place, store = (await Workspaces(db).create("acme")).id, MemoryStore()
    artifacts = Artifacts(db, store, "http://platen.test")
    told = {"media_type": "image/png", "extension": "png"}
    kept = await artifacts.put(place, b"kept", **told)
    await artifacts.upload(place, b"lost", **told)
    assert await Orphans(db, store).sweep() == 0  # young bytes may still get their row
    old = Orphans(db, store, young=timedelta(seconds=-1))
    assert await old.sweep() == 1
    assert await artifacts.read(kept) == b"kept"
    assert [one["path"] for page in store.list() for one in page] == [kept.object_key]
    assert await old.sweep() == 0  # once a day is enough


async def test_what_somebody_else_keeps_in_the_same_bucket_stays(db: Database) -> None:
    store = MemoryStore()
    store.put("backups/2026-01-01/platen.sql", b"theirs")
    store.put("index.html", b"theirs")
    store.put("probe/0123456789abcdef", b"ours")
    store.put(f"ws_gone/0a/{'f' * 32}", b"ours")
    assert await Orphans(db, store, young=timedelta(seconds=-1)).sweep() == 2
    left = {one["path"] for page in store.list() for one in page}
    assert left == {"backups/2026-01-01/platen.sql", "index.html"}
