"""The address to listen on."""

import socket

from core.settings import SettingsError

__all__ = ["bind"]


def bind(host: str, port: int) -> socket.socket:
    """Take the address now, so that one that is taken is known before anything starts.

    Raises SettingsError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise SettingsError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another address with --host and --port, or stop what uses this one"
        ) from error
    return taken
