import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.settings import SettingsError
from platen.data_folder import DataFolder
from platen.embedded import EmbeddedQueue

HOLD = """
import asyncio, pathlib, sys
from platen.embedded import EmbeddedQueue
async def main():
    queue = EmbeddedQueue(pathlib.Path(sys.argv[1]))
    await queue.start()
    print(queue.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def _answers(queue: EmbeddedQueue) -> bool:
    client = Redis.from_url(queue.url)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()


async def _gone(pid: int, seconds: float = 10.0) -> None:
    if psutil.pid_exists(pid):
        _, alive = await asyncio.to_thread(psutil.wait_procs, [psutil.Process(pid)], seconds)
        assert all(one.status() == psutil.STATUS_ZOMBIE for one in alive)


async def test_it_answers_on_its_socket_and_leaves_no_process(tmp_path: Path) -> None:
    queue = EmbeddedQueue(tmp_path / "queue")
    await queue.start()
    pid = queue.pid
    assert pid is not None
    assert await _answers(queue)
    assert os.getpgid(pid) != os.getpgid(0)
    await queue.stop()
    await _gone(pid)
    assert not (tmp_path / "queue" / "queue.sock").exists()


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        queue = EmbeddedQueue(tmp_path / "queue")
        await queue.start()
        client = Redis.from_url(queue.url)
        assert await client.get("name") == expected
        await client.set("name", "kept")
        await client.aclose()
        await queue.stop()


async def test_R01_a_killed_server_is_started_again(tmp_path: Path) -> None:
    queue = EmbeddedQueue(tmp_path / "queue")
    await queue.start()
    first = queue.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while True:
            if queue.pid != first and await _answers(queue):
                break
            await asyncio.sleep(0.05)
    await queue.stop()


@pytest.mark.parametrize("with_setpriv", [True, False])
async def test_after_a_kill_9_no_stale_server_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_setpriv: bool
) -> None:
    place = tmp_path / "queue"
    program = HOLD
    if not with_setpriv:
        program = "import shutil; w = shutil.which; "
        program += "shutil.which = lambda n, *a, **k: None if n == 'setpriv' else w(n, *a, **k)\n"
        program += HOLD
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(place), stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    stale = int(await holder.stdout.readline())
    holder.kill()
    await holder.wait()
    if with_setpriv:
        await _gone(stale)
    else:
        assert psutil.pid_exists(stale)
    queue = EmbeddedQueue(place)
    await queue.start()
    assert await _answers(queue)
    await _gone(stale)
    await queue.stop()


async def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    place = tmp_path / "queue"
    (place / "appendonlydir").mkdir(parents=True)
    (place / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    queue = EmbeddedQueue(place)
    await queue.start()
    assert await _answers(queue)
    assert list(place.glob("appendonlydir.unreadable-*"))
    await queue.stop()


async def test_a_deep_data_folder_is_no_obstacle(tmp_path: Path) -> None:
    queue = EmbeddedQueue(tmp_path / ("deep" * 20) / ("deeper" * 20))
    await queue.start()
    assert await _answers(queue)
    await queue.stop()


def test_a_data_folder_has_one_service_at_a_time(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.hold()
    with pytest.raises(SettingsError, match=str(os.getpid())):
        second.hold()
    first.release()
    second.hold()
    second.release()


def test_S03_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="PLATEN_DATA_DIR"):
        DataFolder(tmp_path / "file" / "data").prepare()


def test_D06_a_lost_database_is_told_and_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.refuse_lost_database(tmp_path / "artifacts")
    (tmp_path / "artifacts" / "ws_default").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"platen\.db is missing"):
        folder.refuse_lost_database(tmp_path / "artifacts")
    (tmp_path / "platen.db").touch()
    folder.refuse_lost_database(tmp_path / "artifacts")
