"""The ground floor's tables."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from core.database import metadata

__all__ = ["api_keys", "artifacts", "blobs", "events", "key_sessions", "workspaces"]

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("plan", Text, comment="NULL: the installation's own plan"),
    Column("isolation", Text, nullable=False, server_default="shared", comment="shared | strict"),
    Column("created_us", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", Text, nullable=False),
    Column("hint", Text, nullable=False, comment="the first characters, to tell keys apart"),
    Column("scopes", JSON, nullable=False),
    Column("reach", JSON(none_as_null=True), comment="{policy, hosts}; NULL: public"),
    Column("origin", Text, nullable=False, comment="issued | environment"),
    Column("created_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),
    UniqueConstraint("secret_sha256"),
)

key_sessions = Table(
    "key_sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True, comment="of what stands in for the key"),
    Column("key_id", Text, ForeignKey("api_keys.id"), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

blobs = Table(
    "blobs",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("token", Text, nullable=False),
    # Several artifacts may share one object: it goes with the last of them.
    Column("object_key", Text, nullable=False, index=True, comment="its place in the store"),
    Column("extension", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, index=True),
    UniqueConstraint("token"),
)

events = Table(
    "events",
    metadata,
    # SQLite counts by itself only in a column whose type is exactly INTEGER.
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", Text, nullable=False),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the payload's shape"),
    Column("payload", JSON, nullable=False),
    Column("subject", JSON, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("relayed_us", BigInteger),
    UniqueConstraint("id"),
)

Index(
    "ix_events_unrelayed",
    events.c.sequence,
    sqlite_where=events.c.relayed_us.is_(None),
    postgresql_where=events.c.relayed_us.is_(None),
)
