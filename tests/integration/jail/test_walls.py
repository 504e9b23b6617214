"""The walls of the jail, tried from inside by a real child that stands behind them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

INSIDE = """
import json, os, socket, sys
from renderer.jail_child.limits import address_space
from renderer.jail_child.walls import raise_walls

def attempt(deed):
    try:
        deed()
    except BaseException as error:
        return type(error).__name__
    return "done"

walls = raise_walls(int(sys.argv[1]), int(sys.argv[2]), address_space())
secret, parent = sys.argv[3], int(sys.argv[1])
deeds = {
    "read_secret": lambda: open(secret).read(),
    "list_root": lambda: os.listdir("/root"),
    "read_passwd": lambda: open("/etc/passwd").read(),
    "read_environ": lambda: open(f"/proc/{parent}/environ").read(),
    "write_tmp": lambda: open("/tmp/jail-was-here", "w"),
    "write_here": lambda: open(secret + ".new", "w"),
    "open_tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open_udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "open_unix": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "fork": os.fork,
    "start_program": lambda: os.execv("/bin/true", ["true"]),
    "kill_parent": lambda: os.kill(parent, 0),
    "become_root": lambda: os.setuid(0),
    "much_memory": lambda: bytearray(64 << 30),
    "read_program": lambda: open(json.__file__).read(),
}
out = {name: attempt(deed) for name, deed in deeds.items()}
print(json.dumps({"walls": walls, "uid": os.getuid(), **out}))
"""


@pytest.fixture(scope="module")
def inside(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What each deed came to, in a child with another uid where we are root."""
    secret = tmp_path_factory.mktemp("secret") / "key"
    secret.write_text("the secret")
    secret.chmod(0o644)
    uid = "200999999" if os.getuid() == 0 else "0"
    done = subprocess.run(
        [sys.executable, "-s", "-c", INSIDE, str(os.getpid()), uid, str(secret)],
        env={"PYTHONHASHSEED": "0"},
        cwd=root,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def _needs(inside: dict[str, object], wall: str) -> None:
    walls = inside["walls"]
    assert isinstance(walls, list)
    if wall not in walls:
        pytest.skip(f"this machine has no wall {wall!r}")


@pytest.mark.parametrize(
    "deed", ["read_secret", "list_root", "read_passwd", "read_environ", "write_tmp", "write_here"]
)
def test_files_outside_the_program_are_closed(inside: dict[str, object], deed: str):
    _needs(inside, "files")
    assert inside[deed] in {"PermissionError", "FileNotFoundError"}


@pytest.mark.parametrize(
    "deed", ["open_tcp", "open_udp", "open_unix", "fork", "start_program", "kill_parent"]
)
def test_no_socket_program_process_or_signal(inside: dict[str, object], deed: str):
    _needs(inside, "calls")
    assert inside[deed] == "PermissionError"


def test_memory_has_a_hard_end(inside: dict[str, object]):
    assert inside["much_memory"] == "MemoryError"


def test_its_own_program_stays_readable(inside: dict[str, object]):
    assert inside["read_program"] == "done"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a child another uid")
def test_as_root_the_child_has_a_uid_of_its_own(inside: dict[str, object]):
    assert inside["uid"] == 200999999
    assert inside["become_root"] == "PermissionError"
