"""What the first process of a container owes the others: it buries those that nobody waits for.

Children of a browser that died fall to process 1. Unless an init such as tini stands there, the
service would be it, and they would stay zombies.
"""

import os
import signal
from types import FrameType

__all__ = ["bury_as_first"]

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def bury_as_first() -> None:
    """Return at once, in a child if we are process 1; that stays, waits and ends with the child.

    To be called before any thread runs. Signals are passed on, the exit status is the child's.
    """
    if os.getpid() != 1:
        return
    child = os.fork()
    if child == 0:
        return

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
