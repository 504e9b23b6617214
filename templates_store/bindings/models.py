"""The tables of bindings: what each is and where it stands, and apart from that its data."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from core.database import metadata

__all__ = ["binding_data", "bindings", "is_scheduled"]

bindings = Table(
    "bindings",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("hook", Text, nullable=False, comment="the token of its webhook's URL"),
    Column("template_uid", Text, ForeignKey("templates.uid"), nullable=False, index=True),
    Column("version", Integer, comment="pinned; NULL: the published one"),
    Column("name", Text, nullable=False),
    Column("source", JSON, nullable=False, comment="type, url, method, headers, body"),
    Column("secret", Text, comment="sealed: credentials, and headers that hold secrets"),
    Column("credentials_type", Text),
    Column("host", Text, comment="whose requests it shares; NULL: it asks nobody"),
    Column("reach", JSON(none_as_null=True), comment="of the key that saved it; NULL: public"),
    Column("mapping", JSON, nullable=False),
    Column("defaults", JSON, nullable=False),
    Column("policy", Text, nullable=False, comment="ttl | etag | webhook | manual"),
    Column("ttl_seconds", Integer, nullable=False),
    Column("on_error", Text, nullable=False),
    Column("output", JSON, nullable=False, comment="format, quality, width, height, layout"),
    Column("status", Text, nullable=False, comment="active | paused | error"),
    Column("requested", Integer, nullable=False, comment="how often a refresh was asked for"),
    Column("next_us", BigInteger, comment="when it is due; NULL: when somebody asks"),
    Column("lease_token", Text),
    Column("lease_until_us", BigInteger),
    Column("etag", Text, comment="of the source's last answer"),
    Column("last_modified", Text),
    Column("shown_digest", Text, comment="of all that the artifact shows"),
    Column("artifact_id", Text),
    Column("error_count", Integer, nullable=False, comment="failures in a row"),
    Column("last_error", Text),
    Column("last_fetch_us", BigInteger),
    Column("last_render_us", BigInteger),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    UniqueConstraint("hook"),
    Index("ix_bindings_workspace_id_created_us", "workspace_id", "created_us"),
)

is_scheduled = and_(bindings.c.next_us.is_not(None), bindings.c.status != "paused")

Index(
    "ix_bindings_next_us",
    bindings.c.next_us,
    sqlite_where=bindings.c.next_us.is_not(None),
    postgresql_where=bindings.c.next_us.is_not(None),
)

binding_data = Table(
    "binding_data",
    metadata,
    Column(
        "binding_uid",
        Text,
        ForeignKey("bindings.uid", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("variables", JSON(none_as_null=True), comment="of the last data that was sound"),
    Column("posted", JSON(none_as_null=True), comment="{body}: what its webhook was fed with"),
)
