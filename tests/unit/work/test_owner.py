import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.batch.work.owner import is_dead, own_name

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs proc(5)")


def test_a_process_knows_itself_to_live() -> None:
    assert not is_dead(own_name())
    assert "_" not in own_name()


def test_a_process_that_ended_is_dead() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from jobs.batch.work.owner import own_name; print(own_name())"],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert is_dead(told.stdout.strip())


def test_an_old_process_is_not_mistaken_for_a_new_one_of_its_id() -> None:
    machine = own_name().split(".")[0]
    assert is_dead(f"{machine}.{os.getpid()}.1")


@pytest.mark.parametrize("foreign", ["", "elsewhere", "elsewhere.1.2", "a.b.c", "x..", "._."])
def test_of_other_machines_nothing_is_claimed(foreign: str) -> None:
    assert not is_dead(foreign)
