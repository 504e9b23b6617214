"""`python -m renderer.jail_child KIND PARENT UID FD`: works on that descriptor until it ends."""

import socket
import sys

from renderer.jail_child.jobs import load
from renderer.jail_child.limits import address_space
from renderer.jail_child.server import Server
from renderer.jail_child.walls import raise_walls


def main() -> None:
    """Import first, then raise the walls, then say which of them stand and take jobs."""
    kind, parent, uid, descriptor = sys.argv[1], *map(int, sys.argv[2:5])
    channel = socket.socket(fileno=descriptor)
    jobs = load(kind)
    base = address_space()
    walls = raise_walls(parent, uid, base)
    Server(channel, jobs, base).serve(walls)


if __name__ == "__main__":
    main()
