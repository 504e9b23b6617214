"""Opaque ids and unguessable tokens."""

import os
import secrets
import threading

__all__ = ["new_id", "new_token"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PORTION = 4096


class _Bytes(threading.local):
    """The system's random bytes, asked for many at a time: an item of a batch needs six ids.

    Each thread has its own, and each byte is given out once.
    """

    left = b""

    def take(self, count: int) -> bytes:
        """So many of them."""
        if len(self.left) < count:
            self.left = secrets.token_bytes(_PORTION)
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    def forget(self) -> None:
        """After a fork: two processes must never give out the same."""
        self.left = b""


_bytes = _Bytes()
os.register_at_fork(after_in_child=_bytes.forget)


def _random(length: int) -> str:
    return "".join([_ALPHABET[byte & 31] for byte in _bytes.take(length)])


def new_id(prefix: str) -> str:
    """An id such as `tpl_4k0v9...`: the kind, then 100 random bits in Crockford's base 32."""
    return f"{prefix}_{_random(20)}"


def new_token() -> str:
    """130 random bits in base 32, for URLs that need no key; never derived from content."""
    return _random(26)
