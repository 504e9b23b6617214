"""Who holds a lease: a process of a machine, named so that its death can be seen.

A worker that starts again on the same machine need not wait for the leases of the process that
was killed: the owner's name tells the machine's boot, the process-id namespace, the process id
and its start in clock ticks since the boot (no clock change moves that), and whoever shares boot
and namespace can look whether it lives.
"""

import hashlib
import os
from pathlib import Path

__all__ = ["is_dead", "own_name"]


def own_name() -> str:
    """`<machine>.<pid>.<start>`: without underscores, since a token goes on after one."""
    return f"{_machine()}.{os.getpid()}.{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """True only when the process is known to be gone; False for another machine's."""
    machine, _, process = owner.partition(".")
    pid, _, started = process.partition(".")
    if not machine or machine != _machine() or not pid.isdecimal():
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """The process's start, `gone` when there is no such process; see proc(5), `stat`."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except FileNotFoundError:
        return "gone"
    return stat.rpartition(")")[2].split()[19]


def _machine() -> str:
    """The boot and the process-id namespace, hashed; empty where they cannot be read."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:16]
