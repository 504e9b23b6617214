"""The tables of templates, of their immutable versions, and of what opens render URLs."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from core.database import metadata

__all__ = ["render_tokens", "signing_keys", "template_versions", "templates"]

templates = Table(
    "templates",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("engine", Text, nullable=False, comment="html | fabric; never changes"),
    Column("output_format", Text, nullable=False, comment="the newest version's, for filters"),
    Column("tags", Text, nullable=False, comment="tags between unit separators, for filters"),
    Column("auto_publish", Boolean, nullable=False),
    Column("latest_version", Integer, nullable=False, comment="the draft, when not published"),
    Column("published_version", Integer),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("deleted_us", BigInteger),
    Index("ix_templates_workspace_id_created_us", "workspace_id", "created_us"),
)

template_versions = Table(
    "template_versions",
    metadata,
    Column("template_uid", Text, ForeignKey("templates.uid"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("workspace_id", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 over source and settings"),
    Column("source_digest", Text, nullable=False, comment="the body's blob"),
    Column("settings", JSON, nullable=False, comment="size, definitions, layouts, flags"),
    Column("author", Text, nullable=False, comment="the key that saved it"),
    Column("note", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("secret", Text, nullable=False, comment="of the HMAC over render URLs"),
    Column("created_us", BigInteger, nullable=False),
)

render_tokens = Table(
    "render_tokens",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the token"),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("subject", Text, nullable=False, comment="path and query that it opens, once"),
    Column("expires_us", BigInteger, nullable=False, index=True),
)
