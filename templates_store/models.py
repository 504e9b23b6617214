"""The tables of templates and of their immutable versions."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from core.database import metadata

__all__ = ["template_versions", "templates"]

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
