"""The table of idempotency keys and of the answers that are kept for them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from core.database import metadata

__all__ = ["idempotency_keys"]

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("operation", Text, primary_key=True, comment="method and path"),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="SHA-256 of body and query, as sent"),
    Column("owner", Text, nullable=False, comment="token of the request that runs it"),
    Column("lease_until_us", BigInteger, nullable=False),
    Column("status", Integer, comment="NULL: still running"),
    Column("media_type", Text),
    Column("body", LargeBinary),
    Column("expires_us", BigInteger, nullable=False, index=True),
)
