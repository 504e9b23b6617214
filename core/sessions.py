"""Sessions: short-lived secrets that stand in for a key where the key itself must not lie about.

Only a token's digest is kept, as with keys, and a key that is revoked ends its sessions.
"""

import secrets

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.keys import hash_secret
from core.models import api_keys, key_sessions

__all__ = ["close_session", "key_of_session", "open_session"]


async def open_session(conn: AsyncConnection, key_id: str, seconds: float) -> str:
    """A new token of the key: 192 random bits. Whatever has expired goes on this occasion."""
    token, now = f"ps_{secrets.token_urlsafe(24)}", now_us()
    await conn.execute(delete(key_sessions).where(key_sessions.c.expires_us <= now))
    await conn.execute(
        insert(key_sessions).values(
            token_sha256=hash_secret(token),
            key_id=key_id,
            created_us=now,
            expires_us=now + round(seconds * SECOND),
        )
    )
    return token


async def close_session(conn: AsyncConnection, token_sha256: str) -> None:
    """Forget the token of this digest."""
    await conn.execute(delete(key_sessions).where(key_sessions.c.token_sha256 == token_sha256))


async def key_of_session(conn: AsyncConnection, token_sha256: str) -> str | None:
    """The digest of the secret that the token of this digest stands in for; None without one."""
    query = (
        select(api_keys.c.secret_sha256)
        .join(key_sessions, key_sessions.c.key_id == api_keys.c.id)
        .where(key_sessions.c.token_sha256 == token_sha256, key_sessions.c.expires_us > now_us())
    )
    return (await conn.execute(query)).scalar_one_or_none()
