"""A seccomp filter: no new sockets, programs, processes or signals. Threads are left alone.

The filter is a short program for the kernel (`seccomp(2)`, `linux/filter.h`): load the number of
the system call, compare it with the list, answer EPERM. The numbers are those of each machine.
"""

import ctypes
import errno
import platform

__all__ = ["refuse_system_calls"]

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN, _KILL = (
    0x7FFF0000,
    0x00050000 | errno.EPERM,
    0x00050000 | errno.ENOSYS,
    0,
)
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x10000
_X32 = 0x40000000
"""Numbers from here on are the x32 interface, another way to the same calls."""

_SHARED = (424, 425, 434, 438)
"""pidfd_send_signal, io_uring_setup, pidfd_open, pidfd_getfd: the same everywhere."""

_CLONE3 = 435

_MACHINES: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        (
            *(41, 42, 49, 50, 43, 288, 57, 58, 59, 322, 62, 200, 234, 129, 297, 101, 310, 311),
            *(165, 166, 272, 308, 321, 323, 250, 248, 249, 298),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (
            *(198, 203, 200, 201, 202, 242, 221, 281, 129, 130, 131, 138, 240, 117, 270, 271),
            *(40, 39, 97, 268, 280, 282, 219, 217, 218, 241),
        ),
    ),
}
"""Machine -> (its audit number, clone, what is refused): socket, connect, bind, listen, accept,
accept4, fork and vfork, execve, execveat, kill, tkill, tgkill, the two sigqueueinfo, ptrace,
process_vm_readv and writev; mount, umount2, unshare, setns, bpf, userfaultfd, the three of the
key ring, perf_event_open."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def _instructions(audit: int, clone: int, refused: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The filter: each comparison skips the answer behind it unless it matches."""
    program = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _UNKNOWN),
    ]
    for number in (*refused, *_SHARED):
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    return [
        *program,
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]


def refuse_system_calls() -> list[str]:
    """Load the filter for this machine; [] where it is not known or the kernel has none.

    clone3 answers ENOSYS, so that the C library falls back to clone, whose flags can be judged:
    a thread is let through, a process is not.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return []
    rows = _instructions(*machine)
    code = (_Instruction * len(rows))(*[_Instruction(*row) for row in rows])
    program = _Program(len(rows), code)
    loaded = ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)
    return ["calls"] if loaded == 0 else []
