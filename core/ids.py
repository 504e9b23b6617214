"""Opaque ids and unguessable tokens."""

import secrets

__all__ = ["new_id", "new_token"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def _random(length: int) -> str:
    return "".join([_ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])


def new_id(prefix: str) -> str:
    """An id such as `tpl_4k0v9...`: the kind, then 100 random bits in Crockford's base 32."""
    return f"{prefix}_{_random(20)}"


def new_token() -> str:
    """130 random bits in base 32, for URLs that need no key; never derived from content."""
    return _random(26)
