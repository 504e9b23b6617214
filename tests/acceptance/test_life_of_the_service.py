"""The roof's promises, on real processes with real signals."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from support.postgres import private_postgres
from support.service import ROOT, Service, free_port

PAGE = {"html": "<h1>here</h1>", "width": 200, "height": 100}
SLOW = {"html": "<script>0</script>", "width": 200, "height": 100, "waitForTimeout": 2000}

Start = Callable[..., Service]


def _family(service: Service) -> list[psutil.Process]:
    assert service.process is not None
    return psutil.Process(service.process.pid).children(recursive=True)


def _all_gone(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def _render(service: Service, body: dict[str, Any]) -> int:
    with service.client() as http:
        return http.post("/image", json=body).status_code


def _command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "platen", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_start_prints_a_key_once_and_it_works(start_service: Start) -> None:
    service = start_service(environment={"PLATEN_API_KEY": ""})
    (secret,) = re.findall(r"pk_[a-z2-7]{32}", service.log.read_text())
    with service.client(secret) as http:
        assert http.post("/image", json=PAGE).status_code == 200
    assert service.stop() == 0
    service.start()
    assert re.findall(r"pk_[a-z2-7]{32}", service.log.read_text()) == [secret]
    assert service.data_dir.joinpath("platen.db").exists()


def test_SIGTERM_lets_a_running_render_end_and_leaves_no_process(start_service: Start) -> None:
    service = start_service()
    family = _family(service)
    assert family
    answers: list[int] = []
    client = threading.Thread(target=lambda: answers.append(_render(service, SLOW)))
    client.start()
    _until(lambda: _running(service) > 0)
    assert service.stop() == 0
    client.join(10)
    assert answers == [200]
    assert _all_gone(family)
    assert "1 request is being answered" in service.log.read_text()


def test_a_second_signal_ends_it_at_once(start_service: Start) -> None:
    service = start_service()
    family = _family(service)
    body = SLOW | {"waitForTimeout": 20_000}
    client = threading.Thread(target=lambda: _swallow(lambda: _render(service, body)))
    client.start()
    _until(lambda: _running(service) > 0)
    assert service.process is not None
    service.process.send_signal(signal.SIGINT)
    _until(lambda: "Stopping" in service.log.read_text())
    began = time.monotonic()
    service.process.send_signal(signal.SIGINT)
    service.process.wait(15)
    assert time.monotonic() - began < 10
    assert _all_gone(family)
    client.join(10)


def test_a_killed_service_leaves_no_process_and_starts_again(start_service: Start) -> None:
    service = start_service()
    with service.client() as http:
        made = http.post("/image", json=PAGE).json()
    family = _family(service)
    assert service.process is not None
    service.process.kill()  # the process alone: what it started has to end by itself
    service.process.wait(10)
    assert _all_gone(family)
    service.start()
    assert _render(service, PAGE) == 200
    assert httpx2.get(made["url"]).content.startswith(b"\x89PNG")


def test_one_data_folder_has_one_service(start_service: Start) -> None:
    service = start_service()
    second = _command("serve", "--port", "0", "--data-dir", str(service.data_dir))
    assert second.returncode == 1
    assert "Another service" in second.stderr
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr


def test_O07_what_an_operator_can_mend_is_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    place = ("--data-dir", str(tmp_path / "data"))
    for arguments, environment, named in [
        (("serve", *place), {"PLATEN_BROWSERS": "abc"}, "PLATEN_BROWSERS"),
        (("serve", *place, "--port", "0"), {"PLATEN_DATABASE_URL": "mysql://x"}, "postgresql://"),
        (("worker", *place), {}, "PLATEN_REDIS_URL"),
        (("serve", "--data-dir", "/proc/nothing", "--port", str(port)), {}, "PLATEN_DATA_DIR"),
    ]:
        answer = _command(*arguments, **environment)
        assert answer.returncode == 1, answer
        assert named in answer.stderr
        assert "Traceback" not in answer.stderr


def test_keys_and_workspaces_are_made_while_the_service_runs(start_service: Start) -> None:
    service = start_service()
    place = ("--data-dir", str(service.data_dir))
    made = _command("workspace", "create", "acme", *place)
    workspace = made.stdout.strip()
    assert workspace.startswith("ws_")
    secret = _command("key", "create", "--workspace", "acme", "--scopes", "render", *place)
    secret = secret.stdout.strip()
    with service.client(secret) as http, service.client() as other:
        image = http.post("/image", json=PAGE).json()
        assert http.get(f"/image/{image['id']}").status_code == 200
        assert other.get(f"/image/{image['id']}").status_code == 404
        assert http.get("/templates").status_code == 403
    listed = _command("key", "list", "--workspace", workspace, *place).stdout
    key = re.findall(r"key_[0-9a-z]+", listed)[0]
    assert secret not in listed
    assert _command("key", "revoke", key, *place).returncode == 0
    _until(lambda: _status(service, secret) == 401)


def test_the_doctor_finds_a_service_that_would_work(tmp_path: Path) -> None:
    answer = _command("doctor", "--data-dir", str(tmp_path / "data"))
    assert answer.returncode == 0, answer.stdout
    assert "FAIL" not in answer.stdout
    assert not (tmp_path / "data").exists()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL, Redis and a store's folder, as two processes would share them."""
    port = free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        yield {
            "PLATEN_DATABASE_URL": url,
            "PLATEN_REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "PLATEN_STORAGE_URL": (tmp_path / "store").as_uri(),
            "PLATEN_BROWSERS": "1",
        }
    redis.terminate()
    redis.wait(10)


def test_both_halves_work_together_over_real_servers(
    start_service: Start, servers: dict[str, str]
) -> None:
    api = start_service("api", command="api", environment=servers)
    worker = start_service("worker", command="worker", environment=servers)
    with api.client() as http:
        assert http.get("/ready").json()["ready"] is True
        template = http.post("/templates", json={"html": "<p>{{ name }}</p>"}).json()["template"]
        sets = [{"name": str(number)} for number in range(6)]
        path = f"/templates/{template['uid']}/batch-render"
        batch = http.post(path, json={"variableSets": sets}).json()["batchId"]
        results = f"/templates/batch/{batch}/results"
        _until(lambda: http.get(results).json()["status"] == "completed", 40)
        pictures = [one["url"] for one in http.get(results).json()["results"]]
        assert len(set(pictures)) == 6
        # A worker of its own knows no host and port: the file is the same under the API's.
        for url in pictures:
            assert http.get(url[url.index("/files/") :]).content.startswith(b"\x89PNG")
    assert worker.stop() == 0
    assert api.stop() == 0


def _running(service: Service) -> int:
    with service.client() as http:
        return int(http.get("/pressure").json()["running"])


def _status(service: Service, key: str) -> int:
    with service.client(key) as http:
        return http.post("/image", json=PAGE).status_code


def _swallow(work: Callable[[], object]) -> None:
    try:
        work()
    except httpx2.HTTPError:
        return


def _until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.05)
