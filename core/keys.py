"""One API key: how its secret is made, what is kept of it, and its row."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from core.clock import now_us
from core.ids import new_id
from core.reach import Reach

__all__ = ["ApiKey", "hash_secret", "key_of", "key_row", "new_key", "new_secret"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `hint` is how the secret begins; `reach` how far renders may go."""

    id: str
    workspace_id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_us: int
    revoked_us: int | None
    reach: Reach


def new_secret() -> str:
    """`pk_` and 32 characters of base 32: 160 random bits."""
    return "pk_" + base64.b32encode(secrets.token_bytes(20)).decode().lower()


def hash_secret(secret: str) -> str:
    """What is kept of a secret, and looked up."""
    # "surrogateescape": a header may carry any bytes, and none of them may raise.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def new_key(
    workspace_id: str,
    name: str,
    scopes: tuple[str, ...],
    secret: str,
    reach: Reach | None = None,
) -> ApiKey:
    """A key that is not stored yet."""
    # A short secret of somebody's own would be given away by its first seven characters.
    hint = secret[:7] if secret.startswith("pk_") and len(secret) > 24 else secret[:2]
    return ApiKey(
        new_id("key"), workspace_id, name, hint + "…", scopes, now_us(), None, reach or Reach()
    )


def key_row(key: ApiKey, secret: str, origin: str) -> dict[str, Any]:
    """The key's row. `origin`: issued | environment."""
    return {
        "id": key.id,
        "workspace_id": key.workspace_id,
        "name": key.name,
        "secret_sha256": hash_secret(secret),
        "hint": key.hint,
        "scopes": list(key.scopes),
        "reach": key.reach.to_json(),
        "origin": origin,
        "created_us": key.created_us,
    }


def key_of(row: Row[Any]) -> ApiKey:
    """A key from its row."""
    return ApiKey(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        hint=row.hint,
        scopes=tuple(row.scopes),
        created_us=row.created_us,
        revoked_us=row.revoked_us,
        reach=Reach.of_json(row.reach),
    )
