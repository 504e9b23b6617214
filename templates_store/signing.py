"""What opens a render URL without a key: an HMAC of the workspace's own, or a token for once."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, select

from core.clock import now_us
from core.database import Database
from core.ids import new_token
from core.insert import insert_into
from templates_store.models import render_tokens, signing_keys, templates

__all__ = ["SIGNATURE", "TOKEN", "Signing", "signed_subject"]

SIGNATURE = "sig"
TOKEN = "token"  # noqa: S105 - the name of a parameter


def signed_subject(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """What is signed: the path and the query, sorted and encoded anew, without what opens it.

    So the order of parameters and the way in which they are encoded do not matter.
    """
    kept = sorted((name, value) for name, value in pairs if name not in {SIGNATURE, TOKEN})
    return f"{path}?{urlencode(kept)}" if kept else path


class Signing:
    """Keys of workspaces for their render URLs, and tokens that open one URL once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._keys: dict[str, str] = {}

    async def secret(self, workspace_id: str) -> str:
        """The workspace's key (64 hexadecimal digits), made when it is first asked for."""
        known = self._keys.get(workspace_id)
        if known is not None:
            return known
        async with self._db.write() as conn:
            row = {
                "workspace_id": workspace_id,
                "secret": secrets.token_hex(32),
                "created_us": now_us(),
            }
            await conn.execute(insert_into(conn, signing_keys).values(row).on_conflict_do_nothing())
            query = select(signing_keys.c.secret).where(signing_keys.c.workspace_id == workspace_id)
            secret: str = (await conn.execute(query)).scalar_one()
        self._keys[workspace_id] = secret
        return secret

    async def sign(self, workspace_id: str, subject: str) -> str:
        """HMAC-SHA256 of the subject, in hexadecimal."""
        key = await self.secret(workspace_id)
        return hmac.new(key.encode(), subject.encode(), hashlib.sha256).hexdigest()

    async def is_signed(self, workspace_id: str, subject: str, signature: str) -> bool:
        """Whether the signature is the workspace's; takes as long for any wrong one."""
        expected = await self.sign(workspace_id, subject)
        return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))

    async def issue(self, workspace_id: str, subject: str, expires_us: int) -> str:
        """A token that opens this path and query once, until it expires."""
        token = new_token()
        row = {
            "digest": _digest(token),
            "workspace_id": workspace_id,
            "subject": subject,
            "expires_us": expires_us,
        }
        async with self._db.write() as conn:
            old = render_tokens.delete().where(render_tokens.c.expires_us <= now_us())
            await conn.execute(old)
            await conn.execute(render_tokens.insert().values(row))
        return token

    async def is_issued(self, workspace_id: str, subject: str, token: str) -> bool:
        """Whether the token would open this URL; it is not used up."""
        query = select(render_tokens.c.digest).where(*_opens(workspace_id, subject, token))
        async with self._db.read() as conn:
            return (await conn.execute(query)).first() is not None

    async def redeem(self, workspace_id: str, subject: str, token: str) -> bool:
        """Use the token up. False for one that was used, has expired or is another URL's."""
        statement = render_tokens.delete().where(*_opens(workspace_id, subject, token))
        async with self._db.write() as conn:
            return (await conn.execute(statement)).rowcount == 1

    async def workspace_of(self, uid: str) -> str | None:
        """Whose template this is; None for an unknown or deleted one."""
        query = select(templates.c.workspace_id).where(
            templates.c.uid == uid, templates.c.deleted_us.is_(None)
        )
        async with self._db.read() as conn:
            return (await conn.execute(query)).scalar_one_or_none()


def _opens(workspace_id: str, subject: str, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        render_tokens.c.digest == _digest(token),
        render_tokens.c.workspace_id == workspace_id,
        render_tokens.c.subject == subject,
        render_tokens.c.expires_us > now_us(),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
